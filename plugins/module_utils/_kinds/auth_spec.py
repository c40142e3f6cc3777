# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a connection spec says of the credentials of its connections: pure functions."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Collection, Iterable, Mapping, Sequence

from ansible_collections.aep.flow_service.plugins.module_utils._json.compare import ABSENT, Change
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import Path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import HIDDEN

# The names of parameters that are secret although a connection spec does not say so.
_SECRET_NAME: t.Final = re.compile(
    r"(password|passphrase|secret|token|credentials?|(^|(private|secret|access|api|account|shared)_?)key|sas_?uri"
    r"|connection_?string)$",
    re.IGNORECASE,
)
# What a service shows in place of a secret.
_MASK: t.Final = re.compile(r"[x*]+|\{[A-Z_]+\}")


@dataclasses.dataclass(frozen=True)
class AuthSpec:
    """One way to authenticate at a source: the names of its parameters."""

    name: str
    parameters: frozenset[str]
    secret: frozenset[str]
    """The parameters of the format ``password``."""
    required: tuple[str, ...]
    schema: Mapping[str, JSON] = dataclasses.field(default_factory=dict)
    """The JSON Schema of the parameters."""


def auth_specs(connection_spec: Mapping[str, JSON]) -> list[AuthSpec]:
    """Return the ways to authenticate that a connection spec offers; what is malformed offers none."""
    listed = connection_spec.get("authSpec")
    return [
        _auth_spec(each["name"], each.get("spec"))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping) and isinstance(each.get("name"), str)
    ]


def _auth_spec(name: str, schema: JSON) -> AuthSpec:
    spec = schema if isinstance(schema, Mapping) else {}
    properties = spec.get("properties")
    described = properties if isinstance(properties, Mapping) else {}
    required = spec.get("required")
    return AuthSpec(
        name=name,
        parameters=frozenset(described),
        secret=frozenset(
            key for key, value in described.items() if isinstance(value, Mapping) and value.get("format") == "password"
        ),
        required=tuple(key for key in required if isinstance(key, str)) if isinstance(required, list) else (),
        schema=spec,
    )


def hidden_names(specs: Sequence[AuthSpec], account: Mapping[str, JSON], plain: Iterable[str] = ()) -> set[str]:
    """Return the names of an account's parameters that no output may show: those declared as secret or named like it.

    Without a declaration of the parameters, it is all of them. ``plain`` names the parameters that the task itself
    gives as plain ones.
    """
    params, known = params_of(account), set(plain)
    if not any(spec.parameters for spec in specs if spec.name == auth_of(account).get("specName")):
        return set(params) - known
    declared = {name for spec in specs for name in spec.secret}
    return declared | {name for name in params if _SECRET_NAME.search(name) and name not in known}


def is_mask(value: JSON) -> bool:
    """Return whether a value is the mask that a service shows in place of a secret."""
    return isinstance(value, str) and bool(_MASK.fullmatch(value))


def hide(account: Mapping[str, JSON], names: Collection[str]) -> dict[str, JSON]:
    """Return an account with the values of these parameters hidden."""
    if not params_of(account):
        return dict(account)
    return {**account, "auth": _hide_below(("auth",), account["auth"], names)}


def hide_change(change: Change, names: Collection[str]) -> Change:
    """Return a change of an account with the values of these parameters hidden."""
    before, after = (
        value if value is ABSENT else _hide_below(change.path, value, names) for value in (change.before, change.after)
    )
    return Change(change.path, before, after)


def _hide_below(path: Path, value: JSON, names: Collection[str]) -> JSON:
    if len(path) > 2 and path[:2] == ("auth", "params"):
        return HIDDEN if path[2] in names else value
    if path[:1] == ("auth",) and isinstance(value, Mapping):
        return {key: _hide_below((*path, key), item, names) for key, item in value.items()}
    return value


def auth_of(account: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return how an account authenticates; empty if it does not say so."""
    auth = account.get("auth")
    return auth if isinstance(auth, Mapping) else {}


def params_of(account: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return the authentication parameters of an account; empty if it has none."""
    params = auth_of(account).get("params")
    return params if isinstance(params, Mapping) else {}


def spec_id_of(account: Mapping[str, JSON]) -> str:
    """Return the ID of the connection spec of an account; empty if it does not say so."""
    spec = account.get("connectionSpec")
    return str(spec.get("id")) if isinstance(spec, Mapping) else ""
