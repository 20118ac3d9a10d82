"""`tradekeep restore`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.context import Context
from app.cli.first_lines import Choice, read_choice
from app.cli.jobs import job_options, run_job
from app.cli.snapshots import selection_options
from app.cli.text import local, table
from app.messages import _, plural
from app.messages.amounts import size
from app.monitor import Step
from app.services.history import Job
from app.services.run import Run

if TYPE_CHECKING:
    from app.services.restore import RestoreRequest
    from app.services.snapshots import Filter


@click.command()
@click.argument("snapshot", metavar="SNAPSHOT[:FOLDER]")
@click.option(
    "--target",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to restore to; made if it is not there.",
)
@click.option("--in-place", is_flag=True, help="Restore to where it came from.")
@click.option("--include", multiple=True, metavar="PATH", help="Only this path; can be repeated.")
@click.option("--exclude", multiple=True, metavar="PATH", help="Not this path; can be repeated.")
@click.option(
    "--choice-stdin",
    is_flag=True,
    help='Take both from a line of standard input: {"include":[…],"exclude":[…]}.',
)
@click.option(
    "--overwrite",
    type=click.Choice(["never", "if-changed", "always", "keep-both", "set-aside"]),
    help="What to do with files that are there already: leave them, replace those of another "
    "size or time (default), replace all, give the restored ones another name (default with "
    "--in-place), or give those that are there another name: NAME.before-restore.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@selection_options
@job_options
@click.pass_obj
def restore(
    context: Context,
    snapshot: str,
    target: Path | None,
    in_place: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    choice_stdin: bool,
    overwrite: str | None,
    dry_run: bool,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
    control_stdin: bool,
) -> int:
    """Restore a snapshot, a folder of it, or chosen paths.

    Each file is verified before it gets its name; nothing outside the target is touched.

    Example: tradekeep restore latest:/home/me/bots/trend-btc --target ~/restored
    """
    if (target is None) != in_place:
        raise click.UsageError(_("Give either --target DIR or --in-place."))
    from app.services.restore import preview_restore
    from app.services.snapshots import Filter

    choice = read_choice() if choice_stdin else Choice(include=include, exclude=exclude)
    request = _request(snapshot, Filter(host, tags, paths), target, choice, overwrite)
    if dry_run:
        return context.answer(
            as_json,
            lambda quiet: preview_restore(context.open(), request, quiet),
            show_preview,
        )
    return _restore(context, request, as_json=as_json, control_stdin=control_stdin)


def _restore(
    context: Context, request: RestoreRequest, *, as_json: bool, control_stdin: bool
) -> int:
    from app.services.restore import restore_snapshot

    def body(run: Run) -> dict[str, object]:
        repository = context.open()
        index_cache = context.home.index_cache(repository.config.id)
        return restore_snapshot(repository, request, run, index_cache=index_cache)

    return run_job(
        context,
        Job.RESTORE,
        [Step.RESTORE],
        body,
        as_json=as_json,
        control_stdin=control_stdin,
        show=_show,
        place=context.place_name,
        record=context.records,
    )


def _request(
    snapshot: str, wanted: Filter, target: Path | None, choice: Choice, overwrite: str | None
) -> RestoreRequest:
    """Without a target, everything goes where it came from."""
    from app.repository.restore_target import Overwrite
    from app.services.questions import path_bytes
    from app.services.restore import RestoreRequest

    return RestoreRequest(
        snapshot=snapshot,
        wanted=wanted,
        target=target.expanduser().absolute() if target else None,
        include=tuple(map(path_bytes, choice.include)),
        exclude=tuple(map(path_bytes, choice.exclude)),
        overwrite=Overwrite(overwrite or ("keep-both" if target is None else "if-changed")),
    )


def _show(report: dict[str, object]) -> None:
    words = _("Restored {files}, {bytes}, to {target}. Each was verified before it got its name.")
    show_counts(report, words)


def show_counts(report: dict[str, object], words: str) -> None:
    """How much a restore wrote, in these words, and what became of what was there."""
    count = {
        key: int(str(report[key]))
        for key in ("files", "bytes", "kept", "beside", "aside", "set_aside")
    }
    click.echo(
        words.format(
            files=plural("{count} file", "{count} files", count["files"]),
            bytes=size(count["bytes"]),
            target=report.get("target"),
        )
    )
    for line in _besides(count):
        click.echo(line)


def _besides(count: Mapping[str, int]) -> Iterator[str]:
    if kept := count["kept"]:
        yield plural("{count} file was there already.", "{count} files were there already.", kept)
    if beside := count["beside"]:
        yield plural(
            "{count} file got another name, beside the one that differs from it.",
            "{count} files got another name, beside those that differ from them.",
            beside,
        )
    if aside := count["aside"]:
        yield plural(
            "{count} file was in the way and is kept as NAME.before-restore.",
            "{count} files were in the way and are kept as NAME.before-restore.",
            aside,
        )
    if set_aside := count["set_aside"]:
        yield plural(
            "{count} journal of a replaced database was renamed, not removed.",
            "{count} journals of replaced databases were renamed, not removed.",
            set_aside,
        )


def show_preview(report: dict[str, object]) -> None:
    """What a restore would write, and what is in its way."""
    count = {key: int(str(report[key])) for key in ("new", "different", "same", "blocked", "write")}
    words = _("{new} new, {different} that differ, {same} the same. {size} would be written.")
    click.echo(words.format(**count, size=size(count["write"])))
    if count["blocked"]:
        words = _("{blocked} cannot be restored there: something else is in their place.")
        click.echo(words.format(**count))
    rows = report["in_the_way"]
    assert isinstance(rows, list)
    if rows:
        head = (_("In the way"), _("Size"), _("Changed"), _("Other name"))
        shown = [(r["path"], size(r["size"]), local(r["mtime"]), r["name"] or "") for r in rows]
        table(head, shown, right=frozenset({1}))
