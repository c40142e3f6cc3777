# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a dataflow refers to: names to IDs, and the checks before the first write."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import LiveSpec, Service
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Candidate, ambiguous
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError, NotFoundError
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import is_empty, value_at
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import has_id, is_same_id
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    Kind,
    Spec,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.mapping_sets import (
    MAPPING_SET,
    is_same_schema,
    schema_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_options import Dataflow, Reference
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_plan import References
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.dataflow_values import check_source_params
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.datasets import find_dataset, read_dataset

_SPEC_ID: t.Final = ("connectionSpec", "id")
_OPTIONS: t.Final = {
    CONNECTION: "connection_",
    CONNECTION_SPEC: "connection_spec_",
    FLOW_SPEC: "flow_spec_",
    MAPPING_SET: "mapping.",
}
"""How the options begin that name an object of a kind."""
_NEW_MAPPING_SET: t.Final = "id-of-a-new-mapping-set"
"""The ID by which the role dataflow names a mapping set that only check mode knows."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """What the checks before a creation found out."""

    connection_spec_id: str
    schema: Spec
    """The schema of the dataset, in the names of a target connection."""
    flow_spec: Spec

    @property
    def has_schedule(self) -> bool:
        """Whether the flow spec asks for a schedule."""
        return not is_empty(self.flow_spec.get("scheduleSpec"))


def with_dataset(service: Service, wanted: Dataflow) -> Dataflow:
    """Return a dataflow with the ID of the dataset that it names.

    Raises FlowServiceError where the name means no dataset, or several.
    """
    if wanted.dataset_name is None:
        return wanted
    dataset = find_dataset(service, wanted.dataset_name, "target.dataset_name", wanted.label)
    return dataclasses.replace(wanted, target=dataclasses.replace(wanted.target, params={"dataSetId": dataset.id}))


class Resolver:
    """Resolves the references of a dataflow: what was read once is not read again."""

    def __init__(self, service: Service, wanted: Dataflow, check_mode: bool) -> None:
        self._service = service
        self._wanted = wanted
        self._check_mode = check_mode
        self._found: dict[Kind, LiveSpec] = {}
        self._sandbox = service.settings.sandbox_name

    def resolve(self) -> References:
        """Return the IDs of what the task names.

        Raises FlowServiceError where a name means nothing, or several objects.
        """
        wanted = self._wanted
        return References(
            flow_spec_id=self._id_of(FLOW_SPEC, wanted.flow_spec) or (None if wanted.id else wanted.default_flow_spec),
            account_id=self._account_id(),
            connection_spec_id=self._id_of(CONNECTION_SPEC, wanted.connection_spec),
        )

    def _id_of(self, kind: Kind, reference: Reference) -> str | None:
        if reference.name is None:
            return reference.id
        if kind not in self._found:
            self._found[kind] = self._named(kind, reference.name)
        return self._found[kind].id

    def _account_id(self) -> str | None:
        wanted = self._wanted
        if not wanted.is_present:
            return wanted.account.id
        try:
            return self._id_of(CONNECTION, wanted.account)
        except NotFoundError:
            # In check mode, the account may be one that another task would create.
            if self._check_mode and wanted.connection_spec.is_given:
                return None
            raise

    def _named(self, kind: Kind, name: str) -> LiveSpec:
        found = [
            live
            for live in self._service.collection(kind).find(name=name)
            if live.spec.get("state") not in kind.hidden_states
        ]
        wanted_spec = self._wanted.connection_spec.id if kind is CONNECTION else None
        if wanted_spec is not None and len(found) > 1:
            found = [live for live in found if is_same_id(value_at(live.spec, _SPEC_ID), wanted_spec)]
        if len(found) > 1:
            raise ambiguous(kind, f"name {name!r}", [Candidate.of_spec(kind, live.spec) for live in found])
        if not found:
            raise self._unknown(kind, "name", repr(name))
        return found[0]

    def _unknown(self, kind: Kind, key: str, value: str) -> NotFoundError:
        return NotFoundError(
            f"Could not find the {kind.noun} with the {key} {value} of the {self._wanted.label}: sandbox"
            f" {self._sandbox} has none. No changes were made. Next step: check {_OPTIONS[kind]}{key} and sandbox_name,"
            f" or create the {kind.noun} first."
        )

    def _get(self, kind: Kind, object_id: str) -> LiveSpec:
        found = self._found.get(kind) or self._service.collection(kind).get(object_id)
        if found is None:
            raise self._unknown(kind, "id", object_id)
        self._found[kind] = found
        return found

    # The checks before the first write.

    def check(self, references: References, source: Spec | None, dataset_id: JSON) -> Checked:
        """Check what a new flow refers to; ``source`` is the source connection that it takes over, if there is one.

        Raises FlowServiceError.
        """
        account_id = references.account_id
        if account_id is None and not self._wanted.is_streaming and not self._wanted.account.is_given:
            account_id = text_of((source or {}).get("baseConnectionId"))
        spec_id = references.connection_spec_id or text_of(value_at(source, _SPEC_ID)) or ""
        if account_id is not None:
            spec_id = self._check_account(account_id, references.connection_spec_id)
        self._check_params(spec_id, source)
        flow_spec = self._check_flow_spec(t.cast(str, references.flow_spec_id), spec_id)
        schema = read_dataset(self._service, str(dataset_id), self._wanted.label).schema
        self._check_schema(dataset_id, text_of(schema.get("id")))
        self.check_mapping(text_of(schema.get("id")))
        return Checked(spec_id, schema, flow_spec)

    def check_mapping(self, schema_id: str | None) -> None:
        """Check that the mapping set of the task exists, and maps to the schema of the dataset, if that is known.

        Raises FlowServiceError.
        """
        mapping_id = self._wanted.mapping_id
        if mapping_id is None or (self._check_mode and mapping_id == _NEW_MAPPING_SET):
            return
        found = schema_of(self._get(MAPPING_SET, mapping_id).spec)["id"]
        if None not in (schema_id, found) and not is_same_schema(schema_id, found):
            raise InputError(
                f"Could not use mapping.id of the {self._wanted.label}: the mapping set {mapping_id} maps to the schema"
                f" {found}, and the dataset has the schema {schema_id}. No changes were made. Next step: set mapping.id"
                " to a mapping set for the schema of the dataset, or set target.dataset_id to another dataset."
            )

    def _check_schema(self, dataset_id: JSON, schema_id: str | None) -> None:
        """Check that a schema that the task names is that of the dataset."""
        wanted = text_of(value_at(self._wanted.target.data, ("schema", "id")))
        if None not in (wanted, schema_id) and not is_same_schema(wanted, schema_id):
            raise InputError(
                f"Could not use target.schema_id of the {self._wanted.label}: it is {wanted}, and the dataset"
                f" {dataset_id} has the schema {schema_id}. No changes were made. Next step: remove target.schema_id,"
                " or set target.dataset_id to a dataset of this schema."
            )

    def _check_account(self, account_id: str, wanted_spec: str | None) -> str:
        account = self._get(CONNECTION, account_id).spec
        if account.get("state") in CONNECTION.hidden_states:
            raise InputError(
                f"Could not use {CONNECTION.label(account)} for the {self._wanted.label}: it is a draft. No changes"
                " were made. Next step: publish it, or set connection_id or connection_name to another account."
            )
        spec_id = value_at(account, _SPEC_ID)
        if wanted_spec is not None and not is_same_id(spec_id, wanted_spec):
            raise InputError(
                f"Could not use {CONNECTION.label(account)} for the {self._wanted.label}: its connection spec is"
                f" {spec_id}, and not {wanted_spec}. No changes were made. Next step: name an account of this"
                " connection spec, or correct connection_spec_id or connection_spec_name."
            )
        return t.cast(str, spec_id)

    def _check_params(self, spec_id: str, source: Spec | None) -> None:
        spec = self._get(CONNECTION_SPEC, spec_id).spec
        required = value_at(spec, ("sourceSpec", "spec", "required"))
        given: Mapping[str, JSON] = {**_params_of(source, spec_id), **(self._wanted.source.params or {})}
        missing = [
            f"source.params.{name}"
            for name in (required if isinstance(required, list) else ())
            if is_empty(given.get(str(name)))
        ]
        if missing:
            raise InputError(
                f"Could not create the {self._wanted.label}: {CONNECTION_SPEC.label(spec)} requires"
                f" {', '.join(missing)}. No changes were made. Next step: set {', '.join(missing)}."
            )
        check_source_params(given, spec, self._wanted.label)

    def read_flow_spec(self, flow_spec_id: str) -> Spec:
        """Return a flow spec.

        Raises NotFoundError.
        """
        return self._get(FLOW_SPEC, flow_spec_id).spec

    def _check_flow_spec(self, flow_spec_id: str, spec_id: str) -> Spec:
        """Check that the flow spec supports the source, and return it."""
        flow_spec = self.read_flow_spec(flow_spec_id)
        if not has_id(flow_spec.get(SOURCES), spec_id):
            raise InputError(
                f"Could not create the {self._wanted.label}: {FLOW_SPEC.label(flow_spec)} does not list the connection"
                f" spec {spec_id}. No changes were made. Next step: link it by a task with"
                f" aep.flow_service.flow_spec_source_link, flow_spec_id {flow_spec_id}, and connection_spec_id"
                f" {spec_id}, or set flow_spec_id to a flow spec that lists it."
            )
        return flow_spec


def _params_of(source: Spec | None, spec_id: str) -> Mapping[str, JSON]:
    """Return the parameters that a new source connection takes over from the one that it replaces."""
    if source is None or not is_same_id(value_at(source, _SPEC_ID), spec_id):
        return {}
    params = source.get("params")
    return params if isinstance(params, Mapping) else {}
