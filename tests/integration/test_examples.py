# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example in the documentation works: those of the plugins, and those of the pages."""

from __future__ import annotations

import re
import subprocess
import typing as t
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec, Task
from pages.blocks import Command, Page, bare_environment, pages
from pages.examples import (
    ROOT,
    WORLDS,
    Plugin,
    module_of,
    option_problems,
    plugins,
    result_problems,
    sample_problems,
    tasks_of,
    text_problems,
    write_playbook,
)

# A second run of these changes something again, since one takes back what the other does.
BACK_AND_FORTH = {
    "plugins/modules/connection.py": {"Rotate its password"},
    # A run is an action, and each task starts another one.
    "plugins/modules/dataflow_run.py": {"Ingest the records of one day, and wait for the end of the run"},
    "plugins/modules/flow_spec.py": {
        "Set one field, and leave every other field as it is",
        "Go back to what was there before the update",
    },
}
# The blocks of pages that are not run, and why. Keep it short.
NOT_RUN = {
    "CONTRIBUTING.md": {"it changes a checkout", "it needs a release"},
    "README.md": {"they are the commands of the project itself"},
    "docs/scale.md": {"it is for several nodes"},
    "docs/upgrading.md": {"it changes what is installed", "it deletes the tokens of the reader"},
    "extensions/emulator/README.md": {"it serves until interrupted"},
    "extensions/execution-environment/README.md": {"it needs a container engine"},
    "roles/dataflow/README.md": {"docs/dataflows.md runs it on a source that it creates"},
    "roles/remediate/README.md": {"it needs the report of an audit"},
    "roles/restore/README.md": {"it needs backups"},
    "roles/verify/README.md": {"docs/verify.md runs it on a source that it creates"},
}
RETURNS = {plugin.name: plugin.returns for plugin in plugins() if plugin.kind == "module"}


@pytest.mark.real("worker")
@pytest.mark.parametrize("plugin", plugins(), ids=str)
def test_the_examples_of_a_plugin(plugin: Plugin, lab: Lab, tmp_path: Path) -> None:
    tasks = tasks_of(plugin.examples)
    refuse(plugin, [*text_problems(plugin.text), *option_problems(plugin.examples), *sample_problems(plugin.returns)])
    folder = tmp_path / "repository"
    folder.mkdir()
    world = plugin.world
    world.prepare(lab, folder)
    write_playbook(folder / "site.yml", plugin.examples)
    arguments = [*world.variables, *world.before, "site.yml"]
    calls_us = any(map(module_of, tasks.values()))

    if calls_us:
        files = sorted(folder.rglob("*"))
        predicted = lab.run_playbook("--check", "--diff", *arguments, folder=folder)
        refuse(plugin, problems(tasks, predicted))
        assert lab.writes() == [], "check mode has written"
        assert world.before or sorted(folder.rglob("*")) == files, "check mode has made files"

    done = lab.run_playbook(*arguments, folder=folder)
    refuse(plugin, [*problems(tasks, done), *unseen(tasks, done)])

    if calls_us and lab.writes():
        stored = content(lab)
        again = lab.run_playbook(*arguments, folder=folder)
        refuse(plugin, problems(tasks, again))
        assert set(changing(tasks, again)) == BACK_AND_FORTH.get(str(plugin), set())
        assert content(lab) == stored


def refuse(what: Plugin | Page, found: Iterable[str]) -> None:
    """Fail with these problems, if there are any."""
    lines = [f"{what}: {problem}" for problem in found]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def problems(tasks: dict[str, Task], run: Run) -> Iterator[str]:
    """Tasks that have failed, or returned what their module does not document."""
    if run.status:
        yield f"the examples do not work:\n{run.output}"
        return
    for name, task in tasks.items():
        module, outcome = module_of(task), run[name]
        # Of a result that is not logged, nothing is recorded.
        if module and outcome.status == "ok" and not task.get("no_log"):
            for result in results(task, outcome.result):
                for problem in result_problems(RETURNS[module], result):
                    yield f"the example {name!r} against RETURN of {module}: {problem}"


def results(task: Task, result: dict[str, t.Any]) -> Iterator[dict[str, t.Any]]:
    """The result of a task, or those of its items."""
    if not any(key == "loop" or key.startswith("with_") for key in task):
        yield result
        return
    item_name = task.get("loop_control", {}).get("loop_var", "item")
    for item in result["results"]:
        yield {key: value for key, value in item.items() if key not in (item_name, "ansible_loop_var")}


def unseen(tasks: dict[str, Task], run: Run) -> Iterator[str]:
    """Examples that did nothing to be seen."""
    for name in tasks:
        if run[name].status != "ok":
            yield f"the example {name!r} was skipped"
        elif run[name].result.get("count") == 0:
            yield f"the example {name!r} finds nothing"


def changing(tasks: dict[str, Task], run: Run) -> Iterator[str]:
    """The examples that have changed something, of those that write."""
    for name, task in tasks.items():
        if module_of(task) and not task.get("check_mode") and run[name].changed:
            yield name


def content(lab: Lab) -> list[Spec]:
    """The stored specs, without what changes with each write."""
    specs = [*lab.specs(FLOW_SPECS), *lab.specs(CONNECTION_SPECS)]
    return [{key: value for key, value in spec.items() if not key.startswith("updated")} for spec in specs]


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.any_core] if page.installs else []) for page in pages()], ids=str
)
def test_the_examples_of_a_page(page: Page, emulator: str, tmp_path: Path) -> None:
    refuse(page, page.problems())
    assert page.reasons == NOT_RUN.get(page.name, set()), "why blocks of a page are not run has to stand in NOT_RUN"
    if not page.is_run:
        return
    home, folder = tmp_path / "home", tmp_path / "page"
    home.mkdir()
    folder.mkdir()
    lab = Lab(emulator, home)
    # As a reader's, it is the same on every page: what one page leaves behind must not matter to the next.
    lab.org = lab.variables["AEP_ORG_ID"] = "EMULATOR@AdobeOrg"
    refuse(page, page.run(lab, folder))


def test_a_newcomer_needs_eight_steps_at_most() -> None:
    steps = re.findall(r"^## Step (\d): [A-Z]", (ROOT / "docs" / "getting-started.md").read_text("utf-8"), re.MULTILINE)
    assert steps == [str(number + 1) for number in range(len(steps))]
    assert 0 < len(steps) <= 8
    # The README installs and links as well, and each block is one step.
    readme = (ROOT / "README.md").read_text("utf-8")
    install = readme.partition("## Install")[2].partition("\n## Contents")[0]
    assert 0 < len(re.findall(r"^```\w+$", install, re.MULTILINE)) <= 8


def test_the_readme_is_read_in_a_minute() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.split()) <= 550
    first_screen = "\n".join(readme.splitlines()[:30])
    assert all(f"$ make {name}" in first_screen for name in ("demo", "test"))


def test_a_page_is_compared_with_what_its_commands_print() -> None:
    one, two = "7ac44f4b-b812-4a3c-9bb0-a6408190ed2e", "0a6e7a19-61fd-44e3-8b15-e9d6cf1c7f0a"
    ids: dict[str, str] = {}
    for shown, printed, is_same in (
        (f"...\n+- {one}\n...", f"a\n+- {two}\nb", True),
        (f"+- {one}", f"+- {one}", False),
        ("ok=2", "ok=21", False),
        ("...\nok=2", "changed\nok=2", True),
        ("ok=2", "[WARNING]: No inventory\nok=2", False),
        ("TASK [a] *****", "TASK [a] ***********", True),
        (f"- {REST_STORAGE}", f"- {two}", False),
    ):
        assert Command(1, "run", shown).shown_by(printed, ids) == is_same, shown
    assert ids == {one: two}


# Each command of the Makefile that a page names, and what runs it: a page, a test, a script, or a person.
MAKE_TARGETS = {
    "emulator": "the pages README.md and docs/getting-started.md",
    "demo": "test_the_demo_shows_what_matters",
    "help": "test_make_help_lists_every_command",
    **dict.fromkeys(("lint", "sanity", "package", "docs", "test", "test-full"), ".ci/run"),
    **dict.fromkeys(
        ("bench", "scale", "soak"), "a person: they measure for a long time; tests/integration/test_benchmark.py"
    ),
    "generate": "make lint, which fails where what it writes is stale",
    **dict.fromkeys(("release", "publish"), "a person: they make a release; tests/release runs the parts"),
    "clean": "a person: it removes what all others need",
}


def test_every_command_of_the_makefile_that_a_page_names_is_run() -> None:
    named = {
        name
        for page in pages()
        for names in re.findall(
            r"`make ([a-z-]+)|^ *\$ make (?:-C \S+ )?([a-z-]+)", (ROOT / page.name).read_text("utf-8"), re.MULTILINE
        )
        for name in filter(None, names)
    }
    assert named <= MAKE_TARGETS.keys()
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert [name for name in named if MAKE_TARGETS[name] == ".ci/run" and not re.search(rf"[ =]{name}\s", script)] == []


def make(target: str, folder: Path) -> str:
    """Run a command of the Makefile in a clone of this working tree; what it prints."""
    home = folder / "home"
    (folder / "bin").mkdir()
    environment = bare_environment(home, folder / "bin")
    clone = ["git", "clone", "--quiet", str(home / "origin"), str(folder / "clone")]
    subprocess.run(clone, check=True, env=environment)
    done = subprocess.run(
        ["make", target],
        cwd=folder / "clone",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_make_help_lists_every_command(tmp_path: Path) -> None:
    listed = make("help", tmp_path)
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE) == targets


@pytest.mark.slow
@pytest.mark.any_core
def test_the_demo_shows_what_matters(tmp_path: Path) -> None:
    shown = make("demo", tmp_path)
    lines = shown.partition("=== A new source")[2].splitlines()
    assert 30 < len(lines) <= 65, shown
    assert "\x1b" not in shown
    assert "WARNING" not in shown
    # The only line of the flow spec that changes, and what is around it.
    assert len(re.findall(r"^\+- id-of-acme-crm$", shown, re.MULTILINE)) == 1
    # Preview, change, and second run; a verification leaves only its mapping set.
    assert re.findall(r"changed=(\d+)", shown) == ["2", "2", "0", "1"]
    assert shown.count(": passed\n") == 12
    assert "Report: verify.html, verify.json, verify.md, verify.xml\n" in shown
    assert "Removed: flow, target connection, source connection, connection\n" in shown
    assert "pip install -r requirements.txt" in shown


def test_no_world_and_no_exception_is_for_something_that_is_gone() -> None:
    used = {plugin.world.file for plugin in plugins()}
    assert set((WORLDS / "plugins").iterdir()) <= used
    assert NOT_RUN.keys() <= set(map(str, pages()))
    assert BACK_AND_FORTH.keys() <= set(map(str, plugins()))
