# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Names and ids, which say what spec is meant: checked, and ids compared without case."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import strip_invisible
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

_ID: t.Final = re.compile(r"[A-Za-z0-9._~-]+")
# The form of the ids that the service gives.
_UUID: t.Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def type_name(value: JSON) -> str:
    """Return the name of a value's type, as Ansible's own messages have it."""
    return "null" if value is None else type(value).__name__


def is_uuid(text: str) -> bool:
    """Return whether the text has the form of the ids that the service gives."""
    return bool(_UUID.fullmatch(text))


def check_id(value: JSON, place: str) -> str:
    """Return an id as the service writes it: one segment of a URL path, a UUID in lower case.

    Raises InputError that names ``place``.
    """
    if value is None or value == "":
        raise InputError(
            f"Could not use {place}: the ID is {'null' if value is None else 'empty'}. In check mode, this is the ID"
            " of a spec that is not created yet. Next step: set the ID, or use the role aep.flow_service.source,"
            " which predicts the link of a source that does not exist yet."
        )
    text = _checked_text(value, place, "ID")
    if not _ID.fullmatch(text) or not text.strip("."):
        raise InputError(
            f"Could not use {place}: {text!r} is not an ID. Next step: set an ID, which is one segment of a path and"
            " consists of letters, digits, '-', '_', '.', and '~'."
        )
    return text.lower() if is_uuid(text) else text


def check_ids(values: Iterable[JSON], place: str) -> tuple[str, ...]:
    """Return ids as the service writes them.

    Raises InputError that names ``place`` and the number of the value in it.
    """
    return tuple(check_id(value, f"{place}[{index}]") for index, value in enumerate(values))


def check_name(value: JSON, place: str) -> str:
    """Return a name that is not blank, and in which everything at its ends can be seen.

    Raises InputError that names ``place``.
    """
    return _checked_text(value, place, "name")


def _checked_text(value: JSON, place: str, noun: str) -> str:
    if not isinstance(value, str):
        raise InputError(
            f"Could not use {place}: it is of type {type_name(value)}, and must be of type str."
            f" Next step: set the {noun}, in quotes."
        )
    visible = strip_invisible(value)
    if not visible:
        raise InputError(f"Could not use {place}: the {noun} is empty. Next step: set the {noun}.")
    if visible != value:
        raise InputError(
            f"Could not use {place}: {value!r} has a blank, a line break, or another invisible character at its start"
            f" or end, and differs from the {noun} {visible!r}. Next step: remove this character."
        )
    return value


def id_key(value: str) -> str:
    """Return what two ids share just when they are equal, that is, without case."""
    return value.casefold()


def is_same_id(one: JSON, other: JSON) -> bool:
    """Return whether two ids are equal, in whatever case they are written."""
    return id_key(one) == id_key(other) if isinstance(one, str) and isinstance(other, str) else one == other


def has_id(values: JSON, wanted: str) -> bool:
    """Return whether an ID is in a list of IDs. A value of another type has none."""
    return isinstance(values, list) and any(is_same_id(value, wanted) for value in values)


def use_live_ids(live: JSON, wanted: JSON) -> JSON:
    """Return the wanted id, or list of ids, in the case in which the live spec has it."""
    if isinstance(wanted, str):
        return live if is_same_id(live, wanted) else wanted
    if not isinstance(wanted, list) or not isinstance(live, list):
        return wanted
    keys = {id_key(value) for value in wanted if isinstance(value, str)}
    known = [value for value in live if isinstance(value, str) and id_key(value) in keys]
    known_keys = set(map(id_key, known))
    return [*known, *(value for value in wanted if not isinstance(value, str) or id_key(value) not in known_keys)]
