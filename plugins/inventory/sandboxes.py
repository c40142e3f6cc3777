# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: sandboxes
author:
  - aep.flow_service contributors (@aep-flow-service)
version_added: 0.2.0
short_description: List the sandboxes of Adobe Experience Platform as hosts
description:
  - Creates a host for each active sandbox that the credential can use. Sandboxes in another state are left out.
  - The name of a file for this plugin ends in C(.aep_sandboxes.yml) or C(.aep_sandboxes.yaml).
  - A host has the name of its sandbox. With O(accounts), it has the name of the account, a dot, and the name of the
    sandbox.
  - Each host has the variables C(aep_sandbox_name), C(aep_sandbox_title), C(aep_sandbox_type), C(aep_sandbox_region),
    C(aep_sandbox_default), and C(aep_org_id). With O(accounts), it also has C(aep_sandbox_account). A text that the
    service does not report is null. Names are in lower case.
  - Each host is in the group C(aep_sandboxes), and in a group for each of its type, region, and account. The name of
    such a group is the name of the variable, an underscore, and the value, as in C(aep_sandbox_type_production) and
    C(aep_sandbox_region_VA7). Characters that Ansible does not accept in the name of a group become underscores.
  - If one account cannot be listed, the whole file fails, so that an inventory is never incomplete.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices:
      - aep.flow_service.sandboxes
  accounts:
    description:
      - The credentials of several organizations. Each account is a mapping with a C(name), its own connection options,
        and its own O(filters).
      - The C(name) consists of letters, digits, hyphens, and underscores. It must be unique.
      - If an account does not set a connection option, the top-level option of the file is used, then the environment
        variable. An account that sets C(access_token) or C(client_secret) inherits neither of the two.
      - If an account sets C(filters), they replace O(filters).
      - If two accounts list the same sandbox of the same organization, the file fails.
    type: list
    elements: dict
  filters:
    description:
      - The conditions that a sandbox must meet to become a host. If several are set, it must meet all of them.
      - The keys C(name), C(title), C(type), and C(region) accept a pattern or a list of patterns. A sandbox must match
        at least one of them. In a pattern, C(*) stands for any text, C(?) for one character, and C([abc]) for one of
        these characters. Patterns ignore case and must match the whole value.
      - A pattern that begins with C(!) excludes the sandboxes that match the rest of it. If a key has only such
        patterns, every other sandbox meets it. Quote such a pattern in YAML.
      - The key C(default) accepts a boolean. It selects the default sandbox, or all others.
      - The plugin applies filters after it lists the sandboxes and after it reads the cache.
    type: dict
  sandbox_name:
    description:
      - This option has no effect on a list of sandboxes. If a file sets it, the plugin fails. Use O(filters) instead.
      - The plugin ignores the environment variable E(AEP_SANDBOX_NAME).
    type: str
    default: null
  settle_time:
    description:
      - This option has no effect, because the plugin only reads. If a file sets it, the plugin fails.
      - The plugin ignores the environment variable E(AEP_SETTLE_TIME).
    type: float
    default: null
extends_documentation_fragment:
  - aep.flow_service.connection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - The values of connection options, O(accounts), and O(filters) can be templates, for example lookups, and can be
    encrypted with Ansible Vault. Templates can use extra variables.
  - The cache contains the names, titles, types, and regions of the sandboxes. It contains no credentials. If the
    credentials in the file change to another organization or client, the plugin ignores the cached sandboxes.
  - By default, Ansible continues with an incomplete inventory if a source fails. To stop instead, set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true).
seealso:
  - module: aep.flow_service.audit_info
"""

EXAMPLES = r"""
---
# all.aep_sandboxes.yml
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
plugin: aep.flow_service.sandboxes

---
# development.aep_sandboxes.yml
# All development sandboxes except those for training, with groups by the first part of the name.
plugin: aep.flow_service.sandboxes
filters:
  type: development
  name: "!training-*"
compose:
  ansible_connection: "'local'"
keyed_groups:
  - key: aep_sandbox_name.split('-') | first
    prefix: team
groups:
  critical: aep_sandbox_default or aep_sandbox_type == 'production'

---
# organizations.aep_sandboxes.yml
# Two organizations. The hosts are acme.prod, acme.dev, partner.prod, and so on.
plugin: aep.flow_service.sandboxes
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aep-sandboxes
accounts:
  - name: acme
    org_id: 0123456789ABCDEF01234567@AdobeOrg
    client_id: "{{ lookup('ansible.builtin.env', 'ACME_CLIENT_ID') }}"
    client_secret: "{{ lookup('ansible.builtin.env', 'ACME_CLIENT_SECRET') }}"
  - name: partner
    org_id: 76543210FEDCBA9876543210@AdobeOrg
    client_id: "{{ lookup('ansible.builtin.env', 'PARTNER_CLIENT_ID') }}"
    client_secret: "{{ lookup('ansible.builtin.env', 'PARTNER_CLIENT_SECRET') }}"
    filters:
      type: production
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.aep.flow_service.plugins.module_utils._engine.sandboxes import (
    Sandbox,
    is_list_of_sandboxes,
)
from ansible_collections.aep.flow_service.plugins.module_utils._errors import (
    InputError,
    as_flow_service_error,
)
from ansible_collections.aep.flow_service.plugins.module_utils._http.redact import Redactor
from ansible_collections.aep.flow_service.plugins.module_utils._json.types import texts_of
from ansible_collections.aep.flow_service.plugins.plugin_utils._plain import plain
from ansible_collections.aep.flow_service.plugins.plugin_utils._sandboxes import (
    CHECKED_OPTIONS,
    STANDARD_OPTIONS,
    Account,
    Host,
    build_hosts,
    check_standard_options,
    read_accounts,
)

_FILES: t.Final = (".aep_sandboxes.yml", ".aep_sandboxes.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """The inventory plugin C(aep.flow_service.sandboxes)."""

    NAME = "aep.flow_service.sandboxes"

    def verify_file(self, path: str) -> bool:
        """Return whether the name of the file is one for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_FILES)

    def parse(self, inventory: object, loader: object, path: str, cache: bool = True) -> None:
        """Add a host for each sandbox."""
        super().parse(inventory, loader, path, cache)
        # For the secrets of all accounts, because the response to one can quote another.
        redact = Redactor()
        try:
            self._read_file(path)
            accounts = read_accounts(self._resolve_options(path), path, redact)
            hosts = build_hosts((account, self._sandboxes(account, path, cache, redact)) for account in accounts)
        except Exception as error:
            failure = as_flow_service_error(error)
            for line in texts_of(failure.facts.get("traceback")):
                self.display.vvv(redact(line))
            raise AnsibleParserError(redact(failure.message)) from None
        for host in hosts:
            self._add(host, path)

    def set_options(
        self, task_keys: object = None, var_options: object = None, direct: Mapping[str, object] | None = None
    ) -> None:
        """Set the options that Ansible evaluates, and store the others, which can be templates."""
        given = direct or {}
        self._own_options = {name: value for name, value in given.items() if name not in STANDARD_OPTIONS}
        standard = {name: value for name, value in given.items() if name in STANDARD_OPTIONS}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=standard)

    def _read_file(self, path: str) -> None:
        try:
            content = self.loader.load_from_file(path, cache="none", trusted_as_template=True)
        except Exception as error:
            # The excerpt of the file that Ansible adds to its message can contain a secret.
            reason = _sentence(getattr(error, "message", error))
            raise InputError(
                f"Could not read the inventory file '{path}': {reason}. Next step: correct the YAML of the file."
            ) from None
        if not isinstance(content, dict):
            raise InputError(
                f"Could not read the inventory file '{path}': it is not a mapping. Next step: begin the file with"
                f" plugin: {self.NAME}"
            )
        check_standard_options({name: content[name] for name in CHECKED_OPTIONS if name in content}, path)
        try:
            self._read_config_data(path)
        except AnsibleError as error:
            raise InputError(
                f"Could not read the inventory file '{path}': {_sentence(error)}. Next step: correct this option."
            ) from None

    def _resolve_options(self, path: str) -> dict[str, t.Any]:
        """Return the options of this collection without templates."""
        self.templar.available_variables = self._vars
        resolved: dict[str, t.Any] = {}
        for name, value in self._own_options.items():
            try:
                # In a mapping, because a value that resolves to C(omit) cannot stand alone.
                resolved |= plain(self.templar.template({name: value}))
            except Exception as error:
                raise InputError(
                    f"Could not resolve {name} in '{path}': {_sentence(error)}."
                    " Next step: correct the template or the encrypted value."
                ) from None
        return resolved

    def _sandboxes(self, account: Account, path: str, cache: bool, redact: Redactor) -> list[Sandbox]:
        is_cached = self.get_option("cache")
        stored = self._read_cache(path) if is_cached and cache else {}
        sandboxes = stored.get(account.key)
        if is_list_of_sandboxes(sandboxes):
            return t.cast(list[Sandbox], sandboxes)
        sandboxes, warnings = account.list_sandboxes(redact)
        for warning in warnings:
            self.display.warning(redact(warning))
        if is_cached:
            # The accounts before this one are in the cache already.
            self._cache[self.get_cache_key(path)] = {**self._read_cache(path), account.key: sandboxes}
        return sandboxes

    def _read_cache(self, path: str) -> dict[str, t.Any]:
        """Return what the cache has for this file. A cache that cannot be read is like an empty one."""
        try:
            stored = self._cache.get(self.get_cache_key(path))
        except AnsibleError as error:
            self.display.warning(
                f"Could not read the cached sandboxes of '{path}': {_sentence(error)}. The plugin lists them again."
            )
            return {}
        return stored if isinstance(stored, dict) else {}

    def _add(self, host: Host, path: str) -> None:
        self.inventory.add_host(host.name)
        for name, value in host.variables.items():
            self.inventory.set_variable(host.name, name, value)
        for group in host.groups:
            self.inventory.add_host(host.name, self.inventory.add_group(self._sanitize_group_name(group)))
        strict, variables = self.get_option("strict"), dict(host.variables)
        try:
            self._set_composite_vars(self.get_option("compose"), variables, host.name, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict=strict)
        except AnsibleError as error:
            raise AnsibleParserError(
                f"Could not apply compose, groups, or keyed_groups of '{path}' to the host '{host.name}':"
                f" {_sentence(error)}. Next step: correct the expression, or set strict to false."
            ) from None


def _sentence(error: object) -> str:
    """Return the message of an exception without its period."""
    return str(error).strip().rstrip(".")
