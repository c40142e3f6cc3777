# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was written for an earlier release goes on working."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import surface
from lab import FIXTURES, Lab

RELEASES = FIXTURES / "releases"
ROOT = Path(__file__).parents[2]
VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"]


def of_this_major_version(suffix: str) -> list[Path]:
    """What is kept of the releases that must be compatible with this one."""
    # Before 1.0.0, a minor version is what a major one is later.
    parts = 2 if VERSION.startswith("0.") else 1
    major = VERSION.split(".")[:parts]
    return [path for path in sorted(RELEASES.glob(f"*{suffix}")) if path.stem.split(".")[:parts] == major]


@pytest.fixture(scope="module")
def present() -> surface.Surface:
    return surface.surface(Path(os.environ["ANSIBLE_COLLECTIONS_PATH"]))


@pytest.mark.parametrize("record", of_this_major_version(".json"), ids=lambda path: path.stem)
def test_nothing_documented_was_taken_away(present: surface.Surface, record: Path) -> None:
    before = json.loads(record.read_text("utf-8"))
    assert before["module"]
    assert list(surface.taken_away(before, present)) == []


def test_every_release_is_recorded() -> None:
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text("utf-8"))["releases"]
    assert {path.stem for path in RELEASES.glob("*.json")} == set(releases)


@pytest.mark.real
@pytest.mark.parametrize("playbook", of_this_major_version(".yml"), ids=lambda path: path.stem)
def test_a_playbook_of_an_earlier_release_still_runs(lab: Lab, playbook: Path) -> None:
    lab.in_sandbox("dev").source("somebody-elses")
    copied = lab.folder / "site.yml"
    copied.write_text(playbook.read_text("utf-8"), encoding="utf-8")
    predicted = lab.run_playbook(str(copied), "--syntax-check")
    assert predicted.status == 0, predicted.output
    first = lab.run_playbook(str(copied))
    assert first.status == 0, first.output
    assert first["Link"].changed
    second = lab.run_playbook(str(copied))
    assert second.status == 0, second.output
    assert [one.task for one in second.outcomes if one.result.get("changed")] == []


def test_what_is_taken_away_is_noticed(present: surface.Surface) -> None:
    name = "aep.flow_service.flow_spec_source_link"
    changes: dict[str, Callable[[surface.Surface], object]] = {
        "has no option flow_spec_name": lambda options: options.pop("flow_spec_name"),
        "type was bool and is str": lambda options: options["check_connection_specs"].update(type="str"),
        "default was True and is False": lambda options: options["check_connection_specs"].update(default=False),
        "choices lack absent": lambda options: options["state"].update(choices=["present"]),
        "aliases lack connection_spec_id": lambda options: options["connection_spec_ids"].pop("aliases"),
        "flow_spec_name takes a, b only": lambda options: options["flow_spec_name"].update(choices=["a", "b"]),
        "flow_spec_id is required": lambda options: options["flow_spec_id"].update(required=True),
        "requires the new option reason": lambda options: options.update(reason={"required": True}),
    }
    for told, change in changes.items():
        altered = json.loads(json.dumps(present))
        change(altered["module"][name]["options"])
        (said,) = surface.taken_away(present, altered)
        assert told in said
    altered = json.loads(json.dumps(present))
    del altered["module"][name]["returns"]["previous"]
    del altered["filter"]["aep.flow_service.to_definition"]
    del altered["role"]["aep.flow_service.source"]["main"]["source_definitions"]["options"]["link"]
    assert len(list(surface.taken_away(present, altered))) == 3
