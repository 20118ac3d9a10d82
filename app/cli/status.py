"""`tradekeep status`."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import copy_state, facts, job_name, local, number, outcome, table
from app.messages import _
from app.messages.amounts import duration, size


@click.command()
@json_option
@click.pass_obj
def status(context: Context, as_json: bool) -> int:
    """Show what is protected, where it lies, and how the last runs ended. Needs no key.

    Example: tradekeep status
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.status import report

        return report(context.home)

    return context.answer(as_json, read, _show)


def _show(report: dict[str, object]) -> None:
    repository = report["repository"]
    if not isinstance(repository, dict):
        click.echo(_("Tradekeep is not set up on this computer yet. Start with: tradekeep init"))
        return
    _show_repository(repository, report["last_good"])
    _show_sources(_items(report["sources"]))
    _show_copies(_items(report["copies"]))
    _show_runs(_items(report["runs"])[:5])


def _items(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _show_repository(repository: dict[str, object], last_good: object) -> None:
    held = f"{number(repository['snapshots'])}, {size(_optional(repository['size']))}"
    facts(
        (_("Repository"), _place(repository["path"], there=repository["exists"])),
        (_("Snapshots"), held),
        (_("Last backup"), local(_text(last_good))),
    )


def _place(path: object, *, there: object) -> str:
    return str(path) if there else _("{path} (not there)").format(path=path)


def _optional(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _show_sources(sources: list[dict[str, object]]) -> None:
    click.echo()
    if not sources:
        click.echo(_("Nothing is protected yet. Find bots: tradekeep source detect"))
        return
    rows = [
        (
            str(source["name"]),
            str(source["bot"] or source["kind"]),
            str(source["files"] if source["files"] is not None else "–"),
            size(_optional(source["bytes"])),
            local(_text(source["last_captured"])),
            _place(source["path"], there=source["present"]),
        )
        for source in sources
    ]
    head = (_("Source"), _("Kind"), _("Files"), _("Size"), _("Captured"), _("Path"))
    table(head, rows, right=frozenset({2, 3}))


def _show_copies(copies: list[dict[str, object]]) -> None:
    click.echo()
    if not copies:
        click.echo(_("No copy yet. Add one: tradekeep copy add folder PATH --name NAME"))
        return
    rows = [
        (
            str(copy["name"]),
            copy_state(str(copy["state"])),
            str(copy["snapshots"] if copy["snapshots"] is not None else "–"),
            local(_text(copy["synced"])),
            local(_text(copy["verified"])),
            str(copy["address"]),
        )
        for copy in copies
    ]
    head = (_("Copy"), _("State"), _("Snapshots"), _("Synced"), _("Verified"), _("Place"))
    table(head, rows, right=frozenset({2}))


def _show_runs(runs: list[dict[str, object]]) -> None:
    if not runs:
        return
    click.echo()
    rows = []
    for run in runs:
        seconds = run["seconds"]
        assert isinstance(seconds, float)
        problems = _items(run["problems"])
        rows.append(
            (
                job_name(str(run["job"])),
                outcome(str(run["outcome"])),
                local(_text(run["started"])),
                duration(seconds),
                size(_optional(run["added"])),
                str(len(problems) or ""),
            )
        )
    head = (_("Run"), _("Outcome"), _("Started"), _("Took"), _("Added"), _("Problems"))
    table(head, rows, right=frozenset({3, 4, 5}))
