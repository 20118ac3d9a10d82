"""What happens when: reads the status, runs jobs, and tells what follows.

Holds the one `Situation`. All rules are in `app.ui.state` and below; all waiting is Qt's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.secret import Secret
from app.ui.copy_commands import prove
from app.ui.due import Due
from app.ui.jobs import Child, Ending, see_off
from app.ui.places import places, to_prove
from app.ui.protocol import Event, Told
from app.ui.reader import NOTHING, Reader
from app.ui.report import Status, read_status
from app.ui.running import JobState, Wish, advance, wished
from app.ui.shown import Intent, NoteShown, PageShown
from app.ui.situation import Ended, Outcome, Situation
from app.ui.state import page
from app.ui.tokens import REFRESH_MS

BACKUP, PULL, VERIFY, DRILL, SYNC = "backup", "pull", "verify", "drill", "sync"
REPAIR = "repair"
_OF_THE_SCHEDULE = ("next", "retry", "overdue_since", "waiting", "paused_until", "metered")
_SAMPLE = "sample"
_PIECE = "10"  # minutes
_LOOK_MS = 60_000
_SELDOM_MS = 600_000  # without a window; what changes by itself, `due` tells
_FOLLOW_MS = 2_000  # while another process is at work
_LAST_MS = 2_000  # for what is not over when the process ends


def _now() -> datetime:
    return datetime.now(UTC)


class Controller(QObject):
    """See the module. `command` is what starts the command line."""

    changed = Signal(object)  # PageShown
    idle = Signal()  # a job of ours is over
    rescheduled = Signal()  # a pause of the schedule began or ended
    finished = Signal(object, object)  # the same, told more: Ended, and the report of `done`

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        now: Callable[[], datetime] = _now,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._now = now
        home = environment.get("HOME", "")
        sample = environment.get("TRADEKEEP_HOME")
        is_sample = sample is not None and (Path(sample) / _SAMPLE).exists()
        self._situation = Situation(now(), home=home, sample=is_sample)
        self._reading: Child | None = None
        self._again = False
        self._told_now: list[Callable[[], None]] = []
        self._told_again: list[Callable[[], None]] = []
        self._job: Child | None = None
        self._closely = True
        self._over = False
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self._tell)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self.refresh)

    @property
    def situation(self) -> Situation:
        return self._situation

    @property
    def busy(self) -> bool:
        """Whether a job of ours is at work."""
        return self._job is not None

    def begin(self) -> None:
        """Show what is known, which is nothing, and look."""
        self._look.start()
        self._tell()
        self.refresh()

    def do(self, intent: Intent) -> None:
        """What a person asked for. What makes no sense now is passed over."""
        actions: dict[Intent, Callable[[], None]] = {
            Intent.BACK_UP: self.back_up,
            Intent.PAUSE: lambda: self._wish(Wish.PAUSE),
            Intent.RESUME: lambda: self._wish(Wish.RESUME),
            Intent.CANCEL: lambda: self._wish(Wish.CANCEL),
            Intent.REFRESH: self.refresh,
            Intent.PAUSE_HOUR: lambda: self._schedule("pause", "--for", "1h"),
            Intent.PAUSE_DAY: lambda: self._schedule("pause", "--for", "1d"),
            Intent.GO_ON: lambda: self._schedule("resume"),
            Intent.KEEP_FROZEN: lambda: self._decide("keep"),
            Intent.DISMISS: lambda: self._decide("dismiss"),
            **dict.fromkeys((Intent.VERIFY, Intent.PRACTISE), self._prove),
        }
        if intent in actions:
            actions[intent]()

    def toggle_pause(self) -> None:
        """Ctrl+. pauses, or lets it go on."""
        job = self._situation.job
        if job is not None:
            self.do(Intent.RESUME if job.paused else Intent.PAUSE)

    # --- reading how things stand ------------------------------------------------------------

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        """Read the status; asked for meanwhile, once more afterwards. `then` is called when what
        was so at this moment is known, or could not be read."""
        if self._over:
            return
        if then is not None:
            (self._told_now if self._reading is None else self._told_again).append(then)
        if self._reading is not None:
            self._again = True
            return
        self._reading = self._child(["status", "--json"])
        self._reading.ended.connect(self._read)
        self._reading.start()

    def _read(self, ending: Ending) -> None:
        self._reading = None
        situation = replace(self._situation, checked=self._now(), trouble=None)
        if ending.done is not None and ending.done.error is None:
            try:
                situation = replace(situation, status=read_status(ending.done.report))
            except msgspec.ValidationError:
                situation = self._troubled(situation, Ending(None, Told("window-answer-unknown")))
        else:
            situation = self._troubled(situation, ending)
        self._change(situation)
        self._set_pace()
        waiting, self._told_now, self._told_again = self._told_now, self._told_again, []
        if self._again:
            self._again = False
            self.refresh()
        for then in waiting:
            then()

    def _troubled(self, situation: Situation, ending: Ending) -> Situation:
        error = ending.done.error if ending.done is not None else ending.error
        trouble = Ended(Outcome.FAILED, self._now(), error=error, trace=ending.trace)
        return replace(situation, trouble=trouble)

    # --- jobs --------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Start a backup, unless one is at work or nothing is set up."""
        status = self._situation.status
        if status is not None and status.repository is not None and status.running is None:
            self.run(["backup"], BACKUP)

    def _prove(self) -> None:
        """Read back the place whose proof is wanted first, or practise a restore from it."""
        status = self._situation.status
        place = to_prove(places(status, self._situation.now)) if status is not None else None
        if place is not None and place.lacks is not None:
            self.run(prove(place.lacks, place.copy.name if place.copy else ""), place.lacks.value)

    def run(
        self,
        arguments: Sequence[str],
        job: str,
        *,
        secret: Secret | None = None,
        line: str = "",
        environment: Mapping[str, Secret] = NOTHING,
    ) -> bool:
        """Start a job, whose running card is shown; False if one of ours is at work already.

        `arguments` are a command's without its `--json`; `job` is one of the history's names. A
        `secret` is the first line of its input, `line` the next one; `environment` are secrets of a
        place, which it finds there.
        """
        if self.busy or self._over:
            return False
        self._job = self._child([*arguments, "--json", "--control-stdin"])
        self._job.lend(environment)
        self._job.heard.connect(self._heard)
        self._job.ended.connect(self._ended)
        self._change(replace(self._situation, job=JobState(self._now(), job=job)))
        self._job.start()
        if secret is not None:
            self._job.say(secret.reveal())
        if line:
            self._job.say(line)
        return True

    def ask(
        self,
        arguments: Sequence[str],
        then: Callable[[Ending], None],
        *,
        secret: Secret | None = None,
        changes: bool = False,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Child:
        """Run a short command (`--json` is added) beside whatever is at work.

        Its input is `secret`, if there is one, and its end. With `changes`, how things stand is
        read again afterwards. `environment` as in `run`.
        """
        child = self._child([*arguments, "--json"])
        child.lend(environment)
        child.ended.connect(then)
        if changes:
            child.ended.connect(lambda _ending: self.refresh())
        child.start()
        if secret is not None:
            child.say(secret.reveal())
        child.hang_up()
        return child

    def converse(
        self,
        arguments: Sequence[str],
        hear: Callable[[Event], None],
        then: Callable[[Ending], None],
    ) -> Child:
        """The same for a command that asks back: its input stays open for what is answered to its
        events, until `hang_up`. How things stand is read again afterwards."""
        child = self._child([*arguments, "--json"])
        child.heard.connect(hear)
        child.ended.connect(then)
        child.ended.connect(lambda _ending: self.refresh())
        child.start()
        return child

    def reader(
        self,
        *,
        place: Sequence[str] = (),
        archive: bool = False,
        secret: Secret | None = None,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Reader:
        """A reading child; of another place with options that stand before the command, or of the
        archive of exchange history. `environment` as in `run`."""
        return Reader(
            self._command,
            place=place,
            archive=archive,
            secret=secret,
            environment=environment,
            parent=self,
        )

    def _schedule(self, *arguments: str) -> None:
        """Pause the schedule or let it go on; what comes of it is read, also where it failed."""
        self.ask(arguments, self._scheduled, changes=True)

    def _scheduled(self, ending: Ending) -> None:
        self._decided(ending)
        self.rescheduled.emit()

    def _decide(self, how: str) -> None:
        """About suspect backups; what comes of it is read, also where it failed."""
        self.ask(["suspect", how, "all"], self._decided, changes=True)

    def _decided(self, ending: Ending) -> None:
        if ending.done is None or ending.done.error is not None:
            self._change(self._troubled(self._situation, ending))

    def watch(self, *, closely: bool) -> None:
        """Look often, for a window that shows it; or seldom."""
        if closely and not self._closely:
            self.refresh()
        self._closely = closely
        self._set_pace()

    def _set_pace(self) -> None:
        status = self._situation.status
        other = status is not None and status.running is not None and not self.busy
        often = _FOLLOW_MS if other else _LOOK_MS
        seldom = _LOOK_MS if other else _SELDOM_MS
        self._look.setInterval(often if self._closely else seldom)

    def learn(self, due: Due) -> None:
        """What the schedule said just now; before the status was read, that tells it."""
        status = self._situation.status
        if status is not None:
            told = {name: getattr(due, name) for name in _OF_THE_SCHEDULE}
            self._change(replace(self._situation, status=msgspec.structs.replace(status, **told)))

    def close_note(self) -> None:
        self._change(replace(self._situation, note=None))

    def note(self, note: NoteShown) -> None:
        """A sentence that stays on the Overview until it is closed."""
        self._change(replace(self._situation, note=note))

    def end_job(self) -> None:
        """The session ends: what is at work stops, and is tried again later."""
        self._wish(Wish.CANCEL, "end")

    def _wish(self, wish: Wish, word: str = "") -> None:
        if self._job is None or self._situation.job is None:
            return
        words = {Wish.PAUSE: "pause", Wish.RESUME: "resume", Wish.CANCEL: "cancel"}
        self._job.say(word or words[wish])
        self._change(replace(self._situation, job=wished(self._situation.job, wish)))

    def kill(self) -> None:
        """End a job that does not answer."""
        if self._job is not None:
            self._job.kill()

    def end(self) -> None:
        """The process is about to end: what is only being read need not be read to its end; what
        changes something is waited for, for a moment. Nobody hears of either."""
        if self._over:
            return
        self._over = True
        self._look.stop()
        self._soon.stop()
        for reader in self.findChildren(Reader):
            reader.stop()
        for child in self.findChildren(Child):
            child.blockSignals(True)
            child.hang_up()
        if self._reading is not None:
            self._reading.kill()
        see_off(self.findChildren(QProcess), _LAST_MS)

    def _heard(self, event: Event) -> None:
        if self._situation.job is not None:
            job = advance(self._situation.job, event, time.monotonic())
            self._situation = replace(self._situation, job=job)
            if not self._soon.isActive():
                self._soon.start()

    def _ended(self, ending: Ending) -> None:
        job = self._situation.job
        self._job = None
        assert job is not None
        done = ending.done
        outcome = Outcome(done.outcome) if done and done.outcome in set(Outcome) else None
        ended = Ended(
            outcome or Outcome.FAILED,
            job.began,
            job.run,
            job.problems,
            done.error if done else ending.error,
            ending.trace,
            job.job,
        )
        situation = replace(self._situation, job=None, status=self._without(job.run))
        if outcome is Outcome.OK and not job.run:  # it found nothing to be due
            self._change(situation)
            self.idle.emit()
            return
        self._change(replace(situation, ended=ended) if job.job == BACKUP else situation)
        self.finished.emit(ended, done.report if done else {})
        self.idle.emit()
        self.refresh()
        if done is not None and done.report.get("pull_left") and not self.busy:
            self._pull_on(job.job)

    def _pull_on(self, before: str) -> None:
        """Exchanges have more: in pieces, so that no backup waits for hours. After the first of
        them the schedule says when the next one is due, where there is a schedule."""
        status = self._situation.status
        if before == BACKUP or status is None or status.schedule.kind in ("", "off"):
            self.run(["pull", "--minutes", _PIECE], PULL)

    def _without(self, run: str) -> Status | None:
        """The status that was read while a run of ours was at work, now that it is over."""
        status = self._situation.status
        if status is None or status.running is None or status.running.run != run:
            return status
        return msgspec.structs.replace(status, running=None)

    # --- telling -----------------------------------------------------------------------------

    def _child(self, arguments: Sequence[str]) -> Child:
        return Child(self._command, arguments, self._situation.home, self)

    def _change(self, situation: Situation) -> None:
        self._situation = situation
        self._tell()

    def _tell(self) -> None:
        self._situation = replace(self._situation, now=self._now())
        shown: PageShown = page(self._situation)
        self.changed.emit(shown)
