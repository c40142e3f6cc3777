# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as Ansible's tools want it: laid out, built and installed. Needs nothing but the standard library."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from environments import BUILD, NAMESPACE_PATH, ROOT, Environment


def source_files() -> Iterable[Path]:
    """The files that belong to the project, relative to its root."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    except (OSError, subprocess.CalledProcessError):
        sys.exit("The list of files comes from git: run this in a git checkout.")
    return (Path(name) for name in names if name and (ROOT / name).is_file())


def layout(collections: Path) -> Path:
    """Copy the project to where Ansible's tools want a collection to be, below C(collections); return its folder."""
    target = collections / NAMESPACE_PATH
    shutil.rmtree(target, ignore_errors=True)
    for file in source_files():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target / file)
    return target


def install(env: Environment) -> Path:
    """Build the collection and install it, as a user would; return the folder of the collections."""
    collections = BUILD / f"installed-{env.name}"
    shutil.rmtree(collections, ignore_errors=True)
    artifacts = BUILD / f"artifact-{env.name}"
    shutil.rmtree(artifacts, ignore_errors=True)
    source = layout(BUILD / "layout")
    quiet = functools.partial(
        subprocess.run, cwd=ROOT, env=env.variables(collections), check=True, stdout=subprocess.DEVNULL
    )
    galaxy = env.tool("ansible-galaxy")
    quiet([galaxy, "collection", "build", str(source), "--output-path", str(artifacts)])
    artifact = next(artifacts.glob("*.tar.gz"))
    quiet([galaxy, "collection", "install", str(artifact), "-p", str(collections), "--offline", "--force"])
    return collections
