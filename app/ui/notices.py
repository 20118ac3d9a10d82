"""When a notification is due: once for each change of state to problems, failed or overdue, once
for the first backup ever, and once for the first good one after trouble. Never again for the same
state, also not after a restart: what was told last is kept in a file. Must not know Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.files import write_atomic
from app.json_lines import NO_JSON
from app.messages import _
from app.ui import words
from app.ui.situation import Outcome, Situation, last_backup, met_problems
from app.ui.tray_rules import TrayShown, TrayState

_TROUBLE = (TrayState.PROBLEMS, TrayState.FAILED, TrayState.OVERDUE)
# After sleep a backup is overdue until it has begun, which is in a moment.
_SETTLES = timedelta(seconds=90)


class Told(msgspec.Struct, frozen=True):
    """What was told last: a state, or "" before the first; and whether a desktop without a tray
    was pointed out."""

    state: str = ""
    no_tray: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    title: str
    text: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """What was told, and since when the state has been overdue."""

    told: Told
    overdue: datetime | None = None


def look(watch: Watch, situation: Situation, shown: TrayShown) -> tuple[Watch, Notice | None]:
    """The next watch, and what to notify of now."""
    if situation.job is not None or situation.status is None:
        return Watch(watch.told), None
    if shown.state is TrayState.OVERDUE:
        since = watch.overdue or situation.now
        if situation.now - since < _SETTLES:
            return Watch(watch.told, since), None
    told = watch.told
    if shown.state in _TROUBLE:
        if told.state == shown.state:
            return watch, None
        notice = Notice(shown.title, shown.hint, bad=shown.state is not TrayState.PROBLEMS)
        return Watch(_told(told, shown.state), watch.overdue), notice
    if shown.state is not TrayState.WELL or told.state == TrayState.WELL:
        return Watch(told), None
    if not _saved(situation):
        # Problems that were accepted are over, which is no news; the next ones are.
        accepted = told.state == TrayState.PROBLEMS and bool(met_problems(situation))
        return Watch(_told(told, TrayState.WELL) if accepted else told), None
    return Watch(_told(told, TrayState.WELL)), _good(told, situation)


def _told(told: Told, state: TrayState) -> Told:
    return msgspec.structs.replace(told, state=state.value)


def _saved(situation: Situation) -> bool:
    last = last_backup(situation)
    return last is not None and last.outcome is Outcome.OK


def _good(told: Told, situation: Situation) -> Notice | None:
    """The first backup ever, or the first good one after trouble."""
    last = last_backup(situation)
    assert last is not None
    text = _("Everything was saved {when}.").format(when=words.spoken(last.began, situation.now))
    if told.state:
        return Notice(_("Tradekeep: backups are well again"), text, bad=False)
    assert situation.status is not None
    if sum(run.job == "backup" for run in situation.status.runs) > 1:
        return None  # a computer that has been backed up for long
    return Notice(_("Tradekeep: the first backup is done"), text, bad=False)


# --- the file ---------------------------------------------------------------------------------


def load(path: Path) -> Told:
    """What was told last; a file that cannot be read counts as none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Told)
    except (OSError, *NO_JSON):
        return Told()


def save(path: Path, told: Told) -> None:
    """Keep it. Where that cannot be written, the worst is a notification too many."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, msgspec.json.encode(told))
    except OSError:
        return
