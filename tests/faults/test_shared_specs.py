# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 4: shared specs keep every link, and every other field, however many write them at once."""

from __future__ import annotations

import threading
import typing as t
from collections.abc import Callable

import pytest
import requests

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, Task, task
from lab.race import Controllers, at_once, crossings

pytestmark = pytest.mark.real

Record = Callable[[str, object], None]

CONTROLLERS = 12
# A write takes effect within this time of the read that it is based on: what the promise rests on.
SETTLE_TIME = "1.0"


def link(*ids: str) -> Task:
    return task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_ids=list(ids))


def slow_down(lab: Lab) -> None:
    """Let reads and writes take a random time each, so that they overtake one another."""
    lab.fault("PUT", REST_STORAGE, times=None, type="delay", seconds=[0.0, 0.3], when="before")
    lab.fault("GET", REST_STORAGE, times=None, type="delay", seconds=[0.0, 0.15], when="after")


def sources(lab: Lab, count: int) -> list[str]:
    return [lab.store(CONNECTION_SPECS, name=f"source-{number}") for number in range(count)]


def linked(lab: Lab) -> list[str]:
    return t.cast(list[str], lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"])


def test_thirty_writers_on_one_controller(lab: Lab, record_property: Record) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    ids = sources(lab, 30)
    hosts = {f"host-{number}": {"ansible_connection": "local", "source": one} for number, one in enumerate(ids)}
    inventory = lab.inventory(hosts)
    run = lab.play(link("{{ source }}"), play={"hosts": "all"}, arguments=("-i", inventory, "--forks", "30"))
    assert run.status == 0, run.output
    stored = lab.spec(FLOW_SPECS, REST_STORAGE)
    assert sorted(stored["sourceConnectionSpecIds"]) == sorted([*before["sourceConnectionSpecIds"], *ids])
    assert {**stored, "sourceConnectionSpecIds": before["sourceConnectionSpecIds"]} == before
    assert all(outcome.changed for outcome in run.outcomes)
    # The lock lets one read and write at a time: nobody has to write twice.
    assert len(lab.writes()) == 30
    record_property("writers on one controller", 30)
    record_property("links lost", 0)


def naive_links(lab: Lab, ids: list[str]) -> int:
    """What becomes of links by plain read, change, write, as many at once: how many of them are lost."""
    url = f"{lab.url}/data/foundation/flowservice/flowSpecs/{REST_STORAGE}"
    headers = {
        "Authorization": "Bearer emulator-token",
        "x-api-key": lab.client_id,
        "x-gw-ims-org-id": lab.org,
        "x-sandbox-name": "prod",
    }
    ready = threading.Barrier(len(ids))

    def write(spec_id: str) -> None:
        ready.wait()
        spec = requests.get(url, headers=headers, timeout=30).json()["items"][0]
        spec["sourceConnectionSpecIds"].append(spec_id)
        requests.put(url, json=spec, headers=headers, timeout=30).raise_for_status()

    at_once([lambda spec_id=spec_id: write(spec_id) for spec_id in ids])  # type: ignore[misc]
    return len(set(ids) - set(linked(lab)))


@pytest.mark.parametrize(("etags", "answers"), [("off", "full"), ("both", "full"), ("off", "id")])
def test_controllers_that_share_nothing(lab: Lab, etags: str, answers: str, record_property: Record) -> None:
    other = Lab(lab.url, lab.folder / "naive")
    for one in (lab, other):
        slow_down(one)
    lab.switch(etags=etags)
    lost = naive_links(other, sources(other, CONTROLLERS))
    assert lost > 0, "writers that take no care lose nothing here, so this proves nothing"

    lab.switch(write_answers=answers)
    before = linked(lab)
    ids = sources(lab, CONTROLLERS)
    runs = Controllers(lab, CONTROLLERS).run([[link(one)] for one in ids], AEP_SETTLE_TIME=SETTLE_TIME)
    for run in runs:
        assert run.status == 0, run.output
    assert sorted(linked(lab)) == sorted([*before, *ids])
    most = max(run["link"].api["writes"] for run in runs)
    record_property("writers on controllers of their own", CONTROLLERS)
    record_property("links lost", len(set(ids) - set(linked(lab))))
    record_property("links that writers without care lost in the same race", lost)
    record_property(f"most rounds of a writer, etags {etags}, answers {answers}", most)


@pytest.mark.parametrize("etags", ["off", "both"])
def test_links_and_other_fields_at_once(lab: Lab, etags: str, record_property: Record) -> None:
    slow_down(lab)
    lab.switch(etags=etags)
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    ids = sources(lab, 4)
    fields: dict[str, t.Any] = {
        "version": "7.7",
        "attributes": {"of": "one team"},
        "permissionsInfo": {"view": [{"@type": "lowLevel", "name": "Of another", "permissions": ["read"]}]},
        "targetConnectionSpecIds": ["of-a-third"],
    }
    updates = [
        [task("update", "flow_spec", definition={"id": REST_STORAGE, name: value})] for name, value in fields.items()
    ]
    work = [[link(one)] for one in ids] + updates
    runs = Controllers(lab, len(work)).run(work, AEP_SETTLE_TIME=SETTLE_TIME)
    for run in runs:
        assert run.status == 0, run.output
    of_the_spec = [request for request in lab.requests() if request["path"].endswith(REST_STORAGE)]
    assert crossings(of_the_spec) > 0, "no write fell between the read and the write of another: this proves nothing"
    stored = lab.spec(FLOW_SPECS, REST_STORAGE)
    links = stored.pop("sourceConnectionSpecIds")
    assert sorted(links) == sorted([*before.pop("sourceConnectionSpecIds"), *ids])
    assert stored == {**before, **fields}
    record_property("writers on controllers of their own", len(work))
    record_property("links lost", 0)
    record_property(f"most rounds of a writer, etags {etags}", max(run.outcomes[-1].api["writes"] for run in runs))


# Writers that are not ours, and take no care.

THEIRS: dict[str, t.Any] = {"type": "compete", "spec_id": REST_STORAGE, "add_links": ["theirs"]}


@pytest.mark.parametrize("etags", ["off", "body", "header", "both"])
def test_a_write_of_others_before_our_read_is_kept(lab: Lab, etags: str) -> None:
    (ours,) = sources(lab, 1)
    lab.switch(etags=etags)
    lab.fault("GET", REST_STORAGE, when="before", **THEIRS, set={"version": "9"})
    outcome = lab.play(link(ours))["link"]
    assert outcome.changed
    assert linked(lab)[-2:] == ["theirs", ours]
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["version"] == "9"


@pytest.mark.parametrize("etags", ["body", "header", "both"])
def test_with_etags_a_write_of_others_between_our_read_and_our_write_is_kept(lab: Lab, etags: str) -> None:
    (ours,) = sources(lab, 1)
    lab.switch(etags=etags)
    lab.fault("PUT", REST_STORAGE, times=3, when="before", **THEIRS, set={"version": "9"})
    outcome = lab.play(link(ours))["link"]
    assert outcome.changed
    assert linked(lab)[-2:] == ["theirs", ours]
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["version"] == "9"
    assert [put["status"] for put in lab.writes()] == [412, 412, 412, 200]


def test_without_etags_a_write_of_others_is_kept_once_our_read_is_not_new(lab: Lab) -> None:
    """A look that grew old before the write, here by checking the source, is not what is written."""
    (ours,) = sources(lab, 1)
    lab.fault("GET", "connectionSpecs", type="delay", seconds=0.4)
    lab.fault("GET", REST_STORAGE, when="after", **THEIRS, set={"version": "9"})
    outcome = lab.play(link(ours), AEP_SETTLE_TIME="0.4")["link"]
    assert outcome.changed
    assert linked(lab)[-2:] == ["theirs", ours]
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["version"] == "9"


@pytest.mark.proof("promise 4")
@pytest.mark.parametrize("etags", ["off", "both"])
def test_a_write_of_others_over_ours_is_merged(lab: Lab, etags: str) -> None:
    """They read before our link was there, and wrote after it, several times."""
    (ours,) = sources(lab, 1)
    lab.switch(etags=etags)
    lab.fault("PUT", REST_STORAGE, times=3, when="after", drop_links=[ours], set={"version": "9"}, **THEIRS)
    outcome = lab.play(link(ours))["link"]
    assert outcome.changed
    assert outcome.api["writes"] == 4
    assert linked(lab)[-2:] == ["theirs", ours]
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["version"] == "9"


def test_without_etags_the_moment_between_read_and_write_is_open(lab: Lab) -> None:
    """The limit of the promise: what a writer without care puts there in that moment, nobody can see."""
    (ours,) = sources(lab, 1)
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.fault("PUT", REST_STORAGE, when="before", **THEIRS)
    assert lab.play(link(ours))["link"].changed
    assert linked(lab) == [*before["sourceConnectionSpecIds"], ours]
