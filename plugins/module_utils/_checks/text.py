# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Read JSON and YAML with the position of every key, for checks that report a line and a column.

Unlike the strict reader of the modules, this one continues where it can, so that one run reports every problem.
It is bounded: by the size of a file, by nesting, and by what YAML aliases expand to. It runs without Ansible.
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
import json
import math
import os
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._checks.check import (
    ERROR,
    WARNING,
    Check,
    Path,
    Position,
    Problem,
    Problems,
)
from ansible_collections.aep.flow_service.plugins.module_utils._checks.pages import (
    CREATE_STREAMING,
    INFERENCE,
    YAML,
    sources,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._json.yaml_scalars import (
    read_bool,
    read_number,
    read_plain,
)

try:
    import yaml
except ImportError:
    HAS_YAML = False
else:
    HAS_YAML = True

MAX_BYTES: t.Final = 10 * 1024 * 1024
MAX_DEPTH: t.Final = 150
MAX_VALUES: t.Final = 500_000

# The scanner of the standard library, from after the opening quote. The types of the library lack it.
_scan_text: t.Final = json.decoder.scanstring  # type: ignore[attr-defined]
_STANDARD_TAG: t.Final = "tag:yaml.org,2002:"
_JSON_TOKEN: t.Final = re.compile(r'[\s,:]*([{}\[\]"]|[^\s,:{}\[\]"]+)')


# Any: an event, mark, or error of PyYAML, of whichever class it is.
_Event = t.Any


class UnreadableError(Exception):
    """A text that is no definition in JSON or YAML."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclasses.dataclass
class Document:
    """One JSON or YAML document: its content, the position of each key and list entry, and problems of its text."""

    content: JSON
    start: Position | None = None
    marks: dict[int, dict[str | int, Position]] = dataclasses.field(default_factory=dict)
    """By the identity of a mapping or list, the position of each of its entries."""
    duplicates: list[Problem] = dataclasses.field(default_factory=list)
    text: str | None = None
    """The JSON to read once more for positions, which most files do not need."""

    def locate(self, path: Path) -> Position | None:
        """Return the position of a path, or of the nearest thing above it that exists."""
        if self.text is not None:
            (located,) = _load_json_with_positions(self.text)
            self.content, self.start, self.marks, self.text = located.content, located.start, located.marks, None
        position, value = self.start, self.content
        for step in path:
            key: str | int = int(step) if isinstance(value, list) and step.isdecimal() else step
            mark = self.marks.get(id(value), {}).get(key)
            if mark is None:
                break
            position, value = mark, _child_of(value, key)
        return position


def _child_of(value: JSON, key: str | int) -> JSON:
    return value[key] if isinstance(value, (dict, list)) else None  # type: ignore[index]  # an index has its list


def load_file(path: str) -> list[Document]:
    """Read every document of a JSON or YAML file.

    Raises UnreadableError.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise UnreadableError("This is no regular file.")
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"The file cannot be read: {error.strerror or error}.") from None
    if len(content) > MAX_BYTES:
        raise UnreadableError(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MB, so it is no definition. Split it or leave it out."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"The file is no UTF-8 text: {error.reason} at byte {error.start}. Save it as UTF-8.",
            (content.count(b"\n", 0, error.start) + 1, 1),
        ) from None
    if text.lstrip().startswith("$ANSIBLE_VAULT"):
        raise UnreadableError("The file is encrypted by ansible-vault. Decrypt a copy to check it, or leave it out.")
    return load_json(text) if path.lower().endswith(".json") else load_yaml(text)


def load_json(text: str) -> list[Document]:
    """Read JSON.

    Raises UnreadableError.
    """
    if not text.strip():
        return []
    try:
        content = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_reject_constant)
    except _DuplicateKeyError:
        return _load_json_with_positions(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"This is no JSON: {error.msg}.", (error.lineno, error.colno)) from None
    except RecursionError:
        raise UnreadableError(_TOO_DEEP) from None
    except ValueError as error:
        raise UnreadableError(f"This is no JSON: {error}.") from None
    reason = is_too_large(content)
    if reason is not None:
        raise UnreadableError(reason)
    return [Document(content, text=text)]


class _DuplicateKeyError(Exception):
    """A key stands twice in a mapping."""


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise _DuplicateKeyError
    return mapping


def _load_json_with_positions(text: str) -> list[Document]:
    """Read text that is JSON, with positions and duplicate keys."""
    line_ends = [match.start() for match in re.finditer("\n", text)]

    def position(offset: int) -> Position:
        line = bisect.bisect_left(line_ends, offset)
        return line + 1, offset - (line_ends[line - 1] if line else -1)

    builder = _Builder()
    offset, end = 0, len(text.rstrip())
    while offset < end:
        match = _JSON_TOKEN.match(text, offset)
        if match is None:
            break
        symbol, offset = match[1], match.end()
        mark = position(match.start(1))
        if symbol == '"':
            value, offset = _scan_text(text, offset, True)
            builder.add(value, mark)
        elif symbol in "{[":
            builder.open({} if symbol == "{" else [], mark)
        elif symbol in "}]":
            builder.close()
        else:
            builder.add(json.loads(symbol), mark)
    return builder.documents


def _reject_constant(name: str) -> t.NoReturn:
    raise ValueError(f"JSON has no number {name}")


def load_yaml(text: str) -> list[Document]:
    """Read YAML by the core schema of YAML 1.2, as the modules do.

    Raises UnreadableError.
    """
    if not HAS_YAML:
        if text.lstrip()[:1] in ("{", "["):
            return load_json(text)
        raise UnreadableError("Reading YAML requires the Python library PyYAML. Install it: pip install PyYAML")
    builder = _Builder()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            _HANDLERS[type(event)](builder, event)
    except yaml.MarkedYAMLError as error:
        raise UnreadableError(_explain(error, text), _position(error.problem_mark or error.context_mark)) from None
    except yaml.YAMLError as error:
        raise UnreadableError(f"This is no YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise UnreadableError(_TOO_DEEP) from None
    return [document for document in builder.documents if document.content is not None]


def _position(mark: _Event) -> Position | None:
    return (mark.line + 1, mark.column + 1) if mark else None


def _explain(error: _Event, text: str) -> str:
    problem = str(error.problem or error.context or error)
    if "cannot start any token" in problem:
        line = text.splitlines()[error.problem_mark.line]
        if line[error.problem_mark.column :].startswith("\t"):
            return "A tab stands where YAML expects spaces. Indent with spaces."
        return "A value cannot start with this character in YAML. Write the text in quotes."
    if "mapping values are not allowed" in problem:
        return "A colon and a blank start a mapping in YAML. Write the whole text in quotes."
    if "maximum nesting" in problem:
        return _TOO_DEEP
    return f"This is no YAML: {problem}."


_TOO_DEEP: t.Final = "The content is nested too deeply for a definition. Flatten it, or leave it out."
_TOO_MANY: t.Final = (
    f"The content comes to more than {MAX_VALUES} values, with YAML aliases expanded. Split it, or leave it out."
)
_BRACES_AS_KEY: t.Final = (
    'A mapping or list stands where YAML expects a key. Write text in braces in quotes, such as "{{ name }}".'
)


class _Frame:
    """A mapping or list that is not complete yet."""

    __slots__ = ("anchor", "is_merge", "key", "key_mark", "mark", "marks", "merged", "value", "weight")

    def __init__(self, value: t.Any, mark: Position, anchor: str | None) -> None:
        # Any: a dict or a list, which every use tells apart.
        self.value = value
        self.mark = mark
        self.anchor = anchor
        self.marks: dict[str | int, Position] = {}
        self.key: str | None = None
        self.key_mark = mark
        self.is_merge = False
        self.merged: list[dict[str, JSON]] = []
        self.weight = 1


class _Builder:
    """Documents from a sequence of openings, scalars, and closings, without recursion."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self._stack: list[_Frame] = []
        self._anchors: dict[str, JSON] = {}
        self._weights: dict[int, int] = {}
        self._marks: dict[int, dict[str | int, Position]] = {}
        self._duplicates: list[Problem] = []

    def begin(self) -> None:
        """Start a document of a YAML stream: anchors hold for one document only."""
        self._anchors = {}

    def open(self, value: JSON, mark: Position, anchor: str | None = None) -> None:
        """Start a mapping or list."""
        if len(self._stack) >= MAX_DEPTH:
            raise UnreadableError(_TOO_DEEP, mark)
        if self._stack and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None:
            raise UnreadableError(_BRACES_AS_KEY, mark)
        self._stack.append(_Frame(value, mark, anchor))

    def close(self) -> None:
        """Complete a mapping or list."""
        frame = self._stack.pop()
        value = frame.value
        if frame.merged:
            value, frame.marks = self._merge(frame)
        self._marks[id(value)] = frame.marks
        self._weights[id(value)] = frame.weight
        if frame.anchor is not None:
            self._anchors[frame.anchor] = value
        self._store(value, frame.mark, frame.weight)

    def _merge(self, frame: _Frame) -> tuple[dict[str, JSON], dict[str | int, Position]]:
        value: dict[str, JSON] = {}
        marks: dict[str | int, Position] = {}
        for merged in reversed(frame.merged):
            value |= merged
            marks |= self._marks[id(merged)]
        return value | frame.value, marks | frame.marks

    def add(self, value: JSON, mark: Position, anchor: str | None = None, is_plain: bool = False) -> None:
        """Add a scalar, which may be a key. A key ``<<`` merges only if it is plain, that is, not in quotes."""
        if isinstance(value, float) and not math.isfinite(value):
            raise UnreadableError("JSON has no such number. Write a finite number, or text in quotes.", mark)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and isinstance(frame.value, dict):
            if not isinstance(value, str):
                raise UnreadableError(f"The key {value!r} is no text in YAML. Write it in quotes.", mark)
            frame.key, frame.key_mark, frame.is_merge = value, mark, is_plain and value == "<<"
            return
        if anchor is not None:
            self._anchors[anchor] = value
        self._store(value, mark, 1)

    def add_alias(self, anchor: str, mark: Position) -> None:
        """Add what an anchor names."""
        if anchor not in self._anchors:
            is_open = any(frame.anchor == anchor for frame in self._stack)
            reason = "leads to a value that contains it" if is_open else "leads nowhere"
            raise UnreadableError(f"The alias *{anchor} {reason}. Write out the value.", mark)
        value = self._anchors[anchor]
        if isinstance(value, (dict, list)):
            if self._stack and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None:
                raise UnreadableError(_BRACES_AS_KEY, mark)
            self._store(value, mark, self._weights[id(value)])
        else:
            self.add(value, mark)

    def _store(self, value: JSON, mark: Position, weight: int) -> None:
        if not self._stack:
            self.documents.append(Document(value, mark, self._marks, self._duplicates))
            self._duplicates = []
            return
        frame = self._stack[-1]
        frame.weight += weight
        if frame.weight > MAX_VALUES:
            raise UnreadableError(_TOO_MANY, mark)
        container = frame.value
        if isinstance(container, list):
            frame.marks[len(container)] = mark
            container.append(value)
            return
        key, frame.key = t.cast(str, frame.key), None
        if frame.is_merge and isinstance(value, (dict, list)):
            merged = value if isinstance(value, list) else [value]
            if not all(isinstance(item, dict) for item in merged):
                raise UnreadableError("A merge key << needs a mapping, or a list of mappings.", frame.key_mark)
            frame.merged += merged
            return
        if key in container:
            self._note_duplicate(key, container[key] == value, frame.key_mark)
        container[key] = value
        frame.marks[key] = frame.key_mark

    def _note_duplicate(self, key: str, is_equal: bool, mark: Position) -> None:
        path = tuple(str(len(frame.value)) if frame.key is None else frame.key for frame in self._stack[:-1])
        self._duplicates.append(
            Problem(
                (*path, key),
                f"`{key}` stands here twice. Only the last one counts: remove the other.",
                WARNING if is_equal else ERROR,
                mark,
            )
        )


if HAS_YAML:
    _READERS: t.Final[Mapping[str | None, Callable[[str], JSON]]] = {
        None: read_plain,
        f"{_STANDARD_TAG}null": lambda _text: None,
        f"{_STANDARD_TAG}bool": read_bool,
        f"{_STANDARD_TAG}int": read_number,
        f"{_STANDARD_TAG}float": read_number,
    }

    @functools.lru_cache(maxsize=4096)
    def _resolve(text: str, tag: str | None) -> JSON:
        """Return the value of a scalar: a plain one if it has no tag."""
        return _READERS.get(tag, str)(text)

    def _add_scalar(builder: _Builder, event: _Event) -> None:
        mark = event.start_mark
        position = (mark.line + 1, mark.column + 1)
        value, tag = event.value, event.tag
        if tag is not None and tag != "!":
            _check_tag(tag, ("str", "null", "bool", "int", "float"), position)
            value = _read(value, tag, position)
        elif event.implicit[0]:
            value = _read(value, None, position)
        builder.add(value, position, event.anchor, event.implicit[0])

    def _read(text: str, tag: str | None, position: Position) -> JSON:
        try:
            return _resolve(text, tag)
        except (ValueError, KeyError, OverflowError):
            raise UnreadableError("The value is no number that YAML can read. Write it in quotes.", position) from None

    def _check_tag(tag: str, names: tuple[str, ...], position: Position) -> None:
        if not tag.startswith(_STANDARD_TAG) or tag.removeprefix(_STANDARD_TAG) not in names:
            raise UnreadableError(f"The tag {tag} has no meaning in JSON. Write a plain value.", position)

    def _open(builder: _Builder, event: _Event, value: JSON, name: str) -> None:
        mark = event.start_mark
        position = (mark.line + 1, mark.column + 1)
        if event.tag is not None and event.tag != "!":
            _check_tag(event.tag, (name,), position)
        builder.open(value, position, event.anchor)

    def _open_mapping(builder: _Builder, event: _Event) -> None:
        _open(builder, event, {}, "map")

    def _open_list(builder: _Builder, event: _Event) -> None:
        _open(builder, event, [], "seq")

    def _close(builder: _Builder, _event: _Event) -> None:
        builder.close()

    def _add_alias(builder: _Builder, event: _Event) -> None:
        builder.add_alias(event.anchor, (event.start_mark.line + 1, event.start_mark.column + 1))

    def _begin(builder: _Builder, _event: _Event) -> None:
        builder.begin()

    def _skip(_builder: _Builder, _event: _Event) -> None:
        return None

    _HANDLERS: t.Final = {
        yaml.ScalarEvent: _add_scalar,
        yaml.MappingStartEvent: _open_mapping,
        yaml.SequenceStartEvent: _open_list,
        yaml.MappingEndEvent: _close,
        yaml.SequenceEndEvent: _close,
        yaml.AliasEvent: _add_alias,
        yaml.DocumentStartEvent: _begin,
        yaml.DocumentEndEvent: _skip,
        yaml.StreamStartEvent: _skip,
        yaml.StreamEndEvent: _skip,
    }


def is_too_large(content: JSON) -> str | None:
    """Return why a value is no definition, if it is nested too deeply or too large."""
    left: list[Iterator[JSON]] = [iter((content,))]
    count = 0
    while left:
        if len(left) > MAX_DEPTH:
            return _TOO_DEEP
        value = next(left[-1], left)
        if value is left:
            left.pop()
            continue
        count += 1
        if count > MAX_VALUES:
            return _TOO_MANY
        if isinstance(value, dict):
            left.append(iter(value.values()))
        elif isinstance(value, list):
            left.append(iter(value))
    return None


def _find_duplicates(document: Document) -> Problems:
    """Return the duplicates that were found while the document was read."""
    yield from document.duplicates


def _find_nothing(_document: Document) -> Problems:
    """Return nothing: this is found by reading, not by examining what was read."""
    return iter(())


UNREADABLE: t.Final[Check[Document]] = Check(
    "AUT000",
    ERROR,
    "The file or definition can be read: it is JSON or YAML, and a mapping.",
    sources(YAML),
    _find_nothing,
)
DUPLICATE_KEYS: t.Final[Check[Document]] = Check(
    "AUT001",
    ERROR,
    "No key stands twice in a mapping. If both values are equal, this is a warning.",
    sources(CREATE_STREAMING, INFERENCE),
    _find_duplicates,
    (WARNING,),
)
