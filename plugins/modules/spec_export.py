#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: spec_export
short_description: Export live specifications to definition files
version_added: 0.1.0
description:
  - Writes live flow specs and connection specs to files, one each, in the folders C(flow_specs) and C(connection_specs) below
    O(dest). What they hold can be given to the other modules of this collection as it is.
  - A file has the fields of the spec in an order that does not depend on the service, without those that the service
    owns but for the C(id).
  - A file that says the same already is left as it is, whatever its order and comments are. A file that holds one definition
    with the ID of the spec keeps its name. A new file is named after its spec, and where several live specs of the kind
    have that name, or Adobe requires it of many (C(generic-streaming)), after its ID as well.
  - It writes no file before all of the specs are known, and nothing to the platform. Files of specs that are no
    longer there are not removed.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  dest:
    description: The folder to write to. It is made if it does not exist.
    type: path
    required: true
  format:
    description: The format of the files.
    type: str
    choices:
      - yaml
      - json
    default: yaml
  kinds:
    description: Which kinds of spec to write.
    type: list
    elements: str
    choices:
      - flow_specs
      - connection_specs
    default:
      - flow_specs
      - connection_specs
  ids:
    description: Write the specs with these IDs, next to those of O(names). If both are empty, all of them.
    type: list
    elements: str
    default: []
  names:
    description: Write the specs with these names.
    type: list
    elements: str
    default: []
  provider_id:
    description: Write only specs of this provider.
    type: str
  connection_spec_id:
    description: Write only flow specs that support this connection spec as a source, and this connection spec.
    type: str
  with_connection_specs:
    description: Write the connection specs as well that a flow spec to be written lists as sources or targets.
    type: bool
    default: false
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
attributes:
  check_mode:
    support: full
    details:
      - No file is written.
  diff_mode:
    support: full
    details:
      - The difference of each file is shown.
seealso:
  - module: aep.flow_service.flow_specs
  - module: aep.flow_service.connection_specs
  - module: aep.flow_service.audit_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Keep one flow spec, and the connection specs that it lists
  aep.flow_service.spec_export:
    dest: specs
    kinds:
      - flow_specs
    names:
      - RestStorageToAEP
    with_connection_specs: true

- name: Keep everything, as JSON
  aep.flow_service.spec_export:
    dest: specs
    format: json
"""

RETURN = r"""
files:
  description: The files of the specs that were chosen.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the file.
      type: str
      sample: specs/flow_specs/RestStorageToAEP.yml
    kind:
      description: The kind of spec, V(flow_spec) or V(connection_spec).
      type: str
      sample: flow_spec
    id:
      description: The ID of the spec.
      type: str
      sample: 6499120c-0b15-42dc-936e-847ea3c24d72
    name:
      description: The name of the spec.
      type: str
      sample: RestStorageToAEP
    action:
      description: V(created), V(updated) or V(unchanged), in check mode what it would be.
      type: str
      sample: created
count:
  description: How many files there are in RV(files).
  returned: success
  type: int
  sample: 1
diff:
  description: The difference of each file that is written.
  returned: success
  type: list
  elements: dict
  sample:
    - before: ""
      after: "id: 6499120c-0b15-42dc-936e-847ea3c24d72"
      before_header: specs/flow_specs/RestStorageToAEP.yml
      after_header: specs/flow_specs/RestStorageToAEP.yml
api:
  description: What was asked of the service.
  returned: when a request was possible
  type: dict
  sample:
    requests: 2
    writes: 0
    retries: 0
    request_ids:
      - 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
      - 2bZKbx9xbzJ0Zl3wRj9Y7UuDdgcRqQmT
"""

from ansible_collections.aep.flow_service.plugins.module_utils._module import run
from ansible_collections.aep.flow_service.plugins.module_utils._tasks.registry import OPERATIONS


def main() -> None:
    """Run the module."""
    run(OPERATIONS["spec_export"])


if __name__ == "__main__":
    main()
