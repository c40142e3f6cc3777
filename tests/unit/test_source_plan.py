# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the role source, and its report."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.aep.flow_service.plugins.filter.sources import source_plan, source_report
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import GENERIC_STREAMING, REST_STORAGE

Spec = dict[str, t.Any]
CHANGE = {"path": "version", "before": "1", "after": "2"}


def spec(name: str, **more: t.Any) -> Spec:
    """What connection_spec returns for a spec that is in sync, but for what is given."""
    connection_spec = {"name": name, "type": more.pop("type", "generic-rest-x")}
    result = {"id": f"{name}-id", "changes": [], "previous": None, "match": {"name": name}, **more}
    return {"connection_spec": connection_spec, "changed": bool(result["changes"]), **result}


def new(name: str, **more: t.Any) -> Spec:
    """What connection_spec returns in check mode for a spec that is not there."""
    return spec(name, **{"id": None, "changes": [CHANGE], **more})


def flow_spec(spec_id: str = REST_STORAGE, *sources: str) -> Spec:
    """What flow_spec_info returns for one flow spec."""
    return {"flow_specs": [{"id": spec_id, "name": f"name of {spec_id}", "sourceConnectionSpecIds": [*sources]}]}


def link(*added: str, before: t.Sequence[str] = ()) -> Spec:
    """What flow_spec_source_link returns."""
    changes = [{"path": "sourceConnectionSpecIds", "before": [*before], "after": [*before, *added]}] if added else []
    return {"changes": changes, "changed": bool(added)}


def definitions(count: int, **more: t.Any) -> list[Spec]:
    return [{"definition": {}, **more} for _number in range(count)]


def test_a_plan_grows_with_what_is_known() -> None:
    read = definitions(3)
    predictions = [new("a"), spec("b"), spec("c", type="generic-streaming")]
    nothing = source_plan(read)
    assert (nothing["problems"], nothing["sources"], nothing["to_write"]) == ([], [], [])
    predicted = source_plan(read, predictions)
    assert predicted["flow_specs"] == [{"id": REST_STORAGE}, {"id": GENERIC_STREAMING}]
    assert (predicted["to_write"], predicted["links"]) == ([0], [])
    flow_specs = [flow_spec(REST_STORAGE, "x"), flow_spec(GENERIC_STREAMING, "C-ID")]
    planned = source_plan(read, predictions, flow_specs)
    assert planned["links"] == [
        {
            "flow_spec_id": REST_STORAGE,
            "flow_spec_name": f"name of {REST_STORAGE}",
            "connection_spec_ids": ["id-of-a", "b-id"],
            "sources": [0, 1],
        }
    ]
    written = source_plan(read, predictions, flow_specs, [{**new("a"), "id": "a-id"}])
    assert written["links"][0]["connection_spec_ids"] == ["a-id", "b-id"]
    assert [source["connection_spec_id"] for source in written["sources"]] == ["a-id", "b-id", "c-id"]


def test_a_report_of_a_plan_that_was_carried_out_is_the_prediction() -> None:
    predictions = [new("a"), spec("b", changes=[CHANGE], previous={}), spec("c")]
    written = [{**new("a"), "id": "a-id"}, predictions[1]]
    planned = source_plan(definitions(3), predictions, [flow_spec(REST_STORAGE, "c-id")], written)
    report = source_report(planned, written, [link("a-id", "b-id", before=["c-id"])])
    assert report["results"] == planned["sources"]
    assert [(one["connection_spec_action"], one["link_action"], one["changed"]) for one in report["results"]] == [
        ("created", "linked", True),
        ("updated", "linked", True),
        ("unchanged", "unchanged", False),
    ]
    assert report["failures"] == []


def test_what_another_client_did_meanwhile_is_no_change() -> None:
    planned = source_plan(definitions(1), [new("a")], [flow_spec()], [spec("a")])
    (source,) = source_report(planned, [spec("a")], [link()])["results"]
    assert (source["connection_spec_action"], source["link_action"]) == ("unchanged", "unchanged")
    assert not source["changed"]


def test_a_report_after_a_failure_marks_what_was_not_done() -> None:
    predictions = [new("a"), new("b"), spec("c", changes=[CHANGE], previous={}), spec("linked"), spec("unlinked")]
    failed = {"failed": True, "changed": False, "msg": "Could not write."}
    written = [{**failed, "id": "a-id", "changed": True}, failed, failed]
    planned = source_plan(definitions(5), predictions, [flow_spec(REST_STORAGE, "c-id", "linked-id")], written)
    report = source_report(planned, written)
    assert [
        (one["connection_spec_id"], one["connection_spec_action"], one["link_action"], one["changed"])
        for one in report["results"]
    ] == [
        ("a-id", "failed", "failed", True),
        (None, "failed", "failed", False),
        ("c-id", "failed", "unchanged", False),
        ("linked-id", "unchanged", "unchanged", False),
        ("unlinked-id", "unchanged", "failed", False),
    ]
    assert report["failures"] == ["Could not write."]
    assert report["existing"] == [
        f"connection spec {name} with ID {name}-id" for name in ("a", "c", "linked", "unlinked")
    ]


def test_a_report_when_one_of_two_links_failed() -> None:
    predictions = [spec("a"), spec("b", type="generic-streaming")]
    planned = source_plan(definitions(2), predictions, [flow_spec(), flow_spec(GENERIC_STREAMING)])
    report = source_report(planned, [], [link("a-id"), {"failed": True, "msg": "No."}])
    assert [one["link_action"] for one in report["results"]] == ["linked", "failed"]
    assert [one["changed"] for one in report["results"]] == [True, False]
    assert report["failures"] == ["No."]


def test_new_sources_of_one_name_have_placeholders_of_their_own() -> None:
    predictions = [new("the same", match={"label": label}) for label in "AB"]
    planned = source_plan(definitions(2, match_on=["label"]), predictions, [flow_spec()])
    assert planned["problems"] == []
    assert planned["links"][0]["connection_spec_ids"] == ["id-of-the-same-1", "id-of-the-same-2"]


def test_a_source_that_is_not_to_be_linked_needs_no_flow_spec() -> None:
    for value in (False, "no"):
        planned = source_plan([{"src": "a", "link": value}], [spec("a", type="of-our-own")])
        assert (planned["problems"], planned["flow_specs"], planned["links"]) == ([], [], [])
        assert [source["link_action"] for source in planned["sources"]] == ["none"]


SAME = [new("a"), new("a")]
NONE: Spec = {"flow_specs": []}


@pytest.mark.parametrize(
    ("entries", "predictions", "flow_specs", "words"),
    [
        ([{}], [], [], "source_definitions[0]: it needs exactly one of definition and src"),
        ([{"src": "a"}, {"src": "b", "definition": {}}], [], [], "source_definitions[1]"),
        ([{"src": "a", "flow_spec_id": "x", "flow_spec_name": "y"}], [], [], "at most one of flow_spec_id and flow_"),
        (definitions(2), SAME, [], 'one connection spec twice, among {"name": "a"}, {"name": "a"}'),
        (definitions(2), [spec("a"), spec("b", id="a-id")], [], "one connection spec twice, among a-id, a-id"),
        ([{"src": "a"}, {"src": "b", "match_on": ["x"]}], [new("a"), new("a", match={"x": 1})], [], "match_on differ"),
        (definitions(1), [new("a", type=None)], [], "Could not find the flow spec for a: its type is not set"),
        (definitions(1), [new("a", type="own")], [], "generic-rest or generic-streaming have a default flow spec"),
        (definitions(1, flow_spec_name="x"), [new("a")], [NONE], "no flow spec has the name x. No changes"),
        (definitions(1), [new("a")], [{"flow_specs": [{"id": "1"}, {"id": "2"}]}], f"the id {REST_STORAGE}: 1, 2."),
    ],
)
def test_problems(entries: list[Spec], predictions: list[Spec], flow_specs: list[Spec], words: str) -> None:
    (problem,) = source_plan(entries, predictions, flow_specs)["problems"]
    assert words in problem
    assert problem.startswith("Could not ")
    assert "No changes were made. Next step: " in problem


@pytest.mark.parametrize("predictions", ["text", [{"id": None}], 1])
def test_other_input_is_rejected(predictions: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^Could not plan the sources: .* Next step: "):
        source_plan(definitions(1), predictions)
    with pytest.raises(AnsibleFilterError, match=r"^Could not report on the sources: .* Next step: "):
        source_report(predictions)
