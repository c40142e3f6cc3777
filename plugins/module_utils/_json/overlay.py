# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Lay what is given over what is there: pure functions.

Unlike a merge of a managed field, which is compared whole, this leaves every key alone that is not given.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, canonical
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON

_NUMBER: t.Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def overlay(live: JSON, wanted: JSON) -> JSON:
    """Return ``live`` with the values of ``wanted`` in it; ``ABSENT`` may stand for ``live``.

    A wanted null takes a key away. What means the same is taken from ``live``.
    """
    if isinstance(wanted, Mapping):
        result = dict(live) if isinstance(live, Mapping) else {}
        for key, value in wanted.items():
            if value is not None:
                result[key] = overlay(result.get(key, ABSENT), value)
            elif result.get(key) is not None:
                del result[key]
        return result
    return live if live is not ABSENT and means_the_same(live, wanted) else wanted


def means_the_same(one: JSON, other: JSON) -> bool:
    """Return whether two values are equal, or one is the text of the other, because the service returns sent text.

    Two texts are compared as they are.
    """
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(means_the_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(means_the_same(one[key], other[key]) for key in one)
    if isinstance(one, str) != isinstance(other, str):
        one, other = _read(one), _read(other)
    return canonical(one) == canonical(other)


def _read(value: JSON) -> JSON:
    """Return the number or the boolean that a text is the text of."""
    if not isinstance(value, str):
        return value
    if value in ("true", "false"):
        return value == "true"
    if _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value
