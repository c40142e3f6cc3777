#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataflow_info
short_description: Retrieve dataflows
version_added: 0.2.0
description:
  - Retrieves dataflows from Adobe Experience Platform, each with the IDs of its connections and with its last run.
  - All criteria must match. Without any criterion, the module returns all dataflows, drafts excluded.
  - The module lists all flows with one request for each page, independent of the number of results.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of the flow. An unknown ID gives an empty list.
      - Mutually exclusive with O(ids).
    type: str
  ids:
    description: The IDs of several flows. The module ignores unknown IDs.
    type: list
    elements: str
  name:
    description: The exact name. Several dataflows can have it.
    type: str
  connection_id:
    description: The ID of an account. Only dataflows that read from it are returned.
    type: str
  connection_spec_id:
    description: The ID of a connection spec. Only dataflows with a source of this connection spec are returned.
    type: str
  flow_spec_id:
    description: The ID of a flow spec. Only dataflows with this flow spec are returned.
    type: str
  enabled:
    description: Whether to return only dataflows that are enabled (V(true)), or only those that are not (V(false)).
    type: bool
  last_run:
    description:
      - The statuses of the last run. Only dataflows with one of them are returned. V(none) is for dataflows without a run.
      - The flow does not have the counts of its last run, so a run with failed records can be V(succeeded) here.
    type: list
    elements: str
    choices:
      - succeeded
      - partly_failed
      - failed
      - running
      - waiting
      - unknown
      - none
    default: []
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - module: aep.flow_service.dataflow
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Look up a dataflow by its name
  aep.flow_service.dataflow_info:
    name: acme-orders
  register: orders

- name: Stop if it does not exist
  ansible.builtin.assert:
    that: orders.count == 1

- name: Look up the enabled dataflows of an account
  aep.flow_service.dataflow_info:
    connection_id: "{{ orders.dataflows[0].connection_id }}"
    enabled: true

- name: List the dataflows that have not run, or whose last run failed
  aep.flow_service.dataflow_info:
    last_run:
      - failed
      - none
"""

RETURN = r"""
dataflows:
  description: The dataflows that were found, in the service's order.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the flow.
      type: str
      sample: 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
    name:
      description: The name of the flow.
      type: str
      sample: acme-orders
    enabled:
      description: Whether the flow is enabled.
      type: bool
      sample: true
    state:
      description: The state of the flow, as the service reports it.
      type: str
      sample: enabled
    source_connection_id:
      description: The ID of the source connection.
      type: str
      sample: a51e4cf6-65ef-45f4-b4bf-4f03da5f01cc
    target_connection_id:
      description: The ID of the target connection.
      type: str
      sample: 8db5fb4a-6ce8-4370-afc0-1765e39535a5
    connection_id:
      description: The ID of the account. Null for a streaming source without an account.
      type: str
      sample: 4cea039f-f1cc-4fa5-9136-db8dd4c7fbfa
    connection_spec_id:
      description: The ID of the connection spec of the source.
      type: str
      sample: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
    flow_spec_id:
      description: The ID of the flow spec.
      type: str
      sample: 6499120c-0b15-42dc-936e-847ea3c24d72
    last_run:
      description: The last run. Null if there is none.
      type: dict
      contains:
        id:
          description: The ID of the run.
          type: str
          sample: 2d7863d5-ca4d-4313-ac52-2603eaf2cdbe
        status:
          description: The status, one of the choices of O(last_run) but V(none).
          type: str
          sample: succeeded
        started_at:
          description: The start of the run.
          type: str
          sample: "2026-01-01T00:00:00Z"
        completed_at:
          description: The end of the run. Null while it runs.
          type: str
          sample: "2026-01-01T00:00:41Z"
    flow:
      description: The flow, with the names of the API.
      type: dict
      sample:
        id: 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
        name: acme-orders
count:
  description: The number of dataflows that were found.
  returned: success
  type: int
  sample: 1
# The rest is generated by "make generate": api, failure.
api:
  description: The requests that the task sent to the service. Requests for a token do not count.
  returned: always, except if an option is invalid
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 3
    writes:
      description: The number of requests that write. Always 0 in check mode.
      type: int
      sample: 0
    retries:
      description: The number of requests that were sent again after a failure.
      type: int
      sample: 0
    request_ids:
      description: The IDs that the service assigned to the requests, for Adobe support.
      type: list
      elements: str
      sample:
        - 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
status:
  description: The HTTP status of the response.
  returned: failure, when the service rejected a request
  type: int
  sample: 403
code:
  description: The code of the service for the failure. Empty if the response has none.
  returned: failure, when the service rejected a request
  type: str
  sample: FLOW-2120-403
request_id:
  description: The ID of the rejected request, for Adobe support.
  returned: failure, when the service rejected a request
  type: str
  sample: 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["dataflow_info"])


if __name__ == "__main__":
    main()
