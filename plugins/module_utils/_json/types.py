# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a JSON value is, and the way from it to a type of Python."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

# Not a recursive union: values are compared and passed on as they are, and what reads into one checks its type first.
JSON = object
JSONObject = dict[str, JSON]
# Any, because Ansible has checked each parameter against the argument spec, which types cannot express.
Params = Mapping[str, t.Any]
"""The parameters of a task, by option."""


def mapping_of(value: JSON) -> Mapping[str, JSON]:
    """Return a mapping as it is; an empty one for any other value."""
    return value if isinstance(value, Mapping) else {}


def items_of(value: JSON) -> list[JSON]:
    """Return the items of a list; none for any other value."""
    return value if isinstance(value, list) else []


def text_of(value: JSON) -> str | None:
    """Return a text as it is; None for any other value."""
    return value if isinstance(value, str) else None


def texts_of(value: JSON) -> list[str]:
    """Return the texts in a list; none for any other value."""
    return [item for item in items_of(value) if isinstance(item, str)]
