# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: connection_spec
author:
  - aep.flow_service contributors (@aep-flow-service)
version_added: 0.1.0
short_description: Retrieve one connection specification
description:
  - Returns the connection specification with an ID or a name from the Flow Service of Adobe Experience Platform, for use in
    templates.
  - The lookup fails if no specification matches, or if several have the name. To search by other values, use
    M(aep.flow_service.connection_spec_info).
options:
  _terms:
    description: The ID of a connection spec, or its exact name. A spec is returned for each of several.
    type: list
    elements: str
    required: true
  provider_id:
    description: The ID of the provider, to distinguish connection specs with the same name.
    type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.connection.lookup
seealso:
  - module: aep.flow_service.connection_spec_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Link a source that is known by its name
  aep.flow_service.flow_spec_source_link:
    flow_spec_name: RestStorageToAEP
    connection_spec_id: "{{ lookup('aep.flow_service.connection_spec', 'acme-crm').id }}"

- name: Write the definition of a source to a file
  ansible.builtin.copy:
    content: "{{ lookup('aep.flow_service.connection_spec', 'acme-crm') | aep.flow_service.to_definition | to_nice_yaml }}"
    dest: acme-crm.yml
    mode: "0644"
"""

RETURN = r"""
_raw:
  description: The connection specs, one for each term, in the API's own names.
  type: list
  elements: dict
  sample:
    - id: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
      name: Acme CRM
      providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
      version: "1.0"
"""

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import CONNECTION_SPEC
from ansible_collections.aep.flow_service.plugins.plugin_utils._look_up import SpecLookup


class LookupModule(SpecLookup):
    """The lookup C(aep.flow_service.connection_spec)."""

    kind = CONNECTION_SPEC
