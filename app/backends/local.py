"""A repository in a folder, laid out and written exactly as restic does it (see `layout`).

A file is written as `<name>-tmp-<random>` in its own folder, fsynced, renamed, its folder fsynced,
then made read-only. Where the group may read `config`, it may read all files that are made and
use all folders that are made, as with restic. A folder that is missing is made again only where
there is a repository: an empty mount point must not be filled in the place of its drive.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from app.backends import layout
from app.backends.contract import Buffer, FileInfo, FileName, FileNotThere, Kind, NotAsNamed
from app.backends.flushes import Flushes
from app.backends.local_errors import as_backend_error, readable
from app.backends.mounts import is_on_network
from app.backends.staging import Staged, stage
from app.files import sync_folder

_PIECE = 1 << 20  # fits into the processor's cache, where the next step finds it
_LEFTOVER_AGE = 24 * 3600.0
# What is written under a lock only; locks themselves are written by those who have none yet.
_LONG_TO_WRITE = (Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
# A removed pack or lock that comes back after a power cut is harmless. A removed index that
# comes back would list packs that are gone, and a removed key would open again.
_REMOVED_AT_LEISURE = (Kind.PACK, Kind.LOCK)


class _Modes(msgspec.Struct, frozen=True):
    folder: int
    file: int


_PRIVATE = _Modes(0o700, 0o600)
_GROUP = _Modes(0o770, 0o660)


class LocalBackend(msgspec.Struct, frozen=True):
    """A folder. Picklable; any number of threads and processes may use one folder."""

    path: Path

    @property
    def place(self) -> str:
        return str(self.path)

    @property
    def is_local(self) -> bool:
        return not is_on_network(self.path)

    @property
    def checks_writes(self) -> bool:
        return False

    @property
    def may_fork(self) -> bool:
        return True

    # --- folders -----------------------------------------------------------------------------

    def create(self) -> None:
        with self._translated():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            modes = self._modes()
            for name in layout.FOLDERS:
                _make_folder(self.path / name, modes)
            for folder in (self.path / Kind.PACK.value, self.path, self.path.parent):
                _sync_if_readable(folder)
        self.clean()

    def clean(self, now: float | None = None) -> int:
        """Remove what interrupted writes left more than a day before `now`; returns how many.

        Younger ones may belong to somebody who is writing them.
        """
        before = (time.time() if now is None else now) - _LEFTOVER_AGE
        with self._translated():
            return sum(_clean(self.path / name, before) for name in ("", *layout.FOLDERS))

    def clear_dead(self, begun_before: float) -> int:
        folders = [name for kind in _LONG_TO_WRITE for name in layout.folders_of(kind)]
        with self._translated():
            cleared = sum(_clean(self.path / name, begun_before) for name in folders)
        return cleared + self.clean()  # what else was begun a day ago: a lock, for example

    def _make_again(self, folder: Path) -> None:
        """Make a folder that should be there, if what is there shows that it is our place."""
        parent = folder.parent
        if parent == self.path:
            (self.path / "config").stat()
        elif not parent.is_dir():
            self._make_again(parent)
        _make_folder(folder, self._modes())
        sync_folder(parent)

    def _modes(self) -> _Modes:
        try:
            shared = (self.path / "config").stat().st_mode & stat.S_IRGRP
        except OSError:
            return _PRIVATE
        return _GROUP if shared else _PRIVATE

    # --- reading -----------------------------------------------------------------------------

    def list(self, kind: Kind) -> Iterator[FileInfo]:
        with self._translated(kind.value):
            device = self.path.stat().st_dev
            if kind is Kind.CONFIG:
                with contextlib.suppress(FileNotThere):
                    config = FileName(kind)
                    yield FileInfo(config, self.size(config))
            for name in layout.folders_of(kind):
                try:
                    yield from _entries(kind, self.path / name)
                except FileNotFoundError:
                    # Without its drive the mount point is an empty folder of another device: a
                    # listing that stops short must not look complete.
                    if self.path.stat().st_dev != device:
                        raise

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        assert offset >= 0 and (length is None or length >= 0)
        path = self._path(file)
        with self._present(file), path.open("rb", buffering=0) as stream:
            if length is None:
                stream.seek(offset)
                return stream.readall()
            # `read` reserves what it is asked for, and a damaged index may ask for anything.
            left = max(0, min(length, os.fstat(stream.fileno()).st_size - offset))
            stream.seek(offset)
            data = stream.read(left) or b""
            while len(data) < left and (more := stream.read(left - len(data))):
                data += more
            return data

    def pieces(self, file: FileName, most: int) -> Iterator[Buffer]:
        buffer = memoryview(bytearray(_PIECE))
        path = self._path(file)
        with self._present(file), path.open("rb", buffering=0) as stream:
            while most > 0 and (read := stream.readinto(buffer[: min(most, _PIECE)])):
                most -= read
                yield buffer[:read]

    def size(self, file: FileName) -> int:
        path = self._path(file)
        with self._present(file):
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            return status.st_size

    def free_space(self) -> int | None:
        import shutil  # with all of its compressions: 2 ms that only those pay who ask

        with self._translated():
            usage = shutil.disk_usage(self.path)
        return usage.free if usage.total else None  # a driver that tells nothing tells zeros

    # --- writing -----------------------------------------------------------------------------

    def save(self, file: FileName, data: Buffer) -> None:
        self._flush([self._stage(file, _size(data), [data])])

    def replace(self, file: FileName, data: Buffer) -> None:
        self._flush([self._stage(file, _size(data), [data], anew=True)])

    def save_many(self, files: Iterable[tuple[FileName, Buffer]]) -> Iterator[FileName]:
        flushes = Flushes()
        whole = ((FileInfo(file, _size(data)), [data]) for file, data in files)
        for batch in self._staged(whole, flushes):
            with flushes.timed():
                names = self._flush(batch)
            yield from names

    def save_proven(self, files: Iterable[tuple[FileInfo, Iterable[Buffer]]]) -> Iterator[FileName]:
        flushes = Flushes()
        for batch in self._staged(files, flushes):
            with flushes.timed():
                sound = self._proven(batch)
                names = self._flush(sound)
            yield from names
            if len(sound) < len(batch):
                bad = [staged.file for staged in batch if staged not in sound]
                raise NotAsNamed("mirror-not-kept", bad, self.place)

    def _staged(
        self, files: Iterable[tuple[FileInfo, Iterable[Buffer]]], flushes: Flushes
    ) -> Iterator[Sequence[Staged]]:
        """Files written under temporary names, as many at a time as are to share a flush."""
        batch: list[Staged] = []
        try:
            for info, pieces in files:
                batch.append(self._stage(info.file, info.size, pieces))
                if flushes.is_due(len(batch), sum(staged.size for staged in batch)):
                    full, batch = batch, []
                    yield full
            full, batch = batch, []
            yield full
        finally:
            _discard(batch)

    def _proven(self, batch: Sequence[Staged]) -> Sequence[Staged]:
        """Make contents durable and read them back; those that are sound. The others are gone."""
        sound: list[Staged] = []
        try:
            for staged in batch:
                with self._translated(str(staged.file)):
                    staged.sync()
            for staged in batch:
                with self._translated(str(staged.file)):
                    if staged.is_as_named():
                        sound.append(staged)
        except BaseException:
            _discard(batch)
            raise
        _discard(staged for staged in batch if staged not in sound)
        return sound

    def _stage(
        self, file: FileName, size: int, pieces: Iterable[Buffer], *, anew: bool = False
    ) -> Staged:
        path = self._path(file)
        with self._translated(str(file)):
            try:
                return stage(file, path, size, pieces, anew=anew)
            except FileNotFoundError:
                if path.parent == self.path:
                    raise
                self._make_again(path.parent)
                return stage(file, path, size, pieces, anew=anew)

    def _flush(self, batch: Sequence[Staged]) -> Sequence[FileName]:
        """Make files durable under their names, in this order; their names."""
        mode = self._modes().file  # before the config itself is replaced
        try:
            for staged in batch:
                with self._translated(str(staged.file)):
                    staged.sync()
            for staged in batch:
                with self._translated(str(staged.file)):
                    staged.publish()
        except BaseException:
            _discard(batch)
            raise
        for folder in {staged.path.parent for staged in batch}:
            with self._translated(folder.name):
                sync_folder(folder)
        for staged in batch:
            staged.protect(mode)
        return [staged.file for staged in batch]

    def remove(self, file: FileName) -> None:
        path = self._path(file)
        with self._present(file):
            try:
                path.unlink()
            except PermissionError:
                # Windows and some network shares do not remove a read-only file.
                path.chmod(0o600)
                path.unlink()
            if file.kind not in _REMOVED_AT_LEISURE:
                sync_folder(path.parent)

    # --- names and errors --------------------------------------------------------------------

    def _path(self, file: FileName) -> Path:
        return self.path / layout.path_of(file)

    @contextlib.contextmanager
    def _translated(self, name: str = "") -> Iterator[None]:
        """OSErrors come out as `BackendError`s that name a file or folder."""
        try:
            yield
        except OSError as error:
            name = name or self.place
            raise as_backend_error(error, place=self.place, file=name) from error

    @contextlib.contextmanager
    def _present(self, file: FileName) -> Iterator[None]:
        """As `_translated`, where a file that is missing is missing, if the folder is there."""
        with self._translated(str(file)):
            try:
                yield
            except FileNotFoundError as error:
                self.path.stat()
                params = {"place": readable(self.place), "file": str(file)}
                raise FileNotThere(
                    "file-not-there", reason=error.strerror or "", **params
                ) from error


def _size(data: Buffer) -> int:
    return memoryview(data).nbytes


def _entries(kind: Kind, folder: Path) -> Iterator[FileInfo]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not layout.is_name(entry.name):
                continue
            with contextlib.suppress(FileNotFoundError):  # removed since
                status = entry.stat()
                if stat.S_ISREG(status.st_mode):
                    yield FileInfo(FileName(kind, entry.name), status.st_size)


def _make_folder(folder: Path, modes: _Modes) -> None:
    try:
        folder.mkdir(mode=modes.folder)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    if modes is _GROUP:  # the umask has mostly taken the group's right to write away
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | modes.folder)


def _discard(batch: Iterable[Staged]) -> None:
    for staged in batch:
        staged.discard()


def _clean(folder: Path, before: float) -> int:
    removed = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if layout.is_leftover(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # somebody else's, or gone
                    if entry.stat(follow_symlinks=False).st_mtime < before:
                        Path(entry.path).unlink()
                        removed += 1
    return removed


def _sync_if_readable(folder: Path) -> None:
    # What lies above the folder that we were given may not be ours to open.
    with contextlib.suppress(PermissionError):
        sync_folder(folder)
