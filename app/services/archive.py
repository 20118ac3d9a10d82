"""The archive of exchange history as people use it: what is known, whether it is what it was,
whether it agrees with itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from app.backends.contract import BackendError
from app.errors import AppError, WrongUsage
from app.exchange import chain, heads
from app.exchange.archive import Archive
from app.exchange.chain import ChainReport, Fault, Head
from app.exchange.coverage import State
from app.exchange.known import Known, known, stats
from app.exchange.rebuild import rebuild
from app.exchange.reconcile import Question, Reconciled, reconcile
from app.exchange.tables import table_for
from app.monitor import Monitor, Problem
from app.repository.blob_reader import read_blobs
from app.repository.named import Damaged, Missing
from app.repository.repository import Repository
from app.repository.snapshot import Snapshot
from app.repository.times import rfc3339
from app.repository.walk import lookup
from app.services.home import Access, Home, open_for
from app.settings.unknown import no_account

_LARGEST_HEAD = 16 << 20
_FAULTS = {
    Fault.CHANGED: "archive-changed",
    Fault.MISSING: "archive-missing",
    Fault.UNREADABLE: "archive-unreadable",
    Fault.CUT_OFF: "archive-cut-off",
    Fault.OTHER_HISTORY: "archive-other-history",
}
_QUESTIONS = {
    Question.LEDGER: "reconcile-ledger",
    Question.FILLS: "reconcile-fills",
    Question.FUNDING: "reconcile-funding",
    Question.IDS: "reconcile-ids",
}


@contextmanager
def opened(home: Home) -> Iterator[Archive]:
    """The archive; `WrongUsage` if nothing was ever pulled on this machine."""
    if not home.paths.archive_file.exists():
        raise WrongUsage("archive-none")
    with Archive(home.paths.archive_file) as archive:
        yield archive


def no_such_account(archive: Archive, name: str) -> WrongUsage:
    """For a name that the archive has no account of: those that it has."""
    return no_account(name, sorted({account.name for _, account in archive.accounts()}))


def coverage_report(home: Home, name: str | None) -> dict[str, object]:
    """What is known of each series; `expires_days` null where nothing is forgotten. `files`: the
    accounts of which the exchange tells more in files of its own."""
    with opened(home) as archive:
        found = known(archive, _now(), name=name)
        if name is not None and not found:
            raise no_such_account(archive, name)
    return {"series": [known_json(each) for each in found], "files": sorted(_in_files(found))}


def _in_files(found: Sequence[Known]) -> set[str]:
    """The accounts of which there is more in files that the exchange makes."""
    return {
        each.account.name
        for each in found
        if any(interval.state is State.EXPIRED for interval in each.intervals)
        for stream in [table_for(each.account.exchange).named(each.stream, each.wallet)]
        for file in table_for(each.account.exchange).files
        if stream is not None and (stream.kind, stream.wallet) == (file.kind, file.wallet)
    }


def known_json(each: Known) -> dict[str, object]:
    return {
        "account": each.account.name,
        "exchange": each.account.exchange,
        "environment": each.account.environment,
        "stream": each.stream,
        "wallet": each.wallet,
        "market": each.market,
        "state": each.state.value,
        "rows": each.rows,
        "since": _when(each.since),
        "until": _when(each.until),
        "expires_days": each.expires_days,
        "intervals": [
            {
                "start": _when(interval.start),
                "stop": _when(interval.stop),
                "state": interval.state.value,
                "reason": interval.reason,
            }
            for interval in each.intervals
        ],
    }


def verify_report(home: Home, monitor: Monitor) -> dict[str, object]:
    """Walk the chain and compare it with the newest heads in snapshots here and at each copy that
    can be reached; each finding is a Problem."""
    found = list(_heads(home, monitor))
    with opened(home) as archive:
        report = chain.verify(archive, found)
    for broken in report.broken:
        params: dict[str, str | int] = {"number": broken.number, "origin": broken.origin}
        monitor.problem(Problem(_FAULTS[broken.fault], params))
    return _chain_json(report, found)


def _chain_json(report: ChainReport, found: list[Head]) -> dict[str, object]:
    return {
        "whole": report.whole,
        "rows": report.rows,
        "bytes": report.bytes,
        "heads": [{"origin": head.origin, "count": head.count} for head in found],
        "broken": [
            {"number": each.number, "fault": each.fault.value, "origin": each.origin}
            for each in report.broken
        ],
    }


def _heads(home: Home, monitor: Monitor) -> Iterator[Head]:
    """The newest head in this machine's repository and in each copy. A copy that is away is
    nothing special: it is one witness less, which the report shows."""
    own = home.settings.repository
    if own is None:
        return
    for name in (None, *(copy.name for copy in home.settings.copies)):
        try:
            repository = open_for(home, Access(name))
            repository.load_index(monitor)
            head = _newest_head(repository, name or "", monitor)
        except (AppError, BackendError):
            continue
        if head is not None:
            yield head


def _newest_head(repository: Repository, place: str, monitor: Monitor) -> Head | None:
    for snapshot in reversed(repository.snapshots(monitor)):
        content = _content(repository, snapshot)
        if content is None:
            continue
        origin = f"{place or repository.backend.place} {snapshot.id[:8]}"
        try:
            return heads.parse(content, origin)
        except ValueError:
            continue
    return None


def _content(repository: Repository, snapshot: Snapshot) -> bytes | None:
    path = b"/.tradekeep/" + heads.NAME.encode()
    try:
        node = lookup(repository, snapshot, path)
    except (WrongUsage, Damaged, Missing):
        return None
    if node.size is None or node.size > _LARGEST_HEAD:
        return None
    parts = list(read_blobs(repository, node.content or ()))
    if not all(isinstance(part, bytes) for part in parts):
        return None
    return b"".join(part for part in parts if isinstance(part, bytes))


def rebuild_report(home: Home, *, keep: bool, monitor: Monitor) -> dict[str, object]:
    """Derive all records from the evidence again; with `keep` they replace what is there."""
    with opened(home) as archive:
        report = rebuild(archive, keep=keep)
    if not report.same and not keep:
        monitor.problem(
            Problem(
                "archive-not-derived",
                {"changed": report.changed, "added": report.added, "gone": report.gone},
            )
        )
    return {
        "same": report.same,
        "records": report.records,
        "changed": report.changed,
        "added": report.added,
        "gone": report.gone,
        "skipped": report.skipped,
        "kept": keep,
    }


def stats_report(home: Home) -> dict[str, object]:
    """How much the archive holds."""
    with opened(home) as archive:
        return {"path": str(home.paths.archive_file), **stats(archive)}


def reconcile_report(home: Home, name: str | None, monitor: Monitor) -> dict[str, object]:
    """Whether the parts of the history agree; each mismatch is a Problem with its amounts."""
    with opened(home) as archive:
        verdict = reconcile(archive, name=name)
    for each in verdict.mismatches:
        params = {
            "account": each.account,
            "of": each.of,
            "expected": each.expected,
            "found": each.found,
            "since": _when(each.since) or "",
            "until": _when(each.until) or "",
        }
        monitor.problem(Problem(_QUESTIONS[each.question], params))
    return _reconciled_json(verdict)


def _reconciled_json(verdict: Reconciled) -> dict[str, object]:
    return {
        "agrees": verdict.agrees,
        "compared": {question.value: verdict.compared[question] for question in Question},
        "mismatches": [
            {
                "question": each.question.value,
                "account": each.account,
                "wallet": each.wallet,
                "of": each.of,
                "expected": each.expected,
                "found": each.found,
                "since": _when(each.since),
                "until": _when(each.until),
            }
            for each in verdict.mismatches
        ],
    }


def _when(millis: int | None) -> str | None:
    if millis is None:
        return None
    return rfc3339(datetime.fromtimestamp(millis / 1000, UTC))


def _now() -> int:
    return time.time_ns() // 1_000_000
