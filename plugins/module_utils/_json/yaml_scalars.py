# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The values of plain scalars in YAML, by the core schema of YAML 1.2: pure functions.

People who know JSON expect this schema: ``yes``, ``12:30:45``, and dates are texts. Whatever reads YAML reads it so.
"""

from __future__ import annotations

import re
import typing as t

BOOL: t.Final = re.compile("true|True|TRUE|false|False|FALSE")
INT: t.Final = re.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT: t.Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
NULL: t.Final = re.compile("~|null|Null|NULL|")
# A number in these forms is another one in YAML 1.1, or loses digits that a version or a code may need.
_AMBIGUOUS: t.Final = re.compile(r"[+].*|-?0[0-9].*|-?\.[0-9].*|.*\.|-?[0-9]*\.[0-9]+0")


def read_bool(text: str) -> bool:
    """Return the boolean that a scalar stands for.

    Raises ValueError.
    """
    if not BOOL.fullmatch(text):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def read_number(text: str) -> int | float:
    """Return the number that a scalar stands for.

    Raises ValueError.
    """
    if INT.fullmatch(text):
        return int(text, 0 if text.startswith(("0x", "0o")) else 10)
    if FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    raise ValueError(f"{text!r} is no number")


def read_plain(text: str) -> str | int | float | bool | None:
    """Return the value of a scalar without quotes and tag.

    Raises ValueError for a number of too many digits.
    """
    if NULL.fullmatch(text):
        return None
    if BOOL.fullmatch(text):
        return read_bool(text)
    if INT.fullmatch(text) or FLOAT.fullmatch(text):
        return read_number(text)
    return text


def is_ambiguous_number(text: str) -> bool:
    """Return whether a scalar is a number that a person may have meant as a text, such as 1.10 or 0123."""
    return bool(_AMBIGUOUS.fullmatch(text) and FLOAT.fullmatch(text))
