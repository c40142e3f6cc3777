#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataflow_run
short_description: Start a run of a dataflow, or retry one
version_added: 0.2.0
description:
  - Starts a run of a dataflow on demand in the Flow Service of Adobe Experience Platform. The service supports this only for
    batch dataflows with the frequency V(once).
  - If O(retry_id) is set, the module retries a run that failed or that had no records. The retry is a new run.
  - A run is an action. Each task starts another run, and always reports a change.
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  dataflow_id:
    description:
      - The ID of the dataflow to run.
      - Exactly one of O(dataflow_id), O(dataflow_name), and O(retry_id) is required.
    type: str
  dataflow_name:
    description:
      - The exact name of the dataflow. Drafts are ignored.
      - If several dataflows have this name, the task fails and lists their IDs.
    type: str
  flow_spec_id:
    description:
      - The ID of the flow spec of the dataflow. It distinguishes dataflows with the same O(dataflow_name).
      - Mutually exclusive with O(flow_spec_name).
    type: str
  flow_spec_name:
    description:
      - The name of the flow spec of the dataflow. It distinguishes dataflows with the same O(dataflow_name).
    type: str
  retry_id:
    description:
      - The ID of the run to retry. It must have failed, or have no records.
      - The retry has the parameters of that run. It reads only the files in the window of that run.
    type: str
  start_time:
    description:
      - The time at which the run starts, as seconds since 1970, or as text such as V(2026-01-01T00:00:00Z). A time without
        an offset is in UTC. Fractions of a second are dropped.
      - If not set, the request has no start time.
    type: str
  window_start:
    description:
      - The start of the window of data to ingest, in the form of O(start_time). Required together with O(window_end).
    type: str
  window_end:
    description: The end of the window of data to ingest, in the form of O(start_time). It cannot be before O(window_start).
    type: str
  delta_column:
    description:
      - The column by which the source recognizes new records, for table sources.
      - Set it for the first run only. Later runs use the column of the transformation C(Copy) of the dataflow.
    type: str
  wait:
    description:
      - Whether to wait until the run is done.
      - A run that is V(partly_failed) is done. If the run failed, or is not done in time, the task fails. RV(reason) distinguishes
        these failures.
      - In check mode, the module does not wait.
    type: bool
    default: false
  wait_timeout:
    description:
      - The number of seconds after which the task fails if the run is not done.
    type: float
    default: 600.0
  wait_interval:
    description:
      - The number of seconds between two reads of the run.
      - After four of these pauses, and before O(start_time), the pauses are twice as long.
    type: float
    default: 15.0
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.writer
attributes:
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: none
    details:
      - Each task starts another run.
notes:
  - Before the module starts a run, it checks that the dataflow is enabled, has a schedule, and has the frequency V(once). The
    service rejects other runs with the codes C(1385), C(1386), and C(1388). The check mode fails in the same way.
  - If the service responds with C(1385), the connector of the source does not support runs on demand. If it responds with C(1427), the
    token cannot start runs. Use another technical account.
  - If the outcome of the request is unknown, for example after a timeout, the module looks for a new run with the same window
    before it sends the request again.
seealso:
  - module: aep.flow_service.dataflow_run_info
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Ingest the records of one day, and wait for the end of the run
  aep.flow_service.dataflow_run:
    dataflow_name: Acme CRM contacts
    flow_spec_name: CRMToAEP
    window_start: "2026-01-01T00:00:00Z"
    window_end: "2026-01-02T00:00:00Z"
    wait: true

- name: Look up the newest run of another dataflow
  aep.flow_service.dataflow_run_info:
    dataflow_id: 2f6bd8c4-31a7-4e0f-8d25-b90f6e1c7a43
    limit: 1
  register: newest

- name: Retry it if it failed
  aep.flow_service.dataflow_run:
    retry_id: "{{ newest.runs[0].id }}"
  when: newest.runs[0].status == 'failed'
"""

RETURN = r"""
id:
  description: The ID of the new run. Null in check mode.
  returned: success, and failure after the run was started
  type: str
  sample: 3fb0418e-1804-45d6-8d56-dd51f05c0baf
dataflow_id:
  description: The ID of the dataflow.
  returned: success, and failure after the run was started
  type: str
  sample: 3abea21c-7e36-4be1-bec1-d3bad0e3e0de
dataflow_run:
  description:
    - The new run. If O(wait=false), it is the run directly after the start.
    - In check mode, it is the run that would be started.
  returned: success, and failure when waiting for the run
  type: dict
  contains:
    id:
      description: The ID of the run. Null in check mode.
      type: str
      sample: 9830305a-985f-47d0-b030-5a985fd7d004
    dataflow_id:
      description: The ID of the dataflow.
      type: str
      sample: c9cef9cb-c934-4467-8ef9-cbc934546741
    status:
      description:
        - The folded status, one of V(succeeded), V(partly_failed), V(failed), V(running), V(waiting), and V(unknown).
        - A run that the service reports as successful is V(partly_failed) if records failed.
      type: str
      sample: partly_failed
    records:
      description: The numbers of records.
      type: dict
      contains:
        read:
          description: The number of records read from the source. Null if it is not known.
          type: int
          sample: 100
        written:
          description: The number of records written to the dataset. Null if it is not known.
          type: int
          sample: 99
        failed:
          description: The number of failed records. Null if it is not known.
          type: int
          sample: 1
        skipped:
          description: The number of skipped records. Null if it is not known.
          type: int
          sample: null
    errors:
      description: The errors of the run, followed by their causes in the activities.
      type: list
      elements: dict
      contains:
        code:
          description: The code of the error.
          type: str
          sample: MAPPER-3700-400
        message:
          description: The message of the error.
          type: str
          sample: Mapper Transform Error
        activity:
          description: The name or the ID of the activity that reports the error. Null if none does.
          type: str
          sample: promotionActivity
    started_at:
      description: The time at which the run started, in UTC. Null if it has not started.
      type: str
      sample: "2020-08-05T19:34:18Z"
    seconds:
      description: The number of seconds that the run took. Null if it has not ended, or if the service reports no end.
      type: float
      sample: 55.108
    batch_ids:
      description: The IDs of the batches in the data lake.
      type: list
      elements: str
      sample:
        - 01EF01X41KJD82Y9ZX6ET54PCZ
changes:
  description: The values of the request, each with its path.
  returned: success
  type: list
  elements: dict
  sample:
    - path: flowId
      before: null
      after: 3abea21c-7e36-4be1-bec1-d3bad0e3e0de
    - path: params
      before: null
      after:
        windowStartTime: "1767225600"
        windowEndTime: "1767312000"
diff:
  description: The values of the request as YAML, for C(--diff).
  returned: success
  type: dict
  sample:
    before: ""
    after: |
      flowId: 3abea21c-7e36-4be1-bec1-d3bad0e3e0de
previous:
  description: Always null, because a run cannot be undone.
  returned: success
  type: dict
  sample: null
reason:
  description:
    - The reason why a wait failed. V(no_run) if there is no run yet, V(run_failed) if the run failed, and V(not_finished) if
      the run is not done in time.
    - V(unknown_status) if the documentation of the service does not have the status of the run.
  returned: failure, when waiting for a run
  type: str
  sample: run_failed
ids:
  description: The IDs of the dataflows with the same name.
  returned: failure, when a name is not unique
  type: list
  elements: str
  sample:
    - a1b2c3d4-0000-4000-8000-000000000001
    - a1b2c3d4-0000-4000-8000-000000000002
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
    run(OPERATIONS["dataflow_run"])


if __name__ == "__main__":
    main()
