#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_spec_source_link
short_description: Manage the source links of a flow specification
version_added: 0.1.0
description:
  - Adds the IDs of connection specifications to the list of sources that a flow specification supports, or takes them
    out. Without such a link no dataflow can be made for a source.
  - A flow specification is shared. Everything else in it goes back as it came, and new IDs are added at the end.
  - The API replaces the whole flow specification with every write and offers no version to guard it. So the module reads
    right before it writes, waits for O(settle_time), reads back, and merges and writes again if its change is gone.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  state:
    description:
      - V(present) makes the flow spec support the connection specs.
      - V(absent) makes it no longer support them. Dataflows for these sources can then no longer be made.
    type: str
    choices:
      - present
      - absent
    default: present
  flow_spec_id:
    description:
      - The ID of the flow spec.
      - Seen in Adobe's documentation are V(6499120c-0b15-42dc-936e-847ea3c24d72), RestStorageToAEP, for batch sources, and
        V(e77fde5a-22a8-11ed-861d-0242ac120002), GenericStreamingAEP, for streaming sources.
      - Exactly one of O(flow_spec_id) and O(flow_spec_name) is required.
    type: str
  flow_spec_name:
    description: The name of the flow spec. Two live flow specs of this name are a failure.
    type: str
  connection_spec_ids:
    description: The IDs of the connection specs.
    type: list
    elements: str
    required: true
    aliases:
      - connection_spec_id
  check_connection_specs:
    description: Whether an ID that is about to be linked must be that of an existing connection spec.
    type: bool
    default: true
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.connection_spec
  - module: aep.flow_service.flow_spec
  - module: aep.flow_service.flow_spec_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Look up the connection spec of a source
  aep.flow_service.connection_spec_info:
    name: acme-crm
  register: acme_crm

- name: Make RestStorageToAEP support the source
  aep.flow_service.flow_spec_source_link:
    flow_spec_id: 6499120c-0b15-42dc-936e-847ea3c24d72
    connection_spec_id: "{{ acme_crm.connection_specs[0].id }}"

- name: Make it support two more, with one write
  aep.flow_service.flow_spec_source_link:
    flow_spec_name: RestStorageToAEP
    connection_spec_ids:
      - 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
      - 8a4d2b1c-7e6f-4c3d-b2a1-0f9e8d7c6b5a

- name: Show what it would take to support a source no longer
  aep.flow_service.flow_spec_source_link:
    flow_spec_name: RestStorageToAEP
    connection_spec_id: 8a4d2b1c-7e6f-4c3d-b2a1-0f9e8d7c6b5a
    state: absent
  check_mode: true
  diff: true
"""

RETURN = r"""
id:
  description: The ID of the flow spec.
  returned: success, and failure after a write
  type: str
  sample: 6499120c-0b15-42dc-936e-847ea3c24d72
flow_spec:
  description: The flow spec as it now is, or in check mode as it would be, in the API's own names.
  returned: success
  type: dict
  sample:
    id: 6499120c-0b15-42dc-936e-847ea3c24d72
    name: RestStorageToAEP
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.0"
    sourceConnectionSpecIds:
      - 2d46966e-4fcc-4015-9f9e-a67594e395a3
      - 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
changes:
  description: Each difference between the spec as it was and as it should be. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the difference is, with dots between the steps. A dot in a key is written as C(\\.).
      type: str
      sample: sourceConnectionSpecIds
    before:
      description: The value before; null if there was none.
      type: raw
      sample: ["2d46966e-4fcc-4015-9f9e-a67594e395a3"]
    after:
      description: The value after; null if there is none.
      type: raw
      sample: ["2d46966e-4fcc-4015-9f9e-a67594e395a3", "5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a"]
diff:
  description: The managed fields before and after, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: The managed fields before.
      type: str
      sample: "sourceConnectionSpecIds:\n- 2d46966e-4fcc-4015-9f9e-a67594e395a3\n"
    after:
      description: The managed fields after.
      type: str
      sample: "sourceConnectionSpecIds:\n- 2d46966e-4fcc-4015-9f9e-a67594e395a3\n- 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a\n"
backup_file:
  description: The file with the flow spec as it was. Null if O(backup=false), or if nothing was replaced.
  returned: success, and failure after a backup was written
  type: str
  sample: null
previous:
  description:
    - The whole writable flow spec as it was before an update. Give it as O(aep.flow_service.flow_spec#module:definition) to go back.
    - Null if nothing was updated.
  returned: success, and failure after a write
  type: dict
  sample:
    id: 6499120c-0b15-42dc-936e-847ea3c24d72
    name: RestStorageToAEP
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.0"
    sourceConnectionSpecIds:
      - 2d46966e-4fcc-4015-9f9e-a67594e395a3
api:
  description: What the task asked of the service. Requests for a token do not count.
  returned: always, once a request could be sent
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 4
    writes:
      description: The number of requests that write. Always 0 in check mode.
      type: int
      sample: 1
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
ids:
  description: The IDs of the specs that share a name.
  returned: failure, when a name is not unique
  type: list
  elements: str
  sample:
    - a1b2c3d4-0000-4000-8000-000000000001
    - a1b2c3d4-0000-4000-8000-000000000002
unknown_connection_spec_ids:
  description: The IDs that no connection spec has.
  returned: failure, when O(check_connection_specs=true) finds such IDs
  type: list
  elements: str
  sample:
    - 00000000-0000-4000-8000-000000000000
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["flow_spec_source_link"])


if __name__ == "__main__":
    main()
