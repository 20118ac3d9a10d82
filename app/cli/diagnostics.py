"""`tradekeep diagnostics`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.errors import AppError
from app.messages import _


@click.command()
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it there."
)
@json_option
@click.pass_obj
def diagnostics(context: Context, out: Path | None, as_json: bool) -> int:
    """Make a report about this installation that can be shown to others: no secrets, no names.

    Example: tradekeep diagnostics --out report.txt
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.files import write_atomic
        from app.services.diagnostics import report

        found = report(context.home, Quiet())
        if out is not None:
            try:
                write_atomic(out, str(found["text"]).encode())
            except OSError as error:
                reason = error.strerror or str(error)
                raise AppError("export-unwritable", path=str(out), reason=reason) from error
        return found

    def show(report: dict[str, object]) -> None:
        if out is None:
            click.echo(str(report["text"]))
            return
        click.echo(_("Written to {file}. Read it before you share it.").format(file=out))

    return context.answer(as_json, read, show)
