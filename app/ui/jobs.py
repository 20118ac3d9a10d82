"""Running a child: the command that a person would type, spoken to in protocol 1.

The window's thread never waits: bytes are taken as they come, the end is a signal. What a child
writes to standard error is kept for the case that it crashes, redacted before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDeadlineTimer, QObject, QProcess, QProcessEnvironment, Signal

from app.messages import _
from app.secret import Secret
from app.ui import words
from app.ui.protocol import PROTOCOL, Done, Event, Lines, Started, Told

_TRACE = 20  # lines of standard error that are worth showing


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: with its `done`, or without one and then why."""

    done: Done | None
    error: Told | None = None
    trace: str = ""


def lend(process: QProcess, more: Mapping[str, Secret]) -> None:
    """Give a child what this process has not in its environment, before it is started."""
    if more:
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in more.items():
            environment.insert(name, value.reveal())
        process.setProcessEnvironment(environment)


def see_off(processes: Iterable[QProcess], patience_ms: int) -> None:
    """Wait until they have ended, all of them no longer than that; who does not is killed. For the
    end of this process, when nobody looks at a window any more."""
    until = QDeadlineTimer(patience_ms)
    for process in processes:
        if process.state() is QProcess.ProcessState.NotRunning:
            continue
        if not process.waitForFinished(until.remainingTime()):
            process.kill()
            process.waitForFinished()


def error_of(ending: Ending) -> Told | None:
    """Why a command came to nothing; None if it did not."""
    return ending.done.error if ending.done is not None else ending.error


class Child(QObject):
    """One process. `heard` carries each event, `ended` comes once, last, always."""

    heard = Signal(object)
    ended = Signal(object)

    def __init__(
        self, command: Sequence[str], arguments: Sequence[str], home: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._lines = Lines()
        self._done: Done | None = None
        self._refused: Told | None = None
        self._over = False
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments([*command[1:], *arguments])
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    def lend(self, more: Mapping[str, Secret]) -> None:
        """See `lend`."""
        lend(self._process, more)

    def start(self) -> None:
        self._process.start()

    def say(self, word: str) -> None:
        """A line for its standard input: cancel, end, pause, resume."""
        self._process.write(f"{word}\n".encode())

    def hang_up(self) -> None:
        """Its standard input ends after what was said."""
        self._process.closeWriteChannel()

    def kill(self) -> None:
        """The hard way, for a child that does not answer."""
        self._process.kill()

    def _read(self) -> None:
        data = bytes(self._process.readAllStandardOutput().data())
        for event in self._lines.feed(data):
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, Started | Done) and event.protocol != PROTOCOL:
            params: dict[str, str | int] = {"protocol": event.protocol, "known": PROTOCOL}
            self._refused = Told("window-protocol-other", params)
            self.kill()
        elif isinstance(event, Done):
            self._done = event
        if self._refused is None:
            self.heard.emit(event)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        for event in self._lines.end():
            self._take(event)
        crashed = status is QProcess.ExitStatus.CrashExit
        how = _("it was killed") if crashed else _("exit code {code}").format(code=code)
        self._end(Told("window-child-crashed", {"how": how}))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            reason = self._process.errorString()
            self._end(Told("window-child-not-started", {"reason": reason}))

    def _end(self, unexpected: Told) -> None:
        if self._over:
            return
        self._over = True
        if self._refused is not None:
            self.ended.emit(Ending(None, self._refused))
        elif self._done is not None:
            self.ended.emit(Ending(self._done))
        else:
            self.ended.emit(Ending(None, unexpected, self._trace()))
        self.deleteLater()

    def _trace(self) -> str:
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        return words.redacted("\n".join(said.splitlines()[-_TRACE:]), self._home)
