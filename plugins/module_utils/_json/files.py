# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""Write files whole."""

from __future__ import annotations

import contextlib
import os
import tempfile


def write_whole(path: str, content: str, mode: int = 0o600, *, durable: bool = False) -> None:
    """Write a file that appears whole or not at all, in place of any other.

    ``durable``: the file is on the disk when this returns.
    Raises OSError, and UnicodeEncodeError.
    """
    # Hidden, so that nothing reads what a kill left behind.
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".aep-")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
