# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Suggestions for names that are close to a known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is closest to a name, if one is close."""
    names = {candidate.lower(): candidate for candidate in known if isinstance(candidate, str)}
    # The comparison takes quadratic time, and no name is longer.
    given = name[:100].lower()
    found = [candidate for candidate in names if len(given) > 3 and candidate.startswith(given)]
    found = found or difflib.get_close_matches(given, names, n=1, cutoff=cutoff)
    return names[found[0]] if found else None


def suggest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a sentence that names the closest known name, or an empty text."""
    found = closest(name, known, cutoff)
    return f" Did you mean `{found}`?" if found else ""
