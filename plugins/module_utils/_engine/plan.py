# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What is to be done to an object, and what came of it."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import Change
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec

if t.TYPE_CHECKING:
    from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec


@dataclasses.dataclass(frozen=True)
class Plan:
    """The update of an object: the whole wanted ``spec``, and its ``changes`` to the live object."""

    spec: Spec
    changes: list[Change]


Planner = Callable[[Spec], Plan]


@dataclasses.dataclass(frozen=True)
class Updated:
    """The outcome of an update. ``before`` and ``plan`` are those of the first write, if there was one."""

    before: Spec
    plan: Plan
    live: LiveSpec
    warnings: list[str]
