# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way to become another user that stays who one is."""

from __future__ import annotations

DOCUMENTATION = """
name: pretend
short_description: Stay who you are
description: Runs the command as it is.
options:
  become_user:
    description: The user to pretend to be.
    default: root
"""

import typing as t

from ansible.plugins.become import BecomeBase


class BecomeModule(BecomeBase):  # type: ignore[misc]  # Ansible has no types
    """Run commands as they are."""

    name = "pretend"

    def build_become_command(self, cmd: str, shell: t.Any) -> str:
        """The command, unaltered."""
        super().build_become_command(cmd, shell)
        return cmd
