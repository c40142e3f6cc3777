# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON and YAML as they are read and written."""

from __future__ import annotations

import itertools
import json
import time
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aep.flow_service.plugins.module_utils._checks.text import load_yaml
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.decode import (
    decode_items,
    decode_text,
    parse_json,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import (
    decrypting,
    dump_yaml,
    find_files,
    load_documents,
    load_file,
    number_warnings,
)


def load(folder: Path, text: str, name: str = "it.yml") -> t.Any:
    (folder / name).write_bytes(text.encode())
    return load_file(str(folder / name)).content


# What people write for a text, and readers of YAML 1.1 take for something else.
TEXTS = (
    *("yes", "no", "on", "off", "Yes", "NO", "y", "n", "12:30:45", "1:30", "190:20:30.15", "2026-01-01"),
    *("2026-01-01T00:00:00Z", "1_000", "0b11", "=", "1.10.2", "0o9", "0x", "1e", "1,000", "tRUE", "nUll", "."),
)
VALUES = {
    "true": True,
    "False": False,
    "TRUE": True,
    "null": None,
    "~": None,
    "Null": None,
    "": None,
    "0": 0,
    "-12": -12,
    "0o17": 15,
    "0x1F": 31,
    "1e3": 1000.0,
    "12e-1": 1.2,
    "-.5": -0.5,
    "1.0": 1.0,
    "0123": 123,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, f"a: {text}\n") == {"a": text}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_those_of_the_core_schema(tmp_path: Path, text: str) -> None:
    value = load(tmp_path, f"a: {text}\n")["a"]
    assert value == VALUES[text]
    assert type(value) is type(VALUES[text])


@pytest.mark.parametrize("text", [*TEXTS, *VALUES, "1.10", "+5", "!!int 0123", "!!float 1"])
def test_checks_without_the_platform_read_the_same(tmp_path: Path, text: str) -> None:
    (document,) = load_yaml(f"a: {text}\n")
    assert json.dumps(document.content) == json.dumps(load(tmp_path, f"a: {text}\n"))


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        *(("1.10", True), ("0123", True), ("007", True), ("+5", True), (".5", True), ("5.", True), ("1.00", True)),
        *(("1.0", False), ("12", False), ("0", False), ("0x1F", False), ("1.0e+20", False), ("'1.10'", False)),
        *(("1.5", False), ("10", False), ("0.10", True), ("-0.5", False), ("!!str 1.10", False)),
    ],
)
def test_a_number_that_may_be_meant_as_a_text_is_told(tmp_path: Path, text: str, is_told: bool) -> None:
    (tmp_path / "it.yml").write_text(f"a: 1\nb: {text}\n")
    warnings = number_warnings(load_file(str(tmp_path / "it.yml")), "it.yml")
    assert bool(warnings) is is_told
    assert all(f"it.yml: YAML reads {text} in line 2 as the number" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: !!int 12:30", "line 1, column 4"),
        ("a: !!bool yes", "line 1, column 4"),
        ("1: x", "line 1, column 1: the key 1 is no string"),
        ("true: x", "the key True is no string"),
        ("? [a, b]\n: x", "is no string"),
        ("a: 1\na: 2", "'a' stands twice"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("a: *nowhere", "undefined alias"),
        ("a: &a {self: *a}", "contains itself"),
        ("\ta: 1", "line 1, column 1"),
        ("a: @type", "Quote text"),
        ("a: 'x\x00'", "control characters"),
        ("a: " + "[" * 100_000, "it.yml"),
        ("a: " + "9" * 5000, "it.yml"),
        ("a: !!python/name:os.system x", "no meaning in JSON"),
        ("a: !!timestamp 2026-01-01", "no meaning in JSON"),
    ],
)
def test_what_has_no_meaning_in_json_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert told in caught.value.message
    assert "it.yml" in caught.value.message
    assert "Next step: " in caught.value.message


PIECES = st.text('":\\ \t\u2028aé', max_size=4)
VALUES_OF_JSON = st.recursive(
    PIECES | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(PIECES, inner), max_size=3).map(tuple),
    max_leaves=8,
)


def write_json(value: t.Any, draw: t.Callable[[st.SearchStrategy[t.Any]], t.Any]) -> str:
    """JSON with keys that can stand twice, with blanks where JSON lets them be, and some characters as escapes."""

    def blank() -> str:
        return t.cast(str, draw(st.sampled_from(["", "", " ", "\n"])))

    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=draw(st.booleans()))[1:-1]
        for old, new in draw(st.sampled_from([(), (('\\"', "\\u0022"),), ((":", "\\u003A"), (" ", "\\u0020"))])):
            text = text.replace(old, new)
        return f'"{text}"'
    if isinstance(value, tuple):
        items = (f"{write_json(key, draw)}{blank()}:{blank()}{write_json(item, draw)}" for key, item in value)
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + f"{blank()},".join(write_json(item, draw) for item in value) + "]"
    return json.dumps(value)


def has_key_twice(value: t.Any) -> bool:
    if isinstance(value, tuple):
        return len({key for key, _item in value}) < len(value) or any(has_key_twice(item) for _key, item in value)
    return isinstance(value, list) and any(map(has_key_twice, value))


@given(VALUES_OF_JSON, st.data())
def test_a_key_that_stands_twice_is_found_however_it_is_written(value: t.Any, data: st.DataObject) -> None:
    text = write_json(value, data.draw)
    for each in (text, decode_text(text.encode()), decode_text(text.encode("utf-16"))):
        if has_key_twice(value):
            with pytest.raises(ValueError, match="stands twice"):
                parse_json(each)
        else:
            assert parse_json(each) == json.loads(each)


@given(VALUES_OF_JSON, st.data())
def test_items_are_decoded_one_by_one_as_all_at_once(value: t.Any, data: st.DataObject) -> None:
    fields = data.draw(st.permutations(["_links", "items", "more"]))
    text = "{" + ", ".join(f'"{name}" : {write_json(value, data.draw)}' for name in fields) + " }\n"
    rest: dict[str, object] = {}
    if has_key_twice(value):
        with pytest.raises(ValueError, match="stands twice"):
            list(decode_items(text, "items", rest))
        return
    items = list(decode_items(text, "items", rest))
    is_list = isinstance(json.loads(text)["items"], list)
    assert {**rest, **({"items": items} if is_list else {})} == json.loads(text)
    assert list(rest) == list(json.loads(text))


def test_an_item_is_there_before_the_next_one_is_decoded() -> None:
    items = decode_items('{"items": [{"id": "1"}, {"id": ', "items", {})
    assert next(items) == {"id": "1"}
    with pytest.raises(ValueError, match="Expecting"):
        next(items)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "5", "[]", "null", '"items"', "{", '{"items": [1, 2', '{"items": [1, 2]', '{"items": [1 2]}'),
        *('{"items": [1,]}', '{"items": [,]}', '{"items": [1], }', '{"items": [1]} x', '{"items": [1]}{}', "{5: 6}"),
        *('{"items": [1], "items": [2]}', '{"a": 1, "a": 2}', '{"items": [NaN]}', '{"items" [1]}', '{"a": 1 "b": 2}'),
        *('{"items": [{"a": 1, "a": 2}]}', '{"items": [' + "[" * 100_000, '{, "a": 1}', '{"items": []]}'),
    ],
)
def test_what_is_no_mapping_in_json_has_no_items(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(decode_items(text, "items", {}))


def test_aliases_of_aliases_are_refused_in_no_time(tmp_path: Path) -> None:
    names = "abcdefghijklmn"
    lists = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in itertools.pairwise(names)]
    started = time.monotonic()
    with pytest.raises(InputError, match="aliases stand for more than"):
        load(tmp_path, "\n".join(["a: &a [x]", *lists]))
    merges = [
        f"{name}: &{name} {{<<: [{', '.join([f'*{before}'] * 9)}], {name}: 1}}"
        for before, name in itertools.pairwise(names)
    ]
    assert len(load(tmp_path, "\n".join(["a: &a {k: 1}", *merges]))) == len(names)
    assert time.monotonic() - started < 20
    assert load(tmp_path, "a: &a [x]\nb: [*a, *a]\nc: {<<: {d: 1}, e: 2}") == {
        "a": ["x"],
        "b": [["x"], ["x"]],
        "c": {"d": 1, "e": 2},
    }


def test_marks_at_the_start_and_ends_of_lines_do_not_matter(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeffa: 1\r\nb: |\r\n  x\r\n") == {"a": 1, "b": "x\n"}
    assert load(tmp_path, '\ufeff{"a": 1}', "it.json") == {"a": 1}
    assert load(tmp_path, '{\n\t"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_an_unreadable_file_is_told_with_the_option_and_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_documents("specs/x.yml", "flow_specs_src")
    assert "flow_specs_src: the file specs/x.yml cannot be read: No such file" in caught.value.message
    assert str(tmp_path / "specs" / "x.yml") in caught.value.message


VAULTED = "$ANSIBLE_VAULT;1.1;AES256\n6131\n"


def test_what_ansible_vault_has_encrypted_is_decrypted_or_told(tmp_path: Path) -> None:
    inline = f"a: !vault |\n  {VAULTED.replace(chr(10), chr(10) + '  ')}\nb: 1\n"
    for text in (VAULTED, f"\ufeff{VAULTED}", f"\n{VAULTED}", inline):
        with pytest.raises(InputError) as caught:
            load(tmp_path, text)
        assert "ansible-vault has encrypted" in caught.value.message
        assert "Next step: " in caught.value.message
    with decrypting(lambda content: b"name: clear" if content.startswith(VAULTED[:14].encode()) else b""):
        assert load(tmp_path, VAULTED) == {"name": "clear"}
        assert load(tmp_path, inline) == {"a": "name: clear", "b": 1}

    def fail(_content: bytes) -> bytes:
        raise ValueError("no secret fits")

    with decrypting(fail), pytest.raises(InputError, match="cannot be decrypted: no secret fits"):
        load(tmp_path, VAULTED)


def test_links_are_followed_and_each_directory_is_read_once(tmp_path: Path) -> None:
    src, elsewhere = tmp_path / "src", tmp_path / "elsewhere"
    for folder in (src / "own", elsewhere / "deep"):
        folder.mkdir(parents=True)
    for file in (src / "own" / "a.json", elsewhere / "deep" / "b.yml", tmp_path / "play.yml", elsewhere / "c.yaml"):
        file.write_text("{}")
    (src / "linked").symlink_to(elsewhere)
    (src / "linked-again").symlink_to(elsewhere / "deep")
    (src / "file.yml").symlink_to(elsewhere / "c.yaml")
    (elsewhere / "deep" / "loop").symlink_to(elsewhere)
    (src / "own" / "up").symlink_to(tmp_path)
    (src / "itself").symlink_to(src)
    (src / ".hidden").symlink_to(elsewhere)
    (src / "nowhere").symlink_to(tmp_path / "not-there")
    found = [str(Path(path).relative_to(src)) for path in find_files(str(src))]
    assert sorted(found) == ["file.yml", "linked/c.yaml", "linked/deep/b.yml", "own/a.json"]
    (tmp_path / "way").symlink_to(src)
    assert len(find_files(str(tmp_path / "way"))) == 4


# Texts that look like something else to one reader of YAML or another.
_TRICKY = st.one_of(
    st.sampled_from([*TEXTS, *VALUES, "0o17", "1.10", "+1", ".inf", "-.INF", ".nan", "<<", "? ", "- a", "#x", "a: b"]),
    st.from_regex(r"[-+]?[0-9oxbeE_.:]{1,8}", fullmatch=True),
    st.text(max_size=8),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TRICKY),
    lambda children: st.one_of(st.lists(children, max_size=3), st.dictionaries(_TRICKY, children, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(_TRICKY, _JSON, max_size=3))
def test_what_is_written_is_read_as_it_was_by_readers_of_yaml_1_1_and_1_2(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, t.Any]
) -> None:
    text = dump_yaml(value, sort_keys=False)
    file = tmp_path_factory.getbasetemp() / "round-trip.yml"
    file.write_text(f"---\n{text}", encoding="utf-8", newline="\n")
    document = load_file(str(file))
    assert json.dumps(document.content) == json.dumps(value)
    assert not document.notes
    assert json.dumps(yaml.safe_load(text)) == json.dumps(value)


@pytest.mark.parametrize("text", ["y", "N", "0o17", "1e3", "1.10", "089", "yes", "12:30", "2026-01-01", "~", "=", "<<"])
def test_a_text_that_any_reader_could_mistake_is_quoted(text: str) -> None:
    assert dump_yaml({"a": text}, sort_keys=True) == f"a: '{text}'\n"


def test_a_lone_surrogate_is_written_escaped() -> None:
    assert dump_yaml({"a": "x\ud83d", "b": "1e3"}, sort_keys=True) == "a: \"x\\uD83D\"\nb: '1e3'\n"


def test_a_value_that_stands_twice_is_written_twice() -> None:
    shared = {"a": 1}
    assert dump_yaml([shared, shared], sort_keys=True) == "- a: 1\n- a: 1\n"
