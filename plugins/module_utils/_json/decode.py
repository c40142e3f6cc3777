# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Decode JSON strictly: no NaN or Infinity, and no key twice in one mapping."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterable, Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, JSONObject

# What ends a key and follows it; and the same with blanks.
_KEY_SIGN: t.Final = '":'
_UNUSUAL_KEY_SIGN: t.Final = re.compile(r'"[ \t\r\n]+:')
_BLANKS: t.Final = re.compile(r"[ \t\r\n]*")


def parse_json(text: str) -> JSON:
    """Return the value of a JSON text.

    Raises ValueError.
    """
    value, end = _decode(text, _skip(text, 0))
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def decode_text(raw: bytes) -> str:
    """Return the text of a body in one of the encodings of JSON.

    Raises ValueError.
    """
    return raw.decode(json.detect_encoding(raw))


def decode_items(text: str, name: str, rest: JSONObject) -> Iterator[JSON]:
    """Yield the items of the list of this name in a mapping one by one, so that memory need not hold all of them.

    The mapping is in ``rest`` after the last item, with an empty list in place of this one.
    Raises ValueError, also after some of the items.
    """
    position = _expect("{", text, _skip(text, 0))
    keys: list[JSON] = []
    while not text.startswith("}", position):
        if keys:
            position = _expect(",", text, position)
        if not text.startswith('"', position):
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, position)
        key, position = _decode(text, position)
        keys.append(key)
        check_unique_keys(keys)
        position = _expect(":", text, position)
        if key == name and text.startswith("[", position):
            position = yield from _decode_list(text, position)
            rest[name] = []
        else:
            rest[str(key)], position = _decode(text, position)
    end = _expect("}", text, position)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _decode_list(text: str, position: int) -> t.Generator[JSON, None, int]:
    """Yield the items of the list at this position. Return the position after it."""
    position = _expect("[", text, position)
    is_first = True
    while not text.startswith("]", position):
        if not is_first:
            position = _expect(",", text, position)
        is_first = False
        item, position = _decode(text, position)
        yield item
    return _expect("]", text, position)


def _decode(text: str, position: int) -> tuple[JSON, int]:
    """Return the value at this position, and the position after it and blanks."""
    try:
        value, end = _DECODER.raw_decode(text, position)
        if not _has_all_keys(text, position, end, value):
            _DECODER_OF_PAIRS.raw_decode(text, position)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value, _skip(text, end)


def _skip(text: str, position: int) -> int:
    """Return the position after blanks."""
    return t.cast(re.Match[str], _BLANKS.match(text, position)).end()


def _expect(sign: str, text: str, position: int) -> int:
    """Return the position after a sign at this position, and blanks."""
    if not text.startswith(sign, position):
        raise json.JSONDecodeError(f"Expecting {sign!r}", text, position)
    return _skip(text, position + 1)


def _has_all_keys(text: str, start: int, end: int, value: JSON) -> bool:
    """Return whether no key was dropped as a duplicate, far faster than a hook for each mapping; False if unsure.

    Each key of a JSON text is followed by a colon. Strings can only add to what looks like keys.
    """
    return not _UNUSUAL_KEY_SIGN.search(text, start, end) and text.count(_KEY_SIGN, start, end) == _count_keys(value)


def _count_keys(value: JSON) -> int:
    """Return how many keys all mappings of a value have."""
    keys, left = 0, [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            keys += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
    return keys


def check_unique_keys(keys: Iterable[JSON]) -> None:
    """Raise ValueError for a key that comes twice."""
    seen: set[JSON] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"the key {key!r} stands twice in one mapping")
        seen.add(key)


def _unique_mapping(pairs: list[tuple[str, JSON]]) -> JSONObject:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        check_unique_keys(key for key, _value in pairs)
    return mapping


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: t.Final = json.JSONDecoder(parse_constant=_refuse_constant)
_DECODER_OF_PAIRS: t.Final = json.JSONDecoder(object_pairs_hook=_unique_mapping)
