"""Pruning the repository."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.errors import WrongUsage
from app.monitor import Monitor, Step, nothing
from app.repository.lock import LockMode, guard, locked
from app.repository.prune_plan import Allowance, PrunePlan, plan_prune
from app.repository.pruner import PruneReport, execute
from app.repository.repository import Repository
from app.services.run import Run

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?(%|[kKmMgGtT]?)[bB]?", re.ASCII)
_FACTORS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}


def allowance_of(text: str) -> Allowance:
    """`5%`, `200M`, or `unlimited`; `WrongUsage` for anything else."""
    if text.strip().lower() == "unlimited":
        return Allowance(share=None)
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise WrongUsage("unused-unreadable", text=text)
    number, unit = float(match[1]), match[2].lower()
    if unit != "%":
        return Allowance(share=None, size=int(number * _FACTORS[unit]))
    if not 0 <= number < 100:
        raise WrongUsage("unused-unreadable", text=text)
    return Allowance(share=number / 100)


def prune(
    repository: Repository,
    allowance: Allowance,
    run: Run,
    *,
    dry_run: bool,
    note: Callable[[], None] = nothing,
) -> dict[str, object]:
    """Give back what no snapshot needs, as one job; see `carry_out`. The report holds the plan and
    what was done."""
    with run.step(Step.TIDY) as step:
        plan, report = carry_out(repository, allowance, run, dry_run=dry_run, note=note)
        step.items = report.packs_removed
        step.bytes = report.bytes_freed
    return _as_json(plan, report, dry_run=dry_run)


def carry_out(
    repository: Repository,
    allowance: Allowance,
    monitor: Monitor,
    *,
    dry_run: bool,
    note: Callable[[], None],
) -> tuple[PrunePlan, PruneReport]:
    """Prune within a step of the caller's; `note` is called, under the lock, before anything is
    changed."""
    with locked(repository, LockMode.EXCLUSIVE) as lock:
        monitor = guard(lock, monitor)
        plan = plan_prune(repository, allowance=allowance, monitor=monitor)
        if dry_run:
            return plan, PruneReport()
        note()
        return plan, execute(plan, repository, lock, monitor=monitor)


def _as_json(plan: PrunePlan, report: PruneReport, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "snapshots": plan.snapshots,
        "blobs_used": plan.blobs_used,
        "packs_kept": plan.packs_kept,
        "packs_to_remove": len(plan.remove) + len(plan.orphans),
        "packs_to_repack": len(plan.repack),
        "bytes_to_free": plan.freed,
        "bytes_to_rewrite": plan.rewritten,
        "bytes_left_unused": plan.left,
        "packs_removed": report.packs_removed,
        "packs_repacked": report.packs_repacked,
        "bytes_freed": report.bytes_freed,
    }
