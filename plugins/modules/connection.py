#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection
short_description: Manage the connection (account) to a source
version_added: 0.2.0
description:
  - Creates, updates, and deletes a connection in the Flow Service of Adobe Experience Platform. Adobe's user interface calls it an
    account, and the API calls it a base connection. It holds the credentials with which dataflows read from a source.
  - The module finds a connection by O(id), or by O(name) and its connection spec. Drafts are never matched.
  - Set secrets in O(auth_secrets) only. The service does not give them back, so the module never compares, returns, or logs them. To write
    secrets again to a connection that exists, set O(update_secrets=always).
  - The service replaces all authentication parameters with every update. A change of one parameter in O(auth_params) needs all secrets in
    O(auth_secrets) too. Without them, the module fails before it writes.
  - Before the first write, the module checks the authentication parameters against the live connection spec.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  state:
    description:
      - V(present) creates the connection or updates it.
      - V(absent) deletes it. The module fails if a dataflow uses the connection, and names these dataflows.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description: The ID of the connection. It must exist, because the service assigns the IDs.
    type: str
  name:
    description:
      - The name of the connection. With O(id), the connection is renamed.
      - If several connections of the source have this name, the module fails and lists their IDs.
    type: str
  connection_spec_id:
    description:
      - The ID of the connection spec of the source. It cannot change.
      - Without O(id), one of O(connection_spec_id), O(connection_spec_name), and C(connectionSpec.id) in O(definition) or O(src) is
        required.
      - Mutually exclusive with O(connection_spec_name).
    type: str
  connection_spec_name:
    description: The name of the connection spec of the source.
    type: str
  description:
    description: The description of the connection.
    type: str
  auth_spec_name:
    description:
      - The name of an authentication specification, exactly as in C(authSpec) of the connection spec. The module fails if the connection
        spec has no such name, and lists the names that it has.
      - It is optional if the connection spec has only one authentication specification.
    type: str
  auth_params:
    description:
      - The authentication parameters that are not secret. Those that you leave out stay as they are.
      - The module fails if the connection spec marks one of them as secret (C(format=password)).
    type: dict
  auth_secrets:
    description: The authentication parameters that are secret.
    type: dict
  update_secrets:
    description:
      - V(on_create) writes the secrets when the connection is created, and along with a change of O(auth_params).
      - V(always) writes them with every run, so that the task always reports a change.
    type: str
    choices:
      - on_create
      - always
    default: on_create
  definition:
    description:
      - The connection as in the API, such as a saved response. A list C(items) around it and the fields that the service sets are ignored.
      - Options of the module take precedence. Secrets must not be in it.
      - Mutually exclusive with O(src).
    type: dict
  src:
    description:
      - A JSON or YAML file with the definition. See O(definition).
      - A relative path starts at the working directory. On the controller, it is then looked up in the C(files) directory of the role
        and of the play.
    type: path
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.connection_info
  - module: aep.flow_service.connection_spec
"""

EXAMPLES = r"""
# The credentials for Adobe come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Create a connection to a source
  aep.flow_service.connection:
    name: Acme CRM, read-only
    connection_spec_name: acme-crm
    auth_spec_name: Basic Authentication
    auth_params:
      username: reader
    auth_secrets:
      password: "{{ acme_password }}"

- name: Rotate its password
  aep.flow_service.connection:
    name: Acme CRM, read-only
    connection_spec_name: acme-crm
    auth_params:
      username: reader
    auth_secrets:
      password: "{{ acme_password }}"
    update_secrets: always

- name: Delete another connection
  aep.flow_service.connection:
    name: Acme CRM, of last year
    connection_spec_name: acme-crm
    state: absent
"""

RETURN = r"""
id:
  description: The ID of the connection. Null in check mode if the connection does not exist yet.
  returned: success, and failure after a write
  type: str
  sample: 2484f2df-c057-4ab5-84f2-dfc0577ab592
connection:
  description:
    - The connection as it now is, or in check mode as it would be, with the names of the API. Empty after it was deleted.
    - The values of secrets are replaced with C(********).
  returned: success
  type: dict
  sample:
    id: 2484f2df-c057-4ab5-84f2-dfc0577ab592
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
previous:
  description: The connection before an update or deletion, without the values of its secrets. Null if nothing changed or it was created.
  returned: success, and failure after a write
  type: dict
  sample: null
dataflow_ids:
  description: The IDs of the dataflows that use the connection.
  returned: failure, when O(state=absent) finds such dataflows
  type: list
  elements: str
  sample:
    - 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
# The rest is generated by "make generate": changes, diff, backup_file, ids, api, failure.
changes:
  description: The differences between the live connection and its definition. Empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the value, with dots between its steps. A dot in a key is written as C(\\.).
      type: str
      sample: name
    before:
      description: The value before. Null if there was none.
      type: raw
      sample: Acme
    after:
      description: The value after. Null if there is none.
      type: raw
      sample: Acme CRM
diff:
  description: The managed fields before and after, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: The managed fields before. Empty if the connection did not exist.
      type: str
      sample: "name: Acme\n"
    after:
      description: The managed fields after.
      type: str
      sample: "name: Acme CRM\n"
backup_file:
  description: The file with the connection before the change. Null if O(backup=false), or without a change.
  returned: success, and failure after a backup was written
  type: str
  sample: null
ids:
  description: The IDs of the connections that share a name.
  returned: failure, when a name is not unique
  type: list
  elements: str
  sample:
    - a1b2c3d4-0000-4000-8000-000000000001
    - a1b2c3d4-0000-4000-8000-000000000002
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
    run(OPERATIONS["connection"])


if __name__ == "__main__":
    main()
