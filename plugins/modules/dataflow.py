#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataflow
short_description: Manage a dataflow from a source to a dataset
version_added: 0.2.0
description:
  - Creates, updates, replaces, enables, disables, and deletes a dataflow in Adobe Experience Platform.
  - A dataflow consists of a source connection, a target connection, and a flow. The module manages the three objects together, because a
    pair of connections serves one flow only, and because changes of the connections do not reach the flow.
  - The module finds the flow by O(id), or by O(name) and its flow spec. It finds the connections through the flow. Drafts are
    never matched.
  - Values that you leave out stay as they are.
  - Before the first write, the module checks the parameters of the source against the live connection spec. It checks the schedule,
    the options, and the parameters of transformations against the live flow spec.
  - The service lets name, description, mapping, labels, and parts of the schedule change. For all other changes, see O(on_replace).
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  state:
    description:
      - V(present) creates the dataflow or updates it.
      - V(absent) deletes the flow, then its target connection, then its source connection, and waits until each of them is gone. Account,
        dataset, schema, mapping set, and ingested data stay.
      - With V(absent), content is rejected. C(name) in O(source) and O(target) is accepted. If the flow is gone already, the
        module deletes the connections with these names that belong to no flow, which an interrupted deletion leaves.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - The ID of the flow. It must exist, because the service assigns the IDs.
      - A replacement has a new ID. To run a playbook with O(on_replace=replace) several times, set O(name) instead.
      - At least one of O(id) and O(name) is required.
    type: str
  name:
    description:
      - The name of the dataflow. With O(id), the dataflow is renamed.
      - If several flows have this name and the flow spec, the module fails and lists their IDs.
      - The suffix C(.replacement) is reserved. See O(on_replace).
    type: str
  description:
    description: The description of the dataflow.
    type: str
  flow_spec_id:
    description:
      - The ID of the flow spec. It must list the connection spec of the source.
      - The default depends on the source. It is V(6499120c-0b15-42dc-936e-847ea3c24d72), RestStorageToAEP, if an account is set, and
        V(e77fde5a-22a8-11ed-861d-0242ac120002), GenericStreamingAEP, if only a connection spec is set.
      - If you set neither a flow spec nor a source, the module finds the dataflow by its name alone.
      - Mutually exclusive with O(flow_spec_name).
    type: str
  flow_spec_name:
    description: The name of the flow spec.
    type: str
  connection_id:
    description:
      - The ID of the account from which the dataflow reads. A new dataflow needs it, unless the source is a streaming source.
      - Mutually exclusive with O(connection_name).
    type: str
  connection_name:
    description:
      - The name of the account. If several accounts have the name, set O(connection_spec_id) too, or O(connection_id) instead.
      - In check mode, the account can be missing if O(connection_spec_id) or O(connection_spec_name) is set. The module then predicts the
        creation of the dataflow.
    type: str
  connection_spec_id:
    description:
      - The ID of the connection spec of the source.
      - Without an account, the source is a streaming source. It has no schedule, and RV(inlet_url) returns the URL that receives
        its data.
      - With an account, the module checks that the account has this connection spec.
      - Mutually exclusive with O(connection_spec_name).
    type: str
  connection_spec_name:
    description: The name of the connection spec of the source.
    type: str
  source:
    description: The source connection, that is, the data that the dataflow reads.
    type: dict
    suboptions:
      name:
        description:
          - The name that a new source connection gets. The default is the name of the dataflow and C(source connection).
          - The name of an existing source connection is neither compared nor changed.
        type: str
      data:
        description:
          - The format of the data, with the names of the API, such as C(format) and C(properties).
          - The default of a new source connection is C(format=json).
        type: dict
      params:
        description:
          - The parameters of the source, with the names of the API. The connection spec defines them in C(sourceSpec).
          - For a new dataflow, the module checks that all required parameters are set.
        type: dict
  target:
    description: The target connection, that is, the dataset into which the dataflow writes.
    type: dict
    suboptions:
      name:
        description:
          - The name that a new target connection gets. The default is the name of the dataflow and C(target connection).
          - The name of an existing target connection is neither compared nor changed.
        type: str
      dataset_id:
        description:
          - The ID of the dataset. It must exist. A new dataflow requires either O(target.dataset_id) or O(target.dataset_name).
        type: str
      dataset_name:
        description:
          - The name of the dataset, instead of O(target.dataset_id), so that one definition serves several sandboxes.
          - The module fails if several datasets have this name.
        type: str
      schema_id:
        description: The C($id) of the schema. The default of a new target connection is the schema of the dataset.
        type: str
      schema_version:
        description:
          - The version of the schema as a media type, such as V(application/vnd.adobe.xed-full+json;version=1), or its number alone.
            Blanks are ignored.
          - The default of a new target connection is the version in the dataset.
        type: str
      data:
        description:
          - Other values of C(data), with the names of the API, such as C(format).
          - The default of a new target connection is C(format=parquet_xdm), and C(format=json) for a streaming source.
        type: dict
  mapping:
    description: The mapping set. A change holds for future runs.
    type: dict
    suboptions:
      id:
        description: The ID of the mapping set. It is required in O(mapping).
        type: str
      version:
        description:
          - The version of the mapping set. If you leave it out, the version of a mapping set that the flow has already stays as
            it is, and is V(0) otherwise.
        type: int
  transformations:
    description:
      - The transformations besides the mapping. The module finds each of them by its name. Others stay as they are.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name, such as V(Copy) or V(Encryption). V(Mapping) is rejected, because O(mapping) sets it.
        type: str
        required: true
      params:
        description: The parameters, with the names of the API.
        type: dict
  options:
    description:
      - The options of the flow, with the names of the API, such as C(errorDiagnosticsEnabled) and C(partialIngestionPercent).
      - They cannot change. See O(on_replace).
    type: dict
  schedule:
    description:
      - The schedule. A new dataflow of a batch source needs it.
      - After the start time, O(schedule.start_time) and O(schedule.backfill) cannot change, and O(schedule.frequency) cannot
        become V(once).
      - The schedule and the mapping of a dataflow with the frequency V(once) cannot change.
    type: dict
    suboptions:
      frequency:
        description: The unit of the interval between two runs. V(once) runs the dataflow one time.
        type: str
        choices:
          - once
          - minute
          - hour
          - day
          - week
      interval:
        description:
          - The number of minutes, hours, days, or weeks between two runs. With O(schedule.frequency=minute), it is at least 15.
          - It is rejected with O(schedule.frequency=once), and required otherwise.
        type: int
      start_time:
        description:
          - The time of the first run, in epoch seconds or as an ISO 8601 time. A time without an offset is in UTC.
          - The default of a new dataflow is 60 seconds after its creation.
          - A time that has passed is not compared. If the service rejects it for a new dataflow, the module sends the default and warns.
        type: str
      backfill:
        description:
          - Whether the first run reads the data that the source already has.
          - It is rejected with O(schedule.frequency=once).
        type: bool
  labels:
    description: The access labels, such as V(core/C12). The order has no effect.
    type: list
    elements: str
  enabled:
    description:
      - Whether the dataflow is enabled. If you leave it out, the state of an existing dataflow stays as it is, and a new one is enabled.
      - The service creates each flow enabled. With V(false), the module disables it immediately afterwards.
    type: bool
  on_replace:
    description:
      - The action for a change that the service does not allow for an existing dataflow. These are changes of the source, the
        target, the flow spec, O(options), and the parts of O(schedule) that cannot change.
      - V(fail) makes no changes, and names the values in the message and in RV(frozen_paths).
      - V(replace) creates a new source connection, target connection, and flow, waits until the new flow is enabled, and deletes
        the current ones. Both flows exist for some seconds. Values that you leave out are copied from the current dataflow.
      - A replacement reads again. A new flow does not continue where the current one ended. With O(schedule.backfill=true), and with the
        frequency V(once), its first run reads all data of the source, and the dataset can then contain records twice.
        With O(schedule.backfill=false), it does not read data that arrived between the last run of the current flow and its own
        first run. A streaming source gets a new RV(inlet_url), and clients must use it.
      - An interrupted replacement is completed by the next run with V(replace). Until then, the new flow has the suffix
        C(.replacement) in its name, and V(fail) reports it.
    type: str
    choices:
      - fail
      - replace
    default: fail
  wait:
    description:
      - Whether to wait until a new flow is enabled, and until an enabled or disabled flow has its new state.
      - Deletions, replacements, and other updates always wait.
    type: bool
    default: true
  wait_timeout:
    description: The number of seconds to wait for each object.
    type: int
    default: 300
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.backup
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
seealso:
  - module: aep.flow_service.dataflow_info
  - module: aep.flow_service.connection
  - module: aep.flow_service.flow_spec_source_link
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Ingest a list every 15 minutes
  aep.flow_service.dataflow:
    name: acme-orders
    connection_name: acme-account
    source:
      params:
        listId: "10c097ca71"
    target:
      dataset_id: 5e8e0a1bf2d5b718f4cc0001
    mapping:
      id: 5a365b23962d4653b9d9be25832ee5b4
    schedule:
      frequency: minute
      interval: 15

- name: Stream visits to the URL that inlet_url returns
  aep.flow_service.dataflow:
    name: acme-visits
    connection_spec_name: acme-visits
    target:
      dataset_id: 5e8e0a1bf2d5b718f4cc0001
    mapping:
      id: 5a365b23962d4653b9d9be25832ee5b4

- name: Run an existing dataflow every hour, with another mapping
  aep.flow_service.dataflow:
    name: acme-customers
    mapping:
      id: 5a365b23962d4653b9d9be25832ee5b4
    schedule:
      frequency: hour
      interval: 1

- name: Read another list, by a new flow in place of the current one
  aep.flow_service.dataflow:
    name: acme-customers
    source:
      params:
        listId: "57afe96172"
    on_replace: replace

- name: Disable it
  aep.flow_service.dataflow:
    name: acme-customers
    enabled: false

- name: Delete another dataflow
  aep.flow_service.dataflow:
    name: acme-leads
    state: absent
"""

RETURN = r"""
id:
  description: The ID of the flow. Null in check mode if the flow does not exist yet, or would be replaced.
  returned: success, and failure after a write
  type: str
  sample: 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
source_connection_id:
  description: The ID of the source connection. Null in check mode if it does not exist yet.
  returned: success, and failure of a creation
  type: str
  sample: a51e4cf6-65ef-45f4-b4bf-4f03da5f01cc
target_connection_id:
  description: The ID of the target connection. Null in check mode if it does not exist yet.
  returned: success, and failure of a creation
  type: str
  sample: 8db5fb4a-6ce8-4370-afc0-1765e39535a5
inlet_url:
  description: The URL that receives the data of a streaming source. Null for other sources.
  returned: success
  type: str
  sample: https://dcs.adobedc.net/collection/ab65636c31778fb0455c439ffb48a5433a34d443f4c83c4b5beda9c5688797c5
dataflow:
  description:
    - The dataflow as it now is, or in check mode as it would be, with the names of the API. Empty after it was deleted.
  returned: success
  type: dict
  contains:
    flow:
      description: The flow.
      type: dict
      sample:
        id: 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
        name: acme-orders
        state: enabled
    source_connection:
      description: The source connection. Null if the flow has one that does not exist.
      type: dict
      sample:
        id: a51e4cf6-65ef-45f4-b4bf-4f03da5f01cc
        params:
          listId: "10c097ca71"
    target_connection:
      description: The target connection. Null if the flow has one that does not exist.
      type: dict
      sample:
        id: 8db5fb4a-6ce8-4370-afc0-1765e39535a5
        params:
          dataSetId: 5e8e0a1bf2d5b718f4cc0001
replaced:
  description: Whether the dataflow was replaced by a new one, or in check mode would be.
  returned: success
  type: bool
  sample: false
changes:
  description:
    - The differences between the live dataflow and its definition. Empty if there are none.
    - A start time that the module sets is not among them.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path of the value in RV(dataflow), with dots between its steps.
      type: str
      sample: flow.scheduleParams.frequency
    before:
      description: The value before. Null if there was none.
      type: raw
      sample: minute
    after:
      description: The value after. Null if there is none.
      type: raw
      sample: hour
diff:
  description: The managed fields before and after, as YAML.
  returned: success
  type: dict
  contains:
    before:
      description: The managed fields before.
      type: str
      sample: "flow:\n  scheduleParams:\n    frequency: minute\n"
    after:
      description: The managed fields after.
      type: str
      sample: "flow:\n  scheduleParams:\n    frequency: hour\n"
backup_file:
  description: The file with the flow as it was. Null if O(backup=false), or if it was not replaced.
  returned: success, and failure after a backup was written
  type: str
  sample: null
backup_files:
  description: The files with the flow and its connections as they were. Empty if there is none.
  returned: success
  type: list
  elements: str
  sample: []
previous:
  description:
    - The writable fields of the flow and its connections before an update, replacement, or deletion.
    - Null if nothing changed, or if the dataflow was created.
  returned: success, and failure after a write
  type: dict
  sample: null
ids:
  description: The IDs of the flows that share a name, or that use a connection.
  returned: failure, when a name is not unique, or when a connection cannot be deleted
  type: list
  elements: str
  sample:
    - 20c115ad-7d2f-4b1a-8cbb-c0d5f2a1e9b3
    - a1b2c3d4-0000-4000-8000-000000000002
frozen_paths:
  description: The paths of the values in RV(dataflow) that the service does not let change.
  returned: failure, when a change needs a replacement and O(on_replace=fail)
  type: list
  elements: str
  sample:
    - source_connection.params.listId
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
    run(OPERATIONS["dataflow"])


if __name__ == "__main__":
    main()
