# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 3: nothing is ever created twice; what a POST leaves unclear is looked up before anything is sent again."""

from __future__ import annotations

import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, Lab, Outcome, task
from lab.answers import UNCLEAR
from lab.race import Controllers, looked_before

NEW = {"name": "only-once", "provider_id": BATCH_PROVIDER, "version": "1.0", "attributes": {"a": 1}}
POST = ("POST", "Specs$")


@pytest.mark.parametrize("case", UNCLEAR)
def test_an_unclear_post_leaves_one_spec(lab: Lab, case: str, record_property: t.Any) -> None:
    lab.fault("POST", "flowSpecs$", **UNCLEAR[case])
    lab.fault("POST", "connectionSpecs$", **UNCLEAR[case])
    arguments = {"timeout": 0.7, "settle_time": 0.1}
    run = lab.play(
        task("create", "flow_spec", **NEW, **arguments),
        task("again", "flow_spec", **NEW),
        task("create many", "connection_specs", definitions=[many(1), many(2)], **arguments),
        task("many again", "connection_specs", definitions=[many(1), many(2)]),
    )
    assert run.status == 0, run.output
    assert len([request for request in lab.requests() if request["fault"]]) == 2, "no creation was left unclear"
    (stored,) = lab.named(FLOW_SPECS, "only-once")
    assert run["create"].changed
    assert run["create"].id == stored["id"]
    assert run["create"].flow_spec["attributes"] == {"a": 1}
    assert [entry["action"] for entry in run["create many"].results] == ["created", "created"]
    for entry in run["create many"].results:
        assert [spec["id"] for spec in lab.named(CONNECTION_SPECS, entry["name"])] == [entry["id"]]
    assert not run["again"].changed
    assert not run["many again"].changed
    # Before anything is sent again, it is looked for.
    calls = [call for call in lab.calls() if call.endswith("flowSpecs")]
    assert calls[:3] == ["GET flowSpecs", "POST flowSpecs", "GET flowSpecs"]
    record_property("unclear creations", 2)
    record_property("specs made twice", 0)


def many(number: int) -> dict[str, t.Any]:
    return {"name": f"one-of-many-{number}", "providerId": BATCH_PROVIDER, "version": "1.0"}


@pytest.mark.proof("promise 3")
def test_a_spec_that_shows_up_late_is_found(lab: Lab) -> None:
    lab.switch(listing_delay=1.0)
    lab.fault(*POST, type="reset", when="after")
    outcome = lab.one("flow_spec", {**NEW, "settle_time": 0.3})
    assert outcome.changed
    assert [write["fault"] for write in lab.writes()] == ["reset"]
    assert len(lab.named(FLOW_SPECS, "only-once")) == 1
    assert len(lab.writes()) == 1


def test_a_spec_that_shows_up_too_late_is_a_failure_that_names_both(lab: Lab) -> None:
    lab.switch(listing_delay=1.0)
    lab.fault(*POST, type="reset", when="after")
    lab.fault(*POST, type="delay", seconds=1.2, when="after")
    outcome = lab.one("flow_spec", {**NEW, "settle_time": 0.05})
    assert_named(lab, [outcome], 2)


def assert_named(lab: Lab, outcomes: list[Outcome], count: int) -> None:
    """Exactly one spec is there and all is well; or a failure names the id of every one of them."""
    ids = {spec["id"] for spec in lab.named(FLOW_SPECS, "only-once")}
    failed = [outcome for outcome in outcomes if outcome.failed]
    assert 1 <= len(ids) <= count
    if len(ids) == 1:
        assert failed == []
    else:
        assert any(set(outcome.ids) == ids for outcome in failed), [outcome.result for outcome in outcomes]
        assert all(spec_id in outcome.msg for outcome in failed for spec_id in outcome.ids)


@pytest.mark.real
@pytest.mark.parametrize("listing_delay", [0.0, 1.0])
@pytest.mark.parametrize("module", ["flow_spec", "flow_specs"])
def test_controllers_that_create_one_name_at_once(
    lab: Lab, module: str, listing_delay: float, record_property: t.Any
) -> None:
    """The API knows no lock and no unique name: what cannot be prevented is noticed, and never silent."""
    lab.switch(listing_delay=listing_delay)
    # Long enough for the slowest of them to look before the first of them is done.
    lab.fault("POST", "flowSpecs$", times=None, type="delay", seconds=[1.5, 2.0], when="before")
    definition = {"name": "only-once", "providerId": BATCH_PROVIDER, "version": "1.0"}
    arguments = {"definitions": [definition, many(1)]} if module == "flow_specs" else {"definition": definition}
    runs = Controllers(lab, 3).run([[task("create", module, **arguments)]] * 3, AEP_SETTLE_TIME="0.4")
    outcomes = [run["create"] for run in runs]
    ids = {spec["id"] for spec in lab.named(FLOW_SPECS, "only-once")}
    assert len(ids) > 1, "they were not at it at once, so this proves nothing"
    if module == "flow_specs":
        told = [entry for outcome in outcomes for entry in outcome.results if entry["name"] == "only-once"]
        failed = [entry for entry in told if entry["action"] == "failed"]
        assert any(all(spec_id in entry["msg"] for spec_id in ids) for entry in failed), told
    else:
        assert_named(lab, outcomes, 3)
    record_property("controllers that created one name at the same time", 3)
    record_property("specs made twice in silence", 0)


def test_controllers_one_after_the_other_make_one(lab: Lab) -> None:
    for controller in range(3):
        other = lab.controller(lab.folder / f"controller-{controller}")
        assert other.one("flow_spec", NEW).changed == (controller == 0)
    assert len(lab.named(FLOW_SPECS, "only-once")) == 1


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
    assert "Next step: run the task again" in outcome.msg
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


@pytest.mark.proof("promise 3")
@pytest.mark.real
def test_hosts_that_create_one_name_at_once_make_one_spec(lab: Lab) -> None:
    inventory = lab.inventory({f"host-{number}": {"ansible_connection": "local"} for number in range(6)})
    # Long enough for others to look before the first of them is done.
    lab.fault(*POST, times=None, type="delay", seconds=1.0)
    run = lab.play(
        task("create", "flow_spec", **NEW), play={"hosts": "all"}, arguments=("-i", inventory, "--forks", "6")
    )
    assert run.status == 0, run.output
    (stored,) = lab.named(FLOW_SPECS, "only-once")
    assert {outcome.id for outcome in run.outcomes} == {stored["id"]}
    assert [outcome.changed for outcome in run.outcomes].count(True) == 1
    (creation,) = lab.writes()
    assert looked_before(lab.requests(), creation) > 1, "they were not at it at once, so this proves nothing"
