# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role restore: what backups hold comes back, links of others stay, and a kill leaves nothing twice."""

from __future__ import annotations

import random
import typing as t

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec, Task
from lab.dataflows import World, objects, only
from lab.kills import kill_when

pytestmark = pytest.mark.real("worker")

AUTH = {"name": "Key", "spec": {"properties": {"key": {"format": "password"}, "host": {}}, "required": ["key"]}}


def keep(lab: Lab) -> Spec:
    return {"backup": True, "backup_dir": str(lab.folder / "backups")}


def role(lab: Lab, **variables: t.Any) -> list[Task]:
    include = {"ansible.builtin.include_role": {"name": "aep.flow_service.restore"}}
    given = {"backups": [str(lab.folder / "backups")], "sandbox_name": lab.sandbox, **variables}
    return [
        {"name": "restore", **include, "vars": {f"restore_{name}": value for name, value in given.items()}},
        {"name": "results", "ansible.builtin.debug": {"var": "restore_results"}},
    ]


def restore(lab: Lab, *arguments: str, **variables: t.Any) -> Run:
    return lab.play(*role(lab, **variables), arguments=arguments)


def changed(run: Run) -> dict[str, bool]:
    return {one["kind"]: one["changed"] for one in run["results"].restore_results}


@pytest.mark.proof("role restore", "filter restore_plan")
def test_a_flow_spec_comes_back_and_the_links_of_others_stay(lab: Lab) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lost = before["sourceConnectionSpecIds"][0]
    mistake = {"attributes": {"a": 1}, "source_connection_spec_ids": before["sourceConnectionSpecIds"][1:]}
    lab.one("flow_spec", {"id": REST_STORAGE, **mistake, **keep(lab)})
    theirs = lab.source("theirs", REST_STORAGE)
    stored = lab.spec(FLOW_SPECS, REST_STORAGE)
    their_target = "0d5b3b4a-0000-4000-8000-000000000001"
    targets = [*stored.get("targetConnectionSpecIds", [])[1:], their_target]
    lab.put_state(FLOW_SPECS, REST_STORAGE, {**stored, "targetConnectionSpecIds": targets})
    lab.forget_requests()
    predicted = restore(lab, "--check", "--diff")
    assert predicted.status == 0, predicted.output
    assert lab.writes() == []
    assert "flow spec RestStorageToAEP, as of 20" in predicted.output
    assert "+- " + lost in predicted.output.replace("+  - ", "+- ")
    run = restore(lab)
    assert run.status == 0, run.output
    after = lab.spec(FLOW_SPECS, REST_STORAGE)
    assert after["attributes"] == before["attributes"]
    assert sorted(after["sourceConnectionSpecIds"]) == sorted([*before["sourceConnectionSpecIds"], theirs])
    assert before["targetConnectionSpecIds"]
    assert sorted(after["targetConnectionSpecIds"]) == sorted([*before["targetConnectionSpecIds"], their_target])
    lab.forget_requests()
    assert not any(changed(restore(lab)).values())
    assert lab.writes() == []


def delete_everything(lab: Lab) -> Spec:
    """Create a dataflow of an account with a secret, and delete all of it with backups; returns the flow as it was."""
    world = World(lab)
    source = lab.source("secured", REST_STORAGE, type="generic-rest", version="1.0", authSpec=[AUTH])
    account = {"name": "a", "connection_spec_id": source}
    auth = {"auth_params": {"host": "one"}, "auth_secrets": {"key": "very-secret-key"}}
    account_id = lab.one("connection", {**account, **auth}).id
    orders = world.orders(connection_id=account_id, labels=["core/C1"], description="All orders", enabled=False)
    created = lab.one("dataflow", orders)
    assert not created.failed, created.msg
    flow = only(lab, "flows")
    for module, options in (("dataflow", {"name": "orders"}), ("connection", account)):
        gone = lab.one(module, {**options, "state": "absent", **keep(lab)})
        assert gone.changed, gone.result
    assert objects(lab) == {"flows": [], "sourceConnections": [], "targetConnections": []}
    return flow


SECRETS = {"a": {"key": "very-secret-key"}}


def check_restored(lab: Lab, flow: Spec) -> None:
    restored, source = only(lab, "flows"), only(lab, "sourceConnections")
    target = only(lab, "targetConnections")
    for field in ("name", "description", "labels", "state", "transformations", "flowSpec"):
        assert restored[field] == flow[field], field
    schedules = [{**each["scheduleParams"], "startTime": 0} for each in (restored, flow)]
    assert schedules[0] == schedules[1]
    assert restored["sourceConnectionIds"] == [source["id"]]
    assert restored["targetConnectionIds"] == [target["id"]]
    (account,) = [each for each in lab.state("connections") if each["name"] == "a"]
    assert source["baseConnectionId"] == account["id"]
    assert source["params"] == {"listId": "10c097ca71"}
    assert account["auth"]["params"] == {"host": "one", "key": "very-secret-key"}


def test_a_deleted_dataflow_and_its_account_come_back(lab: Lab) -> None:
    flow = delete_everything(lab)
    files = "".join(path.read_text("utf-8") for path in (lab.folder / "backups").iterdir())
    assert "very-secret-key" not in files
    # The first change that is restored would be that of a spec.
    spec = lab.store(CONNECTION_SPECS, name="acme", version="1.0")
    lab.one("connection_spec", {"id": spec, "version": "2.0", **keep(lab)})
    lab.forget_requests()
    without = restore(lab)
    assert without.status == 2
    assert "Could not restore the accounts a: backups hold no secrets." in " ".join(without.output.split())
    assert lab.writes() == []
    predicted = restore(lab, "--check", "--diff", auth_secrets=SECRETS)
    assert lab.writes() == []
    lab.forget_requests()
    run = restore(lab, auth_secrets=SECRETS)
    assert run.status == 0, run.output
    assert len(lab.requests()) <= 24 + 3, "three of them are for the spec"
    check_restored(lab, flow)
    assert predicted.status == 0, predicted.output
    assert changed(predicted) == changed(run) == {"connection_spec": True, "connection": True, "flow": True}
    for one in (without, predicted, run):
        assert "very-secret-key" not in one.output
    lab.forget_requests()
    again = restore(lab, auth_secrets=SECRETS)
    assert again.status == 0, again.output
    assert lab.writes() == []


def test_an_updated_dataflow_comes_back_in_place(lab: Lab) -> None:
    created = lab.one("dataflow", World(lab).orders(labels=["core/C1"]))
    update = {
        "name": "orders",
        "labels": ["core/C9"],
        "schedule": {"frequency": "day", "interval": 2},
        "enabled": False,
    }
    assert lab.one("dataflow", {**update, **keep(lab)}).changed
    run = restore(lab)
    assert run.status == 0, run.output
    flow = only(lab, "flows")
    assert (flow["id"], flow["labels"], flow["state"]) == (created.id, ["core/C1"], "enabled")
    assert (flow["scheduleParams"]["frequency"], flow["scheduleParams"]["interval"]) == ("minute", 15)


def test_what_leaves_open_what_is_meant_is_refused_before_a_request(lab: Lab) -> None:
    spec = lab.store(CONNECTION_SPECS, name="acme", version="1.0")
    for version in ("2.0", "3.0"):
        lab.one("connection_spec", {"id": spec, "version": version, **keep(lab)})
    other = lab.folder / "other.yml"
    other.write_text("name: no backup\n", encoding="utf-8")
    lab.forget_requests()
    for variables, words in (
        ({}, "are of the same object"),
        ({"pick": "oldest", "sandbox_name": "elsewhere"}, "not of elsewhere"),
        ({"backups": [str(other)]}, "does not begin as a backup"),
        ({"backups": [str(lab.folder / "nowhere")]}, "nowhere"),
        ({"pick": "oldest", "backup_dir": str(lab.folder / "backups" / "new")}, "Could not use restore_backup_dir"),
    ):
        run = restore(lab, **variables)
        assert run.status == 2
        assert words in run.output.replace("\n", " "), run.output
    assert lab.requests() == []
    for pick, version in (("newest", "2.0"), ("oldest", "1.0")):
        assert restore(lab, pick=pick).status == 0
        assert lab.spec(CONNECTION_SPECS, spec)["version"] == version


@pytest.mark.parametrize("number", range(3))
def test_killed_at_any_moment_and_run_again(
    lab: Lab, number: int, chance: random.Random, record_property: t.Any
) -> None:
    flow = delete_everything(lab)
    for when in ("before", "after"):
        lab.fault(None, None, times=40, type="delay", seconds=[0.0, 0.1], when=when)
    lab.forget_requests()
    # About 18 requests, of which the third or so is the first write.
    moment = chance.randint(1 + 6 * number, 6 + 6 * number)
    process = lab.start(*role(lab, auth_secrets=SECRETS))
    was_killed = kill_when(process, lambda: len(lab.requests()) >= moment)
    assert was_killed or number == 2
    lab.end_faults()
    again = restore(lab, auth_secrets=SECRETS)
    assert again.status == 0, again.output
    check_restored(lab, flow)
    record_property("runs killed", int(was_killed))
