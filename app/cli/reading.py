"""`tradekeep diff`, `find` and `history`."""

from __future__ import annotations

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.snapshots import selection_options
from app.cli.text import local, table
from app.messages import _, plural
from app.messages.amounts import size

_MARKS = {"added": "+", "removed": "-", "changed": "M", "metadata": "U", "type": "T"}


@click.command()
@click.argument("before", metavar="SNAPSHOT")
@click.argument("after", required=False, metavar="[SNAPSHOT]")
@click.argument("path", required=False)
@json_option
@click.pass_obj
def diff(context: Context, before: str, after: str | None, path: str | None, as_json: bool) -> int:
    """What changed between two snapshots, or since one (with the disk).

    + added, - removed, M changed, U only permissions or times, T of another type.

    Example: tradekeep diff latest
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.reading import diff, diff_with_disk

        repository = context.open()
        if after is None:
            return diff_with_disk(context.home, repository, before, quiet, own=context.is_own)
        return diff(repository, before, after, path, quiet)

    return context.answer(as_json, read, _show_diff)


def _show_diff(report: dict[str, object]) -> None:
    changes, counts = report["changes"], report["counts"]
    assert isinstance(changes, list)
    assert isinstance(counts, dict)
    for change in changes:
        sizes = ""
        if change["kind"] == "changed" and change["after"] is not None:
            sizes = f"  ({size(change['before'])} → {size(change['after'])})"
        click.echo(f"{_MARKS[change['kind']]}  {change['path']}{sizes}")
    words = _("{added} added, {removed} removed, {changed} changed, {metadata} only in metadata.")
    click.echo(words.format(**counts))


@click.command()
@click.argument("pattern")
@click.option("--ignore-case", "-i", is_flag=True)
@selection_options
@json_option
@click.pass_obj
def find(
    context: Context,
    pattern: str,
    ignore_case: bool,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> int:
    """Find names in all snapshots, deleted files too. PATTERN takes * ? and [].

    Example: tradekeep find 'trend*.py'
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.reading import find_in_all
        from app.services.snapshots import Filter

        wanted = Filter(host, tags, paths)
        return find_in_all(context.open(), pattern, wanted, quiet, ignore_case=ignore_case)

    return context.answer(as_json, read, lambda report: _show_found(pattern, report))


def _show_found(pattern: str, report: dict[str, object]) -> None:
    found = report["found"]
    assert isinstance(found, list)
    if not found:
        click.echo(
            plural(
                "Nothing named {pattern} in {count} snapshot.",
                "Nothing named {pattern} in {count} snapshots.",
                int(str(report["snapshots"])),
                pattern=pattern,
            )
        )
        return
    rows = [
        (
            each["path"],
            str(len(each["versions"])),
            local(each["versions"][0]["first"]["time"]),
            _("gone since {time}").format(time=local(each["versions"][-1]["last"]["time"]))
            if each["gone"]
            else _("still there"),
        )
        for each in found
    ]
    table((_("Path"), _("Versions"), _("First"), _("Now")), rows, right=frozenset({1}))


@click.command()
@click.argument("path")
@selection_options
@json_option
@click.pass_obj
def history(
    context: Context,
    path: str,
    host: str | None,
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    as_json: bool,
) -> int:
    """All versions of one file, and in which snapshots they are.

    Example: tradekeep history ~/freqtrade/user_data/config.json
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.reading import history
        from app.services.snapshots import Filter

        return history(context.open(), path, Filter(host, tags, paths), quiet)

    return context.answer(as_json, read, _show_history)


def _show_history(report: dict[str, object]) -> None:
    versions = report["versions"]
    assert isinstance(versions, list)
    rows = [
        (
            local(each["mtime"]),
            size(each["size"]),
            each["first"]["id"][:8],
            local(each["first"]["time"]),
            each["last"]["id"][:8],
            local(each["last"]["time"]),
        )
        for each in versions
    ]
    head = (_("Changed"), _("Size"), _("First in"), _("Time"), _("Last in"), _("Time"))
    table(head, rows, right=frozenset({1}))
    if report["gone"]:
        click.echo(_("The newest snapshot has it no more."))
