"""The folder that a restore writes into, and nothing beyond it.

Every step goes by descriptor: a folder is opened component by component, links are never
followed, so neither a hostile snapshot nor somebody who swaps a folder for a link meanwhile can
lead a write outside the target. Files are written under another name in their own folder
(`.<name>.tradekeep.partial`), and renamed when they are complete: whoever looks sees the old file
or the new one. The partial's name is always the same, so that an interrupted restore leaves
nothing behind once it is repeated.

POSIX only: it needs `dir_fd`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from app.errors import AppError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_KEPT_OPEN = 64
_LONGEST = 255  # bytes of a name on every file system that we know
_PARTIAL = b".tradekeep.partial"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}
JOURNALS = (b"-wal", b"-journal", b"-shm")
SQLITE = b"SQLite format 3\0"


class Overwrite(StrEnum):
    """What becomes of a file that is there already.

    IF_CHANGED keeps one of the same size and modification time. KEEP_BOTH gives the restored
    file another name where the one that is there differs, SET_ASIDE gives it to that one.
    """

    NEVER = "never"
    IF_CHANGED = "if-changed"
    ALWAYS = "always"
    KEEP_BOTH = "keep-both"
    SET_ASIDE = "set-aside"


REPLACING = frozenset({Overwrite.IF_CHANGED, Overwrite.ALWAYS})
LEAVING = frozenset({Overwrite.NEVER, Overwrite.KEEP_BOTH})  # what is there keeps its name


class Found(StrEnum):
    """How a file of the snapshot compares with what is at its place."""

    NEW = "new"
    SAME = "same"
    DIFFERENT = "different"
    IN_THE_WAY = "in the way"  # a folder where a file belongs, or the other way round


class TargetFull(AppError):
    """The target has no room left."""


class TargetUnusable(AppError):
    """The target cannot be made or written to."""


def is_full(error: OSError) -> bool:
    """Whether the system says that there is no room left."""
    return error.errno in _FULL


def reason_of(error: OSError) -> str:
    """The system's own words."""
    return os.strerror(error.errno) if error.errno else str(error)


def open_target(path: Path) -> Target:
    """Make the folder if need be and open it. Raises `TargetUnusable`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        return Target(path)
    except OSError as error:
        raise TargetUnusable("restore-target", path=str(path), reason=reason_of(error)) from error


class Target:
    """An open target. Paths are relative to it, as bytes with slashes, b"" for itself.

    Methods raise OSError: who calls knows which file it is about. Belongs to one thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._open: OrderedDict[bytes, int] = OrderedDict()

    def close(self) -> None:
        for descriptor in (*self._open.values(), self._root):
            os.close(descriptor)
        self._open.clear()

    # --- folders -----------------------------------------------------------------------------

    def folder(self, path: bytes) -> int:
        """The descriptor of a folder that is there. It stays open until it is pushed out by
        others, so it is for use at once."""
        if not path:
            return self._root
        found = self._open.get(path)
        if found is not None:
            self._open.move_to_end(path)
            return found
        return self._open_from(path)

    def _open_from(self, path: bytes) -> int:
        """Open from the longest part that is open already, one component at a time."""
        parts = path.split(b"/")
        start = len(parts) - 1
        while start and b"/".join(parts[:start]) not in self._open:
            start -= 1
        descriptor = self._open[b"/".join(parts[:start])] if start else self._root
        for end in range(start, len(parts)):
            descriptor = os.open(parts[end], _FOLDER, dir_fd=descriptor)
            self._open[b"/".join(parts[: end + 1])] = descriptor
        while len(self._open) > _KEPT_OPEN:
            oldest, descriptor_out = next(iter(self._open.items()))
            if oldest == path:
                break
            del self._open[oldest]
            os.close(descriptor_out)
        return self._open[path]

    def make_folder(self, path: bytes) -> bool:
        """Make a folder whose parent is there; False if it was there. Ours alone until its
        metadata is set; one that is there and lets its owner not write is opened up for now."""
        parent, _, name = path.rpartition(b"/")
        try:
            os.mkdir(name, 0o700, dir_fd=self.folder(parent))
        except FileExistsError:
            status = os.fstat(self.folder(path))
            if status.st_mode & 0o300 != 0o300 and status.st_uid == os.geteuid():
                os.fchmod(self.folder(path), stat.S_IMODE(status.st_mode) | 0o700)
            return False
        return True

    def make_folders(self, path: bytes) -> None:
        """Make a folder and those above it, as far as they are missing."""
        parts = path.split(b"/") if path else []
        for end in range(1, len(parts) + 1):
            self.make_folder(b"/".join(parts[:end]))

    # --- looking -----------------------------------------------------------------------------

    def status(self, folder: bytes, name: bytes) -> os.stat_result | None:
        """lstat, None if there is nothing (or no such folder)."""
        try:
            return os.stat(name, dir_fd=self.folder(folder), follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def compare(self, folder: bytes, name: bytes, size: int, mtime: int | None) -> Found:
        """How a regular file of that size and time (ns) compares with what is there."""
        there = self.status(folder, name)
        if there is None:
            return Found.NEW
        if stat.S_ISDIR(there.st_mode):
            return Found.IN_THE_WAY
        same = (
            stat.S_ISREG(there.st_mode)
            and there.st_size == size
            and mtime is not None
            and there.st_mtime_ns == mtime
        )
        return Found.SAME if same else Found.DIFFERENT

    # --- files -------------------------------------------------------------------------------

    def new_partial(self, folder: bytes, name: bytes) -> int:
        """An empty partial for a file, open for writing; a leftover of its name is removed."""
        at = self.folder(folder)
        partial = partial_name(name)
        try:
            return os.open(partial, NEW, 0o600, dir_fd=at)
        except FileExistsError:
            os.unlink(partial, dir_fd=at)
            return os.open(partial, NEW, 0o600, dir_fd=at)

    def open_partial(self, folder: bytes, name: bytes) -> int:
        """A partial that is there, for writing."""
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(partial_name(name), flags, dir_fd=self.folder(folder))

    def drop_partial(self, folder: bytes, name: bytes) -> None:
        with contextlib.suppress(OSError):
            os.unlink(partial_name(name), dir_fd=self.folder(folder))

    def drop_partials(self, folder: bytes) -> None:
        """Remove the partials in a folder that this restore has made."""
        with contextlib.suppress(OSError):
            at = self.folder(folder)
            for name in os.listdir(at):
                if name.startswith(".") and name.endswith(_PARTIAL.decode()):
                    os.unlink(name, dir_fd=at)

    def place(self, folder: bytes, name: bytes, *, replace: bool) -> bool:
        """Give a complete partial its name. Without `replace`, False if the name is taken."""
        at = self.folder(folder)
        partial = partial_name(name)
        if not replace:
            return place(at, partial, name)
        os.rename(partial, name, src_dir_fd=at, dst_dir_fd=at)
        return True

    def place_beside(self, folder: bytes, name: bytes, mark: str) -> bytes:
        """Give a partial a name of its own beside the one that is taken; returns it."""
        at = self.folder(folder)
        other = self.beside_name(folder, name, mark)
        os.rename(partial_name(name), other, src_dir_fd=at, dst_dir_fd=at)
        return other

    def set_aside_journals(self, folder: bytes, name: bytes, restored: frozenset[bytes]) -> int:
        """Move away the journals of the database that is about to be replaced.

        A `-wal` of the old database would be played into the restored one and ruin it. Those in
        `restored` come from the snapshot. Nothing is deleted; returns how many were moved.
        """
        at = self.folder(folder)
        moved = 0
        for suffix in JOURNALS:
            journal = name + suffix
            if journal in restored or self.status(folder, journal) is None:
                continue
            for other in _other_names(journal, "before restore"):
                if self.status(folder, other) is None:
                    os.rename(journal, other, src_dir_fd=at, dst_dir_fd=at)
                    moved += 1
                    break
        return moved

    def set_aside(
        self, folder: bytes, name: bytes, restored: frozenset[bytes] = frozenset()
    ) -> bytes:
        """Give what is at a name another one, see `aside_name`; returns that one.

        The journals of a database go with it, so that it still opens as it was; those in
        `restored` come from the snapshot. Where the file system has hard links the old name
        stays until it is replaced: there is no moment without the file.
        """
        at = self.folder(folder)
        other = self.aside_name(folder, name)
        try:
            os.link(name, other, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.rename(name, other, src_dir_fd=at, dst_dir_fd=at)
        for suffix in JOURNALS if _is_database(at, other) else ():
            if name + suffix not in restored and self.status(folder, name + suffix) is not None:
                os.rename(name + suffix, other + suffix, src_dir_fd=at, dst_dir_fd=at)
        return other

    def aside_name(self, folder: bytes, name: bytes) -> bytes:
        """The free name that `set_aside` would give now: `a.txt.before-restore`, `….2`, …"""
        for other in _aside_names(name):
            taken = (other, *(other + suffix for suffix in JOURNALS))
            if all(self.status(folder, each) is None for each in taken):
                return other
        raise FileExistsError(errno.EEXIST, "no free name")

    def beside_name(self, folder: bytes, name: bytes, mark: str) -> bytes:
        """The free name that `place_beside` would give now."""
        for other in _other_names(name, mark):
            if self.status(folder, other) is None:
                return other
        raise FileExistsError(errno.EEXIST, "no free name")

    # --- what is no file ---------------------------------------------------------------------

    def make_link(self, folder: bytes, name: bytes, target: bytes) -> None:
        """A symbolic link under the partial's name."""
        at = self._free(folder, name)
        os.symlink(target, partial_name(name), dir_fd=at)

    def link_at(self, folder: bytes, name: bytes) -> bytes | None:
        """Where the symbolic link at a name leads; None if there is none."""
        try:
            return os.readlink(name, dir_fd=self.folder(folder))
        except OSError:
            return None

    def make_node(self, folder: bytes, name: bytes, mode: int, device: int) -> None:
        """A fifo or device under the partial's name."""
        at = self._free(folder, name)
        if stat.S_ISFIFO(mode):
            os.mkfifo(partial_name(name), 0o600, dir_fd=at)
        else:
            os.mknod(partial_name(name), stat.S_IFMT(mode) | 0o600, device, dir_fd=at)

    def make_hard_link(self, first: tuple[bytes, bytes], folder: bytes, name: bytes) -> None:
        """Another name of a restored file, under the partial's name."""
        at = self._free(folder, name)
        os.link(
            first[1],
            partial_name(name),
            src_dir_fd=self.folder(first[0]),
            dst_dir_fd=at,
            follow_symlinks=False,
        )

    def _free(self, folder: bytes, name: bytes) -> int:
        at = self.folder(folder)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial_name(name), dir_fd=at)
        return at


def partial_name(name: bytes) -> bytes:
    """Under which name a file is written until it is complete."""
    partial = b"." + name + _PARTIAL
    if len(partial) <= _LONGEST:
        return partial
    return b"." + hashlib.sha256(name).hexdigest()[:32].encode() + _PARTIAL


def place(at: int, partial: bytes, name: bytes) -> bool:
    """Give a complete partial in an open folder its name; False if the name is taken."""
    try:
        os.link(partial, name, src_dir_fd=at, dst_dir_fd=at, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _place_by_rename(at, partial, name)
    os.unlink(partial, dir_fd=at)
    return True


def _place_by_rename(at: int, partial: bytes, name: bytes) -> bool:
    """For file systems without hard links: look, then rename."""
    try:
        os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(partial, name, src_dir_fd=at, dst_dir_fd=at)
        return True
    return False


def _other_names(name: bytes, mark: str) -> Iterator[bytes]:
    """`a.txt` → `a (mark).txt`, `a (mark 2).txt`, …"""
    stem, dot, suffix = name.rpartition(b".")
    if not stem:
        stem, dot, suffix = name, b"", b""
    for number in range(1, 1000):
        extra = f" ({mark})" if number == 1 else f" ({mark} {number})"
        room = _LONGEST - len(extra.encode()) - len(dot) - len(suffix)
        yield stem[:room] + extra.encode() + dot + suffix


def _aside_names(name: bytes) -> Iterator[bytes]:
    """`a.txt` → `a.txt.before-restore`, `a.txt.before-restore.2`, … with room for a journal's
    ending."""
    for number in range(1, 1000):
        extra = b".before-restore" if number == 1 else b".before-restore.%d" % number
        yield name[: _LONGEST - len(extra) - len(JOURNALS[1])] + extra


def _is_database(at: int, name: bytes) -> bool:
    """Whether a file of an open folder begins as SQLite's do; never waits for a pipe."""
    try:
        descriptor = os.open(name, _LOOK, dir_fd=at)
    except OSError:
        return False
    try:
        return os.pread(descriptor, len(SQLITE), 0) == SQLITE
    except OSError:
        return False
    finally:
        os.close(descriptor)
