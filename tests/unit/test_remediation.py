# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sources the role remediate links."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.plugin_utils._remediation import Values, sources_to_link

NAME = "generic-streaming"


def finding(kind: str, **more: JSON) -> Values:
    return {"finding": kind, "kind": "connection_spec", "name": NAME, **more}


def result(file: str, spec_id: str, action: str = "created") -> Values:
    return {"action": action, "id": spec_id, "name": NAME, "src": f"/here/connection_specs/{file}.yml"}


RESULTS = (result("a", "1"), result("b", "2", "unchanged"), result("c", "3", "failed"))
SOURCES: tuple[Values, ...] = tuple({"src": f"connection_specs/{name}.yml"} for name in "abc")


def linked(
    findings: Sequence[Values], definitions: Sequence[Values] = SOURCES, results: Sequence[Values] = RESULTS
) -> tuple[Values, ...]:
    return tuple(sources_to_link(definitions, results, findings, "/here"))


def test_sources_of_one_name_are_told_apart_by_their_files() -> None:
    # The audit read another checkout of the repository.
    assert linked([finding("missing", src="/there/connection_specs/a.yml")]) == SOURCES[:1]
    assert linked([finding("unlinked", id="2")]) == SOURCES[1:2]
    assert linked([finding("missing", src="/there/connection_specs/d.yml")]) == ()


def test_what_was_refused_ignored_or_drifted_is_not_linked() -> None:
    assert linked([finding("unlinked", id="3")]) == ()
    assert linked([finding("unlinked", id="1", ignored={"reason": "agreed"})]) == ()
    assert linked([finding("drifted", id="1"), {**finding("unlinked", id="1"), "kind": "flow_spec"}]) == ()


def test_a_definition_without_a_file_has_an_id_or_a_name_of_its_own() -> None:
    by_id: Values = {"definition": {"name": NAME, "id": "1"}}
    assert linked([finding("unlinked", id="1")], [by_id]) == (by_id,)
    assert linked([finding("unlinked", id="2")], [by_id]) == ()
    by_name: Values = {"definition": {"name": NAME}}
    assert linked([finding("missing")], [by_name], RESULTS[:1]) == (by_name,)
    with pytest.raises(ValueError, match=f"2 connection specs have the name '{NAME}'"):
        linked([finding("missing")], [by_name])
