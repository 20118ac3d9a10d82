"""The sentence that the page opens with: the worst of what is true.

Order: what keeps us from knowing, what keeps backups from running, files that somebody encrypted, a
failure, a backup that is overdue, nothing to go by yet, a backup that ended with problems or was
stopped, copies in trouble, proofs that are missing or old (also of the recovery key), no copy off
site, all is well.
"No copy off site" stands last because many people will never have one: further up it would hide
everything below for good. Must not know Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from app.messages import _, mark, plural, render
from app.monitor import copy_key
from app.services.worth import FRESH, Proof, Worth
from app.ui import words
from app.ui.needs import copy_trouble, why
from app.ui.places import gauge, places, to_prove
from app.ui.report import Running, Status
from app.ui.shown import Action, Intent, PipState, VerdictShown
from app.ui.situation import (
    Outcome,
    Situation,
    decided,
    findings,
    last_backup,
    met_problems,
    open_problems,
    paused_until,
)
from app.ui.suspect import suspect
from app.ui.tokens import Tone

KIT_FRESH = timedelta(days=183)
JUST = timedelta(minutes=10)  # so long "Stopped" is said rather than "was stopped"
_JOBS = {
    "sync": mark("Copies"),
    "verify": mark("Verify"),
    "drill": mark("Practising a restore"),
    "restore": mark("Restore"),
    "rollback": mark("Rolling a bot back"),
}
BACK_UP = Action(Intent.BACK_UP, mark("Back up now"), "refresh", key="Ctrl+B")


def verdict(situation: Situation) -> VerdictShown:
    """The verdict card while no job of ours runs."""
    status = situation.status
    if situation.trouble is not None:
        hint = why(situation.trouble.error)
        refresh = Action(Intent.REFRESH, _("Check again"), "refresh", key="F5")
        return _say(Tone.BAD, "circle-x", "window-unreadable", refresh, why=hint)
    if status is None:
        return _say(Tone.CALM, "hourglass", "window-reading")
    if status.repository is None:
        set_up = Action(Intent.SET_UP, _("Set up backups…"), "shield-plus")
        return _say(Tone.ACCENT, "shield-plus", "window-not-set-up", set_up)
    if status.running is not None:
        return _with_gauge(_other(status.running, situation), status, situation)
    found = next(filter(None, (rule(situation, status) for rule in _RULES)), None)
    shown = found or _well(situation, status)
    if status.metered:
        shown = _and(shown, render("metered-network", {}).title)
    shown = _and(shown, _dealt(situation))
    return _with_gauge(shown, status, situation)


def _dealt(situation: Situation) -> str:
    """What is true and not counted, for somebody decided so."""
    made = decided(situation)
    accepted_keys = {key for key, each in made.items() if not each.until}
    met = sum(told.key in accepted_keys for told in met_problems(situation) if accepted_keys)
    later = sum(each.until is not None for each in made.values())
    accepted = plural(
        "{count} problem that you accepted is not counted.",
        "{count} problems that you accepted are not counted.",
        met,
    )
    put_off = plural("{count} row comes back tomorrow.", "{count} rows come back tomorrow.", later)
    return words.sentences([accepted] * bool(met) + [put_off] * bool(later))


def _with_gauge(shown: VerdictShown, status: Status, situation: Situation) -> VerdictShown:
    groups = gauge(places(status, situation.now), situation.now)
    return replace(shown, gauge=groups)


def _and(shown: VerdictShown, *more: str) -> VerdictShown:
    """The same with further lines below it."""
    hint = "\n".join(filter(None, (shown.hint, *more)))
    return replace(shown, hint=hint)


def _say(
    tone: Tone, icon: str, sentence_id: str, action: Action | None = None, **params: object
) -> VerdictShown:
    if "last" in params:  # on a line of its own
        params["last"] = f"\n{params['last']}\n"
    sentence = render(sentence_id, params)
    lines = (line.strip() for line in sentence.hint.splitlines())
    return VerdictShown(tone, icon, sentence.title, "\n".join(filter(None, lines)), action)


def _back_up(reason: str = "") -> Action:
    return Action(Intent.BACK_UP, _(BACK_UP.text), BACK_UP.icon, reason, BACK_UP.key)


def _last(situation: Situation) -> str:
    """The last good backup stands beside every trouble: it is the first question."""
    status = situation.status
    good = status.last_good if status else None
    if good is None:
        return _("There is no good backup yet.")
    when, ago = words.spoken(good, situation.now), words.ago(good, situation.now)
    return _("Last good backup {when}, {ago}.").format(when=when, ago=ago)


def _when(situation: Situation, status: Status) -> dict[str, object]:
    good = status.last_good
    if good is None:
        return {"when": words.UNKNOWN, "ago": words.UNKNOWN}
    return {"when": words.spoken(good, situation.now), "ago": words.ago(good, situation.now)}


def _other(running: Running, situation: Situation) -> VerdictShown:
    when = words.spoken(running.started, situation.now)
    reason = _("Process {pid} is at work.").format(pid=running.pid)
    action = _back_up(reason)
    if running.job == "backup":
        return _say(
            Tone.ACCENT,
            "refresh",
            "window-other-running",
            action,
            when=when,
            last=_last(situation),
        )
    job = _(_JOBS.get(running.job, running.job))
    return _say(
        Tone.ACCENT,
        "refresh",
        "window-other-job",
        action,
        job=job,
        when=when,
        last=_last(situation),
    )


# --- the rules, worst first: each answers or passes -------------------------------------------


def _gone(situation: Situation, status: Status) -> VerdictShown | None:
    own = status.repository
    if own is None or own.exists:
        return None
    path = words.short_path(own.path, situation.home)
    last = _last(situation)
    refresh = Action(Intent.REFRESH, _("Check again"), "refresh", key="F5")
    return _say(Tone.BAD, "circle-x", "window-repository-missing", refresh, path=path, last=last)


def _locked(situation: Situation, _status: Status) -> VerdictShown | None:
    last = last_backup(situation)
    if last is None or last.error is None or last.error.id != "keyring-locked":
        return None
    return _say(Tone.WARN, "lock", "window-keyring-locked", _back_up(), last=_last(situation))


def _failed(situation: Situation, status: Status) -> VerdictShown | None:
    last = last_backup(situation)
    if last is None or last.outcome is not Outcome.FAILED:
        return None
    sentence = "window-failed" if status.last_good else "window-failed-first"
    shown = _say(Tone.BAD, "circle-x", sentence, _back_up(), why=why(last.error, hint=False))
    good = _last(situation) if status.last_good else ""
    return _and(shown, good, _again(situation, status))


def _again(situation: Situation, status: Status) -> str:
    """When what failed is tried again, or what was stopped goes on, by itself."""
    if status.retry is not None:
        when = words.spoken(status.retry, situation.now)
        return _("It is tried again {when}.").format(when=when)
    if status.next is None or paused_until(situation) is not None:
        return ""
    return _("Next {when}.").format(when=words.spoken(status.next, situation.now))


def _damaged(situation: Situation, _status: Status) -> VerdictShown | None:
    """What a look at the data found, in its own words."""
    found = findings(situation)
    if not found:
        return None
    hint = "\n".join(filter(None, (found[0].sentence.hint, _last(situation))))
    return VerdictShown(Tone.BAD, "circle-x", found[0].sentence.title, hint, _back_up())


def _overdue(situation: Situation, status: Status) -> VerdictShown | None:
    if status.overdue_since is None or paused_until(situation) is not None:
        return None
    since, last = words.moment(status.overdue_since, situation.now), _last(situation)
    icon = "clock-exclamation"
    if status.waiting is None:
        return _say(Tone.BAD, icon, "window-overdue", _back_up(), since=since, last=last)
    waits = str(status.waiting.sentence)
    anyway = Action(Intent.BACK_UP, _("Back up anyway"), BACK_UP.icon, key=BACK_UP.key)
    return _say(Tone.BAD, icon, "window-overdue-waits", anyway, since=since, waits=waits, last=last)


def _old(situation: Situation, status: Status) -> VerdictShown | None:
    good = status.last_good
    if good is None or status.next is not None or situation.now - good <= FRESH:
        return None
    days = words.days(situation.now - good)
    last = _last(situation)
    return _say(Tone.BAD, "clock-exclamation", "window-old", _back_up(), days=days, last=last)


def _no_sources(_situation: Situation, status: Status) -> VerdictShown | None:
    if status.sources:
        return None
    choose = Action(Intent.CHOOSE, _("Bots and files"), "robot")
    return _say(Tone.CALM, "shield-plus", "window-nothing-protected", choose)


def _stopped(situation: Situation, status: Status) -> VerdictShown | None:
    last = last_backup(situation)
    if last is None or last.outcome is not Outcome.CANCELLED:
        return None
    ours = situation.ended is not None and situation.now - last.began <= JUST
    sentence = "window-just-stopped" if ours else "window-stopped"
    shown = _say(Tone.CALM, "circle-minus", sentence, _back_up(), last=_last(situation))
    return _and(shown, _again(situation, status))


def _none_yet(_situation: Situation, status: Status) -> VerdictShown | None:
    if status.last_good is not None:
        return None
    return _say(Tone.CALM, "shield-plus", "window-no-backup", _back_up())


def _problems(situation: Situation, status: Status) -> VerdictShown | None:
    last = last_backup(situation)
    if last is None or last.outcome is not Outcome.PROBLEMS:
        return None
    open_ = open_problems(situation)
    if not open_ and met_problems(situation):
        return None  # somebody has dealt with all of them
    counted = max(len(open_), 1)
    problems = plural("{count} problem", "{count} problems", counted)
    return _say(
        Tone.WARN,
        "alert-triangle",
        "window-problems",
        _back_up(),
        problems=problems,
        **_when(situation, status),
    )


def _copies(situation: Situation, status: Status) -> VerdictShown | None:
    for place in places(status, situation.now):
        trouble = copy_trouble(place, situation.now)
        put_off = place.copy is not None and copy_key(place.copy.name) in decided(situation)
        if trouble is not None and not put_off:
            icon, sentence = trouble
            return VerdictShown(Tone.WARN, icon, sentence.title, sentence.hint, _back_up())
    return None


def _paused(situation: Situation, status: Status) -> VerdictShown | None:
    paused = paused_until(situation)
    if paused is None:
        return None
    until = words.until(paused, situation.now)
    go_on = Action(Intent.GO_ON, _("Go on now"), "player-play")
    last = _last(situation)
    missed = status.overdue_since or status.next
    if missed is None or missed > paused:
        return _say(Tone.CALM, "player-pause", "window-paused", go_on, until=until, last=last)
    due = words.until(missed, situation.now)
    return _say(
        Tone.CALM, "player-pause", "window-paused-due", go_on, until=until, last=last, due=due
    )


_PROVING = {
    False: (Intent.VERIFY, mark("Verify now")),
    True: (Intent.PRACTISE, mark("Practise a restore")),
}


def _proof(situation: Situation, status: Status) -> VerdictShown | None:
    place = to_prove(places(status, situation.now))
    if place is None:
        return None
    there = place.copy is None or place.copy.state in ("ok", "behind")
    drill = place.lacks is Proof.DRILL
    intent, text = _PROVING[drill]
    action = Action(intent, _(text), "shield-check") if there else _back_up()
    if place.worth is Worth.PROOF_OLD and place.proved is not None:
        ago = words.ago(place.proved, situation.now)
        icon, sentence = "clock-exclamation", "window-drill-old" if drill else "window-proof-old"
        return _say(Tone.WARN, icon, sentence, action, name=place.name, ago=ago)
    when = _when(situation, status)
    sentence = "window-undrilled" if drill else "window-unproven"
    return _say(Tone.CALM, "shield-plus", sentence, action, name=place.name, **when)


def _kit(situation: Situation, status: Status) -> VerdictShown | None:
    """Twice a year the printed key is to be typed: until then it is a hope."""
    own = status.repository
    if own is None or situation.sample:
        return None
    prove = Action(Intent.KIT, _("Type the key…"), "key")
    if own.kit.proved is None:
        return _say(Tone.WARN, "key", "window-kit-unproved", prove)
    if own.kit.outdated:
        renew = Action(Intent.KIT, _("Print it again…"), "printer")
        what = str(own.kit.outdated[0].sentence)
        return _say(Tone.WARN, "key", "window-kit-outdated", renew, what=what)
    if situation.now - own.kit.proved <= KIT_FRESH:
        return None
    ago = words.ago(own.kit.proved, situation.now)
    return _say(Tone.WARN, "key", "window-kit-old", prove, ago=ago)


def _no_off_site(situation: Situation, status: Status) -> VerdictShown | None:
    groups = gauge(places(status, situation.now), situation.now)
    if groups[-1].pips == (PipState.PROVEN,):
        return None
    when = _when(situation, status)
    return _say(Tone.WARN, "cloud-off", "window-no-off-site", _back_up(), **when)


def _incomplete(situation: Situation, status: Status) -> VerdictShown | None:
    groups = gauge(places(status, situation.now), situation.now)
    lacking = next((group for group in groups if set(group.pips) != {PipState.PROVEN}), None)
    if lacking is None:
        return None
    when = _when(situation, status)
    return _say(
        Tone.CALM, "shield-plus", "window-incomplete", _back_up(), reason=lacking.reason, **when
    )


def _well(situation: Situation, status: Status) -> VerdictShown:
    when = _when(situation, status)
    if status.next is None:
        return _say(Tone.OK, "shield-check", "window-well", _back_up(), **when)
    following = words.spoken(status.next, situation.now)
    return _say(Tone.OK, "shield-check", "window-well-next", _back_up(), next=following, **when)


_Rule = Callable[[Situation, Status], VerdictShown | None]
_RULES: tuple[_Rule, ...] = (
    _gone,
    _locked,
    suspect,
    _failed,
    _damaged,
    _overdue,
    _old,
    _no_sources,
    _stopped,
    _none_yet,
    _problems,
    _copies,
    _paused,
    _proof,
    _kit,
    _no_off_site,
    _incomplete,
)
