# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What became of a spec, and how a task returns it."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Iterable, Sequence

from ansible.module_utils.common.yaml import HAS_YAML

from ansible_collections.aep.flow_service.plugins.module_utils._engine.match import Identity, Matcher
from ansible_collections.aep.flow_service.plugins.module_utils._engine.plan import Plan
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import dump_yaml
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Kind, Spec


class Created(t.NamedTuple):
    """A spec that a task created, and how to recognize its duplicates."""

    identity: Identity
    matcher: Matcher


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was done to a spec, or would be done outside check mode."""

    kind: Kind
    spec: Spec
    """The spec as it now is, or would be."""
    before: Spec | None
    """The spec before; None where there was none."""
    plan: Plan
    managed: Sequence[str]
    """The fields that the task is about."""
    warnings: list[str] = dataclasses.field(default_factory=list)
    matcher: Matcher | None = None
    """How the definition was matched with its live spec, unless by ID."""

    @property
    def created(self) -> Created | None:
        """The spec if it was created, and not just would be."""
        if self.matcher is None or self.before is not None or not self.spec.get("id"):
            return None
        return Created(Identity.of_spec(self.spec), self.matcher.identify(self.spec))

    @property
    def match(self) -> dict[str, JSON] | None:
        """The values of the definition by which its live spec is recognized, by path; None if only the ID does so."""
        return self.matcher.values({**self.spec}) if self.matcher is not None else None

    @property
    def changed(self) -> bool:
        """Whether something was written, or would be."""
        return bool(self.plan.changes)

    @property
    def changes(self) -> list[JSON]:
        """The changes as a task returns them."""
        return [change.as_result() for change in self.plan.changes]

    @property
    def previous(self) -> Spec | None:
        """The body to PUT in order to go back; None where nothing was there or nothing changed."""
        return self.kind.writable(self.before) if self.before is not None and self.changed else None

    @property
    def diff(self) -> dict[str, str]:
        """The managed fields before and after, for a person to read."""
        after = _shown(self.plan.spec, self.managed)
        return {"before": _shown(self.before, self.managed) if self.changed else after, "after": after}


def _shown(spec: Spec | None, fields: Iterable[str]) -> str:
    shown = {name: spec[name] for name in fields if name in spec} if spec else {}
    if not shown or not HAS_YAML:
        return ""
    return dump_yaml(shown, sort_keys=True)
