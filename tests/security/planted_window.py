"""A window over a real computer: its real commands answer, without processes to wait for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from PySide6.QtCore import QTimer

from app.cli.context import Quiet
from app.cli.desk import Answerer, Desk
from app.cli.inbox import Inbox, Odd
from app.json_lines import encode_line
from app.repository.reader import Reader as Snapshots
from app.secret import Secret
from app.services.browse import Browser
from app.services.browse_archive import ArchiveBrowser
from app.services.home import Access, Home, open_for
from app.ui.jobs import Child, Ending
from app.ui.protocol import Done, Lines, Told
from app.ui.reader import NOTHING, Answer, Reader
from app.ui.report import read_status
from app.ui.situation import Situation
from tests.cli.support import Machine
from tests.ui.pretend import PretendController, PretendReader

# They load ccxt, or go out into the world, and say nothing that others wrote.
_COSTLY = (("exchange", "about"), ("exchange", "check"))


class _Question(Inbox):
    """The only one that comes."""

    def __init__(self, question: Mapping[str, object]) -> None:
        self._left: list[bytes | Odd] = [msgspec.json.encode({**question, "id": 1}), Odd.END]

    def take_now(self) -> bytes | Odd | None:
        return self._left.pop(0) if self._left else None


class RealAnswers(PretendController):
    """What the commands of a machine say, each time they are asked; jobs are only noted. `lines` is
    all that came through the pipes."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(Situation(datetime.now(UTC), home=str(machine.folder)))
        self._now = lambda: datetime.now(UTC)
        self.machine, self._home = machine, Home.find(machine.environment)
        self.heard: list[str] = []
        self._known: dict[tuple[str, ...], Done | None] = {}
        self.refresh()

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        done = self._once(["status"])
        assert done is not None
        self._situation = replace(self._situation, status=read_status(done.report))
        super().refresh(then)

    def _once(self, arguments: Sequence[str]) -> Done | None:
        """What a command says as long as nothing changes."""
        key = tuple(arguments)
        if key not in self._known:
            self._known[key] = self._run(arguments)
        return self._known[key]

    def _run(self, arguments: Sequence[str], line: str = "") -> Done | None:
        done = self.machine._done([*arguments, "--json"], line)
        self.heard += [done.stdout, done.stderr]
        ends = [each for each in Lines().feed(done.stdout.encode()) if isinstance(each, Done)]
        return ends[-1] if ends else None

    def ask(
        self,
        arguments: Sequence[str],
        then: Callable[[Ending], None],
        *,
        secret: Secret | None = None,
        changes: bool = False,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Child:
        if tuple(arguments[:2]) in _COSTLY:
            done: Done | None = Done("ok")
        elif changes or secret is not None:
            self._known.clear()
            done = self._run(arguments, "" if secret is None else f"{secret.reveal()}\n")
        else:
            done = self._once(arguments)
        error = None if done is not None else Told("window-child-crashed", {"how": "1"})
        QTimer.singleShot(0, self, lambda: then(Ending(done, error)))
        if changes:
            self.refresh()
        return Child(["/nonexistent"], [], "", self)

    def reader(
        self,
        *,
        place: Sequence[str] = (),
        archive: bool = False,
        secret: Secret | None = None,
        environment: Mapping[str, Secret] = NOTHING,
    ) -> Reader:
        home = self._home.fresh()
        browser: Answerer
        if archive:
            browser = ArchiveBrowser(home, lambda: time.time_ns() // 1_000_000)
        else:
            browser = Browser(home, Snapshots(open_for(home, Access()), Quiet()), own=True)
        return PretendReader(lambda question: self._answers(browser, question))  # type: ignore[return-value]

    def _answers(self, browser: Answerer, question: Mapping[str, Any]) -> list[Answer]:
        lines: list[bytes] = []
        desk = Desk(
            browser, _Question(question), lambda each: lines.append(encode_line(each)), lambda: True
        )
        desk.run(0.0)
        self.heard += [line.decode() for line in lines]
        return [_answer(json.loads(line)) for line in lines]


def _answer(told: dict[str, Any]) -> Answer:
    more = told["more"]
    error = told.get("error")
    return Answer(
        rows=told.get("rows", ()) if more else (),
        last={} if more else told,
        error=msgspec.convert(error, Told) if error else None,
        more=more,
    )
