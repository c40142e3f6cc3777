# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of definitions against the declared fields of their kind, and names and ids."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.filter.specs import promotion_plan, to_definition
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import dump_json, escape_lone_surrogates
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import mapping_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import (
    check_spec,
    find_placeholders,
    place_in,
    placeholder_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    check_id,
    check_ids,
    check_name,
    use_live_ids,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    KINDS,
    SOURCES,
    Kind,
    kind_of,
    other_kinds_fields,
)

PROVIDER = "0ed90a81-07f4-4586-8190-b40eccef1c5a"
SAMPLES: dict[str, t.Any] = {"str": "a text", "list": [], "dict": {}}
OTHERS: tuple[t.Any, ...] = (5, 1.1, True)


def checked(kind: Kind, **spec: t.Any) -> dict[str, t.Any]:
    return check_spec(kind, spec, place_in("file.yml"))


def refusal(kind: Kind, **spec: t.Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(kind, **spec)
    message = caught.value.message
    assert message.startswith("Could not use file.yml")
    assert "Next step: " in message
    return message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.result_key)
def test_every_field_is_checked_for_its_type(kind: Kind) -> None:
    for field in kind.fields:
        for value in (*OTHERS, *(sample for name, sample in SAMPLES.items() if name != field.type)):
            message = refusal(kind, **{field.name: value})
            assert f"file.yml, {field.name}: it is of type {type(value).__name__}" in message
            assert f"must be of type {field.type}" in message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.result_key)
def test_every_element_is_checked_for_its_type(kind: Kind) -> None:
    for field in kind.fields:
        if field.elements is None:
            continue
        fine = PROVIDER if field.refers_to else SAMPLES[field.elements]
        assert checked(kind, **{field.name: [fine]}) == {field.name: [fine]}
        for value in (*OTHERS, *(sample for name, sample in SAMPLES.items() if name != field.elements)):
            message = refusal(kind, **{field.name: [fine, value]})
            assert f"file.yml, {field.name}.1: it is of type" in message
        assert "null" in refusal(kind, **{field.name: [None]})


def test_a_field_is_removed_by_null_but_for_those_that_no_spec_is_without() -> None:
    assert checked(CONNECTION_SPEC, description=None, authSpec=None) == {"description": None, "authSpec": None}
    assert "name: it is of type null" in refusal(CONNECTION_SPEC, name=None)
    assert "providerId: it is of type null" in refusal(CONNECTION_SPEC, providerId=None)


def test_what_yaml_has_changed_is_to_be_quoted() -> None:
    for value in (1.1, 1, True):
        assert "put the value in quotes" in refusal(CONNECTION_SPEC, version=value)
    assert "quotes" not in refusal(CONNECTION_SPEC, version=["1.1"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.result_key)
def test_a_definition_of_another_kind_is_refused(kind: Kind) -> None:
    foreign = other_kinds_fields(kind)
    assert foreign
    assert not foreign.keys() & {field.name for field in kind.fields}
    for name in foreign:
        message = refusal(kind, name="x", **{name: []})
        assert f"as a {kind.noun}: only a {foreign[name].noun} has {name}" in message
        # A service may answer with null what it does not have.
        assert checked(kind, **{name: None})


def test_kinds_are_told_apart_by_what_only_one_has() -> None:
    assert {"transformationSpec", "transformationSpecDTOS", SOURCES, "runSpec"} <= other_kinds_fields(
        CONNECTION_SPEC
    ).keys()
    assert {"authSpec", "sourceSpec", "exploreSpec", "targetSpec"} <= other_kinds_fields(FLOW_SPEC).keys()
    # Words that any spec may have: the service may add them to its answers.
    assert not {"description", "settings", "attributes"} & other_kinds_fields(FLOW_SPEC).keys()
    assert kind_of({"name": "x", "transformationSpec": []}) is FLOW_SPEC
    assert kind_of({"name": "x", "sourceSpec": {}, "unknown": 1}) is CONNECTION_SPEC
    assert kind_of({"name": "x", "description": "y"}) is CONNECTION_SPEC


@pytest.mark.parametrize(
    "value", ["", " ", "x y", "x\n", " x", "x\u00a0", "\u200bx", "x\ufeff", "a/b", "..", "{ID}", "é"]
)
def test_what_is_no_id_is_refused_wherever_it_stands(value: str) -> None:
    for spec in ({"id": value}, {"providerId": value}, {SOURCES: [PROVIDER, value]}):
        (name,) = spec
        assert f"file.yml, {name}" in refusal(FLOW_SPEC, **spec)
    with pytest.raises(InputError, match=re.escape("Could not use ids[1]: ")):
        check_ids([PROVIDER, value], "ids")


def test_a_null_id_is_told_with_what_it_means_in_check_mode() -> None:
    for message in (refusal(FLOW_SPEC, **{SOURCES: [None]}), refusal(FLOW_SPEC, **{SOURCES: [""]})):
        assert f"{SOURCES}.0: the ID is " in message
        assert "In check mode" in message
        assert "the role aep.flow_service.source" in message


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "\t",
        "x ",
        " x",
        "x\n",
        "x\r\n",
        "x\u00a0",
        "x\u2009",
        "x\u200b",
        "\ufeffx",
        "x\u2028",
    ],
)
def test_a_name_shows_all_that_is_in_it(value: str) -> None:
    with pytest.raises(InputError, match="Could not use name: "):
        check_name(value, "name")


@pytest.mark.parametrize(
    "value", ["x", "a b", "Ünïcode 名", "e\u0301", "a\u00a0b", "😀", "*", "a\u200db", "a\nb", "a\x01"]
)
def test_any_other_name_is_fine(value: str) -> None:
    assert check_name(value, "name") == value


def test_ids_are_written_as_the_service_writes_them() -> None:
    assert check_id(PROVIDER.upper(), "id") == PROVIDER
    assert check_id("Not-A-UUID", "id") == "Not-A-UUID"
    spec = checked(FLOW_SPEC, id=PROVIDER.upper(), providerId=PROVIDER.upper(), **{SOURCES: [PROVIDER.title()]})
    assert spec == {"id": PROVIDER, "providerId": PROVIDER, SOURCES: [PROVIDER]}


def test_an_id_keeps_the_case_that_the_live_spec_has() -> None:
    assert use_live_ids("ABC", "abc") == "ABC"
    assert use_live_ids(None, "abc") == "abc"
    assert use_live_ids(["X", "ABC", "abc"], ["def", "Abc"]) == ["ABC", "abc", "def"]
    assert use_live_ids("no list", ["abc"]) == ["abc"]
    live = {"name": "x", "providerId": "P", SOURCES: ["A", "b"]}
    merged = FLOW_SPEC.merged(live, {"providerId": "p", SOURCES: ["B", "a"]}, ())
    assert merged == live
    assert FLOW_SPEC.merged(live, {SOURCES: ["a"]}, ())[SOURCES] == ["A"]


def test_a_null_of_somebody_else_survives() -> None:
    live = {"id": "1", "name": "x", "theirs": None, "attributes": None, SOURCES: ["a"]}
    merged = FLOW_SPEC.merged(live, {SOURCES: ["a", "b"], "attributes": None}, ())
    assert FLOW_SPEC.writable(merged) == {**live, SOURCES: ["a", "b"]}
    assert "theirs" not in FLOW_SPEC.definition(live)


@pytest.mark.parametrize(
    ("attributes", "path", "told"),
    [
        ({"a": ["\ud83d"]}, "attributes.a.0", "\\ud83d"),
        ({"a": {"b": "x\udc00y"}}, "attributes.a.b", "\\udc00"),
        ({"\udfff": 1}, "attributes.", "\\udfff"),
        ({"a": float("inf")}, "attributes.a", "inf"),
        ({"a": [float("nan")]}, "attributes.a.0", "nan"),
        ({"a": {1}}, "attributes.a", "type set"),
        ({"a": b"x"}, "attributes.a", "type bytes"),
    ],
)
def test_what_json_and_utf8_cannot_hold_is_refused_by_its_path(attributes: t.Any, path: str, told: str) -> None:
    message = refusal(CONNECTION_SPEC, attributes=attributes)
    assert f"file.yml, {path}" in message
    assert told in message


def test_what_contains_itself_is_refused() -> None:
    loop: dict[str, t.Any] = {}
    loop["self"] = loop
    assert "contains itself" in refusal(CONNECTION_SPEC, attributes=loop)


def test_a_hundred_levels_are_fine() -> None:
    value: t.Any = "bottom"
    for _level in range(100):
        value = {"a": [value]}
    assert checked(CONNECTION_SPEC, attributes={"a": value})["attributes"] == {"a": value}


def test_lone_surrogates_are_shown_as_json_writes_them() -> None:
    value = {"a\ud83d": ["\udc00", "😀", 1, None], "b": "é"}
    assert escape_lone_surrogates(value) == {"a\\ud83d": ["\\udc00", "😀", 1, None], "b": "é"}
    fine = {"a": "😀"}
    assert escape_lone_surrogates(fine) is fine
    assert json.loads(dump_json(value).encode()) == value


def test_placeholders_of_templates_are_found_and_those_of_the_service_are_not() -> None:
    spec = {
        "description": "{DESCRIPTION}",
        "sandboxId": "{SANDBOX_ID}",
        "attributes": {
            "uiAttributes": {"category": {"key": {"CATEGORY": None}}, "label": {"text": " {LABEL_2} "}},
            "fine": ["{SCHEDULE_QUERY}", "${listId}", "{lower}", "a {NAME} inside", {"A": None, "B": 1}],
        },
        "sourceSpec": {"attributes": {"urlParams": {"path": "/{{ PATH }}", "query": {"SCHEDULE_QUERY": None}}}},
    }
    assert find_placeholders(CONNECTION_SPEC, spec) == [
        (("description",), "{DESCRIPTION}"),
        (("attributes", "uiAttributes", "category", "key"), "{CATEGORY}"),
        (("attributes", "uiAttributes", "label", "text"), "{LABEL_2}"),
        (("sourceSpec", "attributes", "urlParams", "path"), "{{ PATH }}"),
        (("sourceSpec", "attributes", "urlParams", "query"), "{SCHEDULE_QUERY}"),
    ]
    (warning,) = placeholder_warnings(CONNECTION_SPEC, {**spec, "type": "{TYPE}"}, "file.yml")
    assert "file.yml" in warning
    assert "{DESCRIPTION} at description" in warning
    assert "and 1 more" in warning
    assert placeholder_warnings(CONNECTION_SPEC, {"description": "fine"}, "file.yml") == []


BAD: dict[str, tuple[dict[str, t.Any], str]] = {
    "type": ({"authSpec": {}}, "authSpec: it is of type dict"),
    "id": ({SOURCES: ["x y"]}, f"{SOURCES}.0: 'x y' is not an ID"),
    "half a character": ({"description": "\ud83d"}, "\\ud83d"),
    "two kinds": ({"authSpec": [], SOURCES: []}, "only a"),
    "name": ({"name": "x "}, "name: 'x ' has a blank"),
}


@pytest.mark.parametrize("case", BAD)
def test_filters_check_what_they_make_definitions_of(case: str) -> None:
    more, words = BAD[case]
    live = {"id": PROVIDER, "name": "x", "providerId": PROVIDER, **more}
    with pytest.raises(AnsibleFilterError) as caught:
        to_definition(live)
    assert "Could not use the input of to_definition" in str(caught.value)
    assert words in str(caught.value)
    kind = kind_of(live)
    nothing: dict[str, t.Any] = {"flow_specs": [], "connection_specs": []}
    chosen = f"{kind.result_key}s"
    wanted: dict[str, t.Any] = {chosen: [live["name"]]}
    with pytest.raises(AnsibleFilterError) as caught:
        promotion_plan({**nothing, chosen: [live]}, nothing, **wanted)
    assert words in str(caught.value)
    assert "of the source sandbox" in str(caught.value)


def test_a_definition_is_made_of_a_live_spec_in_the_order_of_its_kind() -> None:
    live = {"zzz": 1, "authSpec": [], "name": "x", "id": PROVIDER.upper(), "providerId": PROVIDER, "gone": None}
    assert list(mapping_of(to_definition({"items": [live]})).items()) == [
        ("id", PROVIDER),
        ("name", "x"),
        ("providerId", PROVIDER),
        ("authSpec", []),
        ("zzz", 1),
    ]
