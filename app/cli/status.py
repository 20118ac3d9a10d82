"""`tradekeep status`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import copy_state, facts, job_name, local, number, outcome, table
from app.messages import _, plural, render
from app.messages.amounts import duration, size
from app.messages.joined import beside, sentences
from app.messages.proofs import proof


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
    _show_repository(repository, report)
    _show_waiting(report)
    _show_sources(_items(report["sources"]))
    _show_copies(_items(report["copies"]))
    _show_runs(_items(report["runs"])[:5])
    _show_alerts(_items(report["alerts"]))


def _items(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def _show_repository(repository: dict[str, object], report: dict[str, object]) -> None:
    held = beside((number(repository["snapshots"]), size(_optional(repository["size"]))))
    told = [
        (_("Repository"), _place(repository["path"], there=repository["exists"])),
        (_("Snapshots"), held),
        (_("Last backup"), local(_text(report["last_good"]))),
        (_("Next backup"), _next(report)),
    ]
    if report["overdue_since"]:
        told.append((_("Overdue since"), local(_text(report["overdue_since"]))))
    if repository["seen"]:
        told.append((_("Last seen"), local(_text(repository["seen"]))))
    facts(*told)
    name = _("This computer") if repository["kind"] == "folder" else _("Repository")
    _show_lacking(name, repository["lacks"], ())


def _next(report: dict[str, object]) -> str:
    if report["paused_until"]:
        return _("paused until {when}").format(when=local(_text(report["paused_until"])))
    if report["next"] is None:
        return _("when you start one")
    return local(_text(report["retry"] or report["next"]))


def _show_waiting(report: dict[str, object]) -> None:
    """Why what is due does not begin, or not all of it."""
    waiting = report["waiting"]
    if isinstance(waiting, dict):
        click.echo(sentences((waiting["title"], waiting["hint"])))
    if report["suspect"]:
        click.echo(str(render("suspect-frozen", {})))
    if report["metered"]:
        click.echo(render("metered-network", {}).title)


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
            copy_state(copy),
            str(copy["snapshots"] if copy["snapshots"] is not None else "–"),
            local(_text(copy["synced"])),
            proof(local(_text(copy["verified"])), copy["verified_scope"]),
            proof(local(_text(copy["drilled"])), copy["drill_scope"]),
            str(copy["address"]),
        )
        for copy in copies
    ]
    head = (
        _("Copy"),
        _("State"),
        _("Snapshots"),
        _("Synced"),
        _("Last verified"),
        _("Last practised"),
        _("Place"),
    )
    table(head, rows, right=frozenset({2}))
    for copy in copies:
        _show_owed(copy)
        name = str(copy["name"])
        _show_lacking(name, copy["lacks"], ("--copy", name))
    for copy in copies:
        _show_seen(str(copy["name"]), copy["seen"])


def _show_seen(name: str, seen: object) -> None:
    """As of when what lies behind a network is told."""
    if seen is not None:
        words = _("{name} was last seen {when}.")
        click.echo(words.format(name=name, when=local(_text(seen))))


def _show_owed(copy: dict[str, object]) -> None:
    behind = _optional(copy["behind"])
    if not behind:
        return
    owed = plural("{count} snapshot", "{count} snapshots", behind)
    added = _optional(copy["owed_bytes"])
    if added:
        words = _("{name} is owed {snapshots}, about {size}.")
        click.echo(words.format(name=copy["name"], snapshots=owed, size=size(added)))
    else:
        click.echo(_("{name} is owed {snapshots}.").format(name=copy["name"], snapshots=owed))


def _show_lacking(name: str, lacks: object, at: Sequence[str]) -> None:
    """The proof without which a place does not count, and how it is made."""
    if lacks == "verify":
        words = _("{name} does not count as proven until its data is read back: {command}")
        command = ["tradekeep", "verify", "--read-data", *at]
    elif lacks == "drill":
        words = _("{name} does not count as proven until a restore is practised: {command}")
        command = ["tradekeep", "drill", *at]
    else:
        return
    click.echo(words.format(name=name, command=shlex.join(command)))


def _show_alerts(alerts: list[dict[str, object]]) -> None:
    if alerts:
        from app.cli.alerts import show_failed

        show_failed(alerts)


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
