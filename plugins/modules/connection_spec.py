#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_spec
short_description: Create or update a connection specification
version_added: 0.1.0
description:
  - Creates a connection specification in the Flow Service of Adobe Experience Platform, or brings an existing one in line.
  - A connection specification describes a source - how to authenticate with it, how to explore it, and how to read it.
  - A new source can be used once a flow specification supports it, see M(aep.flow_service.flow_spec_source_link).
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  description:
    description: What the source is, for people.
    type: str
  auth_spec:
    description:
      - The ways to authenticate with the source, each with keys C(name), C(type) and C(spec), a JSON schema of what a user
        has to enter. It describes secrets and holds none.
    type: list
    elements: dict
  source_spec:
    description: How the source is shown and read, with keys such as C(attributes) and C(spec).
    type: dict
  explore_spec:
    description: How the source is explored, with keys such as C(name), C(type), C(requestSpec) and C(responseSpec).
    type: dict
  target_spec:
    description: How the connection is used as a target.
    type: dict
  encryption_specs:
    description: The kinds of encryption that the source supports.
    type: list
    elements: dict
  settings:
    description: Settings of the connection specification, a free mapping.
    type: dict
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.approval
  - aep.flow_service.definition
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.connection_spec_info
  - module: aep.flow_service.flow_spec_source_link
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Make sure the connection spec of a source is as its file says
  aep.flow_service.connection_spec:
    src: "{{ playbook_dir }}/sources/acme-crm.yml"
  register: acme_crm

- name: Make sure a streaming source is there, described by options
  aep.flow_service.connection_spec:
    # Adobe requires this name for every streaming source. The label tells them apart.
    name: generic-streaming
    match_on:
      - sourceSpec.attributes.uiAttributes.label.text
    provider_id: 521eee4d-8cbe-4906-bb48-fb6bd4450033
    version: "1.0"
    type: generic-streaming
    auth_spec: []
    source_spec:
      attributes:
        uiAttributes:
          isSource: true
          label:
            text: Acme events
    explore_spec:
      type: StreamingConnection

- name: Bring a definition in line, but leave the texts that marketing maintains
  aep.flow_service.connection_spec:
    src: "{{ playbook_dir }}/sources/acme-crm.yml"
    ignore_paths:
      - description
      - sourceSpec.attributes.uiAttributes.label
"""

RETURN = r"""
id:
  description: The ID of the connection spec. Null in check mode if it does not exist yet.
  returned: success, and failure after a write
  type: str
  sample: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
connection_spec:
  description: The connection spec as it now is, or in check mode as it would be, in the API's own names.
  returned: success
  type: dict
  sample:
    id: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
    name: Acme CRM
    description: Customers and orders of Acme CRM
    type: generic-rest
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
    version: "1.0"
    authSpec:
      - name: Basic Authentication
        type: BasicAuthentication
        spec:
          type: object
          required:
            - username
            - password
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
      sample: description
    before:
      description: The value before; null if there was none.
      type: raw
      sample: Customers of Acme CRM
    after:
      description: The value after; null if there is none.
      type: raw
      sample: Customers and orders of Acme CRM
diff:
  description: The managed fields before and after, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: The managed fields before; empty if the spec did not exist.
      type: str
      sample: "description: Customers of Acme CRM\n"
    after:
      description: The managed fields after.
      type: str
      sample: "description: Customers and orders of Acme CRM\n"
backup_file:
  description: The file with the connection spec as it was. Null if O(backup=false), or if nothing was replaced.
  returned: success, and failure after a backup was written
  type: str
  sample: null
previous:
  description:
    - The whole writable connection spec as it was before an update. Give it as O(definition) to go back; a field that the update
      added is not in it, and goes away if it is given as null as well.
    - Null if nothing was updated.
  returned: success, and failure after a write
  type: dict
  sample:
    id: 5c1f8e0a-3b7d-4a52-9a6e-1f0c2d3e4b5a
    name: Acme CRM
    description: Customers of Acme CRM
    providerId: 0ed90a81-07f4-4586-8190-b40eccef1c5a
match:
  description:
    - The values by which the definition is matched with its live spec, by path. See O(match_on).
    - Null if the definition has an ID and no such values.
  returned: success
  type: dict
  version_added: 0.2.0
  sample:
    name: Acme CRM
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
    run(OPERATIONS["connection_spec"])


if __name__ == "__main__":
    main()
