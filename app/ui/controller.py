"""What happens when: reads the status, runs the backup, and tells the page that follows.

Holds the one `Situation`. All rules are in `app.ui.state` and below; all waiting is Qt's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.jobs import Child, Ending
from app.ui.protocol import Event, Told
from app.ui.report import read_status
from app.ui.running import JobState, Wish, advance, wished
from app.ui.shown import Intent, PageShown
from app.ui.situation import Ended, Outcome, Situation
from app.ui.state import page, with_note
from app.ui.tokens import REFRESH_MS

_SAMPLE = "sample"
_LOOK_MS = 60_000
_FOLLOW_MS = 2_000  # while another process is at work
_LOOK_SECONDS = _LOOK_MS / 1000


def _now() -> datetime:
    return datetime.now(UTC)


class Controller(QObject):
    """See the module. `command` is what starts the command line."""

    changed = Signal(object)  # PageShown
    idle = Signal()  # a job of ours is over

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
        self._job: Child | None = None
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
        }
        if intent in actions:
            actions[intent]()

    def toggle_pause(self) -> None:
        """Ctrl+. pauses, or lets it go on."""
        job = self._situation.job
        if job is not None:
            self.do(Intent.RESUME if job.paused else Intent.PAUSE)

    def close_note(self) -> None:
        self._change(replace(self._situation, note=None))

    # --- reading how things stand ------------------------------------------------------------

    def refresh(self) -> None:
        """Read the status; asked for meanwhile, once more afterwards."""
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
        other = situation.status is not None and situation.status.running is not None
        self._look.setInterval(_FOLLOW_MS if other and not self.busy else _LOOK_MS)
        self._change(situation)
        if self._again:
            self._again = False
            self.refresh()

    def _troubled(self, situation: Situation, ending: Ending) -> Situation:
        error = ending.done.error if ending.done is not None else ending.error
        trouble = Ended(Outcome.FAILED, self._now(), error=error, trace=ending.trace)
        return replace(situation, trouble=trouble)

    # --- the backup --------------------------------------------------------------------------

    def back_up(self) -> None:
        """Start a backup, unless one is at work or nothing is set up."""
        status = self._situation.status
        ready = status is not None and status.repository is not None and status.running is None
        if self.busy or not ready:
            return
        self._job = self._child(["backup", "--json", "--control-stdin"])
        self._job.heard.connect(self._heard)
        self._job.ended.connect(self._ended)
        self._change(replace(self._situation, job=JobState(self._now())))
        self._job.start()

    def _wish(self, wish: Wish) -> None:
        if self._job is None or self._situation.job is None:
            return
        self._job.say({Wish.PAUSE: "pause", Wish.RESUME: "resume"}.get(wish, "cancel"))
        self._change(replace(self._situation, job=wished(self._situation.job, wish)))

    def kill(self) -> None:
        """End a job that does not answer."""
        if self._job is not None:
            self._job.kill()

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
        )
        self._change(replace(self._situation, job=None, ended=ended))
        self.idle.emit()
        self.refresh()

    # --- set-up ------------------------------------------------------------------------------

    def set_up(self, repository: str, recovery_file: str) -> None:
        """Make a repository; the recovery key goes into a file."""
        arguments = ["init", "--repository", repository, "--recovery-out", recovery_file, "--json"]
        child = self._child(arguments)
        child.ended.connect(lambda ending: self._set_up_done(ending, recovery_file))
        child.start()

    def _set_up_done(self, ending: Ending, recovery_file: str) -> None:
        if ending.done is not None and ending.done.error is None:
            self._change(with_note(self._situation, recovery_file))
            self.refresh()
        else:
            self._change(self._troubled(self._situation, ending))

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
