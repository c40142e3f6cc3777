# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Regular expressions of users: they are never run, since some take longer than anyone waits."""

from __future__ import annotations

import re
import typing as t

_TOKEN: t.Final = re.compile(
    r"""
    \\.                                # an escaped character
    | \[\^?\]?(?:\\.|[^\]\\])*\]       # a set of characters
    | \(                               # the start of a group
    | (?P<close>\))?                   # its end
      (?P<repeat>[*+]|\{[0-9]+,\})     # more than one repetition, without a limit
    | \)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def repeats_a_repetition(pattern: str) -> bool:
    """Return whether a pattern repeats a group that repeats something, which can take exponential time."""
    groups = [False]
    for match in _TOKEN.finditer(pattern):
        symbol = match[0]
        if symbol == "(":
            groups.append(False)
        elif symbol.startswith(")"):
            inner = groups.pop() if len(groups) > 1 else False
            if inner and match["repeat"]:
                return True
            groups[-1] |= inner or bool(match["repeat"])
        elif match["repeat"]:
            groups[-1] = True
    return False
