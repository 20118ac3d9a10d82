"""`tradekeep profile` and `tradekeep window`."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import _
from app.messages.joined import beside

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def profile() -> None:
    """What is set up, as a file without secrets.

    Example: tradekeep profile export --out profile.toml
    """


@profile.command("export")
@click.option("--out", required=True, metavar="FILE", type=_FILE, help="Write it there.")
@json_option
@click.pass_obj
def export(context: Context, out: Path, as_json: bool) -> int:
    """Write what is set up into a file: sources, accounts, schedule, rules. No key is in it.

    Example: tradekeep profile export --out profile.toml
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services.profile import export

        return export(context.home, out)

    def show(report: dict[str, object]) -> None:
        click.echo(_("Written: {file}").format(file=report["path"]))

    return context.answer(as_json, write, show)


@profile.command("import")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@click.pass_obj
def import_(context: Context, file: Path, dry_run: bool, as_json: bool) -> int:
    """Take over a profile: what is missing is added, what is here under the same name stays.

    Example: tradekeep profile import profile.toml --dry-run
    """

    def change(_quiet: Quiet) -> dict[str, object]:
        from app.services.profile import plan, take

        made = plan(context.home, file) if dry_run else take(context.home, file)
        return {**made, "dry_run": dry_run}

    return context.answer(as_json, change, _show_import)


def _show_import(report: dict[str, object]) -> None:
    added, stays, takes = report["add"], report["stays"], report["takes"]
    assert isinstance(added, list)
    assert isinstance(stays, list)
    assert isinstance(takes, list)
    for _kind, name in added:
        click.echo(f"+ {name}")
    for name in takes:
        click.echo(f"~ {name}")
    for _kind, name in stays:
        click.echo(_("= {name} stays as it is here").format(name=name))
    if not added and not takes:
        click.echo(_("Nothing would change."))


@click.group()
def window() -> None:
    """Language and appearance of the window.

    Example: tradekeep window show
    """


@window.command("set")
@click.option("--language", metavar="auto|en|de|es|zh_CN")
@click.option("--appearance", type=click.Choice(["auto", "light", "dark"]))
@json_option
@click.pass_obj
def set_(context: Context, language: str | None, appearance: str | None, as_json: bool) -> int:
    """Say which language is spoken, and whether the window is light or dark.

    Example: tradekeep window set --language de
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from msgspec.structs import asdict, replace

        from app.errors import WrongUsage
        from app.messages.language import AUTO, LANGUAGES
        from app.settings.settings import Appearance, set_window

        wanted = context.home.settings.window
        if language is not None:
            if language != AUTO and language not in LANGUAGES:
                known = ", ".join(LANGUAGES)
                raise WrongUsage("language-unknown", language=language, known=known)
            wanted = replace(wanted, language=language)
        if appearance is not None:
            wanted = replace(wanted, appearance=Appearance(appearance))
        set_window(context.home.paths.settings_file, wanted)
        return {"window": {**asdict(wanted), "appearance": wanted.appearance.value}}

    return context.answer(as_json, write, lambda _report: click.echo(_("Saved.")))


@window.command()
@json_option
@click.pass_obj
def show(context: Context, as_json: bool) -> int:
    """Show language and appearance.

    Example: tradekeep window show
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        held = context.home.settings.window
        return {"window": {"language": held.language, "appearance": held.appearance.value}}

    def told(report: dict[str, object]) -> None:
        held = report["window"]
        assert isinstance(held, dict)
        click.echo(beside((str(held["language"]), str(held["appearance"]))))

    return context.answer(as_json, read, told)
