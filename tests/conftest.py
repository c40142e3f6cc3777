# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import collections
import json
import random
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import NO_BROWSER, NewPage, browser_pages, find_browser
from lab import Lab, running_emulator


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """The URL of an emulator on a free port, which ends with the tests."""
    with running_emulator() as url:
        yield url


@pytest.fixture
def lab(emulator: str, tmp_path: Path) -> Lab:
    """A corner of the emulator that nobody else uses."""
    return Lab(emulator, tmp_path)


@pytest.fixture(scope="session")
def new_page() -> Iterator[NewPage]:
    """Opens pages in a browser that ends with the tests."""
    browser = find_browser()
    if browser is None:
        pytest.skip(NO_BROWSER)
    with browser_pages(browser) as pages:
        yield pages


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--seed", type=int, default=1, help="what chance starts from; the same seed draws the same")
    ways = {"action": "append", "choices": ["worker", "module"]}
    parser.addoption("--way", **ways, help="how tasks run in the tests of faults; by default both ways")
    parser.addoption("--figures", type=Path, help="a JSON file to add the figures of this run to")


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
        # A test has a report for each of its phases.
        for report in (one for one in reports if getattr(one, "when", None) == "call"):
            for name, count in report.user_properties:
                # The most of something is no sum.
                figures[name] = max(figures[name], count) if name.startswith("most ") else figures[name] + count
    if figures:
        terminalreporter.section("figures")
        for name in sorted(figures):
            terminalreporter.line(f"{figures[name]:8,} {name}")
    if file:
        file.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
