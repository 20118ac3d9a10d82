"""Letters of several alerts, sent side by side within a set time.

Each alert has a thread of its own, which is left alone when the time is over: a name that is not
resolved holds a thread for longer than any timeout, and nobody waits for it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.errors import AppError
from app.secret import Secret
from app.services.alert_rules import Kind

PATIENCE = 12.0  # seconds for all of it; one letter may take 10


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to be sent: a message has a title and a text, a call has none."""

    kind: Kind
    title: str = ""
    text: str = ""


Answer: TypeAlias = tuple[str, Kind, AppError | None]  # an alert's id, what was sent, why not


def post(
    letters: Mapping[str, Sequence[Letter]],
    addresses: Mapping[str, Secret],
    patience: float = PATIENCE,
) -> list[Answer]:
    """Send the letters of each alert, in their order; what became of them. After a failure the rest
    of that alert's letters stay, and so they do without an address. Never raises."""
    until = time.monotonic() + patience
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    waiting: dict[str, int] = {}
    found: list[Answer] = []
    for each, sheets in letters.items():
        if each not in addresses:
            found.append((each, sheets[0].kind, AppError("alert-address-missing")))
            continue
        waiting[each] = len(sheets)
        work = (each, sheets, addresses[each], answers)
        threading.Thread(target=_post, args=work, daemon=True, name="alert").start()
    while waiting:
        try:
            answer = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        found.append(answer)
        each, _kind, error = answer
        waiting[each] -= 1
        if error is not None or not waiting[each]:
            del waiting[each]
    slow = AppError("alert-slow")
    return found + [(each, letters[each][-left].kind, slow) for each, left in waiting.items()]


def _post(
    each: str, letters: Sequence[Letter], address: Secret, answers: queue.SimpleQueue[Answer]
) -> None:
    """A thread: one letter after the other."""
    from app.services import alert_sending

    for letter in letters:
        error: AppError | None = None
        try:
            if letter.kind in (Kind.GOOD, Kind.BAD):
                alert_sending.call(address, good=letter.kind is Kind.GOOD)
            else:
                alert_sending.send(address, letter.title, letter.text)
        except AppError as failed:
            error = failed
        except Exception:  # noqa: BLE001  # the edge of a thread; its text may quote the address
            error = AppError("alert-failed")
        answers.put((each, letter.kind, error))
        if error is not None:
            return
