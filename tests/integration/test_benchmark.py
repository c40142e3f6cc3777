# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark measures what it says; how quick anything is, is no matter of tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

# They try the programs of the benchmark, which measures on the newest ansible-core.
pytestmark = [pytest.mark.slow, pytest.mark.any_core]

BENCHMARK = Path(__file__).parents[1] / "benchmark"


def run(tmp_path: Path, program: str, *arguments: str) -> tuple[list[dict[str, t.Any]], str]:
    """Run a benchmark; the rows of its report, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (BENCHMARK, BENCHMARK.parent / "support")))}
    command = [sys.executable, str(BENCHMARK / f"{program}.py"), *arguments, "--rounds", "1", "--output", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    name = {"bench": "benchmark"}.get(program, program)
    assert (tmp_path / f"{name}.md").read_text("utf-8") in done.stdout
    return json.loads((tmp_path / f"{name}.json").read_text("utf-8")), done.stdout


def test_a_part_of_the_benchmark(tmp_path: Path) -> None:
    results, _printed = run(tmp_path, "bench", "--cases", "audit", "--sizes", "3")
    rows = {(row["variant"], row["latency_ms"]): row for row in results}
    for latency in (0, 50):
        assert rows["debug, one task", latency]["median"]["requests"] == 0
        assert rows["ours, one task", latency]["median"]["requests"] == 1
        assert rows["bare HTTP, the listing", latency]["median"]["http"] >= latency / 1000


def test_checks_send_no_request(tmp_path: Path) -> None:
    results, _printed = run(tmp_path, "bench", "--cases", "check", "--sizes", "3")
    rows = [row for row in results if row["latency_ms"] == 0]
    assert len(rows) == 5
    assert all(row["median"]["requests"] == 0 and row["median"]["cpu"] > 0 for row in rows)


def test_a_small_fleet_in_slices(tmp_path: Path) -> None:
    small = (
        "--cases",
        "audit",
        "shared",
        "--sandboxes",
        "4",
        "--specs",
        "2",
        "--writers",
        "4",
        "--latency",
        "10",
        "--forks",
        "2",
    )
    results, printed = run(tmp_path, "scale", *small, "--slice-forks", "2", "--runners", "1,2")
    rows = {(row["case"], row["runners"]): row["median"] for row in results}
    assert set(rows) == {(case, runners) for case in ("audit", "shared") for runners in (1, 2)}
    for (case, runners), median in rows.items():
        assert median["tokens"] == runners
        assert (median["requests"], median["writes"]) == (8, 0) or case != "audit"
        assert median["writes"] >= 4 or case != "shared"
    assert "### Audit of 4 sandboxes with 2 connection specs each" in printed
