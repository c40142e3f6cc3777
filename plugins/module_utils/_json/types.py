# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a JSON value is."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

# A recursive type would need a check of the type before each access, of values that are only compared and passed on.
JSON = t.Any
JSONObject = dict[str, JSON]
Params = Mapping[str, t.Any]
"""The parameters of a task, by option: Ansible has checked their types."""
