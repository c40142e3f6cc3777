# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""approved_findings: what an audit saw, and a person approved, is what is written, and nothing else."""

from __future__ import annotations

import typing as t

import pytest

from lab import BATCH_PROVIDER, CONNECTION_SPECS, FLOW_SPECS, Lab, Outcome, Spec

NEW = {"providerId": BATCH_PROVIDER, "version": "2.0"}
MODULES = {CONNECTION_SPECS: "connection_specs", FLOW_SPECS: "flow_specs"}


def store(lab: Lab, kind: str, *names: str) -> dict[str, str]:
    return {name: lab.store(kind, name=name, providerId=BATCH_PROVIDER, version="1.0") for name in names}


def definitions(*names: str, **more: t.Any) -> list[Spec]:
    return [{**NEW, "name": name, **more} for name in names]


def audited(lab: Lab, kind: str, defined: list[Spec]) -> list[Spec]:
    audit = lab.one("audit_info", {MODULES[kind]: defined}).audit
    return [one for one in audit["findings"] if one["finding"] in ("missing", "drifted")]


def actions(outcome: Outcome) -> dict[str, str]:
    return {one["name"]: one["action"] for one in outcome.results}


@pytest.mark.parametrize("kind", [CONNECTION_SPECS, FLOW_SPECS])
@pytest.mark.parametrize("check", [True, False], ids=["check", "run"])
def test_what_was_approved_is_written_and_nothing_else(lab: Lab, kind: str, check: bool) -> None:
    ids = store(lab, kind, "as-seen", "changed", "drifted-later", "other-change", "in-sync")
    lab.store(kind, id=ids["in-sync"], name="in-sync", **NEW)
    lab.store(kind, id=ids["drifted-later"], name="drifted-later", **NEW)
    defined = definitions(*ids, "new", "made-since")
    findings = audited(lab, kind, defined)
    assert {one["name"] for one in findings} == {"as-seen", "changed", "other-change", "new", "made-since"}
    assert all(len(one["digest"]) == 64 for one in findings if one["finding"] == "drifted")
    other = {"updatedBy": "erin@AdobeID", "updatedClient": "their-client", "updatedAt": 1767225600000}
    lab.store(
        kind, id=ids["changed"], name="changed", providerId=BATCH_PROVIDER, version="1.0", attributes={"a": 1}, **other
    )
    lab.store(kind, id=ids["drifted-later"], name="drifted-later", providerId=BATCH_PROVIDER, version="1.5", **other)
    lab.store(kind, name="made-since", providerId=BATCH_PROVIDER, version="1.0", **other)
    for one in defined:
        if one["name"] == "other-change":
            one["attributes"] = {"not": "approved"}
    defined += definitions("never-audited")
    defined += [{**NEW, "name": "redefined", "version": "2.1"}]
    findings += audited(lab, kind, definitions("redefined"))
    before = {spec["name"]: spec for spec in lab.specs(kind)}
    lab.forget_requests()
    outcome = lab.one(MODULES[kind], {"definitions": defined, "approved_findings": findings}, check=check)
    assert actions(outcome) == {
        "as-seen": "updated",
        "changed": "failed",
        "drifted-later": "failed",
        "other-change": "failed",
        "in-sync": "unchanged",
        "new": "created",
        "made-since": "failed",
        "never-audited": "failed",
        "redefined": "failed",
    }
    messages = {one["name"]: one["msg"] for one in outcome.results}
    author = "It was last written by user erin@AdobeID, client their-client at 2026-01-01T00:00:00Z."
    assert "it changed after the audit that was approved. " + author in messages["changed"]
    assert "no approved finding reports that it drifted. " + author in messages["drifted-later"]
    assert "it did not exist at the audit that was approved. " + author in messages["made-since"]
    assert "also changes attributes, which the approved finding" in messages["other-change"]
    assert "no approved finding reports it as missing" in messages["never-audited"]
    assert "its definition changed after the audit that was approved" in messages["redefined"]
    after = {spec["name"]: spec for spec in lab.specs(kind)}
    written = {name for name in after if after[name] != before.get(name)}
    assert written == (set() if check else {"as-seen", "new"})


def test_what_a_rule_ignores_is_not_approved(lab: Lab) -> None:
    store(lab, CONNECTION_SPECS, "acme")
    rules = [{"spec": "acme", "reason": "agreed", "paths": ["version"]}]
    defined = definitions("acme", attributes={"a": 1})
    audit = lab.one("audit_info", {"connection_specs": defined, "ignore_rules": rules}).audit
    findings = [one for one in audit["findings"] if one["name"] == "acme" and one["finding"] == "drifted"]
    assert [change["path"] for change in findings[0]["changes"]] == ["attributes"]
    outcome = lab.one("connection_specs", {"definitions": defined, "approved_findings": findings})
    assert "also changes version" in outcome.results[0]["msg"]
    arguments = {"definitions": defined, "approved_findings": findings, "ignore_paths": ["version"]}
    assert actions(lab.one("connection_specs", arguments)) == {"acme": "updated"}
    assert lab.one("connection_spec", {"definition": defined[0], "approved_findings": []}).failed


@pytest.mark.parametrize("moment", ["before", "after"])
def test_another_writer_between_read_and_write_is_not_written_over(lab: Lab, moment: str) -> None:
    """Another client writes between the listing and the write, or right after the write, over what it wrote."""
    ids = store(lab, FLOW_SPECS, "shared")
    defined = definitions("shared")
    findings = audited(lab, FLOW_SPECS, defined)
    theirs = {"attributes": {"theirs": True}, "version": "1.0", "updatedBy": "erin@AdobeID"}
    kind = "GET" if moment == "before" else "PUT"
    lab.fault(kind, "flowSpecs*", type="compete", spec_id=ids["shared"], set=theirs, when=moment)
    outcome = lab.one("flow_spec", {"definition": defined[0], "approved_findings": findings})
    assert outcome.failed, outcome.result
    assert "it changed after the audit that was approved" in outcome.msg
    assert "erin@AdobeID" in outcome.msg
    stored = lab.spec(FLOW_SPECS, ids["shared"])
    assert (stored["attributes"], stored["version"]) == ({"theirs": True}, "1.0")


def test_what_a_task_creates_it_can_repair(lab: Lab) -> None:
    """The service keeps a field by another name than the one that the POST has, so the task sends it again."""
    lab.switch(transformation_spellings=["transformationSpec"])
    defined = definitions("new", transformationSpecs=[{"name": "Mapping", "spec": {"type": "object"}}])
    findings = audited(lab, FLOW_SPECS, defined)
    outcome = lab.one("flow_spec", {"definition": defined[0], "approved_findings": findings})
    assert outcome.changed, outcome.result
    assert [request["method"] for request in lab.writes()] == ["POST", "PUT"]
    assert lab.spec(FLOW_SPECS, outcome.id)["transformationSpecs"] == defined[0]["transformationSpecs"]


def test_a_finding_without_a_digest_is_rejected_before_a_request(lab: Lab) -> None:
    lab.forget_requests()
    findings = [{"finding": "drifted", "kind": "flow_spec", "id": "x"}]
    outcome = lab.one("flow_specs", {"definitions": definitions("a"), "approved_findings": findings})
    assert "approved_findings[0]: it has no digest" in outcome.msg
    assert lab.requests() == []
