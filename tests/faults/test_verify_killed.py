# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verification that is killed leaves objects behind, which the next one finds and removes."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import Lab
from lab.kills import kill_when
from lab.verifications import batch, left, role

pytestmark = pytest.mark.real("worker")


@pytest.mark.parametrize("writes", [1, 4, 6])
def test_a_verification_that_was_killed_is_cleaned_up_by_the_next(
    lab: Lab, writes: int, record_property: t.Any
) -> None:
    lab.switch(run_delay=0.0, run_time=0.0)
    variables = {**batch(lab), "report_folder": str(lab.folder / "report")}
    # Writes are held for a moment after they took effect, so that a kill meets them on their way.
    lab.fault("POST", None, times=None, type="delay", seconds=[0.3, 0.5], when="after")
    assert kill_when(lab.start(role(variables)), lambda: len(lab.writes()) >= writes)
    there = left(lab)
    assert "connections" in there
    record_property("objects that killed verifications left behind", sum(there.values()))
    lab._control("DELETE", "faults", client_id=lab.client_id)
    again = lab.play(role(variables))
    assert again.status == 0, again.output
    report = json.loads((lab.folder / "report" / "verify.json").read_text("utf-8"))
    assert len(report["removed_before"]) == sum(there.values())
    assert left(lab) == {}
