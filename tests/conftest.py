# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import json
import os
import random
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from lab import Lab, Way, running_emulator
from lab.starts import PLAY_AFRESH, PLAY_OF_A_FORK, TASK, counts, stop_warm_processes
from pages.browser import NO_BROWSER, NewPage, browser_pages, find_browser, running_browser

LEFT = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The URL of an emulator on a free port, which ends with the tests."""
    with running_emulator() as url:
        yield url


@pytest.fixture
def lab(request: pytest.FixtureRequest, emulator: str, tmp_path: Path) -> Lab:
    """A corner of the emulator that nobody else uses, whose tasks run one of the ways."""
    lab = Lab(emulator, tmp_path)
    lab.way = request.param
    return lab.as_modules() if lab.way == "module" else lab


@pytest.fixture(autouse=True)
def started(request: pytest.FixtureRequest) -> Iterator[None]:
    """Adds to the figures what each test has started; it has to be what its marks say."""
    before = counts.copy()
    yield
    started = counts - before
    for name, number in started.items():
        request.node.user_properties.append((name, number))
    real = started[PLAY_OF_A_FORK] + started[PLAY_AFRESH]
    marks = {mark.name for mark in request.node.iter_markers()}
    is_quick = way_of(request.node) == "process"
    assert real or is_quick or "proof" not in marks, "no real play was started, so nothing is shown: it is no proof"
    if real and not started[TASK] and is_quick and not marks & {"real", "slow"}:
        request.node.user_properties.append(("tests to be marked as real: they start no other plays", 1))


@pytest.fixture(scope="session", autouse=True)
def _end_of_ansible() -> Iterator[None]:
    """No process of the tests outlives them."""
    yield
    stop_warm_processes()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser that ends with the tests."""
    executable = find_browser()
    if executable is None:
        pytest.skip(NO_BROWSER)
    with running_browser(executable) as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages in the browser, which end with the test."""
    with browser_pages(browser) as pages:
        yield pages


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--seed", type=int, default=1, help="what chance starts from; the same seed draws the same")
    lanes = "what make test runs, or what it leaves to make test-full; by default nothing is left out"
    parser.addoption("--lane", choices=["quick", "full"], help=lanes)
    ways = "how tasks of real plays run; without it, tests that can do without a play do"
    parser.addoption("--way", action="append", choices=["process", "worker", "module"], help=ways)
    parser.addoption("--figures", type=Path, help="a JSON file to add the figures of this run to")


def _possible_ways(definition: pytest.Item | t.Any) -> tuple[Way, ...]:
    """The ways in which a test can be run."""
    real = definition.get_closest_marker("real")
    if real:
        return real.args or ("worker", "module")
    return ("process", "worker", "module")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test the ways that are asked for; one that cannot be run so is run as it can."""
    if "lab" not in metafunc.fixturenames:
        return
    possible, config = _possible_ways(metafunc.definition), metafunc.config
    asked = config.getoption("--way")
    if config.getoption("--lane") == "quick":
        asked = ["worker"] if metafunc.definition.get_closest_marker("proof") else ["process", "worker"]
        ways = [way for way in possible if way in asked][:1]
    elif asked:
        ways = [way for way in possible if way in asked] or list(possible[:1])
    elif config.getoption("--lane") == "full":
        ways = [way for way in possible if way != "process"]
    else:
        ways = list(possible[:1]) if possible[0] == "process" else list(possible)
    metafunc.parametrize("lab", ways, indirect=True)


def way_of(item: pytest.Item) -> Way | None:
    """How the tasks of a test are about to run, if it has any."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("lab") if callspec else None


def _is_quick(item: pytest.Item) -> bool:
    """Whether a test is one of make test, the way it is about to run."""
    if item.get_closest_marker("slow") or (isinstance(item, pytest.Function) and "new_page" in item.fixturenames):
        return False
    way = way_of(item)
    return way in (None, "process") or (way == "worker" and item.get_closest_marker("proof") is not None)


def _spread(items: list[pytest.Item]) -> None:
    """Let each process of the tests, which is given a part of the list, begin with slow tests."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = [item for item in items if not item.get_closest_marker("slow")]
    size = -(-len(others) // processes)
    parts = [[*slow[number::processes], *others[number * size : (number + 1) * size]] for number in range(processes)]
    items[:] = [item for part in parts for item in part]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not of the lane, and spread the slow tests."""
    lane = config.getoption("--lane")
    if lane is not None:
        left = [item for item in items if _is_quick(item) != (lane == "quick")]
        items[:] = [item for item in items if _is_quick(item) == (lane == "quick")]
        config.hook.pytest_deselected(items=left)
        config.stash[LEFT] = len(left)
    _spread(items)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers: the same ones for the same test and seed."""
    return random.Random(f"{request.node.nodeid} {request.config.getoption('--seed')}")


def pytest_terminal_summary(terminalreporter: t.Any, config: pytest.Config) -> None:
    """Show what the tests counted, and add it to the file of figures."""
    file: Path | None = config.getoption("--figures")
    figures: collections.Counter[str] = collections.Counter()
    if file and file.exists():
        figures.update(json.loads(file.read_text("utf-8")))
    for reports in terminalreporter.stats.values():
        # A test has a report for each of its phases, and the last one tells of all of them.
        for report in (one for one in reports if getattr(one, "when", None) == "teardown"):
            for name, count in report.user_properties:
                # The most of something is no sum.
                figures[name] = max(figures[name], count) if name.startswith("most ") else figures[name] + count
    if figures:
        terminalreporter.section("figures")
        for name in sorted(figures):
            terminalreporter.line(f"{figures[name]:8,} {name}")
    left = config.stash.get(LEFT, None)
    if config.getoption("--lane") == "quick":
        some = f"{left} tests that need real plays or a browser, and " if left else ""
        terminalreporter.line(
            f"Left to make test-full: {some}the others by real plays, and all as modules on the oldest ansible-core."
        )
    if file:
        file.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
