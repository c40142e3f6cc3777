# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is ever created twice: what a POST leaves unclear is looked up before anything is sent again."""

from __future__ import annotations

import typing as t

import pytest

from lab import BATCH_PROVIDER, FLOW_SPECS, Lab, task

NEW = {"name": "only-once", "provider_id": BATCH_PROVIDER, "version": "1.0", "attributes": {"a": 1}}
POST = ("POST", "flowSpecs$")

UNCLEAR: dict[str, dict[str, t.Any]] = {
    "reset before": {"type": "reset", "when": "before"},
    "reset after": {"type": "reset", "when": "after"},
    "time-out before": {"type": "delay", "seconds": 1.5, "when": "before"},
    "time-out after": {"type": "delay", "seconds": 1.5, "when": "after"},
    "truncated": {"type": "truncate"},
    "not JSON": {"type": "replace_body", "body": "<html>", "content_type": "text/html"},
    "without id": {"type": "replace_body", "body": {"name": "only-once"}},
    **{
        f"{status} {when}": {"type": "status", "status": status, "when": when}
        for status in (500, 502, 503, 504)
        for when in ("before", "after")
    },
    "429": {"type": "status", "status": 429, "retry_after": 0},
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_an_unclear_post_leaves_one_spec(lab: Lab, case: str) -> None:
    lab.fault(*POST, **UNCLEAR[case])
    run = lab.play(
        task("create", "flow_spec", **NEW, timeout=0.7, settle_time=0.1),
        task("again", "flow_spec", **NEW),
    )
    assert run.status == 0, run.output
    (stored,) = lab.named(FLOW_SPECS, "only-once")
    assert run["create"].changed
    assert run["create"].id == stored["id"]
    assert run["create"].flow_spec["attributes"] == {"a": 1}
    assert not run["again"].changed
    # Before anything is sent again, it is looked for.
    calls = [call for call in lab.calls() if call.endswith("flowSpecs")]
    assert calls[:3] == ["GET flowSpecs", "POST flowSpecs", "GET flowSpecs"]


def test_a_spec_that_shows_up_late_is_found(lab: Lab) -> None:
    lab.switch(listing_delay=1.0)
    lab.fault(*POST, type="reset", when="after")
    outcome = lab.one("flow_spec", {**NEW, "settle_time": 0.3})
    assert outcome.changed
    assert len(lab.named(FLOW_SPECS, "only-once")) == 1
    assert len(lab.writes()) == 1


def test_a_spec_that_shows_up_too_late_is_a_failure_that_names_both(lab: Lab) -> None:
    lab.switch(listing_delay=1.0)
    lab.fault(*POST, type="reset", when="after")
    lab.fault(*POST, type="delay", seconds=1.2, when="after")
    outcome = lab.one("flow_spec", {**NEW, "settle_time": 0.05})
    ids = {spec["id"] for spec in lab.named(FLOW_SPECS, "only-once")}
    assert outcome.failed
    assert set(outcome.ids) == ids
    assert len(ids) == 2


def test_a_post_that_is_refused_is_not_sent_again(lab: Lab) -> None:
    lab.switch(write_permission=False)
    outcome = lab.one("flow_spec", NEW)
    assert outcome.failed
    assert outcome.code == "FLOW-2120-403"
    assert len(lab.writes()) == 1


def test_when_even_looking_fails_the_failure_says_so(lab: Lab) -> None:
    lab.fault(*POST, type="reset", when="after")
    lab.fault("GET", "flowSpecs$", skip=1, times=None, type="status", status=503)
    outcome = lab.one("flow_spec", {**NEW, "retries": 2, "settle_time": 0.05})
    assert outcome.failed
    assert "Whether the flow spec was created is not known" in outcome.msg
    assert "Running the task again is safe" in outcome.msg
    assert len(lab.writes()) == 1
    assert outcome.changed


def test_tries_of_a_post_are_limited(lab: Lab) -> None:
    lab.fault(*POST, times=None, type="status", status=503)
    outcome = lab.one("flow_spec", {**NEW, "retries": 2, "settle_time": 0.05})
    assert outcome.failed
    assert outcome.status == "failed"
    assert outcome.result["status"] == 503
    assert len(lab.writes()) == 2
    assert lab.named(FLOW_SPECS, "only-once") == []


def test_hosts_that_create_one_name_at_once_make_one_spec(lab: Lab) -> None:
    inventory = lab.folder / "inventory.yml"
    hosts = "".join(f"    host-{number}: {{ansible_connection: local}}\n" for number in range(6))
    inventory.write_text(f"all:\n  hosts:\n{hosts}", encoding="utf-8")
    lab.fault(*POST, times=None, type="delay", seconds=0.2)
    run = lab.play(
        task("create", "flow_spec", **NEW), play={"hosts": "all"}, arguments=("-i", str(inventory), "--forks", "6")
    )
    assert run.status == 0, run.output
    (stored,) = lab.named(FLOW_SPECS, "only-once")
    assert {outcome.id for outcome in run.outcomes} == {stored["id"]}
    assert [outcome.changed for outcome in run.outcomes].count(True) == 1


@pytest.mark.parametrize("accepted", ["transformationSpec", "transformationSpecDTOS"])
def test_a_new_spec_keeps_its_transformations(lab: Lab, accepted: str) -> None:
    lab.switch(transformation_spellings=[accepted])
    arguments = {**NEW, "transformation_specs": [{"name": "Mapping", "spec": {"type": "object"}}]}
    run = lab.play(task("create", "flow_spec", **arguments), task("again", "flow_spec", **arguments))
    assert run.status == 0, run.output
    assert lab.named(FLOW_SPECS, "only-once")[0]["transformationSpecs"] == arguments["transformation_specs"]
    assert not run["again"].changed


# A write is believed when it is seen.


def test_a_field_that_the_service_drops_is_a_failure(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="there", version="1.0")
    lab.switch(drop_fields=["attributes"])
    run = lab.play(
        task("create", "flow_spec", **NEW) | {"ignore_errors": True},
        task("update", "flow_spec", name="there", attributes={"a": 1}) | {"ignore_errors": True},
    )
    for outcome in run.outcomes:
        assert outcome.failed
        assert "did not keep attributes" in outcome.msg
        assert outcome.lost[0]["path"] == "attributes"
        assert outcome.changed
    assert run["create"].id == lab.named(FLOW_SPECS, "only-once")[0]["id"]
    assert run["update"].previous["version"] == "1.0"


def test_an_unmanaged_field_that_the_service_drops_is_a_failure_with_the_way_back(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="there", version="1.0", attributes={"theirs": 1})
    lab.switch(drop_fields=["attributes"])
    outcome = lab.one("flow_spec", {"name": "there", "version": "2.0"})
    assert outcome.failed
    assert outcome.previous["attributes"] == {"theirs": 1}


def test_a_field_that_the_service_alters_is_a_warning(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="there", version="1.0")
    lab.switch(normalise="upper_version")
    run = lab.play(
        task("create", "flow_spec", **{**NEW, "version": "1.0-beta"}),
        task("update", "flow_spec", name="there", version="2.0-beta"),
    )
    assert run.status == 0, run.output
    for outcome in run.outcomes:
        assert outcome.changed
        assert outcome.flow_spec["version"].endswith("-BETA")
        assert any("version" in warning for warning in outcome.warnings)
    assert "otherwise than it was sent, at version" in " ".join(run.output.split())
