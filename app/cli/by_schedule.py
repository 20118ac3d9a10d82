"""`tradekeep backup --if-due`: the one job that is due now, of those that begin by themselves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from app.cli.context import Context, Quiet
from app.cli.due import NOT_DUE, show_due
from app.errors import AppError
from app.services.history import By

if TYPE_CHECKING:
    from app.services.due import Due

_PATIENCE = 60.0  # seconds that another may take to look
_FOR_A_NETWORK = 60.0  # seconds that a backup waits for one: the computer has just woken


def run_what_is_due(context: Context, *, as_json: bool, control_stdin: bool) -> int:
    """A backup whose slot has come; else the copy of a drive that was plugged in; else exchanges
    that a backup had to leave out, or balances that are to be looked at; else a restore that is to
    be practised. One job a call: whoever calls does so again a little later.

    Two calls in the same second start one job: only one looks at a time, and the next one looks
    when the history knows what the first has begun.
    """
    from app.services.due import look
    from app.services.history import now
    from app.services.only_one import only_one

    with ExitStack() as deciding:
        try:
            deciding.enter_context(only_one(context.home, "due", "schedule-busy", wait=_PATIENCE))
            due = look(context.home, now())
        except AppError as error:
            return _refused(context, error, as_json=as_json)
        if due.anything:
            begun = deciding.close
            return _start(context, due, as_json=as_json, control_stdin=control_stdin, begun=begun)
    _tell(context)
    return _nothing(context, due.as_json(), as_json=as_json)


def _start(
    context: Context, due: Due, *, as_json: bool, control_stdin: bool, begun: Callable[[], None]
) -> int:
    if due.backup:
        from app.cli.backup import BackupAsked, run_backup

        free = not due.metered
        asked = BackupAsked(pull=free, network=free, network_wait=_FOR_A_NETWORK)
        return run_backup(
            context,
            asked,
            as_json=as_json,
            control_stdin=control_stdin,
            by=By.SCHEDULE,
            begun=begun,
        )
    if due.owed:
        from app.cli.copies import run_sync

        return run_sync(
            context,
            due.owed[0],
            as_json=as_json,
            control_stdin=control_stdin,
            by=_by(context, due.owed[0]),
            begun=begun,
        )
    if due.drill is not None:
        from app.cli.drill import run_drill

        return run_drill(
            context,
            due.drill,
            as_json=as_json,
            control_stdin=control_stdin,
            by=By.SCHEDULE,
            begun=begun,
        )
    from app.cli.pull import PIECE, run_pull

    return run_pull(
        context,
        () if due.pull else due.samples,
        samples=not due.pull,
        minutes=PIECE,
        as_json=as_json,
        control_stdin=control_stdin,
        by=By.SCHEDULE,
        begun=begun,
    )


def _tell(context: Context) -> None:
    """Send the alerts that are owed, of a backup above all that is overdue and cannot begin. What
    does not get through is tried again the next time, and stands in `status`."""
    if context.home.settings.alerts:
        from app.services.alerts import tell

        tell(context.home, lambda _problem: None)


def _by(context: Context, name: str) -> By:
    """A drive was plugged in, or the hour of what lies behind a network has come."""
    from app.copies.where import is_local

    copy = context.home.copy(name)
    return By.DRIVE if copy is None or is_local(copy) else By.SCHEDULE


def _refused(context: Context, error: AppError, *, as_json: bool) -> int:
    def read(_quiet: Quiet) -> dict[str, object]:
        raise error

    return context.answer(as_json, read, show_due)


def _nothing(context: Context, report: dict[str, object], *, as_json: bool) -> int:
    def read(_quiet: Quiet) -> dict[str, object]:
        return report

    context.answer(as_json, read, show_due)
    return NOT_DUE
