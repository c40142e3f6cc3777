# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Ensure one object: the only place that decides whether to create, update, or delete it."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.collection import (
    Collection,
    LiveSpec,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.create import create, read_new
from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import Definition
from ansible_collections.aep.flow_service.plugins.module_utils._engine.delete import delete_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.duplicates import find_duplicates
from ansible_collections.aep.flow_service.plugins.module_utils._engine.find import unknown_id
from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import (
    Candidate,
    Matcher,
    check_candidates,
)
from ansible_collections.aep.flow_service.plugins.module_utils._engine.outcome import Outcome
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._engine.update import update_object
from ansible_collections.aep.flow_service.plugins.module_utils._engine.write import (
    Update,
    lost_write,
    normalised_warnings,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    AmbiguousNameError,
    FlowServiceError,
    InputError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import is_empty
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.text import is_lookalike
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import (
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


def ensure_absent(specs: Collection, definition: Definition, check_mode: bool, wait_timeout: float = 60.0) -> Outcome:
    """Delete one object, if it exists.

    Raises FlowServiceError.
    """
    kind = specs.kind
    live = EnsureSpec(specs, definition).find()
    if not kind.deletable:
        raise InputError(
            f"Could not delete the {kind.noun}: the service has no way to delete one. No changes were made."
            " Next step: leave it, and remove what refers to it."
        )
    if live is None:
        return Outcome(kind, {}, None, Plan({}, []), ())
    before = kind.masked(live.spec)
    if not check_mode:
        delete_object(specs, live, wait_timeout)
    return Outcome(kind, {}, before, Plan({}, kind.changes(before, {})), list(before))


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
        self._specs.service.approval.check_creation(self._kind, self._definition.fields)
        if check_mode:
            return self._created(body, {**body, "id": None}, [])
        return self._create(body, looked_at)

    def find(self) -> LiveSpec | None:
        """Find the live spec of the definition, if it exists.

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
        check_candidates(matcher, self._definition, candidates)
        return found[0] if found else None

    def plan(self, live: Spec) -> Plan:
        """Return the update of a live spec."""
        wanted = self._definition.fields
        spec = self._kind.merged(live, wanted, self._definition.ignore)
        return Plan(spec, self._kind.changes(live, spec, wanted.keys() - self._kind.secret_fields))

    def _update(self, live: LiveSpec, check_mode: bool) -> Outcome:
        plan = self.plan(live.spec)
        self._check_immutable(live, plan)
        self._check_identity(live, plan)
        self._specs.service.approval.check_plan(self._kind, live.spec, plan.changes)
        if check_mode or not plan.changes:
            return self._outcome(plan.spec, live.spec, plan, [])
        updated = update_object(self._specs, live, self.plan)
        return self._outcome(updated.live.spec, updated.before, updated.plan, updated.warnings)

    def _outcome(self, spec: Spec, before: Spec | None, plan: Plan, warnings: list[str]) -> Outcome:
        masked = self._kind.masked
        return Outcome(
            self._kind,
            masked(spec),
            None if before is None else masked(before),
            Plan(masked(plan.spec), plan.changes),
            list(plan.spec if before is None else self._definition.fields),
            warnings,
            matcher=self._definition.matcher,
        )

    def _check_immutable(self, live: LiveSpec, plan: Plan) -> None:
        """Check that no field would change that the service does not let change."""
        names = {field.name for field in self._kind.fields if field.immutable}
        paths = [format_path(change.path) for change in plan.changes if change.path[0] in names]
        if paths:
            raise InputError(
                f"Could not update {self._kind.label(live.spec)}: the service does not change {', '.join(paths)} of a"
                f" {self._kind.noun}. No changes were made. Next step: create another {self._kind.noun}, or correct the"
                " definition.",
                id=live.id,
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
        for field in self._kind.fields:
            if field.is_required and not body.get(field.name):
                described = wanted.name or wanted.id or str(wanted.matcher)
                raise InputError(
                    f"Could not create the {self._kind.noun} {described!r}: it does not exist, and a new one requires a"
                    f" {field.name}. No changes were made. Next step: set {field.option}, or {field.name} in the"
                    " definition."
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
        return self._outcome(spec, None, Plan(body, self._kind.changes({}, body)), warnings)

    def _create(self, body: Spec, looked_at: float) -> Outcome:
        matcher = t.cast(Matcher, self._definition.matcher)
        created = matcher.identify(body)
        patience = self._specs.settings.lock_patience
        with self._specs.lock(*created.lock_name).held(patience) as lock:
            # Another process of this controller may have created it since we looked; others, if that was long ago.
            is_recent = time.monotonic() - looked_at < _LOOK_IS_GOOD_FOR and lock.unchanged_since(looked_at)
            live = None if is_recent else self._match(matcher)
            if live is not None:
                return self._update(live, check_mode=False)
            with lock.writing():
                live, is_adopted = create(self._specs, body, lambda: self._match(created))
        self._specs.service.approval.record_creation(live.spec, body)
        if is_adopted:
            if None in created.key and self.plan(live.spec).changes:
                raise AmbiguousNameError(
                    f"Could not create {self._kind.label(body)}: the service did not respond, and {live.id} now has the"
                    " same name, but no value that identifies it as the new one. Next step: compare it with the"
                    " definition. If it is the same source, set its ID. Otherwise, label both and set match_on.",
                    id=live.id,
                    ids=[live.id],
                )
            # Probably the object of the POST that failed. Otherwise, it is updated like any other object.
            updated = update_object(self._specs, live, self.plan)
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
    """Return the warning for a new spec whose name looks like those of others, by their IDs."""
    ids = [spec_id for spec_id, name in lookalikes.items() if is_lookalike(name, spec.get("name"))]
    if not ids:
        return []
    return [
        f"The name of the new {kind.label(spec)} looks like the name of {', '.join(ids)}. They differ only in the"
        " Unicode form of their characters (NFC or NFD), so they are two names. To stop this warning, write the name in"
        " the same form, or rename one of the specs."
    ]
