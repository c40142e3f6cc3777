# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import settings

# Machines differ and so do their moments: how long an example takes says nothing about whether it is right.
settings.register_profile("patient", deadline=None, max_examples=500)
settings.register_profile("quick", deadline=None, max_examples=100)


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples where it is to be quick."""
    settings.load_profile("quick" if config.getoption("--lane") == "quick" else "patient")
