# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Text that not every output can hold: pure functions."""

from __future__ import annotations

import json
import re
import typing as t
import unicodedata

from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

_LONE_SURROGATE: t.Final = re.compile("[\ud800-\udfff]")
# Format characters, such as a zero-width space, and the separators.
_INVISIBLE: t.Final = frozenset(("Cf", "Zs", "Zl", "Zp"))


def find_lone_surrogate(text: str) -> str | None:
    """Return the first half of a character that stands alone, in the form that JSON writes it, or None."""
    found = _LONE_SURROGATE.search(text)
    return _escape(found) if found else None


def enumerated(parts: list[str]) -> str:
    """Return the parts as a list in a sentence, with a serial comma."""
    if len(parts) < 3:
        return " and ".join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


_encode: t.Final = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


def json_text(value: JSON) -> str | None:
    """Return a value as JSON, for quick searches; None if JSON or UTF-8 cannot hold it."""
    try:
        text = _encode(value)
        text.encode()
    except (TypeError, ValueError):
        return None
    return text


def escape_lone_surrogates(value: JSON) -> JSON:
    """Return the value with each lone surrogate as JSON writes it; the value itself where there is none."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _escape_all(value)
    return value


def _escape_all(value: JSON) -> JSON:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub(_escape, value)
    if isinstance(value, dict):
        return {_escape_all(key): _escape_all(item) for key, item in value.items()}
    return [_escape_all(item) for item in value] if isinstance(value, (list, tuple)) else value


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def dump_json(value: JSON) -> str:
    """Return JSON for people, with every character as itself that UTF-8 can hold."""
    return _LONE_SURROGATE.sub(_escape, json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def strip_invisible(text: str) -> str:
    """Return the text without blanks, line breaks, and other invisible characters at its ends."""
    if text.isascii():
        return text.strip()
    visible = [index for index, character in enumerate(text) if not _is_invisible(character)]
    return text[visible[0] : visible[-1] + 1] if visible else ""


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in _INVISIBLE


def is_lookalike(one: JSON, other: JSON) -> bool:
    """Return whether two texts differ only in how Unicode composes their characters (NFC and NFD)."""
    if not isinstance(one, str) or not isinstance(other, str) or one == other or one.isascii() or other.isascii():
        return False
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
