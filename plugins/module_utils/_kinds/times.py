# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Times in options: seconds since 1970, or text in the form of ISO 8601."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError

_SECONDS: t.Final = re.compile(r"([0-9]+)(?:\.[0-9]+)?")
# The year 5138. The service writes other times in milliseconds, which are beyond it.
_MAX_SECONDS: t.Final = 10**11


def check_time(value: str, place: str) -> int:
    """Return a time in whole seconds since 1970. A time without an offset is in UTC.

    Raises InputError that names ``place``.
    """
    text = value.strip()
    number = _SECONDS.fullmatch(text)
    if number:
        seconds = int(number[1]) if len(number[1]) <= len(str(_MAX_SECONDS)) else _MAX_SECONDS
        if seconds >= _MAX_SECONDS:
            raise InputError(
                f"Could not use {place}: {value} seconds after 1970 is later than the year 5138."
                " No changes were made. Next step: set the time in seconds. The value looks like milliseconds."
            )
        return seconds
    try:
        moment = datetime.datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        seconds = int(moment.timestamp())
    except (ValueError, OverflowError):
        seconds = -1
    if seconds < 0:
        raise InputError(
            f"Could not use {place}: {value!r} is not a time since 1970. No changes were made. Next step: set seconds"
            " since 1970, such as 1767225600, or a time such as 2026-01-01T00:00:00Z."
        )
    return seconds


def as_text(seconds: float) -> str:
    """Return a time as text for a person."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
