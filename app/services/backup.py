"""Back up now: pull accounts and candles, one snapshot of all sources, then every reachable copy.

Captured once, mirrored: copies get the snapshot that was just made, never another one. A copy
that is away is a Problem of this run, not its failure. The pull takes a minute at most, what it
leaves is for a pull of its own; the archive is a source of every backup of what is configured.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.errors import AppError, WrongUsage
from app.files import private_folder
from app.hotcopy import clear_leftovers
from app.monitor import Monitor, Problem, Step
from app.repository.archiver import back_up
from app.repository.backup_model import BackupOptions, BackupReport, ContextFile
from app.repository.keys import host_name
from app.repository.lock import LockMode, locked
from app.repository.repository import Repository
from app.repository.scan import Source, identities
from app.repository.snapshot import Snapshot
from app.services.asked import LEFT_OUT
from app.services.home import Home
from app.services.rollback_seen import GaveWay, Still
from app.services.run import Run
from app.services.snapshot_context import context_files
from app.settings.model import SourceSettings

if TYPE_CHECKING:
    from app.services.pull import Pulled
    from app.services.suspect_watch import Watch
    from app.services.sync import CopyOutcome


PULL_SECONDS = 60.0
_ARCHIVE = "exchange archive"
_CANDLES = "candles"


class BackupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to back up: ad-hoc paths, or all configured sources where there are none. Where a
    schedule began it, the pull waits `network_wait` seconds for a network and is left out without
    one; where a person did, it tries. Without `network`, copies behind one are left out."""

    paths: tuple[Path, ...] = ()
    tags: tuple[str, ...] = ()
    host: str | None = None
    exclude: tuple[str, ...] = ()
    exclude_caches: bool = True
    copies: bool = True
    own: bool = True
    pull: bool = True
    network_wait: float | None = None
    network: bool = True

    @property
    def whole(self) -> bool:
        """Whether it is what is configured, into this machine's own repository."""
        return self.own and not self.paths


class BackupResult(msgspec.Struct):
    """The engine's report, what became of each copy, of the pull and of old snapshots (None: there
    was no such step)."""

    backup: BackupReport
    copies: list[CopyOutcome] = msgspec.field(default_factory=list)
    pull: Pulled | None = None
    tidied: dict[str, object] | None = None


def back_up_now(
    home: Home, repository: Repository, request: BackupRequest, run: Run
) -> BackupResult:
    """Make a snapshot and mirror it. Raises what stops everything; the rest are Problems."""
    pulled = _pull(home, request, run)
    sources = _sources(home, request)
    watch = _watch(home, repository, request, run)
    with run.step(Step.SOURCES) as step:
        still, before = Still(home, sources, run), len(run.problems)
        try:
            report = _snapshot(home, repository, request, run, sources, watch, still)
        except GaveWay:  # what was read is in the index: it is not stored twice
            del run.problems[before:]  # of half a bot; what is still so is told again
            report = _snapshot(home, repository, request, run, sources, watch, still.again())
        step.items = report.summary.total_files_processed
        step.bytes = report.summary.total_bytes_processed
    _tell_empty(home, request, report, run)
    if watch is not None:
        watch.finish(report.snapshot)
    result = BackupResult(report, pull=pulled)
    if request.copies and request.own and home.settings.copies:
        from app.services.sync import sync_all  # with all of pruning behind it: 20 ms

        with run.step(Step.COPIES) as step:
            result.copies.extend(sync_all(home, repository, run, network=request.network))
            step.items = len(result.copies)
            step.bytes = sum(copy.bytes_copied for copy in result.copies)
    if request.whole and request.copies:
        counted = zip(sources, report.sources, strict=True)
        _tidy(home, repository, run, result, [each.path for each, of in counted if not of.files])
    if request.own and not repository.backend.is_local:
        from app.services.own_place import remember_own  # only where it lies behind a network

        remember_own(home, repository.backend)
    return result


def _snapshot(
    home: Home,
    repository: Repository,
    request: BackupRequest,
    run: Run,
    sources: list[Source],
    watch: Watch | None,
    still: Still,
) -> BackupReport:
    """The snapshot itself, under the repository's lock. Raises `GaveWay` as `still` does."""
    temporary = _temporary(home)
    clear_leftovers(temporary)
    index_cache = home.index_cache(repository.config.id)
    # Behind a network others may share it, and tidy up just now.
    wait = None if repository.backend.is_local else run.checkpoint
    with (
        _context(home, request, run, temporary) as context,
        locked(repository, LockMode.SHARED, wait=wait) as lock,
    ):
        repository.load_index(run, index_cache)
        report = back_up(
            repository,
            sources,
            temporary=temporary,
            monitor=run,
            lock=lock,
            options=_options(home, repository, sources, request, context, watch, still),
        )
        with suppress(OSError):  # a cache that cannot be kept only makes the next backup slower
            repository.keep_index(index_cache)
    return report


def _tell_empty(home: Home, request: BackupRequest, report: BackupReport, monitor: Monitor) -> None:
    """A source without a file is a drive's mount point without the drive, more often than not."""
    if not request.whole:
        return
    paths = {source.name: str(source.path) for source in home.settings.sources}
    for count in report.sources:
        if count.name in paths and not count.files and not count.problems:
            monitor.problem(Problem("source-empty", {"path": paths[count.name]}))


def _tidy(
    home: Home, repository: Repository, run: Run, result: BackupResult, lacking: Sequence[Path]
) -> None:
    """Old snapshots go last: everything else is done by then. `lacking` are sources of which this
    one holds nothing."""
    from app.services.tidy import is_wanted, tidy

    if is_wanted(home):
        result.tidied = tidy(home, repository, run, lacking)


def _pull(home: Home, request: BackupRequest, run: Run) -> Pulled | None:
    if not request.whole or not request.pull:
        return None  # the settings are none of its business
    if not home.settings.exchanges and not home.settings.candles:
        return None
    from app.services.pull import pull_for_backup  # ccxt is behind it

    with run.step(Step.EXCHANGES) as step:
        if not _has_network(request, run):
            run.problem(Problem(LEFT_OUT))
            return None
        pulled = pull_for_backup(home, run, seconds=PULL_SECONDS)
        step.items = pulled.records
    return pulled


def _has_network(request: BackupRequest, run: Run) -> bool:
    if request.network_wait is None:
        return True
    from app.services.network import wait_for_network  # a backup by hand needs no sockets

    return wait_for_network(run, request.network_wait)


def _temporary(home: Home) -> Path:
    """The private folder for copies of live databases."""
    try:
        return private_folder(home.paths.temporary)
    except OSError as error:
        path, reason = str(home.paths.temporary), error.strerror or str(error)
        raise AppError("own-folder-unwritable", path=path, reason=reason) from error


def _folder_cache(home: Home, repository: Repository, sources: list[Source]) -> Path:
    """Each repository and each set of sources has a cache of its own."""
    said = "\0".join([repository.config.id, *sorted(str(source.path) for source in sources)])
    name = hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()
    return home.paths.cache / "folders" / name


def _context(
    home: Home, request: BackupRequest, monitor: Monitor, temporary: Path
) -> AbstractContextManager[tuple[ContextFile, ...]]:
    return context_files(home, monitor, temporary) if request.whole else nullcontext(())


def _watch(
    home: Home, repository: Repository, request: BackupRequest, monitor: Monitor
) -> Watch | None:
    """The tripwire, for backups of what is configured."""
    if not request.whole:
        return None
    from app.services.suspect_watch import Watch  # a single folder needs none

    return Watch(home, repository, monitor)


def _options(
    home: Home,
    repository: Repository,
    sources: list[Source],
    request: BackupRequest,
    context: tuple[ContextFile, ...],
    watch: Watch | None,
    still: Still,
) -> BackupOptions:
    def judge(parent: Snapshot | None, tree: bytes) -> Sequence[str]:
        still.check()
        return () if watch is None else watch.judge(parent, tree)

    own = home.settings.repository if request.own else None
    return BackupOptions(
        host=request.host or host_name(),
        machine=own.device_key if own is not None else "",
        tags=request.tags,
        context=context,
        never=_never(home, repository),
        cache=_folder_cache(home, repository, sources),
        judge=judge,
    )


def _sources(home: Home, request: BackupRequest) -> list[Source]:
    if request.paths:
        return _ad_hoc(request)
    sources = [_from_settings(source) for source in home.settings.sources]
    if request.own and home.paths.archive_file.exists():
        folder = Path(os.path.realpath(home.paths.archive_file.parent))
        sources.append(Source(_ARCHIVE, folder))
    if request.own and home.paths.candles.exists():
        sources.append(Source(_CANDLES, Path(os.path.realpath(home.paths.candles))))
    if not sources:
        raise WrongUsage("no-sources")
    return sources


def _ad_hoc(request: BackupRequest) -> list[Source]:
    found = []
    for path in request.paths:
        real = Path(os.path.realpath(path.expanduser()))
        if not os.path.lexists(real):
            raise WrongUsage("path-not-there", path=str(path))
        found.append(Source(str(path), real, request.exclude, request.exclude_caches))
    return found


def _from_settings(source: SourceSettings) -> Source:
    exclude = (*source.leave_out, *source.exclude)
    return Source(source.name, Path(os.path.realpath(source.path)), exclude, source.exclude_caches)


def _never(home: Home, repository: Repository) -> frozenset[tuple[int, int]]:
    """Folders that no backup enters: the repository, its copies, our cache."""
    from app.copies.where import folder_of, is_local  # for those who have copies

    places: list[Path] = [home.paths.cache, Path(repository.backend.place)]
    own = home.settings.repository
    if own is not None and own.path is not None:
        places.append(own.path)
    places.extend(folder_of(copy) for copy in home.settings.copies if is_local(copy))
    return identities(places)


def report_json(result: BackupResult) -> dict[str, object]:
    """The report of protocol 1."""
    snapshot, summary = result.backup.snapshot, result.backup.summary
    return {
        "snapshot": {
            "id": snapshot.id,
            "time": snapshot.file.time,
            "host": snapshot.host,
            "tags": list(snapshot.tags),
            "paths": list(snapshot.paths),
            "size": snapshot.size,
        },
        "files_new": summary.files_new,
        "files_changed": summary.files_changed,
        "files_unchanged": summary.files_unmodified,
        "tidied": result.tidied,
        "bytes_read": result.backup.bytes_read,
        "bytes_added": summary.data_added_packed,
        "sources": [
            {
                "name": count.name,
                "files": count.files,
                "bytes": count.bytes,
                "databases": count.databases,
                "problems": count.problems,
            }
            for count in result.backup.sources
        ],
        "copies": [copy.as_json() for copy in result.copies],
        **_pull_json(result.pull),
    }


def _pull_json(pulled: Pulled | None) -> dict[str, object]:
    if pulled is None:
        return {"pull": None, "pull_left": 0}
    from app.services.pull import pull_json

    told = pull_json(pulled)
    left = told.pop("pull_left")
    return {"pull": {**told, "busy": pulled.busy}, "pull_left": left}
