# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Ensure one spec, or the links of one: the only place that decides whether to write."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    Collection,
    LiveSpec,
    Service,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create, read_new
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._engine.duplicates import find_duplicates
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import (
    Candidate,
    Matcher,
    ambiguous,
    check_candidates,
    missing_paths,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan, Planner, Updated
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import (
    Update,
    lost_write,
    normalised_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
    NotFoundError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change, is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import is_lookalike
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    has_id,
    id_key,
    is_same_id,
    is_uuid,
    type_name,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
    CONNECTION_SPEC,
    FLOW_SPEC,
    SOURCES,
    Kind,
    Spec,
)

# Seconds for which it is believed that a spec that was not found does not exist.
_LOOK_IS_GOOD_FOR: t.Final = 10.0


def ensure_spec(specs: Collection, definition: Definition, check_mode: bool) -> Outcome:
    """Create or update one spec.

    Raises FlowServiceError.
    """
    ensure = EnsureSpec(specs, definition)
    looked_at = time.monotonic()
    outcome = ensure.run(ensure.find(), looked_at, check_mode)
    for failure in find_duplicates(specs, [outcome.created] if outcome.created else []).values():
        raise failure
    return outcome


class EnsureSpec:
    """Brings one spec in line with its definition."""

    def __init__(self, specs: Collection, definition: Definition) -> None:
        self._specs = specs
        self._kind = specs.kind
        self._definition = definition

    def run(self, live: LiveSpec | None, looked_at: float, check_mode: bool) -> Outcome:
        """Update what was found, or create it where nothing was found, at that moment of the monotonic clock.

        Raises FlowServiceError.
        """
        if live is not None:
            return self._update(live, check_mode)
        body = self._body_to_create()
        self._specs.service.approval.check_creation(self._kind, body)
        if check_mode:
            return self._created(body, {**body, "id": None}, [])
        return self._create(body, looked_at)

    def find(self) -> LiveSpec | None:
        """The live spec that the definition means, if there is one.

        Raises FlowServiceError where the name leaves open which one it is.
        """
        wanted = self._definition
        if wanted.id is not None:
            live = self._specs.get(wanted.id)
            if live is not None:
                return live
            if wanted.id_is_given or wanted.matcher is None:
                raise unknown_id(self._specs, wanted)
        return self._match(t.cast(Matcher, wanted.matcher))

    def _match(self, matcher: Matcher) -> LiveSpec | None:
        """Return the live spec that matches, if there is one.

        Raises FlowServiceError where it leaves open which one that is.
        """
        found = [live for live in self._specs.find(name=matcher.name) if matcher.matches(live.spec)]
        candidates = [Candidate.of_spec(self._kind, live.spec) for live in found]
        check_candidates(matcher, self._definition.fields, candidates)
        return found[0] if found else None

    def plan(self, live: Spec) -> Plan:
        """What is to be done to a live spec."""
        wanted = self._definition
        spec = self._kind.merged(live, wanted.fields, wanted.ignore)
        return Plan(spec, self._kind.changes(live, spec, wanted.fields))

    def _update(self, live: LiveSpec, check_mode: bool) -> Outcome:
        plan = self.plan(live.spec)
        self._check_identity(live, plan)
        self._specs.service.approval.check_plan(self._kind, live.spec, plan.changes)
        if check_mode or not plan.changes:
            fields = list(self._definition.fields)
            return Outcome(self._kind, plan.spec, live.spec, plan, fields, matcher=self._definition.matcher)
        return self._outcome(Update(self._specs, self.plan).run(live))

    def _outcome(self, updated: Updated) -> Outcome:
        fields = list(self._definition.fields)
        return Outcome(
            self._kind,
            updated.live.spec,
            updated.before,
            updated.plan,
            fields,
            updated.warnings,
            matcher=self._definition.matcher,
        )

    def _check_identity(self, live: LiveSpec, plan: Plan) -> None:
        """Check that a spec does not become a duplicate of another one by a new name, or value that identifies it."""
        matcher = self._definition.matcher
        identities = [Matcher.of_identity(self._kind, plan.spec)]
        if matcher is not None and matcher.is_chosen:
            identities.append(matcher.identify(plan.spec))
        for identity in identities:
            if identity.matches(live.spec):
                continue
            others = [
                other.id
                for other in self._specs.find(name=identity.name)
                if other.id != live.id and identity.matches(other.spec)
            ]
            if others:
                raise AmbiguousNameError(
                    f"Could not rename {self._kind.label(live.spec)} to {plan.spec.get('name')!r}:"
                    f" the {self._kind.noun} {others[0]} has the same {identity} already. No changes were made."
                    " Next step: choose another name, or rename the other one first.",
                    ids=others,
                )

    def _body_to_create(self) -> Spec:
        wanted = self._definition
        body = self._kind.writable(self._kind.merged({}, wanted.fields, wanted.ignore))
        for field, option in (("name", "name"), ("providerId", "provider_id")):
            if not body.get(field):
                described = wanted.name or wanted.id or str(wanted.matcher)
                raise InputError(
                    f"Could not create the {self._kind.noun} {described!r}: it does not exist, and a new one requires a"
                    f" {field}. No changes were made. Next step: set {option}, or {field} in the definition."
                )
        return body

    def _created(self, body: Spec, spec: Spec, warnings: list[str]) -> Outcome:
        if self._definition.id is not None:
            warnings = [
                f"The definition has the id {self._definition.id}, which no {self._kind.noun} here has."
                " The service gives a new spec an id of its own.",
                *warnings,
            ]
        warnings = [*warnings, *lookalike_warnings(self._kind, body, self._specs.lookalikes)]
        plan = Plan(body, self._kind.changes({}, body))
        return Outcome(self._kind, spec, None, plan, list(body), warnings, matcher=self._definition.matcher)

    def _create(self, body: Spec, looked_at: float) -> Outcome:
        matcher = t.cast(Matcher, self._definition.matcher)
        created = matcher.identify(body)
        patience = self._specs.connection.lock_patience
        with self._specs.lock(*created.lock_name).held(patience) as lock:
            # Another process of this controller may have created it since we looked; others, if that was long ago.
            is_recent = time.monotonic() - looked_at < _LOOK_IS_GOOD_FOR and lock.unchanged_since(looked_at)
            live = None if is_recent else self._match(matcher)
            if live is not None:
                return self._update(live, check_mode=False)
            with lock.writing():
                live, is_adopted = create(self._specs, body, lambda: self._match(created))
        if is_adopted:
            if None in created.key and self.plan(live.spec).changes:
                raise AmbiguousNameError(
                    f"Could not create {self._kind.label(body)}: the service did not respond, and {live.id} now has the"
                    " same name, but no value that identifies it as the new one. Next step: compare it with the"
                    " definition. If it is the same source, set its ID. Otherwise, label both and set match_on.",
                    id=live.id,
                    ids=[live.id],
                )
            # Most likely our own, of the POST that failed; if not, it is brought in line like any other.
            updated = Update(self._specs, self.plan).run(live)
            return self._created(body, updated.live.spec, updated.warnings)
        stored, warnings = self._verified(body, live)
        return self._created(body, stored.spec, warnings)

    def _verified(self, body: Spec, live: LiveSpec) -> tuple[LiveSpec, list[str]]:
        """Compare what is stored with what was sent, and mend what can be mended."""
        if not self._kind.changes(body, live.spec):
            return live, []
        # The answer shows another spec, or none, such as an id alone: what counts is what is stored.
        stored = read_new(self._specs, live) or live
        if not self._kind.shows(stored.spec, {"name": body["name"]}):
            raise FlowServiceError(
                f"Could not verify the new {self._kind.label({**body, 'id': live.id})}: the service accepted it, but"
                " does not return it yet. Next step: run the task again. It finds the new spec by its name and compares"
                " it with the definition.",
                id=live.id,
            )
        made = self._kind.changes(body, stored.spec)
        dropped_fields = {
            name: body[name]
            for name in self._kind.spellings
            if not is_empty(body.get(name)) and is_empty(stored.spec.get(name))
        }
        if dropped_fields:
            updated = Update(self._specs, self.plan, dropped_fields).run(stored)
            return updated.live, updated.warnings
        lost = [change for change in made if change.removes]
        if lost:
            raise lost_write(self._specs, stored, lost)
        return stored, normalised_warnings(self._specs, stored, made)


def lookalike_warnings(kind: Kind, spec: Spec, lookalikes: Mapping[str, str]) -> list[str]:
    """The warning for a new spec whose name looks like those of others, by their ids."""
    ids = [spec_id for spec_id, name in lookalikes.items() if is_lookalike(name, spec.get("name"))]
    if not ids:
        return []
    return [
        f"The name of the new {kind.label(spec)} looks like the name of {', '.join(ids)}. They differ only in the"
        " Unicode form of their characters (NFC or NFD), so they are two names. To stop this warning, write the name in"
        " the same form, or rename one of the specs."
    ]


def named(specs: Collection, name: str, provider_id: str | None = None) -> LiveSpec | None:
    """The live spec of a name, and of a provider where one is given.

    Raises FlowServiceError where several live specs fit.
    """
    found = [
        live
        for live in specs.find(name=name)
        if provider_id is None or is_same_id(live.spec.get("providerId"), provider_id)
    ]
    if len(found) > 1:
        candidates = [Candidate.of_spec(specs.kind, live.spec) for live in found]
        raise ambiguous(specs.kind, f"name {name!r}", candidates)
    return found[0] if found else None


def unknown_id(specs: Collection, definition: Definition) -> NotFoundError:
    """The failure for an id that no live spec has."""
    missing = missing_paths(definition.fields, definition.match_on) if not definition.id_is_given else []
    more = f" The definition has no value at {', '.join(missing)}, which match_on names." if missing else ""
    return NotFoundError(
        f"Could not find the {specs.kind.noun} with ID {definition.id}: sandbox {specs.connection.sandbox_name} has no"
        f" such {specs.kind.noun}, and the service does not accept an ID for a new one.{more} No changes were made."
        " Next step: check id and sandbox_name, or set name instead of id."
    )


@dataclasses.dataclass(frozen=True)
class Links:
    """Which connection specs a flow spec should support, or should no longer support."""

    flow_spec_id: str | None
    flow_spec_name: str | None
    connection_spec_ids: tuple[str, ...]
    present: bool
    check_connection_specs: bool


def ensure_links(service: Service, links: Links, check_mode: bool) -> Outcome:
    """Make a flow spec support connection specs, or no longer support them.

    Raises FlowServiceError.
    """
    specs = service.collection(FLOW_SPEC)
    live = _find_flow_spec(specs, links)
    planner = _link_planner(links)
    plan = planner(live.spec)
    if links.present and links.check_connection_specs:
        linked = live.spec.get(SOURCES)
        new = [spec_id for spec_id in links.connection_spec_ids if not has_id(linked, spec_id)]
        _check_connection_specs_exist(service, new)
    if check_mode or not plan.changes:
        return Outcome(FLOW_SPEC, plan.spec, live.spec, plan, (SOURCES,))
    updated = Update(specs, planner).run(live)
    return Outcome(FLOW_SPEC, updated.live.spec, updated.before, updated.plan, (SOURCES,), updated.warnings)


def _find_flow_spec(specs: Collection, links: Links) -> LiveSpec:
    if links.flow_spec_id is not None:
        live = specs.get(links.flow_spec_id)
    else:
        live = named(specs, t.cast(str, links.flow_spec_name))
    if live is None:
        described = f"with ID {links.flow_spec_id}" if links.flow_spec_id else repr(links.flow_spec_name)
        raise NotFoundError(
            f"Could not find the flow spec {described}: sandbox {specs.connection.sandbox_name} has no such flow spec."
            " No changes were made. Next step: check the flow spec and sandbox_name. flow_spec_info lists the flow"
            " specs."
        )
    return live


def _link_planner(links: Links) -> Planner:
    wanted = list({id_key(spec_id): spec_id for spec_id in links.connection_spec_ids}.values())

    def plan(live: Spec) -> Plan:
        linked = live.get(SOURCES) or []
        if not isinstance(linked, list):
            raise FlowServiceError(
                f"Could not link to {FLOW_SPEC.label(live)}: its field {SOURCES} is of type {type_name(linked)}, and"
                f" must be of type list: {linked!r}. No changes were made. Next step: set"
                " source_connection_spec_ids of this flow spec to the list of all its sources."
            )
        if links.present:
            new = linked + [spec_id for spec_id in wanted if not has_id(linked, spec_id)]
        else:
            new = [spec_id for spec_id in linked if not has_id(wanted, spec_id)]
        if len(new) == len(linked):
            return Plan(live, [])
        return Plan({**live, SOURCES: new}, [Change((SOURCES,), live.get(SOURCES, ABSENT), new)])

    return plan


def _check_connection_specs_exist(service: Service, ids: Sequence[str]) -> None:
    specs = service.collection(CONNECTION_SPEC)
    known = {id_key(live.id) for live in specs.find(ids=ids)} if len(ids) > 1 else set()
    # Not everything that a filter does not show is missing: ask for these one by one.
    unknown = [spec_id for spec_id in ids if id_key(spec_id) not in known and specs.get(spec_id) is None]
    if unknown:
        raise NotFoundError(
            f"Could not link {', '.join(unknown)}: sandbox {service.connection.sandbox_name} has no connection spec"
            " with this ID. No changes were made. Next step: create the connection spec first, or check the ID and"
            " sandbox_name. To link it without this check, set check_connection_specs to false.",
            unknown_connection_spec_ids=unknown,
        )


@dataclasses.dataclass(frozen=True)
class Query:
    """Which specs to look up; what is not given does not narrow the search."""

    ids: tuple[str, ...] | None
    name: str | None
    provider_id: str | None
    properties: tuple[str, ...]
    connection_spec_id: str | None


def look_up(specs: Collection, query: Query) -> list[JSON]:
    """The live specs that fit a query, in the service's order.

    Raises FlowServiceError.
    """
    if query.ids is not None and not query.ids:
        found: list[LiveSpec] = []
    elif query.ids is not None and len(query.ids) == 1 and not query.properties:
        live = specs.get(query.ids[0])
        found = [live] if live else []
    else:
        found = specs.find(name=query.name, ids=query.ids or (), properties=query.properties)
    return [
        live.spec
        for live in found
        if (query.name is None or live.spec.get("name") == query.name)
        and (query.provider_id is None or is_same_id(live.spec.get("providerId"), query.provider_id))
        and (query.connection_spec_id is None or has_id(live.spec.get(SOURCES), query.connection_spec_id))
    ]


def look_up_one(specs: Collection, wanted: str, provider_id: str | None) -> LiveSpec:
    """The live spec of this id, or else of this name.

    Raises FlowServiceError where there is none, or where the name leaves open which one it is.
    """
    # An id costs one small request; for what cannot be one, that is not spent.
    by_id = specs.get(wanted.lower()) if is_uuid(wanted) else None
    if by_id is not None and (provider_id is None or is_same_id(by_id.spec.get("providerId"), provider_id)):
        return by_id
    found = named(specs, wanted, provider_id)
    if found is None:
        of_provider = "" if provider_id is None else f" of the provider {provider_id}"
        raise NotFoundError(
            f"Could not find the {specs.kind.noun} {wanted!r}{of_provider}: sandbox {specs.connection.sandbox_name} has"
            f" no {specs.kind.noun} with this ID or name. Next step: check the name and sandbox_name."
            f" {specs.kind.result_key}_info lists the {specs.kind.noun}s."
        )
    return found
