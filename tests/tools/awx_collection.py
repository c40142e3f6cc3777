# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have the collection awx.awx, for the tests of extensions/awx. Needs nothing but the standard library, and pip.

It comes from the PyPI package C(ansible), of which nothing else is kept.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from environments import BUILD, say

COLLECTIONS = BUILD / "awx"
"""The folder of collections that holds it."""
PACKAGE = "ansible>=12,<13"
PART = "ansible_collections/awx/awx/"


def fetch(python: str = sys.executable) -> bool:
    """Fetch the collection with the pip of this Python, unless it is there; whether it is there now."""
    stamp = COLLECTIONS / "made-from"
    if stamp.exists() and stamp.read_text() == PACKAGE:
        return True
    shutil.rmtree(COLLECTIONS, ignore_errors=True)
    say("Fetching the collection awx.awx for the tests of extensions/awx; this is done once")
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        download = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        result = subprocess.run(
            [*download, "--no-deps", "--only-binary", ":all:", "--dest", folder, PACKAGE],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if result.returncode:
            say(f"{result.stderr}\nSKIPPED: tests of extensions/awx, for want of the package {PACKAGE}")
            return False
        (wheel,) = Path(folder).glob("*.whl")
        unpacked = Path(folder) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked, [name for name in archive.namelist() if name.startswith(PART)])
        (unpacked / stamp.name).write_text(PACKAGE)
        # At once, so that nobody finds a part of it.
        shutil.move(unpacked, COLLECTIONS)
    return True


if __name__ == "__main__":
    sys.exit(not fetch())
