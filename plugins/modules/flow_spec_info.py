#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_spec_info
short_description: Retrieve flow specifications
version_added: 0.1.0
description:
  - Looks up flow specifications in the Flow Service of Adobe Experience Platform.
  - What is given narrows the search, everything together. If nothing is given, all of them are returned.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of the flow spec. An unknown ID gives an empty list.
      - Mutually exclusive with O(ids).
    type: str
  ids:
    description: The IDs of several flow specs. Unknown ones are left out.
    type: list
    elements: str
  name:
    description: The exact name. Several flow specs can have it.
    type: str
  provider_id:
    description: The ID of the provider.
    type: str
  properties:
    description:
      - Filters that the service applies, each in its own notation, such as V(name==RestStorageToAEP). All of them have to fit.
    type: list
    elements: str
    default: []
  connection_spec_id:
    description: The ID of a connection spec. Only flow specs that support it as a source are returned.
    type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - module: aep.flow_service.flow_spec
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Look one flow spec up by its ID
  aep.flow_service.flow_spec_info:
    id: 6499120c-0b15-42dc-936e-847ea3c24d72
  register: rest_storage

- name: Stop if it does not exist
  ansible.builtin.assert:
    that: rest_storage.count == 1

- name: Find the flow specs that support a source
  aep.flow_service.flow_spec_info:
    connection_spec_id: 2e8580db-6489-4726-96de-e33f5f60295f
  register: supporting

- name: Let the service filter
  aep.flow_service.flow_spec_info:
    properties:
      - providerId==0ed90a81-07f4-4586-8190-b40eccef1c5a
"""

RETURN = r"""
flow_specs:
  description: The flow specs that were found, in the API's own names and the service's order.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 6499120c-0b15-42dc-936e-847ea3c24d72
      name: RestStorageToAEP
      providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
      version: "1.0"
      sourceConnectionSpecIds:
        - 2d46966e-4fcc-4015-9f9e-a67594e395a3
count:
  description: The number of flow specs that were found.
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
    run(OPERATIONS["flow_spec_info"])


if __name__ == "__main__":
    main()
