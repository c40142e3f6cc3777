# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walk-through for a new kind of resource does what it says: applied to a copy, there is a module that works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import BATCH_PROVIDER, Lab, running_emulator, task

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "new-kind.md"
COLLECTION = Path("ansible_collections") / "aep" / "flow_service"
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the collection, changed as the page says."""
    target = tmp_path_factory.mktemp("changed")
    shutil.copytree(Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]) / COLLECTION, target / COLLECTION)
    blocks = re.findall(r"^```(diff|python)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [language for language, _text in blocks] == ["diff", "python", "python", "diff", "diff"]
    for language, text in blocks:
        if language == "diff":
            subprocess.run(["git", "apply", "-"], input=text, text=True, cwd=target / COLLECTION, check=True)
        else:
            path = re.search(r"^# (plugins/\S+)$", text, re.MULTILINE)
            assert path
            (target / COLLECTION / path[1]).write_text(text.replace(path[0], LICENCE), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def emulator_of_it(collections: Path) -> Iterator[str]:
    with running_emulator(collections / COLLECTION / "extensions" / "emulator") as url:
        yield url


@pytest.mark.parametrize("way", ["worker", "module"])
def test_the_new_module_works(collections: Path, emulator_of_it: str, tmp_path: Path, way: str) -> None:
    lab = Lab(emulator_of_it, tmp_path)
    if way == "module":
        lab.as_modules()
    spec = {"name": "acme", "provider_id": BATCH_PROVIDER, "version": "1.0", "regions": ["va7", "nld2"]}
    reordered = {**spec, "regions": ["nld2", "va7"]}
    run = lab.play(
        task("predict", "destination_spec", **spec, check=True),
        task("create", "destination_spec", **spec),
        task("again", "destination_spec", **reordered),
        task("update", "destination_spec", name="acme", version="1.1"),
        play={"module_defaults": {"group/aep.flow_service.all": {"sandbox_name": "dev"}}},
        ANSIBLE_COLLECTIONS_PATH=str(collections),
    )
    assert run.status == 0, run.output
    assert [run[name].changed for name in ("predict", "create", "again", "update")] == [True, True, False, True]
    assert run["predict"].changes == run["create"].changes
    (stored,) = lab.in_sandbox("dev").specs("destinationSpecs")
    assert (stored["version"], stored["regions"]) == ("1.1", ["va7", "nld2"])
    assert lab.module_runs == (4 if way == "module" else 0)


def test_it_is_documented_as_it_is_declared(collections: Path, tmp_path: Path) -> None:
    """The tests of consistency, as they would be run by who adds the kind, find no fault in it."""
    tests = tmp_path / "tests" / "unit"
    tests.mkdir(parents=True)
    for name in ("plugins", "meta", "roles"):
        (tmp_path / name).symlink_to(collections / COLLECTION / name)
    shutil.copy(ROOT / "tests" / "unit" / "test_consistency.py", tests)
    path = os.pathsep.join(map(str, (collections, ROOT / "tests" / "tools")))
    command = [sys.executable, "-m", "pytest", "-q", "-k", "destination_spec or action_group", str(tests)]
    checked = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert checked.returncode == 0, checked.stdout
    assert "4 passed" in checked.stdout
