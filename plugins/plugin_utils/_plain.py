# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Values as templates have them, as plain Python values."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence


def plain(value: t.Any) -> t.Any:  # Any: what comes out has the type that came in
    """Return the value without Ansible's internal types and tags, at all levels."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return value
