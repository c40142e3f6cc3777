# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind that no module has goes through its whole life in the engine, by nothing but its declaration.

It has what the kinds of spec lack: PATCH with an etag, deletion, an immutable field, a secret, and a reference.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._engine.ensure import ensure_absent, ensure_spec
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import resolve_references
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import Document
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import HIDDEN, OWNED, Field, JsonPatch, Kind
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import connection_options
from lab import Lab, Spec
from lab.dataflows import World, only

KEY = "a-key-that-nothing-shows"
TRIAL: t.Final = Kind(
    noun="trial",
    collection="sourceConnections",
    fields=(
        Field("name", "str", is_required=True),
        Field("description", "str"),
        Field("baseConnectionId", "str", refers_to="connection", immutable=True),
        Field("connectionSpec", "dict", is_required=True),
        Field("data", "dict"),
        Field("params", "dict", secret=True),
    ),
    sets=(),
    writes=JsonPatch(),
    deletable=True,
    identity=(("name",),),
    owned=OWNED | {"state", "version", "inheritedAttributes"},
)


class Trial:
    """The task of the trial kind, as a module would have it."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lab = lab
        self.world = World(lab)
        for name, value in lab.variables.items():
            monkeypatch.setenv(name, value)
        lab.forget_requests()

    def definition(self, **more: t.Any) -> Spec:
        spec = {"id": self.world.source, "version": "1.0"}
        params = {"listId": KEY}
        wanted = {"name": "trial", "baseConnectionId": "acme-account", "connectionSpec": spec, "params": params}
        return {**wanted, "data": {"format": "json"}, **more}

    def ensure(self, wanted: Spec, *, check: bool = False, present: bool = True) -> Outcome:
        self._lab.forget_requests()
        service = Service(
            Settings.from_params(ArgumentSpecValidator(connection_options()).validate({}).validated_parameters)
        )
        read = Definition.from_document(TRIAL, Document(wanted), "definition", ())
        if not present:
            return ensure_absent(service.collection(TRIAL), read, check)
        fields = resolve_references(service, TRIAL, read.fields, [CONNECTION])
        return ensure_spec(service.collection(TRIAL), dataclasses.replace(read, corrected=fields), check)


@pytest.fixture
def trial(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Trial:
    return Trial(lab, monkeypatch)


def shown(outcome: Outcome) -> str:
    return json.dumps([outcome.spec, outcome.before, outcome.changes, outcome.diff, outcome.previous])


def test_a_declaration_is_enough_for_a_whole_life(lab: Lab, trial: Trial) -> None:
    predicted = trial.ensure(trial.definition(), check=True)
    assert lab.writes() == [] == lab.state("sourceConnections")
    created = trial.ensure(trial.definition())
    assert [request["method"] for request in lab.writes()] == ["POST"]
    stored = only(lab, "sourceConnections")
    assert (stored["baseConnectionId"], stored["params"]) == (trial.world.account, {"listId": KEY})
    assert predicted.changes == created.changes
    assert created.spec["params"] == HIDDEN

    same = trial.ensure(trial.definition(params={"listId": "another, which nobody can compare"}))
    assert (same.changed, lab.writes()) == (False, [])

    wanted = trial.definition(description="new")
    assert trial.ensure(wanted, check=True).changes == [{"path": "description", "before": None, "after": "new"}]
    assert lab.writes() == []
    updated = trial.ensure(wanted)
    (patch,) = lab.writes()
    assert (patch["method"], patch["body"]) == (
        "PATCH",
        [{"op": "add", "path": "/description", "value": "new"}],
    )
    assert updated.spec["description"] == "new"

    predicted = trial.ensure(wanted, check=True, present=False)
    assert lab.writes() == []
    deleted = trial.ensure(wanted, present=False)
    assert lab.state("sourceConnections") == []
    assert deleted.changed
    assert predicted.changes == deleted.changes
    assert not trial.ensure(wanted, present=False).changed
    assert KEY not in "".join(map(shown, (predicted, created, same, updated, deleted)))


def test_what_cannot_change_or_is_not_there_is_refused_before_a_write(lab: Lab, trial: Trial) -> None:
    trial.ensure(trial.definition())
    other = trial.world.add_account("other-account")
    with pytest.raises(InputError, match=r"does not change baseConnectionId of a trial.* No changes were made"):
        trial.ensure(trial.definition(baseConnectionId=other))
    with pytest.raises(NotFoundError, match="'nowhere'"):
        trial.ensure(trial.definition(baseConnectionId="nowhere"))
    with pytest.raises(InputError, match="requires a connectionSpec"):
        trial.ensure({"name": "incomplete"})
    assert lab.writes() == []


def test_a_412_is_read_again_and_only_a_conflict_fails(lab: Lab, trial: Trial) -> None:
    trial.ensure(trial.definition())
    stored = only(lab, "sourceConnections")["id"]
    theirs: Spec = {"kind": "sourceConnections", "spec_id": stored, "when": "before"}
    lab.fault("PATCH", "sourceConnections", type="compete", set={"data": {"format": "json", "x": 1}}, **theirs)
    wanted = trial.definition(description="new")
    del wanted["data"]
    assert trial.ensure(wanted).changed
    assert [request["status"] for request in lab.writes()] == [412, 200]
    assert only(lab, "sourceConnections")["data"] == {"format": "json", "x": 1}
    lab.fault("PATCH", "sourceConnections", type="compete", set={"description": "theirs"}, **theirs)
    with pytest.raises(FlowServiceError, match="changed it at the same time, at description"):
        trial.ensure({**wanted, "description": "newer"})
    assert only(lab, "sourceConnections")["description"] == "theirs"
