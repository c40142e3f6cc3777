#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_info
short_description: Retrieve connections (accounts) to sources
version_added: 0.2.0
description:
  - Looks up connections in the Flow Service of Adobe Experience Platform. Adobe's user interface calls them accounts, and the API
    calls them base connections.
  - All criteria must match. Without any criterion, the module returns all connections, drafts included.
  - The values of secrets are replaced with C(********). A parameter is secret if the connection spec says so (C(format=password)),
    or if its name is that of a secret, such as C(accessToken).
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of the connection. An unknown ID gives an empty list.
      - Mutually exclusive with O(ids).
    type: str
  ids:
    description: The IDs of several connections. Unknown ones are left out.
    type: list
    elements: str
  name:
    description: The exact name. Several connections can have it.
    type: str
  connection_spec_id:
    description:
      - The ID of the connection spec of the source.
      - Mutually exclusive with O(connection_spec_name).
    type: str
  connection_spec_name:
    description: The name of the connection spec of the source.
    type: str
  properties:
    description:
      - Filters that the service applies, each in its own notation, such as V(state==enabled). All of them must match.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - module: aep.flow_service.connection
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: List the connections to a source
  aep.flow_service.connection_info:
    connection_spec_name: acme-crm
  register: accounts

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ accounts.connections | map(attribute='name') | sort }}"
"""

RETURN = r"""
connections:
  description: The connections that were found, with the names of the API and in the order of the service.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2484f2df-c057-4ab5-84f2-dfc0577ab592
      name: Acme CRM, read-only
      connectionSpec:
        id: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
        version: "1.0"
      auth:
        specName: Basic Authentication
        params:
          username: reader
          password: "********"
      state: enabled
count:
  description: The number of connections that were found.
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
    run(OPERATIONS["connection_info"])


if __name__ == "__main__":
    main()
