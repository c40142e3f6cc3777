#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mapping_set
short_description: Create a mapping set of a dataflow
version_added: 0.2.0
description:
  - Creates a mapping set, which maps the fields of a source to the fields of a schema, in Data Prep of Adobe Experience
    Platform. If a mapping set that maps the same already exists, the module returns it and changes nothing.
  - The module never updates a mapping set, because dataflows use it. If the mappings differ, the module creates another
    mapping set. To use it, set its RV(id) and RV(version) as the mapping of the dataflow.
  - Before it creates a mapping set, the service validates the mappings. In check mode, it does not, because a prediction
    sends no POST.
  - The service cannot delete a mapping set, and the module does not either.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of the mapping set to compare first. If the ID is unknown, the module fails.
      - If this mapping set maps otherwise, the module looks for one with the name O(name), or with the same name if O(name)
        is not set. So RV(id) can differ from this ID.
      - At least one of O(id) and O(name) is required.
    type: str
  name:
    description:
      - The name of the mapping set. Several mapping sets can have the same name.
      - If several mapping sets with this name map the same, the module returns the newest one.
      - A name is not compared. A mapping set that O(id) identifies and that maps the same is returned, whatever its name is.
    type: str
  schema_id:
    description:
      - The C($id) or the C(meta:altId) of the schema that the source is mapped to. Both of them are the same schema.
      - Exactly one of O(schema_id) and O(dataset_name) is required.
    type: str
  dataset_name:
    description:
      - The name of a dataset, whose schema the source is mapped to. The module fails if several datasets have this name.
    type: str
  schema_version:
    description:
      - The media type with the version of the schema. Blanks in it have no meaning.
      - A number alone is the version of the media type C(application/vnd.adobe.xed-full+json).
    type: str
    default: application/vnd.adobe.xed-full+json;version=1
  mappings:
    description:
      - A mapping for each field of the schema that gets a value. Their order has no meaning.
      - If two mappings have one destination, the module fails.
    type: list
    elements: dict
    required: true
    suboptions:
      source:
        description:
          - The path of the field in the source, such as V(merge_fields.FNAME), or an expression, such as
            V(concat(first, " ", last\)).
        type: str
        required: true
      destination:
        description: The path of the field in the schema, such as V(person.name.firstName).
        type: str
        required: true
      type:
        description:
          - With V(attribute), the value of the field O(mappings[].source) is copied.
          - With V(expression), O(mappings[].source) is an expression of Data Prep. Blanks at its ends are removed.
        type: str
        choices:
          - attribute
          - expression
        default: attribute
      name:
        description:
          - A name for the mapping. It is sent with a new mapping set, and a difference in it alone creates no new one.
        type: str
      description:
        description:
          - A description of the mapping. It is sent with a new mapping set, and a difference in it alone creates no new one.
        type: str
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.connection_explore_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Map the customers of Acme CRM to the schema of customers
  aep.flow_service.mapping_set:
    name: acme-crm customers
    schema_id: https://ns.adobe.com/acme/schemas/89abc189258b1cb1a816d8f2b2341a6d98000ed8f4008305
    mappings:
      - source: id
        destination: _id
      - source: name.first
        destination: person.name.firstName
      - source: concat(name.first, " ", name.last)
        destination: person.name.fullName
        type: expression
  register: mapping

- name: Show the mapping that a dataflow uses
  ansible.builtin.debug:
    msg: "The mapping set {{ mapping.id }} has the version {{ mapping.version }}."

- name: Predict whether other mappings require another mapping set
  aep.flow_service.mapping_set:
    name: acme-crm customers
    schema_id: https://ns.adobe.com/acme/schemas/89abc189258b1cb1a816d8f2b2341a6d98000ed8f4008305
    mappings:
      - source: customer_id
        destination: _id
  check_mode: true
  diff: true
"""

RETURN = r"""
id:
  description: The ID of the mapping set. Null in check mode if the mapping set would be created.
  returned: success, and failure after a write
  type: str
  sample: e7c80e4c0d8f4a98a7d400b4e178b635
version:
  description: The version of the mapping set. Null in check mode if the mapping set would be created.
  returned: success
  type: int
  sample: 0
mapping_set:
  description:
    - The mapping set as it now is, in the service's own names and form. In check mode, as it would be created, without what
      the service adds.
  returned: success
  type: dict
  sample:
    id: e7c80e4c0d8f4a98a7d400b4e178b635
    version: 0
    name: acme-crm customers
    outputSchema:
      schemaRef:
        id: https://ns.adobe.com/acme/schemas/89abc189258b1cb1a816d8f2b2341a6d98000ed8f4008305
        contentType: application/vnd.adobe.xed-full+json;version=1
    mappings:
      - sourceType: ATTRIBUTE
        source: id
        destination: _id
changes:
  description:
    - Each difference between the new mapping set and the one that O(id) identifies, or the newest one with the same name.
      Empty if no mapping set is created.
    - Mappings are named by their destinations.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: Where the difference is, with dots between the steps. A dot in a destination is written as C(\\.).
      type: str
      sample: mappings._id.source
    before:
      description: The value before; null if there was none.
      type: raw
      sample: id
    after:
      description: The value after; null if there is none.
      type: raw
      sample: customer_id
diff:
  description: The name, the schema, and the mappings of both mapping sets, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: Those of the earlier mapping set. Empty if there is none.
      type: str
      sample: "mappings:\n  _id:\n    source: id\n    sourceType: ATTRIBUTE\n"
    after:
      description: Those of the mapping set that is returned.
      type: str
      sample: "mappings:\n  _id:\n    source: customer_id\n    sourceType: ATTRIBUTE\n"
previous:
  description: Always null, because nothing is overwritten.
  returned: success
  type: dict
  sample: null
api:
  description: The requests that the task sent to the service. Requests for a token do not count.
  returned: always, once a request could be sent
  type: dict
  contains:
    requests:
      description: The number of requests.
      type: int
      sample: 4
    writes:
      description: The number of requests that write. Always 0 in check mode. The validation writes nothing, and does not count.
      type: int
      sample: 1
    retries:
      description: The number of requests that were sent again after a failure.
      type: int
      sample: 0
    request_ids:
      description: The IDs that the service gave the requests, for Adobe's support.
      type: list
      elements: str
      sample:
        - 6dGTxQYl1GPJp0K5rMHjlKvo4nBSmRJr
invalid_mappings:
  description: The mappings that the service rejects.
  returned: failure, when the service rejects mappings
  type: list
  elements: dict
  contains:
    place:
      description: The place in the option O(mappings).
      type: str
      sample: mappings[2].destination
    destination:
      description: The destination of the mapping.
      type: str
      sample: person.name.nickname
    errors:
      description: The words of the service.
      type: list
      elements: str
      sample:
        - The destination person.name.nickname is not in the schema.
lost:
  description: The values of a new mapping set that the service did not store, in the form of RV(changes).
  returned: failure, when the service accepts a mapping set and does not store all of it
  type: list
  elements: dict
  sample:
    - path: mappings._id
      before:
        source: id
        sourceType: ATTRIBUTE
      after: null
# The rest is generated by "make generate": failure.
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
    run(OPERATIONS["mapping_set"])


if __name__ == "__main__":
    main()
