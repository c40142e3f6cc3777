# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The info modules: look up by id, by name, by filter, over all pages."""

from __future__ import annotations

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, GENERIC_STREAMING, REST_STORAGE, Lab, task


def test_look_up_in_every_way(lab: Lab) -> None:
    twins = [lab.store(FLOW_SPECS, name="twin, with a comma", providerId=provider) for provider in ("p-1", "p-2")]
    streaming_source = "e77fd9d2-22a8-11ed-861d-0242ac120002"
    run = lab.play(
        task("all", "flow_spec_info"),
        task("id", "flow_spec_info", id=REST_STORAGE),
        task("unknown id", "flow_spec_info", id="not-there"),
        task("ids", "flow_spec_info", ids=[twins[0], "not-there", REST_STORAGE]),
        task("no ids", "flow_spec_info", ids=[]),
        task("name", "flow_spec_info", name="twin, with a comma"),
        task("name and provider", "flow_spec_info", name="twin, with a comma", provider_id="p-2"),
        task("plain name", "flow_spec_info", name="RestStorageToAEP"),
        task("unknown name", "flow_spec_info", name="Not There"),
        task("source", "flow_spec_info", connection_spec_id=streaming_source),
        task("properties", "flow_spec_info", properties=["providerId==p-1", 'name=="twin, with a comma"']),
        task("connection spec", "connection_spec_info", name="datalake", check=True),
    )
    assert run.status == 0, run.output
    found = {
        outcome.task: [
            spec["id"] for spec in (outcome.result.get("flow_specs") or outcome.result.get("connection_specs", []))
        ]
        for outcome in run.outcomes
    }
    assert len(found["all"]) == 7
    assert found["id"] == [REST_STORAGE]
    assert found["unknown id"] == found["no ids"] == found["unknown name"] == []
    assert set(found["ids"]) == {twins[0], REST_STORAGE}
    assert found["name"] == twins
    assert found["name and provider"] == [twins[1]]
    assert found["plain name"] == [REST_STORAGE]
    assert found["source"] == [GENERIC_STREAMING]
    assert found["properties"] == [twins[0]]
    assert found["connection spec"] == ["c604ff05-7f1a-43c0-8e18-33bf874cb11c"]
    for outcome in run.outcomes:
        assert outcome.count == len(found[outcome.task])
        assert not outcome.changed
        assert outcome.api["writes"] == 0
        assert outcome.api["requests"] == (0 if outcome.task == "no ids" else 1), outcome.task


@pytest.mark.parametrize("style", ["relative", "full_path", "absolute"])
def test_every_page_is_followed(lab: Lab, style: str) -> None:
    for number in range(7):
        lab.store(CONNECTION_SPECS, name=f"paged-{number}")
    lab.switch(page_size=5, next_link_style=style)
    run = lab.play(
        task("all", "connection_spec_info"),
        task("name on a later page", "connection_spec", name="paged-6", version="2"),
    )
    assert run.status == 0, run.output
    names = [spec["name"] for spec in run["all"].connection_specs]
    assert len(names) == len(lab.specs(CONNECTION_SPECS))
    assert run["all"].api["requests"] == -(-len(names) // 5)
    assert len(lab.named(CONNECTION_SPECS, "paged-6")) == 1


def test_a_next_page_on_another_host_is_not_followed(lab: Lab) -> None:
    lab.switch(page_size=1, next_link_style="other_origin")
    outcome = lab.one("flow_spec_info", {})
    assert outcome.failed
    assert "another host" in outcome.msg
    assert len(lab.requests()) == 1


@pytest.mark.parametrize("answer", ["404", "400", "empty"])
def test_every_way_to_say_that_there_is_no_such_spec(lab: Lab, answer: str) -> None:
    lab.switch(unknown_id=answer)
    assert lab.one("connection_spec_info", {"id": "not-there"}).connection_specs == []
