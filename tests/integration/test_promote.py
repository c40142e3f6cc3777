# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role promote: from sandbox to sandbox by names, planned first, and nobody's links are lost."""

from __future__ import annotations

import json
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Run, Spec

pytestmark = pytest.mark.real

HOSTS = {name: {"aep_sandbox_name": name} for name in ("dev", "prod", "test")}


@pytest.fixture
def sandboxes(lab: Lab) -> dict[str, Lab]:
    return {name: lab.in_sandbox(name) for name in HOSTS}


def promote(lab: Lab, *arguments: str, to: str = "prod", **variables: t.Any) -> Run:
    chosen = {"promote_from": "dev", "promote_to": to, **variables}
    return lab.run_playbook(
        "aep.flow_service.promote", "-i", lab.inventory(HOSTS), "-e", json.dumps(chosen), *arguments
    )


def named(lab: Lab, kind: str, name: str) -> Spec:
    (spec,) = lab.named(kind, name)
    return spec


@pytest.mark.proof("role promote", "filter promotion_plan")
def test_a_source_goes_from_one_sandbox_to_others(lab: Lab, sandboxes: dict[str, Lab]) -> None:
    of_dev = sandboxes["dev"].source("acme", REST_STORAGE, attributes={"a": {"b": 1}})
    theirs = sandboxes["prod"].source("theirs", REST_STORAGE)
    before = sandboxes["prod"].spec(FLOW_SPECS, REST_STORAGE)
    planned = promote(lab, "--check", "--diff", to="prod,test", promote_connection_specs=["acme"])
    assert planned.status == 0, planned.output
    assert "id-of-acme" in planned.output
    assert lab.writes() == []
    lab.forget_requests()
    run = promote(lab, to="prod,test", promote_connection_specs=["acme"])
    assert run.status == 0, run.output
    # Two listings of each sandbox; the source: 3 to create it (listing, POST, listing), 3 to link it.
    assert len(lab.requests()) == 3 * 2 + 2 * 6
    for name in ("prod", "test"):
        made = named(sandboxes[name], CONNECTION_SPECS, "acme")
        assert made["id"] != of_dev
        assert made["attributes"] == {"a": {"b": 1}}
        assert sandboxes[name].spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"][-1] == made["id"]
    after = sandboxes["prod"].spec(FLOW_SPECS, REST_STORAGE)
    made = named(sandboxes["prod"], CONNECTION_SPECS, "acme")
    assert after == {**before, "sourceConnectionSpecIds": [*before["sourceConnectionSpecIds"], made["id"]]}
    assert theirs in after["sourceConnectionSpecIds"]
    lab.forget_requests()
    again = promote(lab, to="prod,test", promote_connection_specs=["acme"])
    assert again.status == 0, again.output
    # Two listings of each sandbox, and one of the connection specs to compare.
    assert len(lab.requests()) == 3 * 2 + 2
    assert lab.writes() == []


def test_a_flow_spec_goes_with_what_it_lists(lab: Lab, sandboxes: dict[str, Lab]) -> None:
    dev, prod = sandboxes["dev"], sandboxes["prod"]
    known, new, target = (dev.source(name) for name in ("known", "new", "target"))
    of_prod = prod.source("known", version="of prod")
    dev.store(
        FLOW_SPECS,
        id="of-dev",
        name="Own",
        version="2.0",
        sourceConnectionSpecIds=[known, new, "of-nobody"],
        targetConnectionSpecIds=[target],
        transformationSpecs=[{"name": "Mapping"}],
    )
    run = promote(lab, promote_flow_specs=["Own"])
    assert run.status == 0, run.output
    assert "of-nobody" in run["Show the plan"].msg[-1]
    made = named(prod, FLOW_SPECS, "Own")
    ids = {name: named(prod, CONNECTION_SPECS, name)["id"] for name in ("known", "new", "target")}
    assert made["sourceConnectionSpecIds"] == [ids["known"], ids["new"]]
    assert made["targetConnectionSpecIds"] == [ids["target"]]
    assert made["transformationSpecs"] == [{"name": "Mapping"}]
    # What is there already is not asked for, and stays as it is.
    assert ids["known"] == of_prod
    assert named(prod, CONNECTION_SPECS, "known")["version"] == "of prod"
    # In order: connection specs, flow specs, links.
    assert [write["path"].split("/")[4] for write in lab.writes()] == [CONNECTION_SPECS] * 2 + [FLOW_SPECS]


def test_links_of_the_target_stay_unless_asked(lab: Lab, sandboxes: dict[str, Lab]) -> None:
    dev, prod = sandboxes["dev"], sandboxes["prod"]
    ours = prod.source("ours")
    dev.store(FLOW_SPECS, id="of-dev", name="Own", version="2.0", sourceConnectionSpecIds=[dev.source("acme")])
    prod.store(FLOW_SPECS, id="of-prod", name="Own", version="1.0", sourceConnectionSpecIds=[ours])
    assert promote(lab, promote_flow_specs=["Own"]).status == 0
    made = named(prod, CONNECTION_SPECS, "acme")["id"]
    stored = prod.spec(FLOW_SPECS, "of-prod")
    assert (stored["version"], stored["sourceConnectionSpecIds"]) == ("2.0", [ours, made])
    assert promote(lab, promote_flow_specs=["Own"], promote_remove_links=True).status == 0
    assert prod.spec(FLOW_SPECS, "of-prod")["sourceConnectionSpecIds"] == [made]


REFUSED: dict[str, tuple[dict[str, t.Any], str]] = {
    "nothing chosen": ({}, "no spec is chosen"),
    "not there": (
        {"promote_connection_specs": ["no-such"]},
        "the connection spec 'no-such' in the source sandbox: no connection spec has this name or ID",
    ),
    "twice there": (
        {"promote_connection_specs": ["twice"]},
        "'twice' in the source sandbox: 2 connection specs have this name or ID",
    ),
    "twice in the target": (
        {"promote_connection_specs": ["acme"]},
        "'acme' in the target sandbox: 2 connection specs have this name or ID",
    ),
    "listed, twice in the target": (
        {"promote_flow_specs": ["Own"]},
        "'acme' in the target sandbox: 2 connection specs have this name or ID",
    ),
    "one spec in the target": (
        {"promote_connection_specs": ["one-acme", "other-acme"]},
        "two of the chosen connection specs have this name and provider",
    ),
    "cannot be created": (
        {"promote_flow_specs": ["Nameless"]},
        "it has no providerId, and the target sandbox cannot create it",
    ),
    "no flow spec to link": ({"promote_connection_specs": ["lonely"]}, "set promote_flow_specs to this flow spec, too"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_leaves_open_what_is_meant_is_refused_before_any_write(
    lab: Lab, sandboxes: dict[str, Lab], case: str
) -> None:
    variables, words = REFUSED[case]
    dev, prod = sandboxes["dev"], sandboxes["prod"]
    for _time in range(2):
        dev.source("twice")
        prod.source("acme")
    dev.store(FLOW_SPECS, id="own", name="Own", sourceConnectionSpecIds=[dev.source("acme", REST_STORAGE)])
    for spec_id in ("one-acme", "other-acme"):
        dev.store(CONNECTION_SPECS, id=spec_id, name="acme again", providerId=BATCH_PROVIDER)
    dev.store(FLOW_SPECS, id="y", name="Nameless", providerId="", sourceConnectionSpecIds=[])
    dev.store(FLOW_SPECS, id="x", name="OnlyInDev", sourceConnectionSpecIds=[dev.source("lonely")])
    run = promote(lab, **variables)
    assert run.status == 2
    assert words in " ".join(run.output.split())
    assert lab.writes() == []


def test_a_namesake_of_another_provider_is_another_spec(lab: Lab, sandboxes: dict[str, Lab]) -> None:
    sandboxes["dev"].source("acme", REST_STORAGE)
    other = sandboxes["prod"].source("acme", providerId="another")
    assert promote(lab, promote_connection_specs=["acme"]).status == 0
    made = [spec for spec in sandboxes["prod"].named(CONNECTION_SPECS, "acme") if spec["id"] != other]
    assert [spec["providerId"] for spec in made] == [BATCH_PROVIDER]


def test_a_sandbox_that_cannot_be_read_stops_it(lab: Lab) -> None:
    lab.fault("GET", "connectionSpecs", times=None, type="status", status=403)
    run = promote(lab, promote_connection_specs=["acme"])
    assert run.status == 2
    assert lab.writes() == []


@pytest.mark.parametrize("to", ["", "no-such-host"])
def test_it_does_not_pass_over_a_host_that_is_not_there(lab: Lab, to: str) -> None:
    run = promote(lab, to=to, promote_connection_specs=["acme"])
    assert run.status == 2
    assert "must name hosts of the inventory" in run.output
    assert lab.requests() == []


def test_a_sandbox_that_the_play_does_not_run_on_cannot_be_promoted(lab: Lab) -> None:
    run = promote(lab, "--limit", "localhost,prod", promote_connection_specs=["acme"])
    assert run.status == 2
    assert "Could not read the specs of dev: the play does not run on it." in " ".join(run.output.split())
    assert lab.writes() == []


def test_each_promotion_of_a_play_is_planned_anew(lab: Lab, sandboxes: dict[str, Lab]) -> None:
    """What the first one created is not taken for what the second one needs."""
    for name in ("first", "second"):
        sandboxes["dev"].source(name, REST_STORAGE)
    role = {"name": "aep.flow_service.promote"}
    play = {
        "hosts": "dev,prod",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": {"group/aep.flow_service.all": {"sandbox_name": "{{ aep_sandbox_name }}"}},
        "vars": {"promote_from": "dev"},
        "tasks": [
            {"ansible.builtin.include_role": role, "vars": {"promote_connection_specs": [name]}}
            for name in ("first", "second")
        ],
    }
    playbook = lab.folder / "twice.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    run = lab.run_playbook(str(playbook), "-i", lab.inventory(HOSTS))
    assert run.status == 0, run.output
    linked = sandboxes["prod"].spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"]
    assert linked[-2:] == [named(sandboxes["prod"], CONNECTION_SPECS, name)["id"] for name in ("first", "second")]
