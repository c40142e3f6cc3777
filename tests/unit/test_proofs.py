# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is left without a real play in the quick lane: no promise, no module, no role, no plugin for templates."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISES = ROOT / "docs" / "promises.md"
BEGIN, END = "<!-- proofs -->", "<!-- end of proofs -->"


def subjects() -> Iterator[str]:
    """What a real play has to show: what is promised, and what users call."""
    for number in re.findall(r"^## (\d+)\. ", PROMISES.read_text("utf-8"), re.MULTILINE):
        yield f"promise {number}"
    plugins = ROOT / "plugins"
    for kind, files in (
        ("module", plugins.glob("modules/[!_]*.py")),
        ("role", (ROOT / "roles").iterdir()),
        ("lookup", plugins.glob("lookup/*.py")),
        ("filter", plugins.glob("filter/*.yml")),
        ("inventory", plugins.glob("inventory/*.py")),
    ):
        yield from (f"{kind} {name}" for name in sorted(file.stem for file in files))


def proofs() -> dict[str, list[str]]:
    """The tests that hold a proof, by what they show: those with the mark of that name."""
    found: dict[str, list[str]] = {}
    for file in sorted((*ROOT.glob("tests/integration/test_*.py"), *ROOT.glob("tests/faults/test_*.py"))):
        if "mark.proof" not in file.read_text("utf-8"):
            continue
        spec = importlib.util.spec_from_file_location(f"proofs_{file.stem}", file)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, test in vars(module).items():
            for mark in getattr(test, "pytestmark", ()) if name.startswith("test_") else ():
                for subject in mark.args if mark.name == "proof" else ():
                    found.setdefault(subject, []).append(f"`{file.parent.name}/{file.name}::{name}`")
    return found


@pytest.fixture(scope="module", name="found")
def found_proofs() -> dict[str, list[str]]:
    return proofs()


def test_a_real_play_shows_everything(found: dict[str, list[str]]) -> None:
    assert [subject for subject in subjects() if subject not in found] == [], "mark the test that shows it as proof"


def test_every_proof_is_of_something_that_is_there(found: dict[str, list[str]]) -> None:
    assert set(found) - set(subjects()) == set()


def test_the_page_lists_the_proofs(found: dict[str, list[str]]) -> None:
    lines = [f"| {subject} | {'; '.join(found[subject])} |" for subject in subjects() if subject in found]
    table = "\n".join(("| What | Real plays of `make test` that show it |", "| --- | --- |", *lines))
    listed = PROMISES.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    assert listed == table, f"{PROMISES.name} is to have between {BEGIN} and {END}:\n{table}"
