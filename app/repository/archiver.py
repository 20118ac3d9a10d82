"""Backing up: sources in, one snapshot out.

The coordinator walks the sources, compares each file with the parent snapshot, hands out what
must be read to workers (`reading`), assembles trees from their answers (`assembly`), and writes
in the order that is safe at every instant: packs, then the index, then the snapshot.

A file is taken over from the parent without reading if type, size, mtime, ctime and inode are
equal, its change time is clearly older than the parent snapshot, no live database stands behind
it, and all its blobs are still in the index. So blobs that were lost are stored again by the
next backup.

What cannot be read becomes a Problem; the run goes on. A run that is cancelled, or whose
place is full, writes the index of the packs that it saved, so the next one finds them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

import msgspec

from app import __version__
from app.backends.contract import BackendError
from app.errors import AppError, Cancelled
from app.monitor import Monitor, Problem
from app.repository import folder_cache
from app.repository.assembly import Assembly, Folder, Known
from app.repository.backup_model import (
    CONTEXT,
    BackupOptions,
    BackupReport,
    NothingToBackUp,
    context_status,
    said_excludes,
    said_paths,
    summary_of,
    tags_of,
)
from app.repository.crew import Crew
from app.repository.folder_cache import FolderCache, Record, fingerprint
from app.repository.index_writer import IndexWriter
from app.repository.intake import Intake
from app.repository.keys import user_name
from app.repository.lock import Lock, guard
from app.repository.names import printable
from app.repository.nodes import other_node
from app.repository.pack import BlobKind
from app.repository.packer import Claims, Packer
from app.repository.parent import ParentTrees, find_parent
from app.repository.reading import BatchResult, ReaderFactory, unseen_problem
from app.repository.repository import Repository
from app.repository.scan import Branch, Entry, Listing, Rules, Scanner, Source, Unseen, plan
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.tally import SourceCount
from app.repository.times import rfc3339, to_ns

# A file changed this close to the parent's start (FAT counts in steps of 2 s) is read again.
_RACY = 2_000_000_000
_LARGE_FOLDER = 256 << 10  # bytes of names, some 5,000; where a folder tells its size
_LOOK_EVERY = 4096  # names of a folder between two looks at the monitor

_Place = tuple[Folder, Rules | None, Branch | None]
"""A folder to walk, what holds there, and where further sources lie below it."""


def back_up(
    repository: Repository,
    sources: Sequence[Source],
    *,
    temporary: Path,
    monitor: Monitor,
    lock: Lock | None = None,
    options: BackupOptions | None = None,
) -> BackupReport:
    """Make one snapshot of all sources. The index must be loaded, a shared lock be held.

    `temporary` is a private folder for copies of live databases. Raises `Cancelled`, a
    `BackendError`, `LockLost`, or `NothingToBackUp`; in each case older snapshots are untouched
    and nothing of this run is visible but spare packs.
    """
    if lock is not None:
        monitor = guard(lock, monitor)
    options = options or BackupOptions()
    first = _Run(repository, sources, temporary, monitor, lock, options)
    try:
        return first.run()
    except folder_cache.Broken:
        # What the first try saved is in the index: nothing is read twice.
        options = msgspec.structs.replace(options, cache=None)
        second = _Run(repository, sources, temporary, monitor, lock, options)
        second.known.damage_told = first.known.damage_told
        return second.run()


class _Run:
    """One backup. State of the coordinator; lives for one call of `back_up`."""

    def __init__(
        self,
        repository: Repository,
        sources: Sequence[Source],
        temporary: Path,
        monitor: Monitor,
        lock: Lock | None,
        options: BackupOptions,
    ) -> None:
        self.repository = repository
        self.sources = sources
        self.monitor = monitor
        self.lock = lock
        self.options = options
        self.started = options.now()
        self.counts = [SourceCount(source.name) for source in sources]
        # Each kind has claims of its own: the same bytes may be a file's content and a tree.
        self.trees = Packer(repository, BlobKind.TREE, Claims())
        self.assembly = Assembly(self.trees, self._finished)
        self.crew = Crew(ReaderFactory(repository, Claims(), temporary), options.workers, monitor)
        self.index = IndexWriter(repository, lock)
        known = repository.index.tables[BlobKind.DATA]
        self.intake = Intake(self.crew, self.assembly, self.counts, monitor, known, self._collect)
        self.tally = self.intake.tally
        self.parent: Snapshot | None = None
        self.known = ParentTrees(repository, monitor)
        self.young = to_ns(rfc3339(self.started)) - _RACY
        self.cache = self._load_cache()

    def run(self) -> BackupReport:
        try:
            self._walk()
            self._collect(self.crew.finish())
            self.index.add(self.trees.finish())
        except (Cancelled, folder_cache.Broken):
            self.index.flush()
            raise
        except BackendError:
            self._keep_what_is_saved()
            raise
        finally:
            self.crew.stop()
        self._refuse_nothing()
        self.index.flush()
        report = self._finish()
        self._keep_cache()
        return report

    def _keep_what_is_saved(self) -> None:
        """The place is full, or fails. An index is small: without it the room that the packs took
        would be lost, and the next run would fail as this one did."""
        with suppress(AppError):  # workers that have finished already do not answer again
            for result in self.crew.finish():
                self.index.add(result.packs)
        with suppress(BackendError):
            self.index.flush()

    def _load_cache(self) -> FolderCache:
        if self.options.cache is None:
            return FolderCache()
        files = self.repository.index_files
        return folder_cache.load(self.options.cache, self.repository.config.id, files)

    def _keep_cache(self) -> None:
        """The snapshot is written; a cache that cannot be is only a slower next backup."""
        if self.options.cache is not None:
            with suppress(OSError):
                files = self.repository.index_files
                folder_cache.save(self.options.cache, self.repository.config.id, files, self.cache)

    def _refuse_nothing(self) -> None:
        taken = any(count.files for count in self.counts) or self.tally.folders
        if self.sources and not taken:
            raise NothingToBackUp("backup-nothing")

    # --- walking -----------------------------------------------------------------------------

    def _walk(self) -> None:
        snapshots = self.repository.snapshots(self.monitor)
        host, machine, paths = self.options.host, self.options.machine, said_paths(self.sources)
        self.parent = find_parent(snapshots, host=host, paths=paths, machine=machine)
        self.intake.racy_from = to_ns(self.parent.file.time) - _RACY if self.parent else 0
        root = Folder(b"/", b"", None, None, self._before_root)
        self._add_context(root)
        self._walk_folders(root)
        self._collect(self.crew.flush())
        self.tally.complete = True

    def _before_root(self) -> dict[bytes, Known]:
        return self.known.nodes(self.parent.tree) if self.parent is not None else {}

    def _walk_folders(self, root: Folder) -> None:
        """Depth first, a folder's files before its folders; the stack holds what is to come."""
        scanner = Scanner(self.options.never)
        top = plan(self.sources)
        stack: list[_Place] = [(root, top.rules, top)]
        while stack:
            folder, rules, branch = stack.pop()
            below: list[_Place] = []
            try:
                self._make_ready(folder, rules)
                self._contents(scanner, (folder, rules, branch), below)
                self.tally.folders += rules is not None
            except OSError as error:
                self._unseen(Unseen(folder.path, error, rules))
                folder.sure = False
            self.intake.hand_out()
            stack.extend(reversed(below))
            self.assembly.close(folder)

    def _make_ready(self, folder: Folder, rules: Rules | None) -> None:
        """Fork before a large folder that was never seen stands in memory: the workers would
        hold on to its listing for as long as they live (100,000 files: 86 MB)."""
        if rules is None or folder.status is None or folder.status.st_size < _LARGE_FOLDER:
            return
        if self.cache.get(folder.path) is None and not folder.known:
            self.crew.start()

    def _contents(self, scanner: Scanner, place: _Place, below: list[_Place]) -> None:
        """Take what a folder holds; folders in it are put into `below`."""
        folder, rules, branch = place
        listing = scanner.listing(folder.path, rules)
        order = self._order(folder, rules, branch, listing)
        if rules is not None and listing.plain(rules, branch):
            self._plain_contents(scanner, folder, rules, listing, order, below)
            return
        for entry in scanner.entries(folder.path, rules, branch, listing, order):
            self.crew.checkpoint()
            if isinstance(entry, Unseen):
                self._unseen(entry)
                folder.sure = False
            elif entry.is_folder:
                below.append((self._enter(folder, entry), entry.rules, entry.branch))
            else:
                self._file(folder, entry)

    def _plain_contents(
        self,
        scanner: Scanner,
        folder: Folder,
        rules: Rules,
        listing: Listing,
        order: Sequence[bytes],
        below: list[_Place],
    ) -> None:
        """The same where nothing is left out and nothing is special: no object for each file."""
        found = listing.found
        for count, name in enumerate(order):
            if count % _LOOK_EVERY == 0:
                self.crew.checkpoint()
            # Given up one by one, so that those of a large folder make room for its nodes.
            status = cast("os.stat_result", found.pop(name))
            kind = stat.S_IFMT(status.st_mode)
            if kind == stat.S_IFREG:
                self.intake.file(folder, rules.number, name, status)
            elif kind != stat.S_IFDIR:
                self._special(folder, name, os.path.join(folder.path, name), status, rules.number)
            elif scanner.enters(status):
                entry = Entry(name, os.path.join(folder.path, name), status, rules, None)
                below.append((self._enter(folder, entry), rules, None))

    def _order(
        self, folder: Folder, rules: Rules | None, branch: Branch | None, listing: Listing
    ) -> list[bytes]:
        """What must be looked at in a folder: only its subfolders if its files are as before."""
        order = sorted(listing.found.keys() | (branch.children.keys() if branch else ()))
        known = None if rules is None else listing.seen()
        if known is None or listing.live or (branch is not None and branch.children):
            folder.sure = False
        else:
            assert rules is not None
            folder.listing = fingerprint(known, order, rules.salt)
            folder.sure = folder.listing.newest < self.young
            before = self.cache.get(folder.path)
            if before is not None and before.listing == folder.listing.print:
                self._reuse(folder, before, rules)
                order = [name for name in order if stat.S_ISDIR(known[name].st_mode)]
        return order

    def _reuse(self, folder: Folder, before: Record, rules: Rules) -> None:
        folder.record = before
        folder.files, folder.size, folder.others = before.files, before.size, before.others
        self.tally.unchanged(before.files, before.size)
        count = self.counts[rules.number]
        count.files += before.files + before.others
        count.bytes += before.size

    def _enter(self, folder: Folder, entry: Entry) -> Folder:
        folder.open += 1
        before = partial(self._before, folder, entry)
        return Folder(entry.path, entry.name, folder, entry.stat, before)

    def _before(self, folder: Folder, entry: Entry) -> dict[bytes, Known]:
        """What the last backup knew of a subfolder's entries."""
        record = self.cache.get(entry.path)
        return self._inside(folder, entry.name) if record is None else self.known.nodes(record.tree)

    def _inside(self, folder: Folder, name: bytes) -> dict[bytes, Known]:
        before = folder.known.get(name)
        return self.known.nodes(bytes.fromhex(before.subtree)) if before and before.subtree else {}

    def _unseen(self, unseen: Unseen) -> None:
        if unseen.rules is not None:
            self.counts[unseen.rules.number].problems += 1
        gone = isinstance(unseen.error, (FileNotFoundError, NotADirectoryError))
        if unseen.expected and gone:
            self.monitor.problem(Problem("source-gone", {"path": printable(unseen.path)}))
        else:
            self.monitor.problem(unseen_problem(unseen.path, unseen.error))

    def _finished(self, folder: Folder, tree: bytes, folders: bytes) -> None:
        """A folder has its tree: remember how it looked."""
        if folder.sure and folder.listing is not None:
            seen = folder.listing
            taken = (folder.files, folder.size, folder.others)
            record = Record(seen.print, tree, folders, *taken)
            self.cache.put(folder.path, record)

    # --- files -------------------------------------------------------------------------------

    def _file(self, folder: Folder, entry: Entry) -> None:
        number = entry.rules.number if entry.rules else 0
        if stat.S_ISREG(entry.stat.st_mode):
            self.intake.file(folder, number, entry.name, entry.stat, live=entry.live)
        else:
            self._special(folder, entry.name, entry.path, entry.stat, number)

    def _special(
        self, folder: Folder, name: bytes, path: bytes, status: os.stat_result, number: int
    ) -> None:
        if stat.S_ISSOCK(status.st_mode):
            return  # a socket has no content and cannot be restored
        try:
            node = other_node(name, path, status)
        except OSError as error:
            folder.sure = False
            self.counts[number].problems += 1
            self.monitor.problem(unseen_problem(path, error))
            return
        self.assembly.add(folder, name, node)
        folder.others += 1
        self.counts[number].files += 1

    def _add_context(self, root: Folder) -> None:
        if not self.options.context:
            return
        root.open += 1
        now = context_status(self.options.context)
        folder = Folder(b"/" + CONTEXT, CONTEXT, root, now, partial(self._inside, root, CONTEXT))
        for file in self.options.context:
            self.intake.context(folder, file)
        self.assembly.close(folder)

    # --- results -----------------------------------------------------------------------------

    def _collect(self, results: Iterator[BatchResult]) -> None:
        for result in results:
            self.index.add(result.packs)  # first, so that a run that ends here lists them
            if result.failure is not None:
                raise result.failure
            self.crew.checkpoint()
            self.tally.add(result)
            for each in result.slices:
                self.intake.take(each)
            self.index.go_on()
        self.index.add(self.trees.take_saved())
        self._report()

    def _report(self) -> None:
        self.monitor.progress(self.tally.progress(printable(self.crew.last_path)))

    # --- the end -----------------------------------------------------------------------------

    def _finish(self) -> BackupReport:
        assert self.assembly.root is not None
        if self.lock is not None:
            self.lock.verify()
        summary = summary_of(
            self.tally, self.trees, self.counts, self.options, (self.started, self.options.now())
        )
        content = SnapshotFile(
            time=rfc3339(self.started),
            parent=self.parent.id if self.parent else None,
            tree=self.assembly.root.hex(),
            paths=said_paths(self.sources),
            hostname=self.options.host,
            username=user_name(),
            uid=getattr(os, "getuid", lambda: 0)(),
            gid=getattr(os, "getgid", lambda: 0)(),
            excludes=said_excludes(self.sources) or None,
            tags=tags_of(self.options, self.parent, self.assembly.root),
            program_version=f"tradekeep {__version__}",
            summary=summary,
            machine=self.options.machine,
        )
        snapshot = self.repository.save_snapshot(content)
        return BackupReport(snapshot, summary, tuple(self.counts), self.tally.bytes_read)
