# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows and runs of a lab, stored past the service."""

from __future__ import annotations

import json
import typing as t
import uuid

from lab.plays import FIXTURES, Lab, Spec

CRM = "14518937-270c-4525-bdec-c2ba7cce3860"


def put_flow(lab: Lab, **changes: t.Any) -> str:
    """Store an enabled flow that runs once; returns its ID."""
    flow: Spec = {
        "id": str(uuid.uuid4()),
        "name": "acme",
        "state": "enabled",
        "flowSpec": {"id": CRM, "version": "1.0"},
        "sourceConnectionIds": [str(uuid.uuid4())],
        "targetConnectionIds": [str(uuid.uuid4())],
        "scheduleParams": {"startTime": 1767225600, "frequency": "once"},
        **changes,
    }
    lab.put_state("flows", flow["id"], flow)
    for source in flow["sourceConnectionIds"]:
        # Its rows are those of every source that has none of its own.
        lab.put_state("sourceConnections", source, {"id": source, "name": "acme"})
    return t.cast(str, flow["id"])


def put_run(lab: Lab, published: str, **changes: t.Any) -> str:
    """Store a run like one that Adobe publishes; returns its ID."""
    run = {**json.loads((FIXTURES / "runs" / f"{published}.json").read_text("utf-8")), "id": str(uuid.uuid4())}
    run.update(changes)
    lab.put_state("runs", run["id"], run)
    return t.cast(str, run["id"])
