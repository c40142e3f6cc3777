# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The check of a definition against the declared fields of its kind: pure functions.

What Ansible checks of an option is checked here of the field that the option sets, in like words.
"""

from __future__ import annotations

import math
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path, format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import find_lone_surrogate, json_text
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, items_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import check_id, check_name, type_name
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Field, Kind, Spec, other_kinds_fields

Place = Callable[[Path], str]
"""How a message names the place of a path: by the file or option, and the path in it."""

_TYPES: t.Final[Mapping[str, type]] = {"str": str, "list": list, "dict": dict}
_REMEDIES: t.Final = {
    "str": "write a text",
    "list": "write a list, even if it has one value",
    "dict": "write a mapping",
}
_REMEDY_FOR_UNQUOTED: t.Final = "put the value in quotes; without them, YAML reads 1.10 as 1.1 and can read yes as true"
# A text of Adobe's templates that is to be replaced, and those that the service itself fills in.
_PLACEHOLDER: t.Final = re.compile(r"\{[A-Z][A-Z0-9_]*\}")
# In JSON, a placeholder in a text, a template expression, or a placeholder that YAML read as a mapping.
_SIGN_OF_PLACEHOLDER: t.Final = re.compile(r'\{\{|\{"?[A-Z][A-Z0-9_]*(?:": null)?\}')
_FILLED_BY_SERVICE: t.Final = frozenset(("{SCHEDULE_QUERY}", "{START_TIME}", "{END_TIME}"))
_TEMPLATE_EXPRESSION: t.Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MAX_PLACEHOLDERS: t.Final = 5


def place_in(origin: str) -> Place:
    """Return how a message names a place in what comes in one piece."""
    return lambda path: f"{origin}, {format_path(path)}" if path else origin


def check_spec(kind: Kind, spec: Mapping[str, JSON], place: Place, *, is_json: bool = False) -> Spec:
    """Return a definition, its field names canonical, with its ids as the service writes them.

    ``is_json`` states that JSON can hold it.
    Raises InputError for what the service or this collection cannot have meant: fields of another kind, another type
    than declared, what is no id or no name, and what JSON cannot hold.
    """
    _check_kind(kind, spec, place)
    checked = dict(spec)
    if spec.get("id") is not None:
        checked["id"] = check_id(spec["id"], place(("id",)))
    for field in kind.fields:
        if field.name in spec:
            checked[field.name] = _checked(field, spec[field.name], place)
    try:
        if not is_json and json_text(checked) is None:
            _check_json_values(checked, (), place)
            raise InputError(f"Could not use {place(())}: JSON cannot hold it. Next step: correct it.")
    except RecursionError:
        raise InputError(
            f"Could not use {place(())}: it is nested too deeply, or contains itself. Next step: correct it."
        ) from None
    return checked


def _check_kind(kind: Kind, spec: Mapping[str, JSON], place: Place) -> None:
    foreign = other_kinds_fields(kind)
    found = sorted(name for name, value in spec.items() if name in foreign and value is not None)
    if found:
        other = foreign[found[0]].noun
        raise InputError(
            f"Could not use {place(())} as a {kind.noun}: only a {other} has {', '.join(found)}. Next step: define it"
            f" as a {other}, or, in a directory, set src to the directory that holds the {kind.noun}s."
        )


def _checked(field: Field, value: JSON, place: Place) -> JSON:
    path: Path = (field.name,)
    if value is None and not field.is_required:
        return None
    _check_type(field.type, value, path, place)
    if field.elements is not None:
        return [_checked_element(field, item, (*path, str(index)), place) for index, item in enumerate(items_of(value))]
    if field.refers_to:
        return check_id(value, place(path))
    return check_name(value, place(path)) if field.is_required and field.type == "str" else value


def _checked_element(field: Field, value: JSON, path: Path, place: Place) -> JSON:
    if not (field.refers_to and value is None):
        _check_type(t.cast(str, field.elements), value, path, place)
    return check_id(value, place(path)) if field.refers_to else value


def _check_type(expected: str, value: JSON, path: Path, place: Place) -> None:
    if not isinstance(value, _TYPES[expected]):
        is_unquoted = expected == "str" and isinstance(value, (bool, int, float))
        raise InputError(
            f"Could not use {place(path)}: it is of type {type_name(value)}, and must be of type {expected}."
            f" Next step: {_REMEDY_FOR_UNQUOTED if is_unquoted else _REMEDIES[expected]}."
        )


def _check_json_values(value: JSON, path: Path, place: Place) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_text(str(key), (*path, str(key)), place)
            _check_json_values(item, (*path, str(key)), place)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _check_json_values(item, (*path, str(index)), place)
    elif isinstance(value, str):
        _check_text(value, path, place)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(
            f"Could not use {place(path)}: it is {value}, which is not a number in JSON. Next step: correct it."
        )
    elif value is not None and not isinstance(value, (bool, int, float)):
        raise InputError(
            f"Could not use {place(path)}: it is of type {type_name(value)}, which JSON does not support."
            " Next step: correct it."
        )


def _check_text(text: str, path: Path, place: Place) -> None:
    surrogate = find_lone_surrogate(text)
    if surrogate:
        raise InputError(
            f"Could not use {place(path)}: it holds {surrogate}, one half of a character (a lone surrogate), which"
            " no UTF-8 text can hold. Next step: write the whole character, or remove the half."
        )


def may_hold_placeholders(text: str | None) -> bool:
    """Return whether a value of this ``json_text`` can hold a placeholder."""
    return text is None or _SIGN_OF_PLACEHOLDER.search(text) is not None


def find_placeholders(kind: Kind, spec: Mapping[str, JSON]) -> list[tuple[Path, str]]:
    """Return where the fields of a definition still hold a placeholder of a template, and which."""
    return [found for name, value in spec.items() if name not in kind.owned for found in _placeholders(value, (name,))]


def _placeholders(value: JSON, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            braced = f"{{{key}}}"
            if item is None and len(value) == 1 and _PLACEHOLDER.fullmatch(braced):
                # Without quotes, YAML reads the placeholder as a mapping.
                yield path, braced
            else:
                yield from _placeholders(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _placeholders(item, (*path, str(index)))
    elif isinstance(value, str):
        found = _TEMPLATE_EXPRESSION.search(value)
        if found:
            yield path, found[0]
        elif _PLACEHOLDER.fullmatch(value.strip()) and value.strip() not in _FILLED_BY_SERVICE:
            yield path, value.strip()


def placeholder_warnings(kind: Kind, spec: Mapping[str, JSON], origin: str) -> list[str]:
    """Return the warning about placeholders of a template that were left in a definition."""
    found = [f"{text} at {format_path(path)}" for path, text in find_placeholders(kind, spec)]
    if not found:
        return []
    more = f", and {len(found) - _MAX_PLACEHOLDERS} more" if len(found) > _MAX_PLACEHOLDERS else ""
    return [
        f"The {kind.noun} in {origin} still holds placeholders of a template: {', '.join(found[:_MAX_PLACEHOLDERS])}"
        f"{more}. To stop this warning, replace each with its value, and put one that the service fills in between"
        " quotes."
    ]
