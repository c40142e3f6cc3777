# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Promise 5: a write is believed when it is seen, whatever the service does with it."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, REST_STORAGE, Lab, task

NEW = {"name": "believed", "provider_id": BATCH_PROVIDER, "version": "1.0", "attributes": {"a": 1}}
SPELLINGS = ("transformationSpecs", "transformationSpec", "transformationSpecDTOS")
# Every choice of spellings that a service may accept.
ACCEPTED = [list(some) for count in (1, 2, 3) for some in itertools.combinations(SPELLINGS, count)]
MAPPING = [{"name": "Mapping", "spec": {"type": "object"}}]


@pytest.fixture
def source(lab: Lab) -> str:
    """The id of a connection spec that nothing supports yet."""
    return lab.store(CONNECTION_SPECS, name="new-source")


@pytest.mark.parametrize("accepted", ACCEPTED, ids="+".join)
def test_no_write_costs_the_transformations(lab: Lab, source: str, accepted: list[str], record_property: t.Any) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.switch(transformation_spellings=accepted)
    run = lab.play(
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source),
        task("update", "flow_spec", id=REST_STORAGE, version="9"),
        task("create", "flow_spec", **NEW, transformation_specs=MAPPING),
        task("change", "flow_spec", **{**NEW, "version": "2"}, transformation_specs=[*MAPPING, {"name": "More"}]),
        task("again", "flow_spec", **{**NEW, "version": "2"}, transformation_specs=[*MAPPING, {"name": "More"}]),
    )
    assert run.status == 0, run.output
    assert [run[name].changed for name in ("link", "update", "create", "change", "again")] == [True] * 4 + [False]
    links = [*before["sourceConnectionSpecIds"], source]
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == {**before, "sourceConnectionSpecIds": links, "version": "9"}
    (made,) = lab.named(FLOW_SPECS, "believed")
    assert made["transformationSpecs"] == [*MAPPING, {"name": "More"}]
    # At once under the next spelling, and under no more than it takes.
    tried = [next(name for name in SPELLINGS if name in put["body"]) for put in lab.writes()[: 1 + 3]]
    needed = SPELLINGS.index(accepted[0]) + 1
    assert tried[:needed] == list(SPELLINGS[:needed])
    record_property("spellings refused in turn", len(SPELLINGS) - len(accepted))


def test_transformations_that_are_kept_under_no_spelling_are_a_failure_with_the_way_back(lab: Lab, source: str) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.switch(transformation_spellings=[])
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source})
    assert outcome.failed
    assert "transformationSpecs" in outcome.msg
    assert outcome.previous == before
    assert len(lab.writes()) == 3


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
    assert run["create"].id == lab.named(FLOW_SPECS, "believed")[0]["id"]
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


def test_a_list_in_another_order_is_what_was_sent(lab: Lab, source: str) -> None:
    lab.switch(shuffle_sources=True)
    links = [*lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"], source]
    run = lab.play(
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source),
        task("again", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source),
        task("whole", "flow_spec", id=REST_STORAGE, source_connection_spec_ids=links),
    )
    assert run.status == 0, run.output
    assert [outcome.changed for outcome in run.outcomes] == [True, False, False]
    assert all("warnings" not in outcome.result for outcome in run.outcomes)
    assert len(lab.writes()) == 1


def test_an_answer_that_does_not_show_the_link_is_not_believed(lab: Lab, source: str) -> None:
    """As the documentation shows it: the answer to the PUT is without the new link."""
    lab.switch(put_answer="before")
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source})
    assert outcome.changed
    assert outcome.api["writes"] == 1
    assert source in outcome.flow_spec["sourceConnectionSpecIds"]


def test_a_link_that_never_stays_is_a_failure_with_the_way_back(lab: Lab, source: str) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.fault("PUT", REST_STORAGE, times=None, type="compete", when="after", spec_id=REST_STORAGE, drop_links=[source])
    arguments = {"flow_spec_id": REST_STORAGE, "connection_spec_id": source, "settle_time": 0.02}
    outcome = lab.one("flow_spec_source_link", arguments)
    assert outcome.failed
    assert "others keep writing over it" in outcome.msg
    assert outcome.previous == before
    assert outcome.changed, "it wrote, whatever came of it"
