# Copyright (c) 2026, aep.flow_service contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: it may change without notice.

"""File locks between the processes of one controller, in a directory that only its user can access."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import random
import stat
import time
from collections.abc import Iterator

from ansible_collections.aep.flow_service.plugins.module_utils._errors import FlowServiceError

try:
    import fcntl

    HAS_FCNTL = True
except ImportError:
    HAS_FCNTL = False

_POLL = 0.02
# Not tempfile.gettempdir, which makes a relative TMPDIR absolute and falls back to the working directory.
_TEMPORARY_FOLDER = "/tmp"  # noqa: S108 - used only for a directory that no other user can access


def private_directory(purpose: str) -> str | None:
    """Return a directory of mode 0700 that belongs to this user, or None if it cannot be created.

    It is in the user's cache directory, or if that is read-only, in the directory for temporary files.
    Relative paths in the environment are ignored, as the XDG specification requires. Otherwise, processes with
    different working directories would share neither locks nor tokens, and a token could be in a checkout.
    """
    name = "aep.flow_service"
    caches = [os.environ.get("XDG_CACHE_HOME", ""), *(os.path.join(home, ".cache") for home in _homes())]
    temporary = [*(os.environ.get(variable, "") for variable in ("TMPDIR", "TEMP", "TMP")), _TEMPORARY_FOLDER]
    candidates = [
        os.path.join(next(filter(os.path.isabs, caches), "/nonexistent"), name),
        os.path.join(next(filter(os.path.isabs, temporary)), f"{name}-{os.getuid()}"),
    ]
    for parent in candidates:
        folder = os.path.join(parent, purpose)
        try:
            os.makedirs(parent, mode=0o700, exist_ok=True)
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError:
            continue
        if _is_private(parent) and _is_private(folder) and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def _homes() -> Iterator[str]:
    yield os.environ.get("HOME", "")
    with contextlib.suppress(KeyError):
        yield pwd.getpwuid(os.getuid()).pw_dir


def _is_private(folder: str) -> bool:
    facts = os.lstat(folder)
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077


def file_name(*parts: str) -> str:
    """Return a file name that identifies ``parts`` without showing them."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


class Lock:
    """A lock on one thing, which also knows when that was last written under it.

    This is what lets a writer read without the lock: if the last write had ended when its read began, then the
    read is as good as one made under the lock. Times are of the monotonic clock, which the processes of a
    machine share.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path if HAS_FCNTL else None

    @classmethod
    def on(cls, *parts: str) -> Lock:
        """Return the lock with this name. Without a directory for locks, it locks nothing."""
        folder = private_directory("locks")
        return cls(os.path.join(folder, file_name(*parts)) if folder else None)

    @contextlib.contextmanager
    def held(self, patience: float) -> Iterator[HeldLock]:
        """Hold the lock, and wait at most ``patience`` seconds for it.

        Raises FlowServiceError that names the file if another process still has the lock.
        """
        descriptor = self._open()
        if descriptor is None:
            yield HeldLock(None)
            return
        try:
            if self._acquire(descriptor, patience):
                yield HeldLock(descriptor)
            else:
                yield HeldLock(None)
        finally:
            # Closing releases the lock, as does each end of the process.
            os.close(descriptor)

    def _open(self) -> int | None:
        if self._path is None:
            return None
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            # The file belongs to another user, or the disk is full: no lock, as without a directory for it.
            return None

    def _acquire(self, descriptor: int, patience: float) -> bool:
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > end:
                    raise FlowServiceError(
                        f"Could not acquire the lock {self._path}: another process on this controller still holds it"
                        f" after {patience:g} s. Next step: wait until that process ends, then run again."
                    ) from None
                time.sleep(random.uniform(_POLL / 2, _POLL))
            except OSError:
                # A file system without locks: what is left is reading right before and after the write.
                return False


class HeldLock:
    """A lock that is held; without a descriptor, one that could not be had."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def unchanged_since(self, moment: float) -> bool:
        """Return whether every write under this lock ended before that moment of the monotonic clock.

        A write that was cut off, its process killed, never ended.
        """
        if self._descriptor is None:
            return True
        try:
            last_write = float(os.pread(self._descriptor, 64, 0) or 0)
        except ValueError:
            return False
        return last_write < moment

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Note a write: wrap the sending of it."""
        self._store(float("inf"))
        yield
        # Not after an exception: then the write may still be on its way.
        self._store(time.monotonic())

    def _store(self, moment: float) -> None:
        if self._descriptor is not None:
            os.pwrite(self._descriptor, f"{moment:<40}".encode(), 0)
