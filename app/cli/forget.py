"""`tradekeep forget` and `tradekeep prune`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.context import Context
from app.cli.jobs import job_options, run_job
from app.cli.snapshots import selection_options
from app.cli.text import local, number, table
from app.messages import _
from app.messages.amounts import size
from app.messages.joined import listed
from app.monitor import Step
from app.services.history import Job

if TYPE_CHECKING:
    from app.repository.policy import GroupBy, Policy

F = TypeVar("F", bound=Callable[..., object])
_COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
_SPANS = ("within", *(f"within-{name}" for name in _COUNTS[1:]))


def _keep_options(command: F) -> F:
    """Adds restic's `--keep-…` options."""
    option = click.option(
        "--keep-tag", multiple=True, metavar="TAG[,TAG]", help="Keep what has all of these tags."
    )
    command = option(command)
    for name in reversed(_SPANS):
        command = click.option(f"--keep-{name}", metavar="1y6m14d12h", default="")(command)
    for name in reversed(_COUNTS):
        command = click.option(f"--keep-{name}", metavar="N", type=click.IntRange(0), default=0)(
            command
        )
    return command


@click.command()
@click.argument("names", nargs=-1, metavar="[SNAPSHOT]…")
@_keep_options
@click.option("--group-by", default="host,paths", show_default=True, metavar="host,paths,tags")
@selection_options
@click.option("--allow-empty", is_flag=True, help="Rules may leave nothing of a group.")
@click.option("--prune", "and_prune", is_flag=True, help="Give the room back at once.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@job_options
@click.pass_obj
def forget(
    context: Context,
    /,
    names: tuple[str, ...],
    group_by: str,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    allow_empty: bool,
    and_prune: bool,
    dry_run: bool,
    as_json: bool,
    control_stdin: bool,
    **keep: object,
) -> int:
    """Remove snapshots: those that are named, or what the --keep options do not keep.

    The room comes back with --prune, or later with: tradekeep prune. At copies both happen with
    the next sync. Pinned snapshots stay.

    Example: tradekeep forget --keep-daily 14 --keep-monthly 24 --dry-run
    """
    from app.services.forget import ForgetRequest, forget_alone, forget_and_prune
    from app.services.run import Run
    from app.services.snapshots import Filter

    def body(run: Run) -> dict[str, object]:
        request = ForgetRequest(
            names=names,
            policy=_policy(keep),
            by=_groups(group_by),
            wanted=Filter(host, tags, paths),
            allow_empty=allow_empty,
            dry_run=dry_run,
        )
        job = forget_and_prune if and_prune else forget_alone
        return job(context.home, context.open(), request, run, own=context.is_own)

    return run_job(
        context,
        Job.FORGET,
        [Step.TIDY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=context.place_name,
        record=False,  # the report names every snapshot: too long for the history
    )


def _policy(keep: dict[str, object]) -> Policy:
    from app.repository.policy import Policy
    from app.repository.span import parse_span

    fields: dict[str, object] = {name: keep[f"keep_{name}"] for name in _COUNTS}
    for name in _SPANS:
        text = str(keep[f"keep_{name.replace('-', '_')}"])
        if text:
            fields[name.replace("-", "_")] = parse_span(text)
    given = keep["keep_tag"]
    assert isinstance(given, tuple)
    fields["tags"] = tuple(tuple(tag.strip() for tag in str(tags).split(",")) for tags in given)
    return Policy(**fields)  # type: ignore[arg-type]  # names and types are those of the options


def _groups(text: str) -> frozenset[GroupBy]:
    from app.errors import WrongUsage
    from app.repository.policy import GroupBy

    try:
        return frozenset(GroupBy(name.strip()) for name in text.split(",") if name.strip())
    except ValueError as error:
        raise WrongUsage("group-by-unknown", text=text) from error


def _show(report: dict[str, object]) -> None:
    from app.repository.times import parse

    keep, remove = report["keep"], report["remove"]
    assert isinstance(keep, list)
    assert isinstance(remove, list)
    rows = [
        (
            _("keep") if each["reasons"] else _("remove"),
            str(each["id"])[:8],
            local(each["time"]),
            each["host"],
            listed(each["reasons"]),
        )
        for each in sorted((*keep, *remove), key=lambda each: parse(str(each["time"])))
    ]
    if rows:
        table(("", _("Id"), _("Time"), _("Machine"), _("Reasons")), rows, right=frozenset())
    words = _("{remove} of {all} snapshots would go.") if report["dry_run"] else _(
        "Removed {remove} of {all} snapshots."
    )  # fmt: skip
    counts = {"remove": number(len(remove)), "all": number(len(keep) + len(remove))}
    click.echo(words.format(**counts))
    damaged = report["damaged"]
    assert isinstance(damaged, list)
    if damaged:
        words = _("Given up, since it cannot be read: {ids}")
        click.echo(words.format(ids=listed(each[:8] for each in damaged)))
    pruned = report.get("prune")
    if isinstance(pruned, dict):
        _show_prune(pruned)
    elif remove and not report["dry_run"]:
        click.echo(_("The room comes back with: tradekeep prune"))


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--max-unused",
    default="5%",
    show_default=True,
    metavar="5%|200M|unlimited",
    help="How much that nobody needs may stay, to save rewriting.",
)
@job_options
@click.pass_obj
def prune(
    context: Context, dry_run: bool, max_unused: str, as_json: bool, control_stdin: bool
) -> int:
    """Give back the room of what no snapshot needs any more.

    Example: tradekeep prune --dry-run
    """
    from app.services.forget import prune_here
    from app.services.prune import allowance_of
    from app.services.run import Run

    allowance = allowance_of(max_unused)

    def body(run: Run) -> dict[str, object]:
        home, repository = context.home, context.open()
        return prune_here(home, repository, allowance, run, dry_run=dry_run, own=context.is_own)

    return run_job(
        context,
        Job.PRUNE,
        [Step.TIDY],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show_prune,
        place=context.place_name,
        record=context.records,
    )


def _show_prune(report: dict[str, object]) -> None:
    number = {key: value for key, value in report.items() if isinstance(value, int)}
    if report["dry_run"]:
        words = _("{freed} would come back; for that, {rewritten} would be written anew.")
    else:
        words = _("{freed} came back; for that, {rewritten} were written anew.")
    freed, rewritten = size(number["bytes_to_free"]), size(number["bytes_to_rewrite"])
    click.echo(words.format(freed=freed, rewritten=rewritten))
    if number["bytes_left_unused"]:
        left = size(number["bytes_left_unused"])
        click.echo(_("{left} that nobody needs stay, to save rewriting.").format(left=left))
