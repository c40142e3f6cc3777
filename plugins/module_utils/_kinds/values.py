# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Values against the JSON Schema that a live spec has for them: pure functions.

Values are judged loosely, because the service accepts numbers and booleans as text. What a schema says in other words
than those below is not judged: a ``pattern`` of another team can run forever, and a ``$ref`` can lead in a circle.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of, mapping_of, texts_of

_MAX_DEPTH: t.Final = 50
_WHOLE: t.Final = re.compile(r"[+-]?[0-9]+(\.0+)?")
_NUMBER: t.Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


class Misfit(t.NamedTuple):
    """The path of a value that its schema does not allow, and what the schema requires: never the value itself."""

    path: Path
    requirement: str


Misfits = Iterator[Misfit]


def find_misfits(schema: JSON, value: JSON, path: Path = (), depth: int = 0) -> Misfits:
    """Yield where a value is not as its schema requires. A value that is null is not set, and is not judged."""
    if not isinstance(schema, Mapping) or value is None or depth > _MAX_DEPTH:
        return
    wrong_type = _type_misfit(schema, value)
    if wrong_type is not None:
        yield Misfit(path, wrong_type)
        return
    yield from _scalar_misfits(schema, value, path)
    if isinstance(value, Mapping):
        yield from _mapping_misfits(schema, value, path, depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from find_misfits(schema.get("items"), item, (*path, str(index)), depth + 1)
    yield from _combined_misfits(schema, value, path, depth + 1)


def check_values(schema: JSON, values: JSON, attempt: str, source: str, place: Callable[[Path], str]) -> None:
    """Check values against their schema; ``attempt`` and ``source`` are the words of the message.

    Raises InputError that names every option that ``place`` makes of a path.
    """
    found = dict.fromkeys(f"{place(misfit.path)} {misfit.requirement}" for misfit in find_misfits(schema, values))
    if found:
        raise InputError(
            f"Could not {attempt}: {source} requires otherwise: {', '.join(found)}. No changes were made. Next step:"
            " correct these values."
        )


_TYPES: t.Final[Mapping[str, tuple[Callable[[JSON], bool], str]]] = {
    "object": (lambda value: isinstance(value, Mapping), "must be a mapping"),
    "array": (lambda value: isinstance(value, list), "must be a list"),
    "string": (lambda value: isinstance(value, (str, int, float)), "must be text"),
    "boolean": (lambda value: str(value).lower() in ("true", "false"), "must be true or false"),
    "integer": (lambda value: _is_written(_WHOLE, value), "must be a whole number"),
    "number": (lambda value: _is_written(_NUMBER, value), "must be a number"),
}


def _is_written(form: re.Pattern[str], value: JSON) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and bool(form.fullmatch(str(value)))


def _type_misfit(schema: Mapping[str, JSON], value: JSON) -> str | None:
    named = schema.get("type")
    names = [named] if isinstance(named, str) else texts_of(named)
    known = [_TYPES[name] for name in names if name in _TYPES]
    if not known or any(matches(value) for matches, _words in known):
        return None
    return known[0][1]


def _scalar_misfits(schema: Mapping[str, JSON], value: JSON, path: Path) -> Misfits:
    allowed = [schema["const"]] if "const" in schema else items_of(schema.get("enum"))
    if allowed and _as_text(value) not in map(_as_text, allowed):
        yield Misfit(path, f"must be {' or '.join(map(_as_text, allowed))}")
    number = float(str(value)) if _is_written(_NUMBER, value) else None
    for keyword, is_beyond, words in _LIMITS:
        limit = schema.get(keyword)
        if number is not None and _is_written(_NUMBER, limit) and is_beyond(number, float(str(limit))):
            yield Misfit(path, f"must be {words} {limit}")


_LIMITS: t.Final[tuple[tuple[str, Callable[[float, float], bool], str], ...]] = (
    ("minimum", lambda number, limit: number < limit, "at least"),
    ("maximum", lambda number, limit: number > limit, "at most"),
    ("exclusiveMinimum", lambda number, limit: number <= limit, "more than"),
    ("exclusiveMaximum", lambda number, limit: number >= limit, "less than"),
)


def _as_text(value: JSON) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping_misfits(schema: Mapping[str, JSON], value: Mapping[str, JSON], path: Path, depth: int) -> Misfits:
    for name in texts_of(schema.get("required")):
        if value.get(name) is None:
            yield Misfit((*path, name), "must be set")
    for name, inner in mapping_of(schema.get("properties")).items():
        yield from find_misfits(inner, value.get(name), (*path, name), depth)


def _combined_misfits(schema: Mapping[str, JSON], value: JSON, path: Path, depth: int) -> Misfits:
    for each in items_of(schema.get("allOf")):
        yield from find_misfits(each, value, path, depth)
    if isinstance(schema.get("if"), Mapping):
        is_met = next(find_misfits(schema["if"], value, path, depth), None) is None
        yield from find_misfits(schema.get("then" if is_met else "else"), value, path, depth)
    excluded = schema.get("not")
    if isinstance(excluded, Mapping) and isinstance(value, Mapping) and set(excluded) == {"required"}:
        names = texts_of(excluded["required"])
        if names and all(value.get(name) is not None for name in names):
            yield Misfit((*path, names[0]), "must not be set")
    for keyword in ("anyOf", "oneOf"):
        misfits = [next(find_misfits(each, value, path, depth), None) for each in items_of(schema.get(keyword))]
        if misfits and misfits[0] is not None and None not in misfits:
            yield misfits[0]
