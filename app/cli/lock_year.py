"""`tradekeep lock-year`: freezing a tax year, and telling what changed since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, at_terminal, json_option, show_problems
from app.cli.events import problem_json
from app.cli.text import facts, local, number, table
from app.errors import AppError, WrongUsage
from app.messages import _, plural
from app.messages.joined import beside, labelled
from app.monitor import Problem

if TYPE_CHECKING:
    from app.services.lock_year import Wanted

Report = dict[str, object]


@click.command("lock-year")
@click.argument("year", required=False)
@click.option("--account", metavar="NAME", help="Only this account.")
@click.option(
    "--out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False),
    help="Put a copy of the locked year into this new folder, too.",
)  # fmt: skip
@click.option("--timestamp", metavar="URL", help="Have it stamped by this service (RFC 3161).")
@click.option(
    "--timestamp-root", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="The service's root certificate (PEM), if it has one of its own.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Lock it even if something of it is missing.")
@click.option("--check", is_flag=True, help="Say what changed since it was locked.")
@click.option("--list", "listed", is_flag=True, help="Show the years that are locked.")
@click.option("--dry-run", is_flag=True, help="Only say what of the year is missing.")
@json_option
@click.pass_obj
def lock_year(
    context: Context,
    year: str | None,
    account: str | None,
    out: Path | None,
    timestamp: str | None,
    timestamp_root: Path | None,
    yes: bool,
    check: bool,
    listed: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Freeze a tax year (in UTC): a signed folder with everything that is known of it.

    It holds all history in all formats, what is missing by name, a hash of each row, and the chain
    of evidence that they rest on. --check tells every later change. Locking a year again makes a
    new lock and keeps the old one.

    Example: tradekeep lock-year 2025
    """
    if listed:
        return context.answer(as_json, lambda _quiet: _list(context), _show_list)
    if check:
        return context.answer(
            as_json, lambda quiet: _check(context, year, account, quiet), _show_check
        )
    if dry_run:
        return context.answer(as_json, lambda q: _missing(context, year, account, q), _show_missing)
    asked = _Asked(out, timestamp, timestamp_root, yes=yes, asks=not as_json)

    def read(quiet: Quiet) -> Report:
        return _lock(context, _wanted(context, year, account), asked, quiet)

    return context.answer(as_json, read, _show_locked)


def _list(context: Context) -> Report:
    from app.services.years_check import states

    return {"years": states(context.home)}


def _check(context: Context, year: str | None, account: str | None, quiet: Quiet) -> Report:
    from app.services.years import year_of
    from app.services.years_check import check, chosen

    wanted = None if year is None else year_of(year)
    return check(context.home, chosen(context.home, wanted, account), quiet)


def _missing(context: Context, year: str | None, account: str | None, quiet: Quiet) -> Report:
    from app.services.lock_year import missing

    wanted = _wanted(context, year, account)
    quiet.problems += missing(context.home, wanted)
    return {"year": wanted.year, "missing": [problem_json(each) for each in quiet.problems]}


def _wanted(context: Context, year: str | None, account: str | None) -> Wanted:
    from app.services.lock_year import Wanted
    from app.services.years import year_of

    if year is None:
        raise WrongUsage("year-which")
    return Wanted.named(context.home, year_of(year), account)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to become of the year beside being locked."""

    out: Path | None
    url: str | None
    root: Path | None
    yes: bool
    asks: bool


def _lock(context: Context, wanted: Wanted, asked: _Asked, quiet: Quiet) -> Report:
    from app.repository.times import rfc3339
    from app.services import lock_year, stamp, years_known
    from app.services.report_files import new_folder
    from app.services.years_check import as_json

    if asked.url is not None:
        stamp.refuse_address(asked.url)
    if asked.out is not None:
        new_folder(asked.out)
    lacking = lock_year.missing(context.home, wanted)
    if lacking and not asked.yes:
        if not (asked.asks and at_terminal()):
            lock_year.refuse_incomplete(lacking)
        show_problems(lacking)
        click.confirm(_("Lock it as it is?"), abort=True, err=True)
    made = lock_year.lock(context.home, wanted, quiet)
    stamped = None
    if asked.url is not None:
        try:
            stamped = stamp.stamp(made, asked.url, asked.root)
            years_known.note(context.home, [made])
        except AppError as error:  # the lock stands without it
            quiet.problem(Problem.from_error(error))
    handed = lock_year.hand_over(made, asked.out) if asked.out is not None else None
    return {
        **as_json(made, None),
        "stamp": {"time": rfc3339(stamped.time), "authority": stamped.authority}
        if stamped
        else None,
        "out": str(handed) if handed else None,
    }


def _show_locked(told: Report) -> None:
    rows = plural("{count} row", "{count} rows", int(str(told["rows"])))
    gaps = plural("{count} gap", "{count} gaps", int(str(told["gaps"])))
    words = _("{year} is locked (lock {lock}): {rows}, {gaps}")
    click.echo(words.format(year=told["label"], lock=told["lock"], rows=rows, gaps=gaps))
    lines = [
        (_("Folder"), str(told["out"] or told["path"])),
        (_("Public key"), str(told["public_key"])),
        (_("SHA-256 of the manifest"), str(told["sha256"])),
    ]
    stamped = told["stamp"]
    if isinstance(stamped, dict):
        lines.append((_("Time stamp"), beside((local(stamped["time"]), stamped["authority"]))))
    facts(*lines)
    click.echo(_binds())


def _binds() -> str:
    return _(
        "It shows what the year was when it was locked, and every later change. It does not bind "
        "you against yourself: whoever holds the key can lock another year in its place. A time "
        "stamp of somebody else does: --timestamp"
    )


def _show_list(told: Report) -> None:
    found = told["years"]
    assert isinstance(found, list)
    if not found:
        click.echo(_("No year is locked yet. Lock one: tradekeep lock-year 2025"))
        return
    head = (_("Year"), _("Lock"), _("Made"), _("Rows"), _("Gaps"), _("Checked"), _("Since then"))
    rows = [
        (
            str(each["label"]),
            str(each["lock"]),
            local(str(each["made"])),
            number(each["rows"]),
            number(each["gaps"]),
            local(each["checked"]),
            _since(each),
        )
        for each in found
    ]
    table(head, rows, right=frozenset({1, 3, 4}))


def _since(each: Report) -> str:
    """What a look at a locked year found, in a few words."""
    if each["checked"] is None:
        return _("never checked")
    if each["fault_count"]:
        return _("not as it was signed")
    counts = {name: number(each[name]) for name in ("added", "changed", "gone")}
    if not any(int(str(each[name])) for name in counts):
        return _("nothing changed")
    return _("{added} added, {changed} changed, {gone} gone").format(**counts)


def _show_check(told: Report) -> None:
    found = told["years"]
    assert isinstance(found, list)
    for each in found:
        click.echo(labelled(str(each["label"]), _since(each)))
        if not each["own_key"]:
            words = _("It was signed by a key that this computer does not have: {key}")
            click.echo(words.format(key=each["public_key"]))
        if each["authority"]:
            facts((_("Time stamp"), str(each["authority"])))
        marks = {"added": "+", "changed": "~", "gone": "-"}
        for row in each["rows"]:
            named = (row["kind"], row["account"], row["market"], row["id"])
            click.echo("  ".join((marks[row["change"]], *filter(None, named))))


def _show_missing(told: Report) -> None:
    if not told["missing"]:
        click.echo(_("Nothing of {year} is missing.").format(year=told["year"]))
