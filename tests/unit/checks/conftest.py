# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from ansible_collections.aep.flow_service.plugins.module_utils._checks.run import check_definitions

GOOD = Path(__file__).parents[2] / "fixtures" / "checks" / "good"

Found = list[tuple[str, str, str]]
Find = Callable[..., Found]


def change(spec: t.Any, path: str, value: t.Any) -> None:
    """Set the value at a path, or remove it if the value is ``...``."""
    *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
    for step in steps:
        spec = spec.setdefault(step, {}) if isinstance(spec, dict) else spec[step]
    if value is ...:
        del spec[last]
    else:
        spec[last] = value


@pytest.fixture(scope="session")
def find() -> Find:
    """Check a good example with changes to it: what is found, as check, severity, and path."""

    def run(example: str, changes: Mapping[str, t.Any]) -> Found:
        spec = copy.deepcopy(yaml.safe_load((GOOD / f"{example}.yml").read_text(encoding="utf-8")))
        for path, value in changes.items():
            change(spec, path, value)
        report = check_definitions([spec], [], None)
        return [(finding.check, finding.severity.word, finding.path) for finding in report.findings]

    return run
