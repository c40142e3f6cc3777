# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the result of every task to a file, one JSON object a line, for tests to read."""

from __future__ import annotations

DOCUMENTATION = """
name: record
type: aggregate
short_description: Record task results
description: Writes the result of every task and item to the file that E(RECORD_FILE) names.
"""

import json
import os
import typing as t

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Record task results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"

    def _record(self, status: str, result: t.Any, **_options: t.Any) -> None:
        self._write(status=status, task=result.task.name, host=result.host.name, result=result.result)

    def _write(self, **facts: t.Any) -> None:
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(facts, default=str) + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._record("failed", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._record("skipped", result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._write(status="stats", task="", host="", result=stats.custom.get("_run", {}))
