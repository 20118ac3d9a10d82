"""Bringing back a configured copy, or a place at hand: see `app.services.bring_back`."""

from __future__ import annotations

from dataclasses import asdict

from app.errors import WrongUsage
from app.monitor import Step
from app.services.bring_back import bring_back
from app.services.home import Access, Home, open_for
from app.services.opening import backend_for, open_copy
from app.services.run import Run
from app.services.sync import remember


def recover_copy(
    home: Home, name: str, run: Run, *, everything: bool, dry_run: bool
) -> dict[str, object]:
    """Bring back the copy of that name, or a place at hand; the report: see `BroughtBack`. Raises
    as `bring_back`, `WrongUsage` where nothing says what belongs there."""
    copy = home.copy(name)
    own = open_for(home, Access()) if home.settings.repository is not None else None
    if own is None and not everything:
        raise WrongUsage("recover-nothing-here", place=name)
    with run.step(Step.COPIES) as step:
        place = open_copy(home, copy, run.checkpoint) if copy else backend_for(name, home)
        found = bring_back(own, place, run, everything=everything, dry_run=dry_run)
        if copy is not None and found.brought:
            remember(home, copy, place)
        step.items = found.brought
    return {"dry_run": dry_run, **asdict(found)}
