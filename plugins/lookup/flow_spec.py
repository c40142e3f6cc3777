# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: flow_spec
author:
  - aep.flow_service contributors (@aep-flow-service)
version_added: 0.1.0
short_description: Retrieve one flow specification
description:
  - Returns the flow specification with an ID or a name from the Flow Service of Adobe Experience Platform, for use in
    templates.
  - The lookup fails if no specification matches, or if several have the name. To search by other values, use
    M(aep.flow_service.flow_spec_info).
options:
  _terms:
    description: The ID of a flow spec, or its exact name. A spec is returned for each of several.
    type: list
    elements: str
    required: true
  provider_id:
    description: The ID of the provider, to distinguish flow specs with the same name.
    type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.connection.lookup
seealso:
  - module: aep.flow_service.flow_spec_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Say which sources a flow spec supports
  ansible.builtin.debug:
    msg: "{{ lookup('aep.flow_service.flow_spec', 'RestStorageToAEP').sourceConnectionSpecIds }}"

- name: Say the version of a flow spec, known by its ID, in another sandbox
  ansible.builtin.debug:
    msg: "{{ lookup('aep.flow_service.flow_spec', '6499120c-0b15-42dc-936e-847ea3c24d72', sandbox_name='prod').version }}"
"""

RETURN = r"""
_raw:
  description: The flow specs, one for each term, in the API's own names.
  type: list
  elements: dict
  sample:
    - id: 6499120c-0b15-42dc-936e-847ea3c24d72
      name: RestStorageToAEP
      providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
      version: "1.0"
      sourceConnectionSpecIds:
        - 2d46966e-4fcc-4015-9f9e-a67594e395a3
"""

from ansible_collections.aep.flow_service.plugins.module_utils._kinds.kind import FLOW_SPEC
from ansible_collections.aep.flow_service.plugins.plugin_utils._look_up import SpecLookup


class LookupModule(SpecLookup):
    """The lookup C(aep.flow_service.flow_spec)."""

    kind = FLOW_SPEC
