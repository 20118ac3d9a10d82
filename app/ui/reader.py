"""Asking the reading child (`tradekeep browse --json`): questions out, answers in, by number.

The child is started by the first question and ends by itself when idle; the next question starts
it again. The window's thread never waits: an answer is a call with each line of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QObject, QProcess, Signal
from shiboken6 import isValid

from app.json_lines import NO_JSON
from app.secret import Secret
from app.ui.jobs import lend
from app.ui.protocol import Told

NOTHING: Mapping[str, Secret] = {}
_LONGEST = 8 << 20  # no line of a child is longer
_GONE = Told("window-reader-gone")


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of an answer: rows as they come (`more`), at the end the rest of it in `last`, or why
    there is none. One that was cancelled ends without a call."""

    rows: Sequence[Mapping[str, object]] = ()
    last: Mapping[str, object] = field(default_factory=dict)
    error: Told | None = None
    problem: Told | None = None
    more: bool = False


Hear = Callable[[Answer], None]


@dataclass(slots=True)
class _Open:
    """A question that is not answered to its end; `asked` is its line."""

    hear: Hear
    asked: bytes
    heard: bool = False


class Ticket:
    """A question that was asked; to take it back."""

    def __init__(self, reader: Reader, number: int) -> None:
        self._reader, self._number = reader, number

    def cancel(self) -> None:
        """Nobody waits for the answer any more: nothing further of it is told."""
        self._reader.forget(self._number)


class Reader(QObject):
    """See the module. `command` starts the command line, `place` are options before `browse`; an
    `archive` child answers about exchange history instead of snapshots. A `secret` is the first
    line of its input, for a place that is opened with a typed key; `environment` are the secrets
    of one behind a network."""

    reloaded = Signal()  # another process replaced the index: what was listed may be gone

    def __init__(
        self,
        command: Sequence[str],
        *,
        place: Sequence[str] = (),
        archive: bool = False,
        secret: Secret | None = None,
        environment: Mapping[str, Secret] = NOTHING,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        about = ["--archive"] if archive else []
        self._command = [*command, *place, "browse", "--json", *about]
        self._secret, self._environment = secret, environment
        self._process: QProcess | None = None
        self._rest = b""
        self._open: dict[int, _Open] = {}
        self._next = 0
        self._refusal: Told | None = None
        self._again = False

    def ask(self, question: Mapping[str, object], hear: Hear) -> Ticket:
        """Ask; `hear` is called with each line of the answer, in later turns of the event loop."""
        self._next += 1
        line = msgspec.json.encode({**question, "id": self._next}) + b"\n"
        self._open[self._next] = _Open(hear, line)
        self._write(line)
        return Ticket(self, self._next)

    def forget(self, number: int) -> None:
        """See `Ticket.cancel`."""
        if self._open.pop(number, None) is not None and self._process is not None:
            self._process.write(msgspec.json.encode({"id": number, "do": "cancel"}) + b"\n")

    def stop(self) -> None:
        """End the child, which holds nothing that has to be kept; open questions are forgotten."""
        self._open.clear()
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._read)
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._failed)
            process.setParent(self.parent())  # it may outlive this for the moment that it takes
            process.closeWriteChannel()
            process.finished.connect(process.deleteLater)

    # --- the child ---------------------------------------------------------------------------

    def _write(self, line: bytes) -> None:
        if self._process is None:
            self._start()
        assert self._process is not None
        self._process.write(line)

    def _start(self) -> None:
        self._rest, self._refusal, self._again = b"", None, False
        process = QProcess(self)
        lend(process, self._environment)
        process.setProgram(self._command[0])
        process.setArguments(self._command[1:])
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._process = process
        process.start()
        if self._secret is not None:
            process.write(self._secret.reveal().encode() + b"\n")

    def _read(self) -> None:
        if self._process is None:
            return
        data = bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            self._process.kill()
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told = msgspec.json.decode(line, type=dict[str, object])
        except NO_JSON:
            return  # a line that is none of ours; the question's end is still told
        number = told.get("id")
        if isinstance(number, int):
            self._answered(number, told)
        elif told.get("event") == "reloaded":
            self.reloaded.emit()
        elif told.get("event") == "done":
            self._over(told)

    def _answered(self, number: int, told: dict[str, object]) -> None:
        asked = self._open.get(number)
        if asked is None:
            return
        asked.heard = True
        more = told.get("more") is True
        if not more:
            del self._open[number]
            if told.get("cancelled"):
                return
        owner = getattr(asked.hear, "__self__", None)
        if isinstance(owner, QObject) and not isValid(owner):
            return  # a page that is gone
        rows = told.get("rows")
        asked.hear(
            Answer(
                rows=rows if isinstance(rows, list) else (),
                last={} if more else told,
                error=_told(told.get("error")),
                problem=_told(told.get("problem")),
                more=more,
            )
        )

    def _over(self, told: dict[str, object]) -> None:
        """The child says that it ends: idle, while a question was on its way, or for an error."""
        self._refusal = _told(told.get("error"))
        report = told.get("report")
        self._again = isinstance(report, dict) and report.get("reason") == "idle"

    def _finished(self) -> None:
        self._read()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        unheard = [each for each in self._open.values() if not each.heard]
        if self._again and unheard:
            for each in unheard:
                self._write(each.asked)
            return
        self._refuse(self._refusal or _GONE)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            reason = self._process.errorString()
            self._process = None
            self._refuse(Told("window-child-not-started", {"reason": reason}))

    def _refuse(self, why: Told) -> None:
        waiting, self._open = list(self._open.values()), {}
        for each in waiting:
            each.hear(Answer(error=why))


def _told(value: object) -> Told | None:
    if not isinstance(value, dict):
        return None
    try:
        return msgspec.convert(value, type=Told)
    except msgspec.ValidationError:
        return Told("window-answer-unknown")
