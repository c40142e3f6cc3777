# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter that waits as long as the service is told to: a processor that idled is slower for a while."""

from __future__ import annotations

import os
import time
import typing as t


def wait(value: t.Any) -> t.Any:
    """The value, after BENCHMARK_LATENCY seconds."""
    time.sleep(float(os.environ["BENCHMARK_LATENCY"]))
    return value


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Any]:
        """The filters by name."""
        return {"wait": wait}
