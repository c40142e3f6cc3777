# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What every module has in common.
    DOCUMENTATION = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/aep.flow_service.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - aep.flow_service.all
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled/queried by the module has not changed in a relevant way.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""

    # For modules that write; use it after the standard fragment.
    WRITER = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - No request that writes is sent. The prediction comes from the same code that writes, up to the write.
  diff_mode:
    support: full
    details:
      - The difference is shown for the managed fields only.
"""

    # For modules that only read; use it after the standard fragment.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module does not modify state.
  diff_mode:
    support: N/A
    details:
      - This module does not modify state.
"""
