# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example in the documentation works: those of the plugins, and those of the pages."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from examples import (
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
from lab import CONNECTION_SPECS, FLOW_SPECS, Lab, Run, Spec, Task, running_emulator
from pages import Page, pages

# A second run of these changes something again, since one takes back what the other does.
BACK_AND_FORTH = {
    "plugins/modules/flow_spec.py": {
        "Set one field, and leave every other field as it is",
        "Go back to what was there before the update",
    },
}
# The blocks of pages that are not run, and why. Keep it short.
NOT_RUN = {
    "CONTRIBUTING.md": {"it changes a checkout", "it needs a release"},
    "docs/scale.md": {"it is for several nodes"},
    "extensions/emulator/README.md": {"it serves until interrupted"},
    "extensions/execution-environment/README.md": {"it needs a container engine"},
}
RETURNS = {plugin.name: plugin.returns for plugin in plugins() if plugin.kind == "module"}


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
        if module and outcome.status == "ok":
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


@pytest.mark.parametrize("page", pages(), ids=str)
def test_the_examples_of_a_page(page: Page, tmp_path: Path) -> None:
    refuse(page, page.problems())
    assert page.reasons == NOT_RUN.get(page.name, set()), "why blocks of a page are not run has to stand in NOT_RUN"
    if not page.is_run:
        return
    home, folder = tmp_path / "home", tmp_path / "page"
    home.mkdir()
    folder.mkdir()
    # An emulator of its own: a page may name any organization.
    with running_emulator() as url:
        refuse(page, page.run(Lab(url, home), folder))


def test_no_world_and_no_exception_is_for_something_that_is_gone() -> None:
    used = {plugin.world.file for plugin in plugins()} | {page.world.file for page in pages()}
    assert {file for folder in ("plugins", "pages") for file in (WORLDS / folder).iterdir()} <= used
    assert NOT_RUN.keys() <= set(map(str, pages()))
    assert BACK_AND_FORTH.keys() <= set(map(str, plugins()))
