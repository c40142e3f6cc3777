# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walk-through for a new kind of resource does what it says: applied to a copy, there is a module that works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collection import NAMESPACE_PATH, layout
from lab import BATCH_PROVIDER, Lab, running_emulator, task

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "new-kind.md"
LICENCE = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)\n"


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, as a collection, changed as the page says."""
    folder = tmp_path_factory.mktemp("changed")
    target = layout(folder)
    blocks = re.findall(r"^```(diff|python)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert [language for language, _text in blocks] == ["diff", "python", "diff"]
    for language, text in blocks:
        if language == "diff":
            subprocess.run(["git", "apply", "-"], input=text, text=True, cwd=target, check=True)
        else:
            path = re.search(r"^# (plugins/\S+)$", text, re.MULTILINE)
            assert path
            (target / path[1]).write_text(text.replace(path[0], LICENCE), encoding="utf-8")
    subprocess.run([sys.executable, target / "tests" / "tools" / "generate.py"], check=True)
    return folder


@pytest.fixture(scope="module")
def emulator_of_it(collections: Path) -> Iterator[str]:
    with running_emulator(collections / NAMESPACE_PATH / "extensions" / "emulator") as url:
        yield url


@pytest.mark.parametrize("way", ["worker", "module"])
def test_the_new_module_works(collections: Path, emulator_of_it: str, tmp_path: Path, way: str) -> None:
    lab = Lab(emulator_of_it, tmp_path)
    if way == "module":
        lab.as_modules(afresh=True)
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


def test_no_other_test_finds_a_fault_in_it(collections: Path) -> None:
    """The tests of the checkout, as who adds the kind would run them: documentation, examples, results, names."""
    checkout = collections / NAMESPACE_PATH
    path = os.pathsep.join(map(str, (collections, checkout / "tests" / "tools")))
    variables = {**os.environ, "PYTHONPATH": path, "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    names = ("unit/test_consistency.py", "integration/test_examples.py", "integration/test_event_query.py")
    which = ["-k", "destination_spec or action_group or every_module_that_writes", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", "-q", *which, *(str(checkout / "tests" / name) for name in names)]
    checked = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd=checkout)
    assert checked.returncode == 0, checked.stdout
    assert "6 passed" in checked.stdout, checked.stdout
