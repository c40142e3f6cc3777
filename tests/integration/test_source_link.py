# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""flow_spec_source_link: links are added and taken away, and nothing else is touched."""

from __future__ import annotations

import copy

import pytest

from lab import CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task


@pytest.fixture
def sources(lab: Lab) -> list[str]:
    """The ids of three connection specs that nothing supports yet."""
    return [lab.store(CONNECTION_SPECS, name=f"source-{number}") for number in range(3)]


def test_link_again_and_unlink(lab: Lab, sources: list[str]) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    link = {"flow_spec_name": "RestStorageToAEP", "connection_spec_id": sources[0]}
    run = lab.play(
        task("predict", "flow_spec_source_link", check=True, **link),
        task("link", "flow_spec_source_link", **link),
        task("again", "flow_spec_source_link", **link),
        task("predict unlink", "flow_spec_source_link", check=True, **link, state="absent"),
        task("unlink", "flow_spec_source_link", **link, state="absent"),
        task("unlink again", "flow_spec_source_link", **link, state="absent"),
    )
    assert run.status == 0, run.output
    old = before["sourceConnectionSpecIds"]
    assert run["link"].changes == [{"path": "sourceConnectionSpecIds", "before": old, "after": [*old, sources[0]]}]
    assert run["link"].id == REST_STORAGE
    assert run["link"].previous == before
    assert run["link"].flow_spec == {**before, "sourceConnectionSpecIds": [*old, sources[0]]}
    for predicted, real in (("predict", "link"), ("predict unlink", "unlink")):
        assert run[predicted].api["writes"] == 0
        for key in ("changed", "changes", "diff", "previous", "flow_spec"):
            assert run[predicted].result[key] == run[real].result[key]
    assert not run["again"].changed
    assert not run["unlink again"].changed
    # A look at the flow spec, one at the connection spec, the write, and a look back.
    floors = {"link": (4, 1), "again": (1, 0), "unlink": (3, 1), "unlink again": (1, 0)}
    for name, floor in floors.items():
        assert (run[name].api["requests"], run[name].api["writes"]) == floor, name
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == before


def test_everything_else_goes_back_as_it_came(lab: Lab, sources: list[str]) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    odd = copy.deepcopy(before) | {"futureField": {"deep": [None, 1.5, "é"]}, "attributes": {"x": None}}
    odd["sourceConnectionSpecIds"] = ["z", "a", "z", "m"]
    lab.store(FLOW_SPECS, **odd)
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_ids": sources})
    assert outcome.changed
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == {**odd, "sourceConnectionSpecIds": ["z", "a", "z", "m", *sources]}
    (put,) = lab.writes()
    assert put["method"] == "PUT"
    assert put["body"] == lab.spec(FLOW_SPECS, REST_STORAGE)
    assert outcome.api["requests"] == 4, "several ids are checked with one request"


def test_an_unknown_connection_spec_is_refused_unless_told_otherwise(lab: Lab, sources: list[str]) -> None:
    link = {"flow_spec_id": REST_STORAGE, "connection_spec_ids": [sources[0], "not-there"]}
    run = lab.play(
        task("refused", "flow_spec_source_link", **link) | {"ignore_errors": True},
        task("refused in check mode", "flow_spec_source_link", check=True, **link) | {"ignore_errors": True},
        task("told", "flow_spec_source_link", **link, check_connection_specs=False),
        task("linked already", "flow_spec_source_link", **link),
    )
    for name in ("refused", "refused in check mode"):
        assert run[name].failed
        assert run[name].unknown_connection_spec_ids == ["not-there"]
        assert sources[0] not in run[name].msg
        assert run[name].api["writes"] == 0
    assert run["told"].changed
    assert not run["linked already"].changed, "only an id that is about to be linked has to exist"


def test_an_unknown_flow_spec_is_named(lab: Lab) -> None:
    for arguments in ({"flow_spec_id": "not-there"}, {"flow_spec_name": "Not There"}):
        outcome = lab.one("flow_spec_source_link", {**arguments, "connection_spec_ids": ["x"]})
        assert outcome.failed
        assert next(iter(arguments.values())) in outcome.msg
    assert lab.writes() == []


def test_nothing_to_link_is_no_change(lab: Lab) -> None:
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_ids": []})
    assert not outcome.failed
    assert not outcome.changed


def test_a_flow_spec_without_a_list_gets_one(lab: Lab, sources: list[str]) -> None:
    spec_id = lab.store(FLOW_SPECS, name="listless")
    outcome = lab.one("flow_spec_source_link", {"flow_spec_name": "listless", "connection_spec_id": sources[0]})
    assert outcome.changes == [{"path": "sourceConnectionSpecIds", "before": None, "after": [sources[0]]}]
    assert lab.spec(FLOW_SPECS, spec_id)["sourceConnectionSpecIds"] == [sources[0]]


@pytest.mark.parametrize("where", ["body", "header", "both"])
def test_with_etags_a_write_is_conditional(lab: Lab, sources: list[str], where: str) -> None:
    lab.switch(etags=where, require_if_match=True)
    lab.fault("PUT", REST_STORAGE, type="compete", spec_id=REST_STORAGE, add_links=["theirs"])
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": sources[0]})
    assert outcome.changed
    assert [put["status"] for put in lab.writes()] == [412, 200]
    assert all(put["headers"]["if-match"].startswith('"') for put in lab.writes())
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"][-2:] == ["theirs", sources[0]]


def test_an_etag_that_only_a_single_read_shows_is_fetched(lab: Lab, sources: list[str]) -> None:
    lab.switch(etags="header", require_if_match=True)
    outcome = lab.one("flow_spec_source_link", {"flow_spec_name": "RestStorageToAEP", "connection_spec_id": sources[0]})
    assert outcome.changed
    assert [put["status"] for put in lab.writes()] == [400, 200]
