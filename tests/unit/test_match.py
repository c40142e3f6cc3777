# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How definitions are matched with live specs, and what Ansible has censored."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import (
    Candidate,
    Matcher,
    check_candidates,
    check_match_on,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import AmbiguousNameError, InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import find_censored
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import parse_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, FLOW_SPEC, Spec

LABEL = parse_path("sourceSpec.attributes.uiAttributes.label")
TEXT = (*LABEL, "text")


class Definition(t.NamedTuple):
    fields: Spec

    @property
    def provider_id(self) -> str | None:
        return text_of(self.fields.get("providerId"))


def streaming(label: object, **more: t.Any) -> Spec:
    spec: dict[str, t.Any] = {
        "name": "generic-streaming",
        "providerId": "P",
        "sourceSpec": {"attributes": {"uiAttributes": {}}},
    }
    if label is not None:
        spec["sourceSpec"]["attributes"]["uiAttributes"]["label"] = label
    return {**spec, **more}


def matcher_of(fields: Spec, *match_on: tuple[str, ...]) -> Matcher:
    matcher = Matcher.of_definition(CONNECTION_SPEC, fields, match_on)
    assert matcher is not None
    return matcher


@pytest.mark.parametrize(
    ("live", "matches"),
    [
        ({"name": "acme", "providerId": "p"}, True),
        ({"name": "acme", "providerId": "P"}, True),
        ({"name": "Acme", "providerId": "p"}, False),
        ({"name": "acme", "providerId": "q"}, False),
        ({"name": "acme"}, False),
        ({}, False),
    ],
)
def test_by_default_the_name_and_the_provider_match(live: Spec, matches: bool) -> None:
    assert matcher_of({"name": "acme", "providerId": "P"}).matches(live) is matches


def test_without_a_provider_the_name_alone_matches() -> None:
    assert matcher_of({"name": "acme"}).matches({"name": "acme", "providerId": "q"})


@pytest.mark.parametrize(
    ("wanted", "live", "matches"),
    [
        (1, 1.0, True),
        (True, 1, False),
        ("1", 1, False),
        ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1.0}, True),
        ([1, 2], [2, 1], False),
        ("Acme", "acme", False),
        ("x", None, False),
    ],
)
def test_values_are_compared_as_json(wanted: object, live: object, matches: bool) -> None:
    matcher = matcher_of({"name": "x", "attributes": {"key": wanted}}, ("attributes", "key"))
    assert matcher.matches({"name": "other", "attributes": {"key": live}}) is matches
    assert matcher.name is None


@pytest.mark.parametrize("match_on", [(), (("name",),), (("name",), ("providerId",)), (("type",), ("version",))])
def test_what_all_specs_of_a_shared_name_have_in_common_identifies_none(match_on: tuple[tuple[str, ...], ...]) -> None:
    fields = streaming({"text": "A"}, type="generic-streaming", version="1.0")
    live = Candidate.of_spec(CONNECTION_SPEC, streaming({"text": "B"}, id="1", providerId="Q"))
    matcher = matcher_of(fields, *match_on)
    assert matcher.matches(streaming({"text": "B"}, providerId="Q"))
    with pytest.raises(AmbiguousNameError, match=r"1 \(label text 'B'\).*label\.text\]"):
        check_candidates(matcher, Definition(fields), [live])
    check_candidates(matcher, Definition(fields), [])


@pytest.mark.parametrize(("label", "path"), [({"key": "a"}, "label.key"), ("A", "label"), (None, "label.text")])
def test_the_failure_suggests_the_form_of_the_label(label: object, path: str) -> None:
    live = Candidate.of_spec(CONNECTION_SPEC, streaming(None, id="1"))
    fields = streaming(label)
    with pytest.raises(AmbiguousNameError, match=rf"no label.*match_on: \[sourceSpec\..*uiAttributes\.{path}\]"):
        check_candidates(matcher_of(fields), Definition(fields), [live])


def test_the_name_is_shared_by_sources_only() -> None:
    assert not FLOW_SPEC.shared_names
    matcher = Matcher.of_definition(FLOW_SPEC, {"name": "generic-streaming"}, ())
    assert matcher is not None
    assert matcher.is_sufficient


def test_a_duplicate_of_a_created_spec_has_its_label_too() -> None:
    created = matcher_of(streaming({"text": "A"})).identify(streaming({"text": "A"}))
    assert created.matches(streaming({"text": "A"}))
    assert not created.matches(streaming({"text": "B"}))
    assert not created.matches(streaming({"key": "A"}))
    assert not created.matches(streaming(None))


def test_another_provider_is_no_match_by_other_values() -> None:
    fields = streaming({"text": "A"})
    live = Candidate.of_spec(CONNECTION_SPEC, streaming({"text": "A"}, id="1", name="acme", providerId="Q"))
    with pytest.raises(AmbiguousNameError, match="add providerId to match_on"):
        check_candidates(matcher_of(fields, TEXT), Definition(fields), [live])
    fields = {**fields, "providerId": "q"}
    check_candidates(matcher_of(fields, TEXT), Definition(fields), [live])


@pytest.mark.parametrize("value", [None, "", {}, []])
def test_a_definition_needs_a_value_at_each_path(value: object) -> None:
    with pytest.raises(InputError, match=r"of file\.yml: the definition has no value at attributes\.key"):
        check_match_on(
            CONNECTION_SPEC, {"name": "x", "attributes": {"key": value}}, [("attributes", "key")], "file.yml"
        )


def test_a_path_leads_through_mappings_and_lists() -> None:
    value = {"a": [{"b": None}, {"b.c": 1}]}
    assert value_at(value, parse_path("a.1.b\\.c")) == 1
    assert value_at(value, parse_path("a.0.b")) is None
    for path in ("a.2", "a.-1", "a.x", "b", "a.0.b.c"):
        assert repr(value_at(value, parse_path(path))) == "ABSENT"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"name": "********-crm"}, ("name",)),
        ({"a": [{"b": "x"}, {"b": "x ******** y"}]}, ("a", "1", "b")),
        ({"a": {"pre********": 1}}, ("a", "pre********")),
        ({"a": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, ("a",)),
        ({"a": "*******", "b": [None, 1, True, "*"]}, None),
        ({}, None),
    ],
)
def test_what_is_censored_is_found_wherever_it_is(value: object, path: tuple[str, ...] | None) -> None:
    assert find_censored(value) == path
