# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # For modules that write specs.
    DOCUMENTATION = r"""
options:
  approved_findings:
    description:
      - The findings of an audit that a person approved, as in RV(aep.flow_service.audit_info#module:audit). If not set, no approval
        is required.
      - The module creates a spec only if an approved finding reports it as C(missing). It updates a spec only if an approved finding
        reports it as C(drifted) with the same changes, and if the spec did not change after the audit. Findings that a rule
        ignores are not approvals.
      - If another client changed the spec after the audit, the module does not write it. The message reports who last wrote it.
    type: list
    elements: dict
    version_added: 0.2.0
"""
