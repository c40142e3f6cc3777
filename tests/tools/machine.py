# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this machine has besides Python. Needs nothing but the standard library."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable

from environments import say

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def has_program(package: str, programs: Iterable[str]) -> bool:
    """Whether one of the programs is there; where Debian's packages can be installed, the package with it is."""
    wanted = [program for program in programs if program]
    if any(map(shutil.which, wanted)):
        return True
    apt_get = shutil.which("apt-get")
    if apt_get and os.geteuid() == 0:
        say(f"Installing the system package {package}; this is done once")
        quiet = functools.partial(subprocess.run, stdout=subprocess.DEVNULL, check=False)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet([apt_get, "-qq", "update"], env=environment)
        quiet([apt_get, "-qq", "install", "--yes", "--no-install-recommends", package], env=environment)
    return any(map(shutil.which, wanted))
