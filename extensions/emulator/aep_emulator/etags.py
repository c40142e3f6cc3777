# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Etags of objects and runs."""

from __future__ import annotations

import secrets
import time


def new_etag() -> str:
    """Return an etag in the form of the platform: the double quotes are part of it, the last group is the time."""
    return f'"{secrets.token_hex(4)}-0000-0200-0000-{int(time.time()):08x}0000"'
