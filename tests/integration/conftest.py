# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import EMULATOR, Lab


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The URL of an emulator on a free port, which ends with the tests."""
    command = [sys.executable, "-m", "aep_emulator", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(EMULATOR)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            assert words, "the emulator did not start"
            yield words[-1]
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture
def lab(emulator: str, tmp_path: Path) -> Lab:
    """A corner of the emulator that nobody else uses."""
    return Lab(emulator, tmp_path)
