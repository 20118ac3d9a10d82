"""A bot's folder gives way to another one, in one step, and what a kill leaves behind.

The new folder is made beside the old one on the same file system (`.NAME.tradekeep-rollback`), and
they change names. A note among this machine's data says which folder is which by their inodes, so
that whoever comes after a kill knows what has happened: the folder at the bot's place is the old
one, the new one, or, only where a file system cannot exchange names and the kill came between two
renames, neither; then the old one is put back. The number of the device is noted but not compared:
after a restart LVM, btrfs and network drives have another one.

A backup that reads the bot meanwhile notices, and begins again: see `rollback_seen`.

What the bot's source leaves out stays: it is linked into the new folder before the step (copied
where a file system has no links). Journals of a database that is replaced are no part of that.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from app.errors import AppError
from app.files import private_folder, sync_folder, write_atomic
from app.hotcopy.leftovers import open_up
from app.json_lines import NO_JSON
from app.services.home import Home
from app.services.rollback_seen import file_about, giving_way
from app.swapping import swap_names, sync_all_of

VERSION = 1
Identity = tuple[int, int]


class RollbackFailed(AppError):
    """A rollback that could not be done; the bot is as it was, unless the sentence says so."""


class Left(StrEnum):
    """What a rollback that was broken off has left at the bot's place."""

    OLD = "old"
    NEW = "new"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A rollback at work. `new` is (0, 0) until the new folder is whole."""

    version: int = VERSION
    path: str
    snapshot: str
    undo: str
    old: Identity
    new: Identity = (0, 0)


@dataclass(frozen=True, slots=True)
class Swap:
    """One bot's place, and where its new folder is made."""

    home: Home
    path: Path

    @property
    def work(self) -> Path:
        return self.path.with_name(f".{self.path.name}.tradekeep-rollback")

    @property
    def made_in(self) -> Path:
        """The folder in which the new one is made, under the bot's own name."""
        return self.work / "new"

    @property
    def made(self) -> Path:
        return self.made_in / self.path.name

    @property
    def _aside(self) -> Path:
        return self.work / "old"

    @property
    def _file(self) -> Path:
        return file_about(self.home, self.path, "json")

    # --- the note ----------------------------------------------------------------------------

    def note(self) -> Note | None:
        """What is noted of a rollback at work, or of one that was killed."""
        try:
            found = msgspec.json.decode(self._file.read_bytes(), type=Note)
        except FileNotFoundError:
            return None
        except (OSError, *NO_JSON) as error:
            raise self._failed("rollback-note-broken", error, path=str(self._file)) from error
        if found.version > VERSION:
            params = {"path": str(self._file), "reason": f"version {found.version}"}
            raise RollbackFailed("rollback-note-broken", **params)
        return found

    def write(self, note: Note) -> None:
        try:
            private_folder(self._file.parent)
            write_atomic(self._file, msgspec.json.format(msgspec.json.encode(note)))
        except OSError as error:
            path = str(self._file.parent)
            raise AppError("own-folder-unwritable", path=path, reason=_reason(error)) from error

    # --- the step ----------------------------------------------------------------------------

    def begin(self, snapshot: str, undo: str) -> Note:
        """Note what is going to happen, and make room beside the bot. Raises `RollbackFailed`."""
        try:
            if os.path.lexists(self.work):  # not ours by any note: with one, `heal` would clear it
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self.work))
            note = Note(path=str(self.path), snapshot=snapshot, undo=undo, old=_identity(self.path))
            self.write(note)
            self.work.mkdir(mode=0o700)
            self.made_in.mkdir(mode=0o700)
            self._aside.mkdir(mode=0o700)
        except OSError as error:
            raise self._failed("rollback-no-place", error) from error
        return note

    def swap(self, note: Note) -> None:
        """The step itself. What is at the bot's place afterwards is durable and whole."""
        try:
            sync_all_of(self.made)
            self.write(msgspec.structs.replace(note, new=_identity(self.made)))
            with giving_way(self.home, self.path):
                if not swap_names(self.path, self.made):
                    self._in_two_steps()
            for folder in (self.path.parent, self.made_in, self._aside):
                sync_folder(folder)
        except OSError as error:
            raise self._failed("rollback-no-swap", error) from error

    def _in_two_steps(self) -> None:
        self.path.rename(self._aside / self.path.name)
        try:
            self.made.rename(self.path)
        except OSError:
            (self._aside / self.path.name).rename(self.path)
            raise

    def clear(self) -> None:
        """Take away what is not at the bot's place, then the note. What cannot be taken away is
        tried again the next time."""
        if self.work.exists():
            open_up(self.work)
            try:
                shutil.rmtree(self.work)
            except OSError as error:
                raise self._failed("rollback-not-cleared", error, path=str(self.work)) from error
        self._file.unlink(missing_ok=True)

    # --- after a kill ------------------------------------------------------------------------

    def heal(self) -> tuple[Left, Note] | None:
        """Bring a rollback that was killed to an end; None if there was none. Under the lock."""
        note = self.note()
        if note is None:
            return None
        here = _identity(self.path)
        if here == (0, 0):
            aside = self._aside / self.path.name
            if not _same(_identity(aside), note.old):
                raise RollbackFailed("rollback-lost", path=str(self.path), work=str(self.work))
            try:
                with giving_way(self.home, self.path):
                    aside.rename(self.path)
                sync_folder(self.path.parent)
            except OSError as error:
                raise self._failed("rollback-no-swap", error) from error
            here = note.old
        is_new = _same(here, note.new)
        if not is_new and not _same(here, note.old):
            raise RollbackFailed("rollback-lost", path=str(self.path), work=str(self.work))
        self.clear()
        return (Left.NEW if is_new else Left.OLD), note

    def _failed(self, message_id: str, error: Exception, **params: str) -> RollbackFailed:
        return RollbackFailed(
            message_id, **{"path": str(self.path), **params}, reason=_reason(error)
        )


def _identity(path: Path) -> Identity:
    """(0, 0) where there is nothing."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


def _same(one: Identity, other: Identity) -> bool:
    """Whether it is one folder, at places that are one file system: whatever its number is now."""
    return one[1] == other[1]


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number) if number else str(error)


# --- what stays ------------------------------------------------------------------------------


def carry_over(old: Path, new: Path, is_left_out: Callable[[Path, bool], bool]) -> int:
    """Link everything of `old` that is left out into `new`, whatever that has there; returns how
    many files. `is_left_out` gets a path in `old`, and whether it is a folder. Raises OSError."""
    count = 0
    for path in sorted(old.iterdir()):
        is_folder = path.is_dir() and not path.is_symlink()
        place = new / path.name
        if is_left_out(path, is_folder):
            _remove(place)
            with _times_kept(new):
                count += _linked(path, place)
        elif is_folder:
            count += _below(path, place, is_left_out)
    return count


def _below(old: Path, new: Path, is_left_out: Callable[[Path, bool], bool]) -> int:
    """A folder that came after the snapshot, or is none in it, is made only if something in it
    stays."""
    if new.is_dir() and not new.is_symlink():
        return carry_over(old, new, is_left_out)
    if not _any_left_out(old, is_left_out):
        return 0
    if os.path.lexists(new):
        raise NotADirectoryError(20, os.strerror(20), str(new))
    new.mkdir()
    count = carry_over(old, new, is_left_out)
    _dress(old, new)
    return count


def _any_left_out(folder: Path, is_left_out: Callable[[Path, bool], bool]) -> bool:
    for path in folder.iterdir():
        is_folder = path.is_dir() and not path.is_symlink()
        if is_left_out(path, is_folder) or (is_folder and _any_left_out(path, is_left_out)):
            return True
    return False


def _linked(old: Path, new: Path) -> int:
    if old.is_dir() and not old.is_symlink():
        new.mkdir()
        count = sum(_linked(path, new / path.name) for path in sorted(old.iterdir()))
        _dress(old, new)
        return count
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:  # a file system without links, or too many of them already
        if not old.is_symlink() and not old.is_file():
            return 0  # a socket, a pipe: whoever made it makes it again
        shutil.copy2(old, new, follow_symlinks=False)
    return 1


@contextmanager
def _times_kept(folder: Path) -> Iterator[None]:
    """A folder has the times of the snapshot, whatever is put into it."""
    found = folder.stat()
    yield
    os.utime(folder, ns=(found.st_atime_ns, found.st_mtime_ns))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _dress(old: Path, new: Path) -> None:
    """Owner, permissions, attributes, times."""
    found = old.stat()
    if os.geteuid() == 0:
        os.chown(new, found.st_uid, found.st_gid)
    shutil.copystat(old, new)
