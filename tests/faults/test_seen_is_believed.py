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
    record_property("field names rejected in turn", len(SPELLINGS) - len(accepted))


def test_transformations_that_are_kept_under_no_spelling_are_a_failure_with_the_way_back(lab: Lab, source: str) -> None:
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    lab.switch(transformation_spellings=[])
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source})
    assert outcome.failed
    assert "transformationSpecs" in outcome.msg
    assert outcome.previous == before
    assert len(lab.writes()) == 3


@pytest.mark.proof("promise 5")
def test_a_field_that_the_service_drops_is_a_failure(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="there", version="1.0")
    lab.switch(drop_fields=["attributes"])
    run = lab.play(
        task("create", "flow_spec", **NEW) | {"ignore_errors": True},
        task("update", "flow_spec", name="there", attributes={"a": 1}) | {"ignore_errors": True},
    )
    for outcome in run.outcomes:
        assert outcome.failed
        assert "did not store attributes" in outcome.msg
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
    assert len(run.outcomes) == 2
    for outcome in run.outcomes:
        assert outcome.changed
        assert outcome.flow_spec["version"].endswith("-BETA")
        assert any("differently than it was sent, at version" in warning for warning in outcome.warnings)


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
    assert "other clients overwrite it" in outcome.msg
    assert outcome.previous == before
    assert outcome.changed, "it wrote, whatever came of it"


NESTED = {"kept": 1, "lost": {"deep": True}}
BOTH = {"flow_spec": FLOW_SPECS, "connection_spec": CONNECTION_SPECS}


@pytest.mark.parametrize("module", BOTH)
@pytest.mark.parametrize("answers", ["full", "id"])
def test_a_nested_field_that_the_service_drops_is_a_failure(lab: Lab, module: str, answers: str) -> None:
    """Also where the answer to the write shows an id alone: then it is read back, and written again once."""
    there = {"name": "there", "providerId": BATCH_PROVIDER, "version": "1.0", "attributes": {"kept": 1}}
    spec_id = lab.store(BOTH[module], **there)
    lab.switch(write_answers=answers, dropped_fields=["attributes.lost"])
    bulk = {"name": "of-many", "providerId": BATCH_PROVIDER, "version": "1", "attributes": NESTED}
    run = lab.play(
        task("create", module, **{**NEW, "attributes": NESTED}) | {"ignore_errors": True},
        task("update", module, name="there", attributes=NESTED) | {"ignore_errors": True},
        task("many", f"{module}s", definitions=[bulk]) | {"ignore_errors": True},
    )
    (created,) = lab.named(BOTH[module], "believed")
    for name, expected_id in (("create", created["id"]), ("update", spec_id)):
        outcome = run[name]
        assert outcome.failed
        assert "did not store attributes.lost" in outcome.msg
        assert [change["path"] for change in outcome.lost] == ["attributes.lost"]
        assert outcome.changed
        assert outcome.id == expected_id
    assert run["many"].results[0]["action"] == "failed"
    assert "did not store attributes.lost" in run["many"].results[0]["msg"]
    assert run["update"].previous["attributes"] == {"kept": 1}
    assert "others" not in run["update"].msg
    assert run["create"].api["writes"] == 1
    assert run["update"].api["writes"] == 2
    assert run["update"].api["requests"] <= 8


@pytest.mark.parametrize("answer", ["id", "no JSON"])
def test_an_answer_without_the_spec_is_no_loss_by_itself(lab: Lab, source: str, answer: str) -> None:
    if answer == "id":
        lab.switch(write_answers="id")
    else:
        lab.fault("PUT", None, times=None, type="replace_body", body="done", content_type="text/plain")
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    run = lab.play(
        task("create", "flow_spec", **{**NEW, "attributes": NESTED}),
        task("update", "flow_spec", **{**NEW, "attributes": {"other": 1}}),
        task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source),
        task("again", "flow_spec", **{**NEW, "attributes": {"other": 1}}),
        task("quick", "flow_spec", **{**NEW, "version": "5"}, settle_time=0),
    )
    assert run.status == 0, run.output
    assert [outcome.changed for outcome in run.outcomes] == [True, True, True, False, True]
    assert run["create"].flow_spec["attributes"] == NESTED
    assert run["update"].flow_spec["attributes"] == {"other": 1}
    assert all("warnings" not in outcome.result for outcome in run.outcomes)
    assert lab.spec(FLOW_SPECS, REST_STORAGE) == {
        **before,
        "sourceConnectionSpecIds": [*before["sourceConnectionSpecIds"], source],
    }
    assert [run[name].api["writes"] for name in ("create", "update", "link", "quick")] == [1, 1, 1, 1]
    # A read, the write, a read in place of its answer, and a read after settle_time, if there is any.
    assert run["update"].api["requests"] == 4
    assert run["quick"].api["requests"] == 3


def test_full_answers_cost_no_more_requests_than_they_must(lab: Lab) -> None:
    run = lab.play(
        task("create", "flow_spec", **NEW, transformation_specs=MAPPING),
        task("create, quick", "flow_spec", **{**NEW, "name": "quick"}, settle_time=0),
        task("update", "flow_spec", **{**NEW, "version": "2"}),
        task("unchanged", "flow_spec", **{**NEW, "version": "2"}),
    )
    assert run.status == 0, run.output
    assert [outcome.api["requests"] for outcome in run.outcomes] == [3, 2, 3, 1]


def test_an_unmanaged_nested_field_is_missed_behind_an_id_alone(lab: Lab) -> None:
    """Nothing that the task manages is lost, so writing again is of no use: a failure, with what was there."""
    lab.store(FLOW_SPECS, name="there", version="1.0", attributes=NESTED)
    lab.switch(write_answers="id", dropped_fields=["attributes.lost"])
    outcome = lab.one("flow_spec", {"name": "there", "version": "2.0"})
    assert outcome.failed
    assert "did not store attributes.lost" in outcome.msg
    assert outcome.previous["attributes"] == NESTED
    assert outcome.api["writes"] == 1


def test_behind_an_id_alone_a_write_of_others_is_not_taken_for_a_loss(lab: Lab, source: str) -> None:
    lab.switch(write_answers="id")
    for link in ("theirs", "of-a-third"):
        theirs: dict[str, t.Any] = {"spec_id": REST_STORAGE, "add_links": [link], "drop_links": [source]}
        lab.fault("PUT", REST_STORAGE, type="compete", when="after", **theirs)
    outcome = lab.one("flow_spec_source_link", {"flow_spec_id": REST_STORAGE, "connection_spec_id": source})
    assert outcome.changed
    assert lab.spec(FLOW_SPECS, REST_STORAGE)["sourceConnectionSpecIds"][-3:] == ["theirs", "of-a-third", source]
    assert outcome.api["writes"] == 3


def test_behind_an_id_alone_an_altered_field_is_a_warning(lab: Lab) -> None:
    lab.store(FLOW_SPECS, name="there", version="1.0")
    lab.switch(write_answers="id", normalise="upper_version")
    run = lab.play(
        task("create", "flow_spec", **{**NEW, "version": "1.0-beta"}),
        task("update", "flow_spec", name="there", version="2.0-beta"),
    )
    assert run.status == 0, run.output
    for outcome in run.outcomes:
        assert outcome.changed
        assert any("at version" in warning for warning in outcome.warnings)


def test_behind_an_id_alone_a_spec_that_shows_late_is_waited_for(lab: Lab) -> None:
    lab.switch(write_answers="id", read_delay=0.5)
    outcome = lab.one("flow_spec", {**NEW, "attributes": NESTED, "settle_time": 0.3})
    assert outcome.changed
    assert outcome.flow_spec["attributes"] == NESTED
    assert len(lab.writes()) == 1


@pytest.mark.parametrize("read_as", SPELLINGS)
def test_transformations_are_written_under_the_name_that_was_read(lab: Lab, source: str, read_as: str) -> None:
    """A service that stores one name only must not lose them, not even until the next write."""
    before = lab.spec(FLOW_SPECS, REST_STORAGE)
    transformations = before.pop("transformationSpecs")
    assert transformations
    lab.store(FLOW_SPECS, **before, **{read_as: transformations})
    lab.switch(transformation_spellings=[read_as])
    run = lab.play(task("link", "flow_spec_source_link", flow_spec_id=REST_STORAGE, connection_spec_id=source))
    assert run["link"].changed
    (put,) = lab.writes()
    assert put["body"][read_as] == transformations
    assert [name for name in SPELLINGS if name in put["body"]] == [read_as]
    assert run["link"].flow_spec["transformationSpecs"] == transformations


def test_the_name_is_also_read_from_a_bare_answer_and_in_bulk(lab: Lab) -> None:
    spec_id = lab.store(FLOW_SPECS, name="there", version="1.0", transformationSpec=MAPPING)
    lab.switch(transformation_spellings=["transformationSpec"])
    bare = lab.spec(FLOW_SPECS, spec_id)
    lab.fault("GET", spec_id, type="replace_body", body=bare)
    changed = {"version": "3.0", "transformationSpecs": [*MAPPING, {"name": "More"}]}
    run = lab.play(
        task("bare", "flow_spec", id=spec_id, version="2.0"),
        task("many", "flow_specs", definitions=[{"id": spec_id, **changed}]),
    )
    assert run.status == 0, run.output
    assert next(name for put in lab.writes() for name in SPELLINGS if name in put["body"]) == "transformationSpec"
    assert run["bare"].api["writes"] == 1
    stored = lab.spec(FLOW_SPECS, spec_id)
    assert stored["transformationSpecs"] == changed["transformationSpecs"]
