# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading with positions: the same content as the modules read, traps with line and column, and bounds."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.aep.flow_service.plugins.module_utils._checks import text
from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import check_file
from ansible_collections.aep.flow_service.plugins.module_utils._checks.text import UnreadableError, load_json, load_yaml
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import load_documents

FIXTURES = Path(__file__).parents[2] / "fixtures"
# No control characters: YAML escapes some of them in its own way.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(value=VALUES)
@example(value={"<<": {"a": 1}})
def test_content_is_read_as_it_was_written(value: t.Any) -> None:
    for documents in (load_yaml(json.dumps(value, ensure_ascii=False)), load_json(json.dumps(value))):
        assert [document.content for document in documents if document.content is not None] == (
            [] if value is None else [value]
        )


@given(value=VALUES)
def test_json_with_positions_is_the_same_json(value: t.Any) -> None:
    for written in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        (document,) = text._load_json_with_positions(written)
        assert document.content == value


@pytest.mark.parametrize("path", [*FIXTURES.rglob("*specs/*.yml"), *FIXTURES.rglob("checks/good/*.yml")], ids=str)
def test_files_are_read_as_the_modules_read_them(path: Path) -> None:
    as_modules = [document.content for document in load_documents(str(path))]
    assert [document.content for document in text.load_file(str(path))] == as_modules


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("a: 2026-11-25", {"a": "2026-11-25"}),
        ("a: !!str 1\nb: !!int '2'", {"a": "1", "b": 2}),
        ("a: yes\nb: 0o7\nc: 1_000\nd: ~", {"a": "yes", "b": 7, "c": "1_000", "d": None}),
        ("a: 0123\nb: 12:30:45\nc: 1e3\nd: TRUE", {"a": 123, "b": "12:30:45", "c": 1000.0, "d": True}),
        ("- a\n- &b c\n- *b", ["a", "c", "c"]),
    ],
)
def test_yaml_as_json_would_be(written: str, content: t.Any) -> None:
    assert [document.content for document in load_yaml(written)] == [content]


@pytest.mark.parametrize(
    ("written", "position", "words"),
    [
        ("a: 1\nb: @type", (2, 4), "in quotes"),
        ("a: 1\nb: c: {D}", (2, 5), "in quotes"),
        ("a: {{ name }}", (1, 5), "in quotes"),
        ("a: 1\n2: b", (2, 1), "in quotes"),
        ("a: !vault |\n  1", (1, 4), "no meaning in JSON"),
        ("a: .nan", (1, 4), "no such number"),
        ("a: &x [*x]", (1, 8), "contains it"),
        ("a: *x", (1, 4), "leads nowhere"),
        ("a:\n\t- b", (2, 1), "spaces"),
        ("a: [1", None, "no YAML"),
        ("{<<: 1}\n---\n{<<: [1]}", (3, 2), "merge key"),
        ("a: \x01", None, "no YAML"),
    ],
)
def test_yaml_that_cannot_be_read_is_explained(written: str, position: t.Any, words: str) -> None:
    with pytest.raises(UnreadableError, match=words) as caught:
        load_yaml(written)
    if position is not None:
        assert caught.value.position == position


@pytest.mark.parametrize(
    ("written", "position"),
    [('{"a": }', (1, 7)), ('{\n"a": 1,\n}', (3, 1)), ('{"a": NaN}', None), ("[" * 100_000, None)],
)
def test_json_that_cannot_be_read_is_explained(written: str, position: t.Any) -> None:
    with pytest.raises(UnreadableError) as caught:
        load_json(written)
    if position is not None:
        assert caught.value.position in (position, (2, 7))


def test_a_key_twice_is_found_at_its_second_place() -> None:
    for load, written in (
        (load_yaml, "a:\n- b: 1\n  b: 1\n- {c: 1, c: 2}"),
        (load_json, '{"a": [\n{"b": 1,\n"b": 1}, {"c": 1, "c": 2}]}'),
    ):
        (document,) = load(written)
        assert [problem.path for problem in document.duplicates] == [("a", "0", "b"), ("a", "1", "c")]
        first, second = document.duplicates
        assert (first.position or (0,))[0] == 3
        assert first.severity != second.severity


def test_what_a_merge_key_brings_in_may_be_overridden() -> None:
    (document,) = load_yaml("a: &x {b: 1}\nc:\n  <<: *x\n  b: 2")
    assert document.duplicates == []
    assert document.locate(("c", "b")) == (4, 3)


def written(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("large.yml", "a: 1\n" + " " * (100 * 1024 * 1024)),
        ("large.json", b'{"a": "' + b"x" * (100 * 1024 * 1024) + b'"}'),
        ("deep.yml", "[" * 100_000),
        ("deep-block.yml", "".join(" " * i + "a:\n" for i in range(1000))),
        ("deep.json", "[" * 100_000 + "]" * 100_000),
        ("deeper-than-a-spec.json", "[" * 200 + "]" * 200),
        ("bomb.yml", BOMB),
        ("latin.yml", "name: Köln".encode("latin-1")),
        ("empty.yml", ""),
        ("comment.yml", "# nothing\n---\n"),
        ("empty.json", " \n"),
        ("binary.yml", bytes(range(256))),
        ("number.json", "1" * 5000),
        ("number.yml", "a: " + "1" * 5000),
        ("list.yml", "[[1]]"),
        ("text.yml", "just text"),
        ("null.json", "null"),
        ("vaulted.yml", "$ANSIBLE_VAULT;1.1;AES256\n6131\n"),
    ],
)
def test_what_is_no_definition_is_one_finding(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = written(tmp_path, name, content)
    _count, findings = check_file(path)
    (finding,) = findings
    assert finding.check == "AUT000"
    assert finding.message.endswith((".", "pip install PyYAML"))


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.yml", tmp_path, Path("/dev/zero")):
        _count, (finding,) = check_file(str(path))
        assert finding.check == "AUT000"


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    good = (FIXTURES / "checks" / "good" / "flow-spec.yml").read_bytes()
    assert check_file(written(tmp_path, "bom.yml", b"\xef\xbb\xbf" + good)) == (1, [])
