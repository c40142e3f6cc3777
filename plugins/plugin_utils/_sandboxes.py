# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""The accounts, filters, and hosts of the inventory plugin ``sandboxes``, without Ansible's inventory."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.aep.flow_service.plugins.module_utils._engine.sandboxes import Sandbox, SandboxManagement
from ansible_collections.aep.flow_service.plugins.module_utils._errors import InputError
from ansible_collections.aep.flow_service.plugins.module_utils._http.locks import file_name
from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import Redactor
from ansible_collections.aep.flow_service.plugins.module_utils._http.settings import Settings, find_secrets
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import JSON
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.options import (
    ArgumentSpec,
    connection_options,
    name_variables,
)

# The options of the connection that have no meaning for a list of sandboxes.
UNUSED_OPTIONS: t.Final = {"sandbox_name": "prod", "settle_time": 0.0}
GROUP: t.Final = "aep_sandboxes"
# Without a dot, so that the first dot of a host name ends the name of its account.
_ACCOUNT_NAME: t.Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_CREDENTIALS: t.Final = frozenset(("access_token", "client_secret"))
_FILTERS: t.Final[ArgumentSpec] = {
    **{name: {"type": "list", "elements": "str"} for name in ("name", "title", "type", "region")},
    "default": {"type": "bool"},
}

# The options that Ansible evaluates, with the types of those that it converts without a failure, or after the listing.
STANDARD_OPTIONS: t.Final = frozenset(
    (
        "plugin",
        *("cache", "cache_plugin", "cache_timeout", "cache_connection", "cache_prefix"),
        *("strict", "compose", "groups", "keyed_groups", "leading_separator", "use_extra_vars"),
    )
)
CHECKED_OPTIONS: t.Final[ArgumentSpec] = {
    **{name: {"type": "bool"} for name in ("cache", "strict", "leading_separator", "use_extra_vars")},
    **{name: {"type": "dict"} for name in ("compose", "groups")},
    "keyed_groups": {"type": "list", "elements": "dict"},
}

# Any: the types are checked against the argument spec.
Options = Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Filters:
    """The patterns that select sandboxes."""

    patterns: Mapping[str, Sequence[str]]
    default: bool | None

    @classmethod
    def from_options(cls, given: object, place: str) -> Filters:
        """Check the filters in an inventory file.

        Raises InputError.
        """
        if not isinstance(given, Mapping):
            raise InputError(
                f"Could not use {place}: it is not a mapping. Next step: set keys such as name, type, and region."
            )
        params = _validate(_FILTERS, given, place, _FILTERS)
        patterns = {name: params[name] for name in _FILTERS if name != "default" and params[name] is not None}
        for name, values in patterns.items():
            if not values or not all(value.removeprefix("!").strip() for value in values):
                raise InputError(f"Could not use {place}: {name} has no pattern. Next step: set one, or remove {name}.")
        return cls(patterns, params["default"])

    def match(self, sandbox: Sandbox) -> bool:
        """Return whether a sandbox meets every filter."""
        values = t.cast(Mapping[str, JSON], sandbox)
        return (self.default is None or self.default == sandbox["default"]) and all(
            _matches(str(values[name] or ""), patterns) for name, patterns in self.patterns.items()
        )


def _matches(text: str, patterns: Sequence[str]) -> bool:
    """Return whether a text matches a pattern, and none that begins with an exclamation mark."""

    def matches(pattern: str) -> bool:
        return fnmatch.fnmatchcase(text.casefold(), pattern.casefold())

    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or any(map(matches, wanted))) and not any(map(matches, unwanted))


@dataclasses.dataclass(frozen=True)
class Account:
    """A credential whose sandboxes belong to the inventory."""

    name: str | None
    """None for the only credential of a file without accounts."""
    settings: Settings
    filters: Filters

    @property
    def label(self) -> str:
        """The account in messages."""
        organization = f"organization {self.settings.org_id}"
        return organization if self.name is None else f"account '{self.name}', {organization}"

    @property
    def key(self) -> str:
        """The identity of the list of sandboxes in a cache, without any part of the credential."""
        settings = self.settings
        return file_name(settings.base_url, settings.ims_url, settings.org_id, settings.client_id)

    def list_sandboxes(self, redact: Redactor) -> tuple[list[Sandbox], list[str]]:
        """Request the active sandboxes. Return them with the warnings of the connection.

        Adds the token to what ``redact`` removes, and applies ``redact`` to the sandboxes.
        """
        service = SandboxManagement(self.settings)
        try:
            sandboxes = service.list_active(self.label)
        finally:
            redact.add(*service.transport.redact.secrets)
        return [_redacted(sandbox, redact) for sandbox in sandboxes], service.transport.warnings


def _redacted(sandbox: Sandbox, redact: Redactor) -> Sandbox:
    values = t.cast(Mapping[str, JSON], sandbox)
    return t.cast(Sandbox, {key: redact(value) if isinstance(value, str) else value for key, value in values.items()})


@dataclasses.dataclass(frozen=True)
class Host:
    """A host of the inventory, which stands for a sandbox."""

    name: str
    variables: Mapping[str, JSON]
    groups: Sequence[str]


def check_standard_options(options: Options, file: str) -> None:
    """Check the types of the options that Ansible evaluates.

    Raises InputError.
    """
    _validate(CHECKED_OPTIONS, options, f"the inventory file '{file}'")


def read_accounts(options: Options, file: str, redact: Redactor) -> list[Account]:
    """Check the options of an inventory file, templates resolved. Adds every secret to what ``redact`` removes.

    Raises InputError, before any request, for options that cannot work.
    """
    accounts = options.get("accounts")
    filters = options.get("filters")
    shared = {name: value for name, value in options.items() if name not in ("accounts", "filters")}
    redact.add(*find_secrets(shared))
    if accounts is None:
        return [_read_account(None, shared, filters, file, redact=redact)]
    if not isinstance(accounts, Sequence) or isinstance(accounts, str) or not accounts:
        raise InputError(
            f"Could not use accounts in '{file}': it is not a list with at least one account."
            " Next step: list the accounts, or remove accounts to use the top-level connection options."
        )
    # One account can repeat a secret of another in the wrong option, which a message then quotes.
    redact.add(*(secret for given in accounts if isinstance(given, Mapping) for secret in find_secrets(given)))
    found: list[Account] = []
    for number, given in enumerate(accounts, 1):
        name = _check_account(given, f"account {number} in '{file}'")
        if name in [other.name for other in found]:
            raise InputError(
                f"Could not use account {number} in '{file}': an account before it has the name '{name}'."
                " Next step: give each account a name of its own."
            )
        found.append(_read_listed_account(name, given, shared, filters, file, redact=redact))
    return found


def _check_account(given: object, place: str) -> str:
    """Return the name of an account.

    Raises InputError.
    """
    if not isinstance(given, Mapping):
        raise InputError(
            f"Could not use {place}: it is not a mapping. Next step: set name, and the connection options of the"
            " account."
        )
    name = given.get("name")
    if not isinstance(name, str) or not _ACCOUNT_NAME.fullmatch(name):
        raise InputError(
            f"Could not use {place}: its name is missing, or not made of letters, digits, hyphens, and underscores."
            " Next step: set name, which becomes part of the host names."
        )
    return name


def _read_listed_account(
    name: str, given: Options, shared: Options, filters: object, file: str, *, redact: Redactor
) -> Account:
    own = {option: value for option, value in given.items() if option not in ("name", "filters")}
    # A token of one organization must not reach another one.
    inherited = _CREDENTIALS if own.keys() & _CREDENTIALS else frozenset[str]()
    options = {**{option: value for option, value in shared.items() if option not in inherited}, **own}
    if "api_key" in own:
        options.pop("client_id", None)
    elif "client_id" in own:
        options.pop("api_key", None)
    return _read_account(
        name, options, given.get("filters", filters), file, redact=redact, without_fallback=inherited - own.keys()
    )


def _read_account(
    name: str | None,
    options: Options,
    filters: object,
    file: str,
    *,
    redact: Redactor,
    without_fallback: Iterable[str] = (),
) -> Account:
    place = f"the inventory file '{file}'" if name is None else f"account '{name}' in '{file}'"
    unused = sorted(UNUSED_OPTIONS.keys() & options.keys())
    if unused:
        raise InputError(
            f"Could not use {place}: {unused[0]} has no effect on an inventory, which lists all sandboxes."
            f" Next step: remove {unused[0]}. To select sandboxes, set filters."
        )
    spec = {option: dict(about) for option, about in connection_options().items() if option not in UNUSED_OPTIONS}
    others = ("accounts", *STANDARD_OPTIONS) if name is None else ("name",)
    for option in without_fallback:
        del spec[option]["fallback"]
    params = {**_validate(spec, options, place, (*spec, "filters", *others)), **UNUSED_OPTIONS}
    # With those of the environment.
    redact.add(*find_secrets(params))
    try:
        settings = Settings.from_params(params)
    except InputError as error:
        # What was attempted is the account; what was reported names the option.
        raise InputError(f"Could not use {place}: {error.fact}") from None
    of = "" if name is None else f" of account '{name}'"
    return Account(name, settings, Filters.from_options(filters or {}, f"filters{of} in '{file}'"))


def _validate(spec: ArgumentSpec, given: Options, place: str, names: Iterable[str] = ()) -> dict[str, t.Any]:
    """Return options converted to their types. Null and an empty text count as not set, as in the environment.

    Raises InputError that names the ``place`` and, for an unsupported option, the ``names`` of the supported ones.
    """
    filled = {name: value for name, value in given.items() if value is not None and value != ""}
    validation = ArgumentSpecValidator(spec).validate(filled)
    params = t.cast(dict[str, t.Any], validation.validated_parameters)
    if unsupported := sorted(filled.keys() - _accepted_names(spec)):
        raise InputError(
            f"Could not use {place}: unsupported option {', '.join(unsupported)}."
            f" Next step: correct or remove it. Supported options: {', '.join(sorted(names))}."
        )
    if validation.error_messages:
        problem = name_variables(str(validation.errors.msg), params).rstrip(".")
        raise InputError(f"Could not use {place}: {problem}. Next step: correct this option.")
    return params


def _accepted_names(spec: ArgumentSpec) -> set[str]:
    return {name for option, about in spec.items() for name in (option, *about.get("aliases", ()))}


def build_hosts(listed: Iterable[tuple[Account, Sequence[Sandbox]]]) -> list[Host]:
    """Return a host for each sandbox that meets the filters of its account.

    Raises InputError if two accounts list the same sandbox.
    """
    hosts: list[Host] = []
    owners: dict[tuple[str, str, str], Account] = {}
    for account, sandboxes in listed:
        for sandbox in filter(account.filters.match, sandboxes):
            settings = account.settings
            owner = owners.setdefault((settings.base_url, settings.org_id, sandbox["name"]), account)
            if owner is not account:
                raise InputError(
                    f"Could not build the inventory: the accounts '{owner.name}' and '{account.name}' both list the"
                    f" sandbox '{sandbox['name']}' of organization {settings.org_id}."
                    " Next step: remove one of the accounts, or set filters in one of them."
                )
            hosts.append(_host(account, sandbox))
    return hosts


def _host(account: Account, sandbox: Sandbox) -> Host:
    variables: dict[str, JSON] = {f"aep_sandbox_{key}": value for key, value in sandbox.items()}
    variables["aep_org_id"] = account.settings.org_id
    if account.name is not None:
        variables["aep_sandbox_account"] = account.name
    keys = ("aep_sandbox_type", "aep_sandbox_region", "aep_sandbox_account")
    groups = [f"{key}_{variables[key]}" for key in keys if variables.get(key)]
    name = sandbox["name"] if account.name is None else f"{account.name}.{sandbox['name']}"
    return Host(name, variables, [GROUP, *groups])
