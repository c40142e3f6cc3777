# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulator of the Adobe Experience Platform Flow Service, to practice and to test on."""

from __future__ import annotations

__version__ = "0.1.0"
