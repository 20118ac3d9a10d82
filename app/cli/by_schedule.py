"""`tradekeep backup --if-due`: the one job that is due now, of those that begin by themselves."""

from __future__ import annotations

from app.cli.context import Context, Quiet
from app.cli.due import NOT_DUE, show_due
from app.services.history import By


def run_what_is_due(context: Context, *, as_json: bool, control_stdin: bool) -> int:
    """A backup whose slot has come; else the copy of a drive that was plugged in; else balances
    that are to be looked at. One job a call: whoever calls does so again a little later."""
    from app.services.due import look
    from app.services.history import now

    due = look(context.home, now())
    if due.backup:
        from app.cli.backup import BackupAsked, run_backup

        asked = BackupAsked(pull=not due.metered)
        return run_backup(
            context, asked, as_json=as_json, control_stdin=control_stdin, by=By.SCHEDULE
        )
    if due.owed:
        from app.cli.copies import run_sync

        name = due.owed[0]
        return run_sync(context, name, as_json=as_json, control_stdin=control_stdin, by=By.DRIVE)
    if due.samples:
        from app.cli.pull import run_pull

        return run_pull(
            context,
            due.samples[0],
            samples=True,
            as_json=as_json,
            control_stdin=control_stdin,
            by=By.SCHEDULE,
        )
    return _nothing(context, due.as_json(), as_json=as_json)


def _nothing(context: Context, report: dict[str, object], *, as_json: bool) -> int:
    def read(_quiet: Quiet) -> dict[str, object]:
        return report

    context.answer(as_json, read, show_due)
    return NOT_DUE
