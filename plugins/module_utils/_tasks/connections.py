# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Create, update, or delete an account at a source: the task of ``connection``.

The service replaces the parameters of an account as a whole, and does not give its secrets back. So secrets are never
compared, never sent back as they were read, and never shown.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import Collection, LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create, read_new
from ansible_collections.aep.flow_service.plugins.module_utils._engine.delete import delete_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import named
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.patch import patch_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import lost_write, normalised_warnings
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, changes, is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._json.overlay import overlay
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.auth_spec import (
    AuthSpec,
    auth_of,
    auth_specs,
    hidden_names,
    hide,
    hide_change,
    is_mask,
    params_of,
    spec_id_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.flows import FLOW
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    is_same_id,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC, HIDDEN, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._tasks import options as arguments
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.connection_params import (
    Account,
    check_credentials,
    choose_auth_spec,
    read_account,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.operation import Operation, Result
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.results import writer_result

# Seconds for which a deleted account may still be shown.
_DELETION_TIME: t.Final = 60.0
_DEFAULT_VERSION: t.Final = "1.0"


def connection_operation() -> Operation[Account]:
    """Create, update, or delete an account: the operation of ``connection``."""

    def perform(service: Service, account: Account, check_mode: bool) -> Result:
        task = _Connection(service, account)
        return task.ensure_present(check_mode) if account.present else task.ensure_absent(check_mode)

    return Operation(
        argument_spec={
            **arguments.connection_options(),
            **arguments.backup_options(),
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "id": {"type": "str"},
            "name": {"type": "str"},
            "connection_spec_id": {"type": "str"},
            "connection_spec_name": {"type": "str"},
            "description": {"type": "str"},
            "auth_spec_name": {"type": "str"},
            "auth_params": {"type": "dict"},
            "auth_secrets": {"type": "dict", "no_log": True},
            "update_secrets": {
                "type": "str",
                "choices": ["on_create", "always"],
                "default": "on_create",
                "no_log": False,
            },
            "definition": {"type": "dict"},
            "src": {"type": "path"},
        },
        read=read_account,
        perform=perform,
        mutually_exclusive=(("definition", "src"), ("connection_spec_id", "connection_spec_name")),
        required_one_of=(("id", "name", "definition", "src"),),
    )


def compare_account(service: Service, account: Account) -> tuple[LiveSpec | None, list[Change]]:
    """Return the live account that a definition means, if there is one, and how it differs, without any secret.

    Raises FlowServiceError.
    """
    return _Connection(service, account).compare()


class _Connection:
    """One account, and the connection spec that it is of."""

    def __init__(self, service: Service, account: Account) -> None:
        self._service = service
        self._account = account
        self._collection = service.collection(CONNECTION)
        self._collection.hide = self._hide
        self._spec: Spec = {}
        self._auth_specs: list[AuthSpec] = []

    def ensure_present(self, check_mode: bool) -> Result:
        live, looked_at = self._find(), time.monotonic()
        if live is None and self._account.id is not None and self._account.name is None:
            raise self._unknown(self._account.id)
        check_credentials(self._account, self._spec, None if live is None else live.spec)
        if live is not None:
            return self._update(live, check_mode)
        body = self._body()
        if check_mode:
            return self._result({**body, "id": None}, None, Plan(body, _changes({}, body)))
        return self._create(body, looked_at)

    def compare(self) -> tuple[LiveSpec | None, list[Change]]:
        live = self._find()
        if live is None or not self._account.present:
            return live, []
        wanted = dict(mapping_of(overlay(live.spec, self._account.fields)))
        hidden = self._hidden(live.spec) | self._hidden(wanted)
        return live, [hide_change(change, hidden) for change in changes(live.spec, wanted)]

    def ensure_absent(self, check_mode: bool) -> Result:
        live = self._find()
        if live is None:
            return {**self._result({}, None, Plan({}, [])), "id": self._account.id}
        self._check_unused(live)
        if not check_mode:
            delete_object(self._collection, live, _DELETION_TIME)
        removed = _changes(self._collection.kind.writable({**live.spec, "id": None}), {})
        return {**self._result({}, live.spec, Plan({}, removed)), "id": live.id}

    def _find(self) -> LiveSpec | None:
        """Find the live account, if it exists, and its connection spec."""
        account = self._account
        if account.id is not None:
            live = self._collection.get(account.id)
            if live is not None:
                self._use_spec(self._wanted_spec() or self._read_spec(spec_id_of(live.spec)))
                self._check_same_spec(live)
                return live
            is_spec_known = account.connection_spec_id is not None or account.connection_spec_name is not None
            if account.id_is_given or account.name is None or not is_spec_known:
                if account.present:
                    raise self._unknown(account.id)
                return None
        self._use_spec(t.cast(Spec, self._wanted_spec()))
        return self._find_by_name(t.cast(str, account.name))

    @property
    def _spec_id(self) -> str:
        return str(self._spec["id"])

    def _find_by_name(self, name: str) -> LiveSpec | None:
        return _one_of(self._collection, _of_spec(self._collection, name, self._spec_id), name)

    def _wanted_spec(self) -> Spec | None:
        account = self._account
        if account.connection_spec_id is not None:
            return self._read_spec(account.connection_spec_id)
        if account.connection_spec_name is not None:
            found = named(self._service.collection(CONNECTION_SPEC), account.connection_spec_name)
            if found is None:
                raise _no_spec(self._service, f"the name {account.connection_spec_name!r}", "connection_spec_name")
            return found.spec
        return None

    def _read_spec(self, spec_id: str) -> Spec:
        found = self._service.collection(CONNECTION_SPEC).get(spec_id)
        if found is None:
            raise _no_spec(self._service, f"the id {spec_id}", "connection_spec_id")
        return found.spec

    def _use_spec(self, spec: Spec) -> None:
        self._spec = spec
        self._auth_specs = auth_specs(spec)

    def _check_same_spec(self, live: LiveSpec) -> None:
        if not is_same_id(spec_id_of(live.spec), self._spec["id"]):
            raise InputError(
                f"Could not update {CONNECTION.label(live.spec)}: its connection spec is {spec_id_of(live.spec)},"
                f" and that cannot change to {self._spec['id']}. No changes were made. Next step: create another"
                " connection, or correct connection_spec_id.",
                id=live.id,
            )

    def _chosen(self, live: LiveSpec | None) -> AuthSpec | None:
        return choose_auth_spec(self._account, self._spec, None if live is None else live.spec)

    def _body(self) -> Spec:
        """Return the account to create, with its secrets."""
        account, chosen = self._account, self._chosen(None)
        if account.name is None:
            raise self._unknown(account.id)
        body: Spec = {
            **account.fields,
            "connectionSpec": {"id": self._spec["id"], "version": self._spec.get("version") or _DEFAULT_VERSION},
        }
        if chosen is not None or account.secrets:
            params = {**account.plain, **account.secrets}
            body["auth"] = {**auth_of(body), **({"specName": chosen.name} if chosen else {}), "params": params}
        return body

    def _create(self, body: Spec, looked_at: float) -> Result:
        collection, name = self._collection, t.cast(str, self._account.name)
        with collection.lock("name", self._spec_id, name).held(collection.settings.lock_patience) as lock:
            # Another process of this controller may have created it since we looked.
            live = None if lock.unchanged_since(looked_at) else self._find_by_name(name)
            if live is not None:
                return self._update(live, check_mode=False)
            with lock.writing():
                live, is_adopted = create(collection, body, lambda: self._find_by_name(name))
        if is_adopted:
            # Probably the object of the POST that failed. Otherwise, it is updated like any other object.
            live = patch_object(collection, live, self._plan).live
        stored = self._read_created(live, name)
        made = self._plan(stored.spec).changes
        lost = [change for change in made if is_empty(change.before)]
        if lost:
            raise lost_write(collection, stored, lost)
        warnings = normalised_warnings(collection, stored, made)
        return self._result(stored.spec, None, Plan(body, _changes({}, body)), warnings)

    def _read_created(self, live: LiveSpec, name: str) -> LiveSpec:
        """Read the new account. The listing also shows another one of its name, created at the same time."""
        found = _of_spec(self._collection, name, self._spec_id)
        ids = [one.id for one in found]
        if len(found) > 1:
            raise AmbiguousNameError(
                f"Could not create a unique connection {name!r}: this task created {live.id}, but another client"
                f" created a connection with the same name at the same time ({', '.join(ids)}). Next step: choose one,"
                " and delete the other by its ID.",
                id=live.id,
                ids=ids,
            )
        stored = found[0] if ids == [live.id] else read_new(self._collection, live)
        if stored is None:
            raise FlowServiceError(
                f"Could not verify the new {CONNECTION.label({'name': name, 'id': live.id})}: the service accepted it,"
                " but does not return it yet. Next step: run the task again. It finds the connection by its name.",
                id=live.id,
            )
        return stored

    def _update(self, live: LiveSpec, check_mode: bool) -> Result:
        plan, unseen = self._plan(live.spec), self._unseen(live)
        self._check_name_is_free(live, plan)
        if check_mode or not (plan.changes or unseen):
            return self._result(plan.spec, live.spec, Plan(plan.spec, [*plan.changes, *unseen]))
        updated = patch_object(self._collection, live, self._plan, unseen=unseen)
        return self._result(updated.live.spec, updated.before, updated.plan, updated.warnings)

    def _plan(self, live: Spec) -> Plan:
        """Return the update of a live account. If it has parameters, it has all of them."""
        wanted = dict(mapping_of(overlay(live, self._account.fields)))
        found = changes(live, wanted)
        if any(change.path[:2] == ("auth", "params") for change in found) or self._sends_secrets:
            wanted = {**wanted, "auth": {**auth_of(wanted), "params": self._wholeparams_of(live, wanted)}}
        return Plan(wanted, found)

    @property
    def _sends_secrets(self) -> bool:
        return self._account.update_secrets and bool(self._account.secrets)

    def _unseen(self, live: LiveSpec) -> list[Change]:
        """Return the changes of the written secrets. The service does not show whether they differ."""
        if not self._sends_secrets:
            return []
        shown = params_of(live.spec)
        return [
            Change(("auth", "params", name), HIDDEN if name in shown else ABSENT, HIDDEN)
            for name in sorted(self._account.secrets)
        ]

    def _wholeparams_of(self, live: Spec, wanted: Spec) -> Spec:
        """Return every parameter of the account, because a patch replaces all of them.

        Raises InputError for a secret that the task does not give: what was read must not be sent back.
        """
        account = self._account
        params = t.cast(Spec, auth_of(wanted).get("params") or {})
        chosen = next((spec for spec in self._auth_specs if spec.name == auth_of(live).get("specName")), None)
        guarded = self._hidden(wanted) | {name for name, value in params.items() if is_mask(value)}
        needed = (guarded & params.keys()) | (chosen.secret & set(chosen.required) if chosen else set())
        missing = sorted(needed - account.secrets.keys() - account.plain.keys())
        if missing:
            raise InputError(
                f"Could not update {CONNECTION.label(live)}: the service replaces all authentication parameters"
                f" together and does not return secrets, so {', '.join(missing)} would be lost. No changes were made."
                " Next step: add it to auth_secrets."
            )
        return {**params, **account.secrets}

    def _hidden(self, account: Mapping[str, JSON]) -> set[str]:
        return hidden_names(self._auth_specs, account, self._account.plain) | set(self._account.secrets)

    def _hide(self, account: Spec) -> Spec:
        return hide(account, self._hidden(account))

    def _check_name_is_free(self, live: LiveSpec, plan: Plan) -> None:
        name = text_of(plan.spec.get("name"))
        if name == live.spec.get("name"):
            return
        others = [one.id for one in _of_spec(self._collection, name, self._spec_id) if one.id != live.id]
        if others:
            raise AmbiguousNameError(
                f"Could not rename {CONNECTION.label(live.spec)} to {name!r}: the connection {others[0]} of the same"
                " source has this name already. No changes were made. Next step: choose another name.",
                ids=others,
            )

    def _check_unused(self, live: LiveSpec) -> None:
        flows = self._service.collection(FLOW)
        path = "inheritedAttributes.sourceConnections[].baseConnection.id"
        using = [flow.spec for flow in flows.listing([f"{path}=={live.id}"])]
        if using:
            raise FlowServiceError(
                f"Could not delete {CONNECTION.label(live.spec)}: {len(using)} dataflow{'s' if len(using) > 1 else ''}"
                f" use it: {', '.join(map(FLOW.label, using))}. No changes were made. Next step: delete these"
                " dataflows first.",
                id=live.id,
                dataflow_ids=[flow["id"] for flow in using],
            )

    def _unknown(self, account_id: str | None) -> NotFoundError:
        return NotFoundError(
            f"Could not find the connection with ID {account_id}: sandbox {self._service.settings.sandbox_name} has"
            " no such connection, and the service does not accept an ID for a new one. No changes were made."
            " Next step: check id and sandbox_name, or set name and connection_spec_id instead."
        )

    def _result(self, spec: Spec, before: Spec | None, plan: Plan, warnings: Sequence[str] = ()) -> Result:
        known = {name for account in (spec, before or {}, plan.spec) for name in self._hidden(account)}
        outcome = Outcome(
            CONNECTION,
            self._hide(spec),
            None if before is None else self._hide(before),
            Plan(self._hide(plan.spec), [hide_change(change, known) for change in plan.changes]),
            sorted({*plan.spec, *(before or {})} - CONNECTION.owned) if not plan.spec else list(self._account.fields),
            [*warnings, *self._unknown_parameters()],
        )
        return writer_result(outcome, self._service.backup)

    def _unknown_parameters(self) -> list[str]:
        account = self._account
        known = {name for spec in self._auth_specs for name in spec.parameters}
        unknown = sorted({*account.plain, *account.secrets} - known)
        if not known or not unknown:
            return []
        return [
            f"The connection spec {self._spec.get('name')!r} has no authentication parameter {', '.join(unknown)}. It"
            f" has {', '.join(sorted(known))}. Check the spelling."
        ]


def _changes(before: Spec, after: Spec) -> list[Change]:
    return [
        change
        for name in after | before
        for change in changes(before.get(name, ABSENT), after.get(name, ABSENT), path=(name,))
        if name != "id"
    ]


def _of_spec(collection: Collection, name: str | None, spec_id: str) -> list[LiveSpec]:
    """Return the accounts of a name at one source, without drafts."""
    return [
        live
        for live in collection.find(name=name, properties=[f"connectionSpec.id=={spec_id}"])
        if live.spec.get("state") not in collection.kind.hidden_states and is_same_id(spec_id_of(live.spec), spec_id)
    ]


def _one_of(collection: Collection, found: Sequence[LiveSpec], name: str) -> LiveSpec | None:
    if len(found) > 1:
        ids = [live.id for live in found]
        raise AmbiguousNameError(
            f"Could not identify the connection {name!r}: {len(found)} connections of this source have this name:"
            f" {', '.join(ids)}. No changes were made. Next step: set id to the ID of the correct one.",
            ids=ids,
        )
    return found[0] if found else None


def _no_spec(service: Service, what: str, option: str) -> NotFoundError:
    return NotFoundError(
        f"Could not find the connection spec with {what}: sandbox {service.settings.sandbox_name} has no such"
        f" connection spec. No changes were made. Next step: check {option} and sandbox_name."
        " connection_spec_info lists the connection specs."
    )
