# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``property`` filters of listings."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Iterable

from aep_emulator.responses import invalid_request

# The fields of specs that filters can name.
SPEC_FIELDS = frozenset(
    (
        *("id", "name", "providerId", "version", "type", "description", "attributes", "sourceConnectionSpecIds"),
        *("targetConnectionSpecIds", "optionSpec", "transformationSpecs", "scheduleSpec", "runSpec", "permissionsInfo"),
        *("authSpec", "sourceSpec", "exploreSpec", "targetSpec", "encryptionSpecs", "settings", "entitlementInfo"),
        *("policy", "createdAt", "updatedAt", "createdBy", "updatedBy", "createdClient", "updatedClient"),
        *("sandboxId", "sandboxName", "imsOrgId"),
    )
)
_FILTER = re.compile(r"(?P<path>[^=!<>~]+)(?P<operator>[=!<>~]+)(?P<values>.*)", re.DOTALL)
_COMPARISONS: dict[str, t.Callable[[float, float], bool]] = {
    ">": lambda found, wanted: found > wanted,
    "<": lambda found, wanted: found < wanted,
    ">=": lambda found, wanted: found >= wanted,
    "<=": lambda found, wanted: found <= wanted,
}


@dataclasses.dataclass(frozen=True)
class Filter:
    """A filter: a path, an operator, and values. One matching value is sufficient."""

    path: tuple[str, ...]
    operator: str
    values: tuple[str, ...]

    def matches(self, spec: dict[str, t.Any]) -> bool:
        """Return whether a spec matches."""
        found = list(_walk(spec, self.path))
        if self.operator in ("==", "="):
            return any(_text(item) in self.values for item in found)
        if self.operator == "!=":
            return not any(_text(item) in self.values for item in found)
        compare, wanted = _COMPARISONS[self.operator], float(self.values[0])
        return any(compare(item, wanted) for item in found if isinstance(item, (int, float)))


def is_projection(text: str) -> bool:
    """Return whether a ``property`` is a list of fields, as one published text describes it, instead of a filter."""
    return _FILTER.fullmatch(text) is None


def parse(text: str, fields: frozenset[str] | None) -> Filter:
    """Parse a filter on one of these fields. Errors have the codes of the published catalog."""
    match = _FILTER.fullmatch(text)
    if not match:
        raise invalid_request("1453-400", f"Invalid query value {text} provided in query param.")
    path, operator = match["path"].strip(), match["operator"]
    steps = tuple(step.removesuffix("[]") for step in path.split("."))
    if fields is not None and steps[0] not in fields:
        raise invalid_request("1449-400", f"Invalid field {path} in filter params.")
    if operator == "~":
        raise invalid_request("1440-400", "Operator '~' not implemented.")
    if operator not in ("==", "=", "!=", *_COMPARISONS):
        raise invalid_request("1450-400", f"Invalid operator {operator} in filter params.")
    if not match["values"]:
        raise invalid_request("1453-400", f"Invalid query value {text} provided in query param.")
    values = tuple(_unquoted(value) for value in _split(match["values"]))
    if operator in _COMPARISONS and (len(values) > 1 or not re.fullmatch(r"-?\d+(\.\d+)?", values[0])):
        raise invalid_request("1452-400", f"Invalid value {match['values']} for field {path}.")
    return Filter(steps, operator, values)


def _split(text: str) -> list[str]:
    return re.findall(r'"[^"]*"|[^,]+', text) or [text]


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _walk(value: t.Any, steps: tuple[str, ...]) -> Iterable[t.Any]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _walk(value[steps[0]], steps[1:])


def _text(value: t.Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
