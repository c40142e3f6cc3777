# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check files of definitions without Ansible, as a pre-commit hook does: by the code of this collection."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_UTILS = "ansible_collections.aep.flow_service.plugins.module_utils"
PLUGIN_UTILS = "ansible_collections.aep.flow_service.plugins.plugin_utils"


def find_collection() -> None:
    """Make the collection importable from where this file is, which need not be below ``ansible_collections``."""
    for name, path in (
        ("ansible_collections", []),
        ("ansible_collections.aep", []),
        ("ansible_collections.aep.flow_service", [str(ROOT)]),
    ):
        package = types.ModuleType(name)
        package.__path__ = path
        sys.modules[name] = package


def main() -> int:
    """Check the files, print the findings, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a JSON or YAML file of definitions")
    parser.add_argument("--kind", choices=("connection_spec", "flow_spec"), help="the kind of all definitions")
    severities = ("error", "warning", "hint", "never")
    parser.add_argument("--fail-on", choices=severities, default="error", help="the mildest severity that fails")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="CHECK=REASON", help="a check to leave out, with the reason"
    )
    arguments = parser.parse_args()
    find_collection()
    run = importlib.import_module(f"{MODULE_UTILS}._checks.run")
    checks = importlib.import_module(f"{MODULE_UTILS}._checks.registry").CHECKS
    report = importlib.import_module(f"{PLUGIN_UTILS}._check_report")
    exemptions = []
    for entry in arguments.ignore:
        check_id, _equals, reason = entry.partition("=")
        if check_id not in checks or not reason.strip():
            parser.error(f"--ignore {entry}: write the ID of a check, an equals sign, and the reason")
        exemptions.append(run.Exemption(check_id, reason))
    found = run.check_definitions([], arguments.files, arguments.kind, exemptions).findings
    findings = [finding.as_result() for finding in found]
    for finding in findings:
        print(report.as_line(finding, os.getcwd()))
    return int(any(report.reaches(finding, arguments.fail_on) for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
