"""`tradekeep doctor`."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.events import problem_json
from app.cli.text import left, width
from app.messages import _

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", None)}


@click.command()
@json_option
@click.pass_obj
def doctor(context: Context, as_json: bool) -> int:
    """Look at everything that backups and restores need. Shows no secret.

    Example: tradekeep doctor
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.doctor import examine

        findings = [each.as_json() for each in examine(context.home, quiet)]
        return {"findings": findings, "problems": [problem_json(each) for each in quiet.problems]}

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    findings = report["findings"]
    assert isinstance(findings, list)
    widest = max(width(finding["name"]) for finding in findings)
    for finding in findings:
        sign, colour = _MARKS[finding["fine"]]
        name = left(finding["name"], widest)
        click.echo(f"{click.style(sign, fg=colour)} {name}  {finding['detail']}")
    if all(finding["fine"] is not False for finding in findings):
        click.echo(_("Nothing is missing."))
