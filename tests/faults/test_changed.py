# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 1: ``changed`` of a failure says whether the service took a write, and true where that is not known."""

from __future__ import annotations

import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, REST_STORAGE, Lab, task

REJECTED = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 451)
NEW = {"name": "perhaps", "providerId": BATCH_PROVIDER, "version": "1"}
OPTIONS = {"retries": 1, "settle_time": 0, "timeout": 1.5}
UNKNOWN: dict[str, dict[str, t.Any]] = {
    "500": {"type": "status", "status": 500},
    "502 after": {"type": "status", "status": 502, "when": "after"},
    "503": {"type": "status", "status": 503},
    "504": {"type": "status", "status": 504},
    "408": {"type": "status", "status": 408},
    "reset before": {"type": "reset", "when": "before"},
    "reset after": {"type": "reset", "when": "after"},
    "truncated": {"type": "truncate"},
    "timeout": {"type": "delay", "seconds": 2, "when": "before"},
    "redirect": {"type": "redirect", "location": "http://127.0.0.1:1/"},
}


def writers(lab: Lab) -> dict[str, tuple[str, dict[str, t.Any], str]]:
    """Each module that writes, with what has it write once, and the method of that."""
    source = lab.store(CONNECTION_SPECS, name="new-source")
    update = {"id": REST_STORAGE, "version": "of-the-test"}
    return {
        "update": ("flow_spec", update, "PUT"),
        "create": ("connection_spec", {"definition": NEW}, "POST"),
        "link": ("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source}, "PUT"),
        "update many": ("flow_specs", {"definitions": [{**update, "version": "of-many"}]}, "PUT"),
        "create many": ("connection_specs", {"definitions": [NEW, {**NEW, "name": "other"}]}, "POST"),
    }


def failed_and_changed(lab: Lab, faults: dict[str, dict[str, t.Any]]) -> dict[str, bool]:
    """Have every writer meet every fault; whether each says that something was changed."""
    # A token that cannot be renewed: a write that is refused for it is not sent again.
    lab.variables["AEP_ACCESS_TOKEN"] = "emulator-token"
    tasks = []
    for writer, (module, arguments, method) in writers(lab).items():
        for name, fault in faults.items():
            lab.fault(method, "Specs", times=len(arguments.get("definitions", "x")), **fault)
            tasks.append(task(f"{writer}: {name}", module, **arguments, **OPTIONS) | {"ignore_errors": True})
    run = lab.play(*tasks)
    assert len(run.outcomes) == len(tasks), run.output
    assert sum(request["fault"] is not None for request in lab.requests()) >= len(tasks)
    return {outcome.task: outcome.changed for outcome in run.outcomes if outcome.failed}


def test_what_the_service_rejected_is_no_change(lab: Lab) -> None:
    faults = {str(status): {"type": "status", "status": status, "body": {"message": "no"}} for status in REJECTED}
    found = failed_and_changed(lab, faults)
    assert found.keys() == {f"{writer}: {name}" for writer in writers(lab) for name in faults}
    assert [name for name, changed in found.items() if changed] == []


@pytest.mark.parametrize("status", [412, 428])
def test_a_version_that_is_never_right_is_no_change(lab: Lab, status: int) -> None:
    lab.fault("PUT", REST_STORAGE, times=None, type="status", status=status)
    outcome = lab.one("flow_spec", {"id": REST_STORAGE, "version": "9", "settle_time": 0})
    assert outcome.failed
    assert outcome.result["status"] == status
    assert outcome.api["writes"] > 1
    assert not outcome.changed


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_known_is_a_change(lab: Lab, case: str) -> None:
    found = failed_and_changed(lab, {case: UNKNOWN[case]})
    assert {"update: " + case, "link: " + case, "update many: " + case} <= found.keys()
    assert [name for name, changed in found.items() if not changed] == []


def test_an_earlier_write_of_the_task_counts(lab: Lab) -> None:
    """A write that was taken and did not stay, and one that was then refused; and one of many."""
    source = lab.store(CONNECTION_SPECS, name="new-source")
    lab.fault("PUT", REST_STORAGE, type="compete", when="after", spec_id=REST_STORAGE, drop_links=[source])
    lab.fault("PUT", REST_STORAGE, type="status", status=422)
    lab.fault("POST", "connectionSpecs", skip=1, type="status", status=422)
    many = [{**NEW, "name": f"perhaps-{number}"} for number in range(2)]
    run = lab.play(
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source)
        | {"ignore_errors": True},
        task("many", "connection_specs", definitions=many, concurrency=1) | {"ignore_errors": True},
    )
    assert [write["status"] for write in lab.writes()] == [200, 422, 201, 422]
    assert all(outcome.failed and outcome.changed for outcome in run.outcomes)


def test_a_write_without_a_good_token_is_no_change(lab: Lab) -> None:
    """A write that the service rejected for its token, and for which there was no other token."""
    lab.fault("PUT", REST_STORAGE, type="status", status=401)
    lab.fault("POST", "/ims/token", skip=1, times=None, type="status", status=401)
    outcome = lab.one("flow_spec", {"id": REST_STORAGE, "version": "9"})
    assert outcome.failed
    assert "IMS" in outcome.msg
    assert not outcome.changed
    assert outcome.api["writes"] == 1
