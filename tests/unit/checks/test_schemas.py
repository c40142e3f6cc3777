# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schemas for editors: what Adobe publishes is valid, and what they reject, the checks find as well."""

from __future__ import annotations

import copy
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.aep.flow_service.plugins.module_utils._checks.fragments import schemas_of_connection_spec
from ansible_collections.aep.flow_service.plugins.module_utils._checks.registry import recognize_kind
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import check_definitions
from ansible_collections.aep.flow_service.plugins.module_utils._checks.schemas import (
    FILES,
    FOLDER,
    editor_line,
    load_schema,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.spec import ConnectionSpec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures"
VALIDATORS = {kind: jsonschema.Draft7Validator(load_schema(kind)) for kind in FILES}
PUBLISHED = sorted((FIXTURES / "published").rglob("*.json"))
GOOD = sorted((FIXTURES / "checks" / "good").iterdir())
BAD = sorted(path for path in (FIXTURES / "checks" / "bad").iterdir() if "AUT000" not in path.name)


def content_of(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def unwrap(content: t.Any) -> t.Any:
    return content["items"][0] if "items" in content else content


def rejects(content: t.Any) -> bool:
    kind = recognize_kind(unwrap(content)) or "connection_spec"
    return not VALIDATORS[kind].is_valid(content)


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("kind", FILES)
def test_a_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft7Validator.check_schema(load_schema(kind))


@pytest.mark.parametrize("path", [*PUBLISHED, *GOOD], ids=name)
def test_published_payloads_and_good_examples_are_valid(path: Path) -> None:
    assert not rejects(content_of(path))


def test_the_schemas_are_where_editors_are_sent_to() -> None:
    repository = yaml.safe_load((Path(__file__).parents[3] / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    raw = repository.replace("https://github.com/", "https://raw.githubusercontent.com/")
    for kind, file in FILES.items():
        assert load_schema(kind)["$id"] == f"{raw}/main/extensions/schemas/{file}"
        assert editor_line(kind) == f"# yaml-language-server: $schema={load_schema(kind)['$id']}"
        assert (Path(FOLDER) / file).is_file()


def iterate_fields(schema: t.Any, path: str) -> Iterator[tuple[str, t.Any]]:
    for key, field in schema.get("properties", {}).items():
        yield f"{path}.{key}", field
        yield from iterate_fields(field, f"{path}.{key}")


@pytest.mark.parametrize("kind", FILES)
def test_every_field_is_described_for_the_reader_of_an_editor(kind: str) -> None:
    definitions: t.Any = load_schema(kind)["definitions"]
    count = 0
    for name, definition in definitions.items():
        for path, field in iterate_fields(definition, name):
            described = definitions[field["$ref"].rpartition("/")[2]] if "description" not in field else field
            assert described.get("description", "").endswith((".", ".)")), path
            count += 1
    assert count > 30


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.result_key)
def test_every_field_of_the_modules_is_in_the_schema(kind: t.Any) -> None:
    definitions: t.Any = load_schema(kind.result_key)["definitions"]
    assert {field.name for field in kind.fields} <= set(definitions["spec"]["properties"])


def test_an_editor_shows_most_mistakes() -> None:
    """Each name here is a check that only code can make."""
    code_only = {path.stem.partition("-")[0] for path in BAD if not rejects(content_of(path))}
    assert code_only == {
        *("AUT001", "AUT002", "AUT004", "AUT006", "AUT021", "AUT022", "AUT023", "AUT024", "AUT025", "AUT026", "AUT027"),
        *("AUT030", "AUT031", "AUT032", "AUT033", "AUT034", "AUT037", "AUT042", "AUT051", "AUT052", "AUT053"),
        *("AUT061", "AUT063", "AUT070", "AUT072", "AUT073"),
    }


def iterate_paths(value: t.Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    pairs: Iterator[tuple[str | int, t.Any]] = iter(())
    if isinstance(value, dict):
        pairs = iter(value.items())
    elif isinstance(value, list):
        pairs = iter(enumerate(value))
    for key, item in pairs:
        yield (*path, key)
        yield from iterate_paths(item, (*path, key))


SPECS = [unwrap(content_of(path)) for path in [*PUBLISHED, *GOOD]]
PLACES = [(index, path) for index, spec in enumerate(SPECS) for path in iterate_paths(spec)]
ODD_VALUES: st.SearchStrategy[t.Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "odd", "$.x", [], ["odd"], [1], {}, {"odd": 1}, [{}], [[]]]
)


@settings(max_examples=150)
@given(place=st.sampled_from(PLACES), value=ODD_VALUES, is_removed=st.booleans())
def test_what_a_schema_rejects_is_found_by_a_check(
    place: tuple[int, tuple[str | int, ...]], value: t.Any, is_removed: bool
) -> None:
    index, path = place
    spec = copy.deepcopy(SPECS[index])
    target = spec
    for key in path[:-1]:
        target = target[key]
    if is_removed:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    kind = recognize_kind(SPECS[index]) or "connection_spec"
    report = check_definitions([spec], [], kind)
    if not VALIDATORS[kind].is_valid(spec):
        assert report.findings, json.dumps(spec)


NAMES = st.sampled_from(["a", "b"])
SCHEMAS: st.SearchStrategy[t.Any] = st.recursive(
    st.sampled_from([True, False, {}, {"type": "string"}, None, 1, "odd", []]),
    lambda inner: st.dictionaries(
        st.sampled_from(
            [
                *(
                    "type",
                    "properties",
                    "items",
                    "not",
                    "if",
                    "allOf",
                    "anyOf",
                    "required",
                    "enum",
                    "minimum",
                    "unknown",
                ),
                *("maxLength", "minItems", "uniqueItems", "title", "dependencies", "additionalProperties", "const"),
                *("multipleOf", "definitions", "examples", "readOnly", "patternProperties"),
            ]
        ),
        inner
        | st.lists(inner, max_size=2)
        | st.dictionaries(NAMES, inner | st.lists(NAMES, unique=True), max_size=2)
        | st.sampled_from(
            ["string", "text", ["string", "null"], ["string", "string"], 0, -1, 2.0, 0.5, True, "odd", ["a"]]
        ),
        max_size=3,
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(schema=SCHEMAS)
def test_schemas_inside_a_spec_are_judged_as_by_the_metaschema(schema: t.Any) -> None:
    problems = list(
        schemas_of_connection_spec.find(ConnectionSpec({"sourceSpec": {"spec": {"properties": {"a": schema}}}}))
    )
    is_valid = jsonschema.Draft7Validator(jsonschema.Draft7Validator.META_SCHEMA).is_valid(
        {"properties": {"a": schema}}
    )
    assert is_valid == (problems == []), problems
