# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What became of a spec, and how a task returns it."""

from __future__ import annotations

import dataclasses
import io
import typing as t
from collections.abc import Iterable, Sequence

from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump

from ansible_collections.aep.flow_service.plugins.module_utils._compare import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._flow_service import Live
from ansible_collections.aep.flow_service.plugins.module_utils._kinds import Kind, Spec
from ansible_collections.aep.flow_service.plugins.module_utils._update import Plan


class Identity(t.NamedTuple):
    """What people tell specs apart by."""

    id: str
    name: str | None
    provider_id: str | None

    @classmethod
    def of(cls, live: Live) -> Identity:
        """The identity of a live spec."""
        return cls.of_spec(live.spec)

    @classmethod
    def of_spec(cls, spec: Spec) -> Identity:
        """The identity of a spec that has an id."""
        name, provider_id = spec.get("name"), spec.get("providerId")
        return cls(
            spec["id"], name if isinstance(name, str) else None, provider_id if isinstance(provider_id, str) else None
        )


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

    @property
    def created(self) -> Identity | None:
        """The spec if it was created, and not just would be."""
        return Identity.of_spec(self.spec) if self.before is None and self.spec.get("id") else None

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
    text = io.StringIO()
    yaml_dump(shown, stream=text, sort_keys=True, default_flow_style=False, allow_unicode=True, width=110)
    return text.getvalue()
