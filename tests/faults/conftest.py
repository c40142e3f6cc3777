# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Lab


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every promise holds in the worker and as a module."""
    if "lab" in metafunc.fixturenames:
        metafunc.parametrize("lab", metafunc.config.getoption("--way") or ["worker", "module"], indirect=True)


@pytest.fixture
def lab(request: pytest.FixtureRequest, emulator: str, tmp_path: Path) -> Lab:
    """A corner of the emulator that nobody else uses."""
    lab = Lab(emulator, tmp_path)
    return lab.as_modules() if request.param == "module" else lab
