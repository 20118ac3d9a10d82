"""What the Activity page says of runs. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

import msgspec

from app.messages import _, plural
from app.messages.log_lines import log_line
from app.ui import words
from app.ui.protocol import Told
from app.ui.report import Dealt, Run
from app.ui.running import step_name
from app.ui.shown import FactShown
from app.ui.tokens import Tone

_LOOKS = {
    "ok": ("circle-check", Tone.OK),
    "problems": ("alert-triangle", Tone.WARN),
    "failed": ("circle-x", Tone.BAD),
    "cancelled": ("circle-minus", Tone.CALM),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter of the list: its words, and what it asks of `tradekeep runs`."""

    words: str
    arguments: tuple[str, ...]


def choices() -> tuple[Choice, ...]:
    """The filters, in their order."""
    return (
        Choice(_("All"), ()),
        Choice(_("Problems"), ("--problems",)),
        Choice(_("Backups"), ("--job", "backup")),
        Choice(_("Exchanges"), ("--job", "pull")),
        Choice(_("Copies"), ("--job", "sync")),
        Choice(_("Verify"), ("--job", "verify", "--job", "drill")),
        Choice(_("Restores"), ("--job", "restore")),
    )


def word(job: str, outcome: str, place: str = "") -> str:
    """What a run was and how it ended, as people say it."""
    names = {
        "backup": (_("Backed up"), _("Backup failed"), _("Backup stopped")),
        "pull": (_("Fetched from exchanges"), _("Fetching failed"), _("Fetching stopped")),
        "sync": (_("Copied"), _("Copying failed"), _("Copying stopped")),
        "verify": (_("Verified"), _("Verifying failed"), _("Verifying stopped")),
        "drill": (_("Restore practised"), _("Practising failed"), _("Practising stopped")),
        "restore": (_("Restored"), _("Restore failed"), _("Restore stopped")),
        "rollback": (_("Bot rolled back"), _("Rollback failed"), _("Rollback stopped")),
        "prune": (
            _("Room given back"),
            _("Giving room back failed"),
            _("Giving room back stopped"),
        ),
        "forget": (
            _("Old snapshots removed"),
            _("Removing old snapshots failed"),
            _("Removing old snapshots stopped"),
        ),
        "repair": (_("Repaired"), _("Repair failed"), _("Repair stopped")),
        "rekey": (_("Moved to a new key"), _("New key failed"), _("New key stopped")),
    }
    done, failed, stopped = names.get(job, (job, job, job))
    said = {"failed": failed, "cancelled": stopped}.get(outcome, done)
    return words.beside((said, place))


def look(outcome: str) -> tuple[str, Tone]:
    """Icon and tone of an outcome."""
    return _LOOKS.get(outcome, ("help-circle", Tone.CALM))


def word_of(row: Mapping[str, object]) -> str:
    return word(str(row.get("job")), str(row.get("outcome")), str(row.get("place") or ""))


def icon_of(row: Mapping[str, object]) -> str:
    return look(str(row.get("outcome")))[0]


def tone_of(row: Mapping[str, object]) -> Tone:
    return look(str(row.get("outcome")))[1]


def started_of(row: Mapping[str, object], now: datetime, zone: tzinfo | None = None) -> str:
    text = row.get("started")
    return words.stamp(datetime.fromisoformat(text), now, zone) if isinstance(text, str) else ""


def took_of(row: Mapping[str, object]) -> str:
    seconds = row.get("seconds")
    return words.duration(seconds) if isinstance(seconds, int | float) and seconds else ""


def added_of(row: Mapping[str, object]) -> str:
    added = row.get("added")
    return words.size(added) if isinstance(added, int) else ""


def problems_of(row: Mapping[str, object]) -> str:
    number = row.get("problems")
    return words.count(number) if isinstance(number, int) and number else ""


# --- one run ----------------------------------------------------------------------------------


class Step(msgspec.Struct, frozen=True):
    step: str
    seconds: float
    items: int | None = None
    bytes: int | None = None


class RunWhole(Run, frozen=True):
    """All of a run, as `tradekeep runs RUN` tells it."""

    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldShown:
    """A problem or the error of a run. `decided` says what somebody did about it, by `key`."""

    title: str
    hint: str
    decided: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class RunDetail:
    """What the card of a run shows; `told` are its error and each problem."""

    icon: str
    tone: Tone
    title: str
    hint: str
    facts: tuple[FactShown, ...]
    told: tuple[ToldShown, ...]
    text: str  # what "Copy the details" copies


def read_run(report: Mapping[str, object]) -> RunWhole:
    """Raises `msgspec.ValidationError`."""
    return msgspec.convert(report, type=RunWhole)


def detail(
    run: RunWhole,
    now: datetime,
    home: str,
    zone: tzinfo | None = None,
    decided: Mapping[str, Dealt] = MappingProxyType({}),
) -> RunDetail:
    """The card of a run."""
    icon, tone = look(run.outcome)
    title = word(run.job, run.outcome, run.place)
    when = words.spoken(run.started, now, zone)
    hint = _("Started {when}, took {time}.").format(when=when, time=words.duration(run.seconds))
    if not run.seconds:
        hint = _("Started {when}.").format(when=when)
    facts = tuple(FactShown(step_name(step.step), _step(step)) for step in run.steps)
    told = (*((run.error,) if run.error else ()), *run.problems)
    lines = [title, hint, *(words.labelled(fact.label, fact.value) for fact in facts)]
    for each in told:
        lines += [f"! {each.sentence.title}", f"  {each.sentence.hint}", f"  ({each.id})"]
    text = "\n".join([*lines, run.run])
    text = text.replace(home, "~") if len(home) > 1 else text
    rows = tuple(_told(each, decided.get(each.key), now, zone) for each in told)
    return RunDetail(icon, tone, title, hint, facts, rows, text)


def _told(told: Told, decided: Dealt | None, now: datetime, zone: tzinfo | None) -> ToldShown:
    sentence = told.sentence
    if decided is None:
        return ToldShown(sentence.title, sentence.hint)
    said = ""
    if decided.until is not None:
        said = _("Put off until {when}.").format(when=words.spoken(decided.until, now, zone))
    elif decided.when is not None:
        when = words.spoken(decided.when, now, zone)
        said = _("Accepted {when}: {why}").format(when=when, why=decided.why)
    return ToldShown(sentence.title, sentence.hint, said, decided.key)


def _step(step: Step) -> str:
    parts = [words.duration(step.seconds)]
    if step.items:
        parts.append(plural("{count} item", "{count} items", step.items))
    if step.bytes:
        parts.append(words.size(step.bytes))
    return " · ".join(parts)


def log_text(report: Mapping[str, object], zone: tzinfo | None = None) -> str:
    """The log of a run, a line each with its time; empty where there is none."""
    lines = report.get("lines")
    said = []
    for line in lines if isinstance(lines, list) else ():
        if isinstance(line, dict) and isinstance(line.get("time"), str):
            when = words.to_second(datetime.fromisoformat(line["time"]), zone)
            said.append(f"{when}  {log_line(line)}")
    return "\n".join(said)


def left_out(ids: object) -> list[str]:
    """What a report for others does not hold, in words."""
    names = {
        "secrets": _("Keys, passwords and secrets of any kind"),
        "answers": _("Anything that an exchange answered"),
        "amounts": _("Balances, amounts and prices"),
        "names": _("The names of your accounts, bots, folders, copies and of this computer"),
        "paths": _("Paths, but for where they begin"),
    }
    return [names[str(each)] for each in ids if str(each) in names] if isinstance(ids, list) else []
