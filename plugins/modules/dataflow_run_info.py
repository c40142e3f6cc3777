#!/usr/bin/python
# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dataflow_run_info
short_description: Retrieve the runs of a dataflow, and wait for them
version_added: 0.2.0
description:
  - Retrieves the runs of a dataflow from the Flow Service of Adobe Experience Platform, newest first, with their status, their
    counts of records, and their errors.
  - With O(wait=done), the module waits until the run is done, and fails if the run failed or did not end within
    O(wait_timeout).
author:
  - aep.flow_service contributors (@aep-flow-service)
options:
  id:
    description:
      - The ID of a run. An unknown ID returns an empty list.
      - Exactly one of O(id), O(ids), O(dataflow_id), and O(dataflow_name) is required.
    type: str
  ids:
    description: The IDs of several runs. Unknown IDs are ignored.
    type: list
    elements: str
  dataflow_id:
    description:
      - The ID of the dataflow. An unknown ID returns an empty list.
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
  limit:
    description:
      - The largest number of runs to return.
      - If not set, all runs are returned. A dataflow that runs every 15 minutes has about 3,000 runs each month.
    type: int
  wait:
    description:
      - V(done) waits until the run of O(id), each run of O(ids), or the newest run of the dataflow is done.
      - A run that is V(partly_failed) is done. If a run failed, if there is no run yet, if a run is not done in time, or if
        its status is unknown at the end, the task fails. RV(reason) distinguishes these failures.
      - In check mode, the module does not wait.
    type: str
    choices:
      - 'no'
      - done
    default: 'no'
  wait_timeout:
    description:
      - The number of seconds after which the task fails if the run is not done.
      - The service shows a first run 2 to 3 minutes after the start time of the dataflow.
    type: float
    default: 600.0
  wait_interval:
    description:
      - The number of seconds between two reads of the run.
      - After four of these pauses, and before the start time of the dataflow, the pauses are twice as long.
    type: float
    default: 15.0
  show_run:
    description: Whether to return each run as the service reports it, too.
    type: bool
    default: false
extends_documentation_fragment:
  - aep.flow_service.connection
  - aep.flow_service.attributes
  - aep.flow_service.attributes.info
seealso:
  - module: aep.flow_service.dataflow_run
"""

EXAMPLES = r"""
# The credentials come from the environment: AEP_CLIENT_ID, AEP_CLIENT_SECRET and AEP_ORG_ID.
- name: Wait until the newest run of a dataflow is done
  aep.flow_service.dataflow_run_info:
    dataflow_name: Acme CRM contacts
    flow_spec_name: CRMToAEP
    wait: done
    limit: 1
  register: newest

- name: Stop if records failed
  ansible.builtin.assert:
    that: newest.runs[0].status == 'succeeded'
    fail_msg: "{{ newest.runs[0].errors }}"

- name: Look up the last ten runs of a dataflow
  aep.flow_service.dataflow_run_info:
    dataflow_id: c9cef9cb-c934-4467-8ef9-cbc934546741
    limit: 10

- name: Look up one run with everything that the service reports
  aep.flow_service.dataflow_run_info:
    id: 9830305a-985f-47d0-b030-5a985fd7d004
    show_run: true
"""

RETURN = r"""
runs:
  description: The runs that were found, newest first.
  returned: success, and failure when waiting for a run
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the run.
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
    run:
      description: The run as the service reports it, if O(show_run=true).
      type: dict
      sample:
        id: 9830305a-985f-47d0-b030-5a985fd7d004
        flowId: c9cef9cb-c934-4467-8ef9-cbc934546741
        metrics:
          statusSummary:
            status: success
count:
  description: The number of runs that were found.
  returned: success, and failure when waiting for a run
  type: int
  sample: 1
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
    run(OPERATIONS["dataflow_run_info"])


if __name__ == "__main__":
    main()
