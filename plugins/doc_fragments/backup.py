# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # For modules that update or delete what is on the platform.
    DOCUMENTATION = r"""
options:
  backup:
    description:
      - Whether to write the live object to a file before an update or a deletion. If the module cannot write the file, it does
        not change the object.
      - The file is private to the user, is never overwritten, and contains no secrets. It is a definition for the option C(src) of
        the modules. A comment in it names the sandbox, the time, and the ID of the request that read the object.
      - In check mode, the module writes no file.
    type: bool
    default: false
    version_added: 0.2.0
  backup_dir:
    description:
      - The directory for the backups, which is created if it does not exist.
      - Required if O(backup=true).
    type: path
    version_added: 0.2.0
"""
