# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A test's own corner of an emulator, and how plays are run against it.

What tests need of it is here; the modules below hold what some of them need besides: servers that the emulator
cannot be, races, slices of a job, AWX.
"""

from __future__ import annotations

from lab.plays import (
    BATCH_PROVIDER,
    CONNECTION_SPECS,
    EMULATOR,
    FIXTURES,
    FLOW_SPECS,
    GENERIC_STREAMING,
    REST_STORAGE,
    SECRET,
    Lab,
    Outcome,
    Run,
    Spec,
    Task,
    Way,
    running_emulator,
    task,
)

__all__ = [
    "BATCH_PROVIDER",
    "CONNECTION_SPECS",
    "EMULATOR",
    "FIXTURES",
    "FLOW_SPECS",
    "GENERIC_STREAMING",
    "REST_STORAGE",
    "SECRET",
    "Lab",
    "Outcome",
    "Run",
    "Spec",
    "Task",
    "Way",
    "running_emulator",
    "task",
]
