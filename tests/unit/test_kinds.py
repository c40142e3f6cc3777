# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declarations of both kinds, and what is common to them."""

from __future__ import annotations

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, FLOW_SPEC, Kind


@pytest.mark.parametrize("kind", [FLOW_SPEC, CONNECTION_SPEC])
def test_options_follow_from_fields(kind: Kind) -> None:
    options = {field.name: field.option for field in kind.fields}
    assert options["providerId"] == "provider_id"
    assert options["permissionsInfo"] == "permissions_info"
    assert all(option == option.lower() for option in options.values())


def test_spellings_are_folded_and_told_apart() -> None:
    assert FLOW_SPEC.fold({"transformationSpecDTOS": [1]}) == {"transformationSpecs": [1]}
    assert FLOW_SPEC.fold({"transformationSpec": [1], "transformationSpecs": [1]}) == {"transformationSpecs": [1]}
    with pytest.raises(ValueError, match="two names"):
        FLOW_SPEC.fold({"transformationSpec": [1], "transformationSpecs": [2]})
    assert FLOW_SPEC.spell({"transformationSpecs": [1], "name": "x"}, 1) == {"transformationSpec": [1], "name": "x"}
    assert FLOW_SPEC.spelling_choices == 3
    assert CONNECTION_SPEC.spelling_choices == 1


def test_what_the_service_owns_is_neither_compared_nor_sent() -> None:
    live = {"id": "1", "name": "x", "updatedAt": 5, "etag": '"e"', "unknown": 1, "gone": None}
    assert FLOW_SPEC.writable(live) == {"id": "1", "name": "x", "unknown": 1, "gone": None}
    assert FLOW_SPEC.changes(live, {**live, "updatedAt": 6, "id": "2"}) == []


@pytest.mark.parametrize("one", [None, [], {}])
@pytest.mark.parametrize("other", [None, [], {}])
def test_empty_and_missing_fields_are_equal(one: object, other: object) -> None:
    assert FLOW_SPEC.changes({"attributes": one}, {"attributes": other}) == []
    assert FLOW_SPEC.changes({}, {"attributes": other}) == []
    assert FLOW_SPEC.changes({"attributes": one}, {"attributes": {"a": 1}})


def test_labels_name_what_is_known() -> None:
    assert FLOW_SPEC.label({"name": "X", "id": "1"}) == "flow spec 'X' (1)"
    assert CONNECTION_SPEC.label({"name": "X"}) == "connection spec 'X'"
    assert CONNECTION_SPEC.label({}) == "connection spec"
