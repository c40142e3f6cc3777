# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mapping_set: created once, never updated, and found again in either form."""

from __future__ import annotations

import typing as t

import pytest

from lab import Lab, Outcome, Spec, task

KIND = "mappingSets"
SCHEMA, FULL = "https://ns.adobe.com/tenant/schemas/89ab", "application/vnd.adobe.xed-full+json;version=1"
FIELDS: list[Spec] = [
    {"source": "id", "destination": "_id"},
    {"source": 'concat(first, " ", last)', "destination": "person.name.fullName", "type": "expression"},
]
WANTED: Spec = {"name": "customers", "schema_id": SCHEMA, "mappings": FIELDS}
CREATE = f"{KIND}$"
NOW = 1_700_000_000_000


def stored_set(**changed: t.Any) -> Spec:
    """A set that maps as is wanted, in the older form."""
    return {
        "name": "customers",
        "version": 3,
        "createdDate": NOW,
        "xdmSchema": "_tenant.schemas.89ab",
        "xdmVersion": "1.0",
        "mappings": [
            {
                "sourceType": "text/x.aem-transform",
                "sourceAttribute": FIELDS[1]["source"],
                "destinationXdmPath": FIELDS[1]["destination"],
            },
            {"sourceAttribute": "id", "destinationXdmPath": "_id", "identity": False},
        ],
        **changed,
    }


def created(lab: Lab) -> int:
    """How many requests to create a set the service has seen."""
    return len([request for request in lab.writes() if request["path"].endswith(KIND)])


def test_create_again_and_otherwise(lab: Lab) -> None:
    lab.put_state("schemas", "customers", {"$id": SCHEMA, "meta:altId": "_tenant.schemas.89ab"})
    other = {**WANTED, "mappings": [{**FIELDS[0], "source": "key"}, FIELDS[1]]}
    run = lab.play(
        task("predict", "mapping_set", check=True, **WANTED),
        task("create", "mapping_set", **WANTED),
        task("again", "mapping_set", **{**WANTED, "mappings": FIELDS[::-1], "schema_version": "1"}),
        task("other ID of the schema", "mapping_set", **{**WANTED, "schema_id": "_tenant.schemas.89ab"}),
        task("predict other", "mapping_set", check=True, **other),
        task("other", "mapping_set", **other),
        task("other again", "mapping_set", **other),
        task("the first is found, too", "mapping_set", **WANTED),
    )
    assert run.status == 0, run.outcomes
    for name in ("again", "other ID of the schema", "other again", "the first is found, too"):
        assert not run[name].changed
        assert run[name].changes == []
        assert (run[name].api["requests"], run[name].api["writes"]) == (1, 0), name
    for predicted, real in (("predict", "create"), ("predict other", "other")):
        for key in ("changed", "changes", "diff", "previous"):
            assert run[predicted].result[key] == run[real].result[key], key
        assert (run[predicted].api["requests"], run[predicted].api["writes"]) == (1, 0)
        # The search, the validation, the creation, and a look at what is stored.
        assert (run[real].api["requests"], run[real].api["writes"]) == (4, 1)
        assert run[predicted].id is None
    assert run["other"].changes == [{"path": "mappings._id.source", "before": "id", "after": "key"}]
    assert run["other"].previous is None
    first, second = run["create"], run["other"]
    assert first.id != second.id
    assert run["again"].id == run["the first is found, too"].id == first.id
    assert first.version == 0
    assert [each["id"] for each in lab.state(KIND)] == [first.id, second.id]
    assert first.mapping_set == lab.state(KIND)[0]
    assert created(lab) == 2
    assert [request["method"] for request in lab.writes() if request["method"] != "POST"] == []


def test_the_newest_equal_one_of_a_name_is_found(lab: Lab) -> None:
    lab.put_state(KIND, "older", stored_set())
    lab.put_state(KIND, "newer", stored_set(createdDate=NOW + 2))
    lab.put_state(KIND, "newest-and-other", stored_set(createdDate=NOW + 3, xdmVersion="2.0"))
    lab.put_state(KIND, "of-another-name", stored_set(createdDate=NOW + 4, name="Customers"))
    for number in range(120):
        lab.put_state(KIND, f"more-{number}", stored_set(createdDate=NOW - number, mappings=[]))
    found = lab.one("mapping_set", WANTED)
    assert (found.id, found.version, found.changed) == ("newer", 3, False)
    assert found.api["requests"] == 2, "two pages"
    assert lab.writes() == []


def test_an_id_is_compared_first(lab: Lab) -> None:
    lab.put_state(KIND, "by-hand", stored_set(name=None))
    wanted = {**WANTED, "id": "by-hand"}
    other = {**wanted, "mappings": FIELDS[:1]}
    nameless = {key: value for key, value in other.items() if key != "name"}
    run = lab.play(
        task("equal", "mapping_set", **wanted),
        task("without a name", "mapping_set", **nameless) | {"ignore_errors": True},
        task("other", "mapping_set", **other),
        task("other again", "mapping_set", **other),
        task("unknown", "mapping_set", **{**wanted, "id": "nobody"}) | {"ignore_errors": True},
    )
    assert (run["equal"].id, run["equal"].changed, run["equal"].api["requests"]) == ("by-hand", False, 1)
    assert "Next step: set name" in run["without a name"].msg
    assert run["other"].changed
    assert run["other"].id != "by-hand"
    assert [change["path"] for change in run["other"].changes] == ["name", r"mappings.person\.name\.fullName"]
    assert (run["other again"].id, run["other again"].changed) == (run["other"].id, False)
    assert "nobody" in run["unknown"].msg
    assert created(lab) == 1
    before = next(each for each in lab.state(KIND) if each["id"] == "by-hand")
    assert before == {**stored_set(name=None), "id": "by-hand"}, "no set is updated"


def test_a_set_that_the_service_rejects_is_not_created(lab: Lab) -> None:
    properties: Spec = {"_id": {}, "person": {"properties": {"name": {"properties": {"firstName": {}}}}}}
    lab.put_state("schemas", "customers", {"$id": SCHEMA, "properties": properties})
    mappings = [
        {"source": "id", "destination": "_id"},
        {"source": "a", "destination": "person.name.nickname"},
        {"source": "concat(a", "destination": "person.name.firstName", "type": "expression"},
    ]
    outcome = lab.one("mapping_set", {**WANTED, "mappings": mappings})
    assert outcome.failed
    assert not outcome.changed
    assert (
        "mappings[1].destination ('person.name.nickname'): The destination person.name.nickname is not" in outcome.msg
    )
    assert "mappings[2].source ('person.name.firstName'): The expression concat(a has unbalanced" in outcome.msg
    assert "mappings[0]" not in outcome.msg
    assert [one["place"] for one in outcome.invalid_mappings] == ["mappings[1].destination", "mappings[2].source"]
    assert outcome.api["writes"] == 0
    assert created(lab) == 0


@pytest.mark.parametrize("body", ["<html>", {}, {"validationResponse": []}, {"validationResponse": "no"}, [1]])
def test_a_validation_that_says_nothing_creates_nothing(lab: Lab, body: t.Any) -> None:
    lab.fault("POST", f"{KIND}/validate", times=None, type="replace_body", body=body, status=200)
    outcome = lab.one("mapping_set", WANTED)
    assert outcome.failed
    assert "Next step: " in outcome.msg
    assert "unexpected error" not in outcome.msg
    assert not outcome.changed
    assert created(lab) == 0


@pytest.mark.parametrize("body", ["<html>", {}, {"data": 5}, {"data": [1]}, {"data": [{"name": "customers"}]}, 1])
def test_a_list_that_says_nothing_creates_nothing(lab: Lab, body: t.Any) -> None:
    lab.fault("GET", f"{KIND}$", times=None, type="replace_body", body=body, status=200)
    outcome = lab.one("mapping_set", WANTED)
    assert outcome.failed
    assert "unexpected error" not in outcome.msg
    assert lab.writes() == []


UNCLEAR: dict[str, Spec] = {
    "reset before": {"type": "reset", "when": "before"},
    "reset after": {"type": "reset", "when": "after"},
    "503 before": {"type": "status", "status": 503, "when": "before"},
    "503 after": {"type": "status", "status": 503, "when": "after"},
    "truncated": {"type": "truncate"},
    "no JSON": {"type": "replace_body", "body": "<html>", "status": 200},
}


@pytest.mark.parametrize("fault", UNCLEAR)
def test_a_post_with_an_unknown_outcome_creates_one_set(lab: Lab, fault: str) -> None:
    lab.put_state(KIND, "other", stored_set(mappings=[], createdDate=NOW * 2))
    lab.fault("POST", CREATE, **UNCLEAR[fault])
    run = lab.play(
        task("create", "mapping_set", **WANTED), task("again", "mapping_set", **WANTED), AEP_SETTLE_TIME="0.1"
    )
    assert run.status == 0, run.outcomes
    assert run["create"].changed
    (new,) = (each for each in lab.state(KIND) if each["id"] != "other")
    assert run["create"].id == run["again"].id == new["id"]
    assert not run["again"].changed
    assert created(lab) == (2 if "before" in fault else 1)


def test_what_the_service_does_not_store_is_named(lab: Lab) -> None:
    lab.put_state(KIND, "lossy", stored_set(mappings=stored_set()["mappings"][1:]))
    lab.fault("POST", CREATE, type="replace_body", body={"id": "lossy", "version": 0}, status=200)
    outcome = lab.one("mapping_set", WANTED)
    assert outcome.failed
    assert outcome.changed
    assert r"did not store mappings.person\.name\.fullName" in outcome.msg
    assert outcome.id == "lossy"


def test_the_schema_can_be_that_of_a_dataset(lab: Lab) -> None:
    wanted = {"name": "customers", "mappings": [FIELDS[0]], "dataset_name": "Emulator customers"}
    lab.put_state("dataSets", "bare", {"name": "no schema"})
    run = lab.play(
        task("predict", "mapping_set", check=True, **wanted),
        task("create", "mapping_set", **wanted),
        task("again", "mapping_set", **wanted),
        {**task("nowhere", "mapping_set", **{**wanted, "dataset_name": "nobody"}), "ignore_errors": True},
        {**task("bare", "mapping_set", **{**wanted, "dataset_name": "no schema"}), "ignore_errors": True},
    )
    (schema,) = (one["$id"] for one in lab.state("schemas") if one["title"] == "Emulator customers")
    assert run["create"].changed
    assert run["create"].mapping_set["outputSchema"]["schemaRef"]["id"] == schema
    assert run["predict"].changes == run["create"].changes
    assert (run["again"].changed, run["again"].api["requests"]) == (False, 2)
    assert "Could not find the dataset 'nobody' of the mapping set 'customers'" in run["nowhere"].msg
    assert "has no schema" in run["bare"].msg
    assert "Next step:" in run["nowhere"].msg


def test_bad_options_are_rejected_before_the_first_request(lab: Lab) -> None:
    bad: list[Spec] = [
        {**WANTED, "mappings": []},
        {**WANTED, "mappings": [FIELDS[0], FIELDS[0]]},
        {**WANTED, "mappings": [{**FIELDS[0], "type": "constant"}]},
        {**WANTED, "mappings": [{"source": "a"}]},
        {**WANTED, "schema_id": ""},
        {"name": "customers", "mappings": FIELDS},
        {**WANTED, "id": "a/b"},
        {**WANTED, "dataset_name": "Emulator customers"},
        {"name": "customers", "dataset_name": " ", "mappings": FIELDS},
        {"schema_id": SCHEMA, "mappings": FIELDS},
    ]
    outcomes: list[Outcome] = [lab.one("mapping_set", arguments) for arguments in bad]
    assert all(outcome.failed for outcome in outcomes)
    assert lab.requests() == []
