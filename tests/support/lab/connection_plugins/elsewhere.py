# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection that is not the local one, and leads to this machine all the same."""

from __future__ import annotations

DOCUMENTATION = """
name: elsewhere
short_description: Connect to this machine by another name
description: Does what the connection C(local) does.
extends_documentation_fragment:
  - connection_pipelining
"""

from ansible.plugins.connection.local import Connection as Local


class Connection(Local):  # type: ignore[misc]  # Ansible has no types
    """The local connection under another name."""

    transport = "elsewhere"
