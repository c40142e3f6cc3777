#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_specs
short_description: Create or update multiple flow specifications
version_added: 0.1.0
description:
  - Creates and updates flow specifications in the Flow Service of Adobe Experience Platform, until each is as its
    definition says.
  - In check mode, it tells what of a folder of definitions is not so on the platform, and which flow specs no definition names.
author:
  - aep.flow_service contributors (@aep-flow-service)
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.approval
  - aep.flow_service.definitions
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.flow_spec
  - module: aep.flow_service.flow_spec_info
  - module: aep.flow_service.connection_specs
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Show what of a folder is not so on the platform, and change nothing
  aep.flow_service.flow_specs:
    src: "{{ playbook_dir }}/flow_specs"
    # Others link their sources to these flow specs.
    ignore_paths:
      - sourceConnectionSpecIds
  check_mode: true
  diff: true
  register: audit

- name: Name what differs
  ansible.builtin.debug:
    msg: "{{ audit.results | rejectattr('action', 'equalto', 'unchanged') | map(attribute='src') }}"

- name: Bring two flow specs in line
  aep.flow_service.flow_specs:
    definitions:
      - name: AcmeRestToAEP
        providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
        version: "1.1"
      - name: AcmeStreamingToAEP
        providerId: 521eee4d-8cbe-4906-bb48-fb6bd4450033
        version: "1.0"
    fail_fast: true
"""

RETURN = r"""
summary:
  description: How many definitions were carried out in which way, or would be.
  returned: always, once the definitions could be read
  type: dict
  sample:
    created: 1
    updated: 2
    unchanged: 40
    failed: 0
results:
  description: What became of each definition, in the order in which they were given.
  returned: always, once the definitions could be read
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the flow spec. Null if it does not exist (yet).
      type: str
      sample: 2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21
    name:
      description: The name of the flow spec. Null if the definition could not be read.
      type: str
      sample: AcmeRestToAEP
    src:
      description: The file that the definition is from. Null if it is not from a file.
      type: str
      sample: flow_specs/acme-rest-to-aep.yml
    action:
      description: What was done, or would be done outside check mode. One of V(created), V(updated), V(unchanged), V(failed).
      type: str
      sample: updated
    changes:
      description: The differences by path, with the values C(before) and C(after). What is not there is null.
      type: list
      elements: dict
      sample:
        - path: version
          before: "1.0"
          after: "1.1"
    backup_file:
      description: The file with the spec as it was. Null if O(backup=false), or if it was not replaced.
      type: str
      sample: null
    previous:
      description: What to send to go back to what was there before an update. Null if there was no update.
      type: dict
      sample: null
    msg:
      description: Why the definition failed. Empty if it did not.
      type: str
      sample: ""
    status:
      description: The HTTP status of the answer. Only there if the service refused a request, as are C(code) and C(request_id).
      type: int
      sample: 403
    code:
      description: The service's own code for the failure. Empty if it gave none.
      type: str
      sample: FLOW-2120-403
    request_id:
      description: The ID of the refused request, for Adobe's support.
      type: str
      sample: 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
unmanaged:
  description: The flow specs of the sandbox that no definition names, by name.
  returned: always, once the specs could be listed
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the flow spec.
      type: str
      sample: 6499120c-0b15-42dc-936e-847ea3c24d72
    name:
      description: Its name.
      type: str
      sample: RestStorageToAEP
    provider_id:
      description: The ID of its provider.
      type: str
      sample: 0ed90a81-07f4-4586-8190-b40eccef1c5a
diff:
  description: For each definition that changes something, the managed fields C(before) and C(after), as YAML.
  returned: always, once the definitions could be read
  type: list
  elements: dict
  sample:
    - before_header: flow spec 'AcmeRestToAEP' (2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21)
      after_header: flow spec 'AcmeRestToAEP' (2f0a6f0e-6d6f-4a0e-8f7c-0d9a5b1c7e21)
      before: |
        name: AcmeRestToAEP
        version: '1.0'
      after: |
        name: AcmeRestToAEP
        version: '1.1'
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
msg:
  description: The definitions that failed, each with its file and the reason.
  returned: failure
  type: str
  sample: >-
    1 of 2 flow specs could not be brought in line. src: the file flow_specs/bad.json is neither JSON nor YAML that can be
    used: Expecting value: line 1 column 1 (char 0)
status:
  description: The HTTP status of the answer.
  returned: failure, when the service refused to list the specs
  type: int
  sample: 403
code:
  description: The service's own code for the failure. Empty if it gave none.
  returned: failure, when the service refused to list the specs
  type: str
  sample: FLOW-2120-403
request_id:
  description: The ID of the refused request, for Adobe's support.
  returned: failure, when the service refused to list the specs
  type: str
  sample: 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["flow_specs"])


if __name__ == "__main__":
    main()
