#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_explore_info
short_description: Test a connection and explore its source
version_added: 0.2.0
description:
  - Tests a connection (account) to a source, which the API calls a base connection. Returns the objects, the columns, and the
    number of rows that the source offers.
  - The service reads from the source with the credentials of the connection. In check mode, the module sends no request, unless
    O(run_in_check_mode=true).
  - The module returns rows only with O(show_rows=true), because rows are data of customers.
  - If the source reports an error, the module fails with the status and the code of the Flow Service. The message never
    contains the response of the source.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  connection_id:
    description:
      - The ID of the connection.
      - Exactly one of O(connection_id) and O(connection_name) is required.
    type: str
  connection_name:
    description:
      - The exact name of the connection. Drafts are never matched.
      - If two connections have this name, the module fails and returns their IDs. Set O(connection_spec_id) or
        O(connection_spec_name) to identify one of them, or set O(connection_id) instead.
    type: str
  connection_spec_id:
    description:
      - The ID of the connection spec of the connection. Requires O(connection_name).
      - Mutually exclusive with O(connection_spec_name).
    type: str
  connection_spec_name:
    description: The name of the connection spec of the connection. Requires O(connection_name).
    type: str
  test:
    description:
      - Whether to test the connection before it is explored. If the test fails, RV(test) is V(false), and the source is not
        explored.
    type: bool
    default: true
  source_params:
    description:
      - The parameters of the source, as a source connection gets them. C(sourceSpec.spec) of the connection spec declares
        them.
    type: dict
  object_type:
    description:
      - The type of the object to explore.
      - V(rest) is for sources of the Sources SDK. V(root) lists the objects of any other source, and V(folder) lists those of
        a directory. V(table) and V(file) have columns and rows.
      - By default, V(rest) if C(exploreSpec) of the connection spec has the type C(Resource). If it has no C(exploreSpec),
        V(rest) if its own type starts with C(generic-rest). Otherwise, V(root).
      - If this option and O(connection_id) are set, the module reads neither the connection nor its connection spec, which
        saves two requests.
    type: str
    choices:
      - root
      - folder
      - table
      - file
      - rest
  path:
    description:
      - The path of the object, as in RV(objects). Required for O(object_type=folder), O(object_type=table), and
        O(object_type=file).
      - With O(object_type=rest), the default is V(json).
    type: str
  file_type:
    description:
      - The type of the file, such as V(delimited), V(json), or V(parquet). With O(object_type=rest), the default is V(json).
    type: str
  preview:
    description:
      - Whether the service reads rows. If V(false), it returns the columns only, and RV(row_count) is null.
    type: bool
    default: true
  show_rows:
    description:
      - Whether to return rows, 10 at most. They are data of customers. Ansible shows and logs results, so also set
        C(no_log) for the task.
    type: bool
    default: false
  run_in_check_mode:
    description: Whether to test and explore in check mode, too.
    type: bool
    default: false
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
attributes:
  check_mode:
    support: partial
    details:
      - This module does not modify state. In check mode, it is skipped, because it uses credentials at the source. With
        O(run_in_check_mode=true), it is not.
seealso:
  - module: aep.flow_service.mapping_set
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Test the account at Acme CRM, and read its columns
  aep.flow_service.connection_explore_info:
    connection_name: acme-crm
    source_params:
      region: emea
  register: acme_crm

- name: Show the names of the columns
  ansible.builtin.debug:
    msg: "{{ acme_crm.columns | map(attribute='name') }}"

- name: List the tables of an account at a database
  aep.flow_service.connection_explore_info:
    connection_name: acme-warehouse
    connection_spec_name: mysql
    object_type: root

- name: Keep some rows of a table, and show them nowhere
  aep.flow_service.connection_explore_info:
    connection_id: 5f1f2d7a-8c3e-4b6d-9a0e-2c4b6d8f0a1c
    object_type: table
    path: customers
    test: false
    show_rows: true
  register: customers
  no_log: true
"""

RETURN = r"""
id:
  description: The ID of the connection. Null in check mode if O(connection_name) is set and nothing is read.
  returned: success
  type: str
  sample: 5f1f2d7a-8c3e-4b6d-9a0e-2c4b6d8f0a1c
object_type:
  description: The type of the explored object. Null in check mode if O(object_type) is not set and nothing is read.
  returned: success
  type: str
  sample: rest
test:
  description: Whether the test of the connection succeeded. Null if it was not tested.
  returned: success, and failure when the source cannot be explored
  type: bool
  sample: true
objects:
  description: The objects that the source has, in the field names of the service. Empty unless O(object_type) is V(root) or V(folder).
  returned: success
  type: list
  elements: dict
  sample:
    - type: table
      name: Customers
      path: customers
      canPreview: true
      canFetchSchema: true
columns:
  description:
    - The columns. If the service responds with rows alone, those that the rows have, with the types of their values.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the column.
      type: str
      sample: firstName
    type:
      description: The type of the column. Null if it is not known.
      type: str
      sample: string
row_count:
  description: The number of rows in the preview. Null if there was no preview.
  returned: success
  type: int
  sample: 100
rows:
  description: The first rows of the preview, 10 at most.
  returned: when O(show_rows=true)
  type: list
  elements: dict
  sample:
    - id: "1"
      firstName: Ada
skipped:
  description: Whether nothing was read, because the task runs in check mode.
  returned: when the task is skipped in check mode
  type: bool
  sample: true
msg:
  description: Why nothing was read.
  returned: when the task is skipped in check mode
  type: str
  sample: The connection is neither tested nor explored in check mode.
# The rest is generated by "make generate": ids, api, failure.
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
    run(OPERATIONS["connection_explore_info"])


if __name__ == "__main__":
    main()
