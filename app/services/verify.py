"""Verifying a repository or a copy, and what was found in words and numbers."""

from __future__ import annotations

import re

from app.errors import WrongUsage
from app.monitor import Step
from app.repository.checker import Scope, check
from app.repository.lock import guard, locked_for_reading
from app.repository.repository import Repository
from app.services.home import Home
from app.services.listing_check import compare
from app.services.opening import open_copy
from app.services.run import Run
from app.services.sync import remember
from app.settings.model import CopySettings

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?%?")


def scope_of(*, read_data: bool, sample: str | None) -> Scope:
    """How much to read, from the command's options. Raises `WrongUsage`."""
    if read_data and sample is not None:
        raise WrongUsage("scope-twice")
    if sample is None:
        return Scope(100 if read_data else 0)
    match = _PERCENT.fullmatch(sample.strip())
    percent = float(match[1]) if match else 0.0
    if not 0 < percent <= 100:
        raise WrongUsage("scope-not-percent", sample=sample)
    return Scope(percent)


def verify_by_listing(
    home: Home, own: Repository, copy: CopySettings, run: Run, *, mend: bool
) -> dict[str, object]:
    """Compare a copy with this machine's repository by what its place tells. Findings are Problems
    of the run; for the report see `listing_check.Compared`."""
    before = len(run.problems)
    with run.step(Step.VERIFY) as step:
        place = open_copy(home, copy, run.checkpoint)
        found = compare(own, place, run, mend=mend)
        remember(home, copy, place)
        step.items = found.alike
    return {
        "sound": len(run.problems) == before,
        "scope": found.scope,
        "files": found.alike,
        "bytes": found.bytes,
        "elsewhere": found.elsewhere,
        "differ": found.differ,
        "mended": found.mended,
        "lacking": found.lacking,
    }


def verify_place(repository: Repository, scope: Scope, run: Run) -> dict[str, object]:
    """Check, under a shared lock where one can be written. Findings are Problems of the run.

    The report: sound (nothing at all was found), scope, snapshots, packs, packs_read,
    bytes_read, damaged (packs and blobs), affected (path → snapshot ids), orphans, orphan_bytes.
    """
    before = len(run.problems)
    with run.step(Step.VERIFY) as step, locked_for_reading(repository) as lock:
        report = check(repository, scope, monitor=guard(lock, run))
        step.items = report.packs_read or report.packs
        step.bytes = report.bytes_read or None
    return {
        "sound": len(run.problems) == before,
        "scope": scope.name,
        "snapshots": report.snapshots,
        "packs": report.packs,
        "packs_read": report.packs_read,
        "bytes_read": report.bytes_read,
        "damaged": len(report.damaged_packs) + len(report.damaged_blobs),
        "damaged_packs": report.damaged_packs,
        "damaged_blobs": report.damaged_blobs,
        "affected": report.affected,
        "orphans": report.orphans,
        "orphan_bytes": report.orphan_bytes,
    }
