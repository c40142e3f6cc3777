#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_spec
short_description: Create or update a flow specification
version_added: 0.1.0
description:
  - Creates a flow specification in the Flow Service of Adobe Experience Platform, or brings an existing one in line.
  - A flow specification describes a kind of dataflow, and lists the connection specifications of the sources that it
    supports.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  source_connection_spec_ids:
    description:
      - The IDs of all connection specs that the flow spec supports as sources, compared as a set.
      - IDs that are not in this list are taken out, those that others added too. To add or remove single IDs, use
        M(aep.flow_service.flow_spec_source_link).
    type: list
    elements: str
  target_connection_spec_ids:
    description: The IDs of all connection specs that the flow spec supports as targets, compared as a set.
    type: list
    elements: str
  option_spec:
    description: The options that a dataflow of this kind takes, with keys C(name) and C(spec), a JSON schema.
    type: dict
  transformation_specs:
    description:
      - The transformations that a dataflow of this kind takes, each with keys C(name) and C(spec), a JSON schema.
      - In O(definition) and O(src), C(transformationSpecs), C(transformationSpec) and C(transformationSpecDTOS) all mean
        this field.
    type: list
    elements: dict
  schedule_spec:
    description: How a dataflow of this kind can be scheduled, with keys C(name), C(type) and C(spec), a JSON schema.
    type: dict
  run_spec:
    description: How a run of such a dataflow is made, with keys C(name) and C(spec), a JSON schema.
    type: dict
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.approval
  - aep.flow_service.definition
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.flow_spec_info
  - module: aep.flow_service.flow_spec_source_link
  - module: aep.flow_service.connection_spec
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Show what a definition would change, and change nothing
  aep.flow_service.flow_spec:
    src: "{{ playbook_dir }}/flow_specs/acme-rest-to-aep.json"
  check_mode: true
  diff: true

- name: Make sure a flow spec is there, described by options
  aep.flow_service.flow_spec:
    name: AcmeRestToAEP
    provider_id: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.0"
    source_connection_spec_ids:
      - 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
    target_connection_spec_ids:
      - c604ff05-7f1a-43c0-8e18-33bf874cb11c
    transformation_specs:
      - name: Mapping
        spec:
          $schema: http://json-schema.org/draft-07/schema#
          type: object
          properties:
            mappingId:
              type: string

- name: Set one field, and leave every other field as it is
  aep.flow_service.flow_spec:
    name: AcmeRestToAEP
    provider_id: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.1"
  register: update

- name: Go back to what was there before the update
  aep.flow_service.flow_spec:
    definition: "{{ update.previous }}"
  when: update.previous is not none

- name: Bring a saved answer of the API back, but not its list of sources, which others extend
  aep.flow_service.flow_spec:
    definition: "{{ lookup('ansible.builtin.file', 'saved/flow-spec.json') | from_json }}"
    ignore_paths:
      - sourceConnectionSpecIds
"""

RETURN = r"""
id:
  description: The ID of the flow spec. Null in check mode if it does not exist yet.
  returned: success, and failure after a write
  type: str
  sample: 2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21
flow_spec:
  description: The flow spec as it now is, or in check mode as it would be, in the API's own names.
  returned: success
  type: dict
  sample:
    id: 2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21
    name: AcmeRestToAEP
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.0"
    sourceConnectionSpecIds:
      - 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
    targetConnectionSpecIds:
      - c604ff05-7f1a-43c0-8e18-33bf874cb11c
    sandboxName: prod
    createdAt: 1790000000000
    updatedAt: 1790000000000
changes:
  description: Each difference between the spec as it was and as it should be. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the difference is, with dots between the steps. A dot in a key is written as C(\\.).
      type: str
      sample: version
    before:
      description: The value before; null if there was none.
      type: raw
      sample: "0.9"
    after:
      description: The value after; null if there is none.
      type: raw
      sample: "1.0"
diff:
  description: The managed fields before and after, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: The managed fields before; empty if the spec did not exist.
      type: str
      sample: "version: '0.9'\n"
    after:
      description: The managed fields after.
      type: str
      sample: "version: '1.0'\n"
backup_file:
  description: The file with the flow spec as it was. Null if O(backup=false), or if nothing was replaced.
  returned: success, and failure after a backup was written
  type: str
  sample: null
previous:
  description:
    - The whole writable flow spec as it was before an update. Give it as O(definition) to go back; a field that the update
      added is not in it, and goes away if it is given as null as well.
    - Null if nothing was updated.
  returned: success, and failure after a write
  type: dict
  sample:
    id: 2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21
    name: AcmeRestToAEP
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "0.9"
match:
  description:
    - The values by which the definition is matched with its live spec, by path. See O(match_on).
    - Null if the definition has an ID and no such values.
  returned: success
  type: dict
  version_added: 0.2.0
  sample:
    name: RestStorageToAEP
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
api:
  description: What the task asked of the service. Requests for a token do not count.
  returned: always, once a request could be sent
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 3
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
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["flow_spec"])


if __name__ == "__main__":
    main()
