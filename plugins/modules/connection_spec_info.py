#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_spec_info
short_description: Retrieve connection specifications
version_added: 0.1.0
description:
  - Looks up connection specifications in the Flow Service of Adobe Experience Platform.
  - What is given narrows the search, everything together. If nothing is given, all of them are returned.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of the connection spec. An unknown ID gives an empty list.
      - Mutually exclusive with O(ids).
    type: str
  ids:
    description: The IDs of several connection specs. Unknown ones are left out.
    type: list
    elements: str
  name:
    description: The exact name. Several connection specs can have it.
    type: str
  provider_id:
    description: The ID of the provider.
    type: str
  properties:
    description:
      - Filters that the service applies, each in its own notation, such as V(name==acme-crm). All of them have to fit.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - module: aep.flow_service.connection_spec
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Look a connection spec up by its name
  aep.flow_service.connection_spec_info:
    name: acme-crm
  register: acme_crm

- name: List all connection specs
  aep.flow_service.connection_spec_info:
  register: all_of_them

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ all_of_them.connection_specs | map(attribute='name') | sort }}"
"""

RETURN = r"""
connection_specs:
  description: The connection specs that were found, in the API's own names and the service's order.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
      name: Acme CRM
      providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
      version: "1.0"
count:
  description: The number of connection specs that were found.
  returned: success
  type: int
  sample: 1
api:
  description: What the task asked of the service. Requests for a token do not count.
  returned: always, once a request could be sent
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 1
    writes:
      description: The number of requests that write. Always 0 in check mode.
      type: int
      sample: 0
    retries:
      description: How many of the requests were sent since an earlier one failed.
      type: int
      sample: 0
    request_ids:
      description: The IDs that the service gave the requests, for Adobe's support.
      type: list
      elements: str
      sample:
        - 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
status:
  description: The HTTP status of the answer.
  returned: failure, when the service refused a request
  type: int
  sample: 403
code:
  description: The service's own code for the failure. Empty if it gave none.
  returned: failure, when the service refused a request
  type: str
  sample: FLOW-2120-403
request_id:
  description: The ID of the refused request, for Adobe's support.
  returned: failure, when the service refused a request
  type: str
  sample: 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["connection_spec_info"])


if __name__ == "__main__":
    main()
