# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark measures what it says; how quick anything is, is no matter of tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[1] / "benchmark"


def test_a_part_of_the_benchmark(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (BENCHMARK, BENCHMARK.parent / "support")))}
    command = [sys.executable, str(BENCHMARK / "bench.py"), "--cases", "audit", "--sizes", "3", "--rounds", "1"]
    run = subprocess.run(
        [*command, "--output", str(tmp_path)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "benchmark.json").read_text("utf-8"))
    rows = {(row["variant"], row["latency_ms"]): row for row in report["rows"]}
    for latency in (0, 50):
        assert rows["debug, one task", latency]["median"]["requests"] == 0
        assert rows["ours, one task", latency]["median"]["requests"] == 1
        assert rows["bare HTTP, the listing", latency]["median"]["http"] >= latency / 1000
    assert (tmp_path / "benchmark.md").read_text("utf-8") in run.stdout
