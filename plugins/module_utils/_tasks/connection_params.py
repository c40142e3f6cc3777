# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""What a task wants an account to be: the options of ``connection``, read and checked without a request."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from ansible_collections.aep.flow_service.plugins.module_utils._engine.definition import unwrap_items
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    InputError,
    MisplacedSecretError,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import secret_texts
from ansible_collections.aep.flow_service.plugins.module_utils._json.censored import CENSORED_NEXT_STEP, find_censored
from ansible_collections.aep.flow_service.plugins.module_utils._json.documents import Document, load_file
from ansible_collections.aep.flow_service.plugins.module_utils._json.paths import format_path
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON, Params, mapping_of, text_of
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.auth_spec import (
    AuthSpec,
    auth_of,
    auth_specs,
    params_of,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.connections import CONNECTION
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.fields import check_spec, place_in
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.identifiers import (
    check_id,
    check_name,
    is_same_id,
)
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import Spec
from ansible_collections.aep.flow_service.plugins.module_utils._kinds.values import check_values


@dataclasses.dataclass(frozen=True)
class Account:
    """What a task wants an account to be, before the connection spec is known."""

    id: str | None
    id_is_given: bool
    """Whether the task gave the ID, instead of a definition that may come from another sandbox."""
    name: str | None
    connection_spec_id: str | None
    connection_spec_name: str | None
    fields: Spec
    """The managed fields, in the API's words, without secrets and without the connection spec."""
    secrets: Mapping[str, JSON] = dataclasses.field(repr=False)
    update_secrets: bool
    present: bool

    @property
    def plain(self) -> Mapping[str, JSON]:
        """The parameters that are not secret."""
        return params_of(self.fields)

    @property
    def auth_spec_name(self) -> str | None:
        """The name of the way to authenticate, if it is given."""
        return text_of(auth_of(self.fields).get("specName"))


def read_account(params: Params) -> Account:
    """Read the options of ``connection``.

    Raises InputError.
    """
    content, origin = _read_content(params)
    fields = check_spec(CONNECTION, content, place_in(origin))
    given_id, content_id = optional(check_id, params, "id"), text_of(fields.pop("id", None))
    if None not in (given_id, content_id) and not is_same_id(given_id, content_id):
        raise InputError(
            f"Could not use {origin}: the option id is {given_id!r}, and {origin} has {content_id!r}."
            " Next step: remove one of them. Both must name the same connection."
        )
    fields = CONNECTION.managed(fields)
    spec = mapping_of(fields.pop("connectionSpec", None))
    auth = dict(_mapping(fields, "auth", origin))
    params_of_content = dict(_mapping(auth, "params", f"{origin}, auth"))
    if params["auth_spec_name"] is not None:
        auth["specName"] = check_name(params["auth_spec_name"], "auth_spec_name")
    plain = {**params_of_content, **(params["auth_params"] or {})}
    if plain:
        auth["params"] = plain
    name = params["name"] if params["name"] is not None else fields.get("name")
    checked_name = None if name is None else check_name(name, "name")
    options: Spec = {
        "name": checked_name,
        "description": params["description"] if params["description"] is not None else fields.get("description"),
        "auth": auth or None,
    }
    account = Account(
        id=given_id or content_id,
        id_is_given=given_id is not None,
        name=checked_name,
        connection_spec_id=optional(check_id, params, "connection_spec_id")
        or (None if params["connection_spec_name"] else _id_in(spec, origin)),
        connection_spec_name=optional(check_name, params, "connection_spec_name"),
        fields={**fields, **{name: value for name, value in options.items() if value is not None}},
        secrets=dict(params["auth_secrets"] or {}),
        update_secrets=params["update_secrets"] == "always",
        present=params["state"] == "present",
    )
    _check_account(account, params)
    return account


def _read_content(params: Params) -> tuple[Spec, str]:
    document, origin = Document({}), "the options"
    if params["definition"] is not None:
        document, origin = Document(params["definition"]), "definition"
    elif params["src"] is not None:
        document, origin = load_file(params["src"]), f"src ({params['src']})"
    content = unwrap_items(document.content, origin, CONNECTION.noun)
    checked = CONNECTION.managed(content)
    for place, value in ((origin, checked), ("auth_params", params["auth_params"] or {})):
        censored = find_censored(value)
        if censored is not None:
            raise InputError(
                f"Could not use {place}: {format_path(censored)} holds a censored value. No changes were made."
                f" {CENSORED_NEXT_STEP}"
            )
    return content, origin


def _mapping(fields: Mapping[str, JSON], name: str, origin: str) -> Mapping[str, JSON]:
    value = fields.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise InputError(f"Could not use {origin}: {name} must be a mapping. Next step: write a mapping.")
    return value or {}


def _id_in(spec: Mapping[str, JSON], origin: str) -> str | None:
    return None if spec.get("id") is None else check_id(spec["id"], f"{origin}, connectionSpec.id")


def optional(check: Callable[[JSON, str], str], params: Params, option: str) -> str | None:
    """Return the checked value of an option; None if it is not given."""
    return None if params[option] is None else check(params[option], option)


def _check_account(account: Account, params: Params) -> None:
    if account.id is None and account.name is None:
        raise InputError(
            "Could not find the connection: neither an ID nor a name is set. Next step: set id, or name and"
            " connection_spec_id or connection_spec_name."
        )
    if account.id is None and account.connection_spec_id is None and account.connection_spec_name is None:
        raise InputError(
            f"Could not find the connection {account.name!r}: connections of different sources can have one name. No"
            " request was sent. Next step: set connection_spec_id or connection_spec_name."
        )
    if not account.present:
        given = [name for name in ("description", "auth_params", "auth_secrets") if params[name] is not None]
        if given:
            raise InputError(
                f"Could not use {', '.join(given)}: state=absent deletes the connection. No changes were made."
                " Next step: remove these options, or set state to present."
            )
    both = sorted(account.plain.keys() & account.secrets.keys())
    if both:
        raise InputError(
            f"Could not use auth_params: {', '.join(both)} is in auth_secrets as well. No request was sent. Next step:"
            " keep it in one of them, in auth_secrets if it is secret."
        )


def check_credentials(account: Account, connection_spec: Spec, live: Spec | None) -> None:
    """Check what a task gives against what the connection spec says of it; ``live`` is the account that exists.

    Raises InputError.
    """
    chosen = choose_auth_spec(account, connection_spec, live)
    if chosen is None:
        return
    misplaced = sorted(chosen.secret & account.plain.keys())
    if misplaced:
        raise MisplacedSecretError(
            f"Could not use {', '.join(misplaced)} in auth_params or the definition: the connection spec"
            f" {connection_spec.get('name')!r} says that it is secret. No changes were made. Next step: move it to"
            " auth_secrets, which no output shows.",
            secret_texts([account.plain[name] for name in misplaced]),
        )
    missing = [name for name in chosen.required if name not in {**account.plain, **account.secrets}]
    if live is None and missing:
        described = [f"{name} (in {'auth_secrets' if name in chosen.secret else 'auth_params'})" for name in missing]
        raise InputError(
            f"Could not create the connection {account.name!r}: the auth spec {chosen.name!r} requires"
            f" {', '.join(described)}. No changes were made. Next step: add it."
        )
    check_values(
        # What is missing is reported above, and an update leaves what it does not give as it is.
        {**chosen.schema, "required": []},
        {**account.plain, **account.secrets},
        f"use the parameters of {CONNECTION.label({'name': account.name, 'id': account.id})}",
        f"the auth spec {chosen.name!r} of the connection spec {connection_spec.get('name')!r}",
        lambda path: format_path(("auth_secrets" if path[:1] and path[0] in account.secrets else "auth_params", *path)),
    )


def choose_auth_spec(account: Account, connection_spec: Spec, live: Spec | None) -> AuthSpec | None:
    """Return the way to authenticate that a task is about; None where nothing is known of it.

    Raises InputError where the task names one that the connection spec lacks, or leaves it open.
    """
    name, current = account.auth_spec_name, None if live is None else text_of(auth_of(live).get("specName"))
    offered = {spec.name: spec for spec in auth_specs(connection_spec)}
    source, names = f"the connection spec {connection_spec.get('name')!r}", ", ".join(map(repr, offered))
    if name is not None and not offered:
        raise InputError(
            f"Could not use auth_spec_name {name!r}: {source} has no auth spec, so its source takes no connection. No"
            " changes were made. Next step: make the dataflow without a connection."
        )
    if name is not None and name not in offered:
        raise InputError(
            f"Could not use auth_spec_name {name!r}: {source} has {names}. No changes were made. Next step: set"
            " auth_spec_name to exactly one of these."
        )
    if live is not None and None not in (name, current) and name != current:
        raise InputError(
            f"Could not update {CONNECTION.label(live)}: it authenticates by {current!r}, and no way is documented to"
            f" change that to {name!r}. No changes were made. Next step: create another connection, or delete this one"
            " first."
        )
    if live is None and name is None and len(offered) > 1:
        raise InputError(
            f"Could not create the connection {account.name!r}: {source} has several auth specs: {names}. No changes"
            " were made. Next step: set auth_spec_name to one of them."
        )
    chosen = name or current or (next(iter(offered)) if len(offered) == 1 else None)
    return offered.get(chosen) if chosen else None
