"""The `tradekeep` command: options that stand before any command, and the commands by name.

Commands are imported when they are asked for, so that `--version` and `snapshots` start fast.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from app import __version__
from app.cli.help import speak, translate
from app.errors import AppError, WrongUsage

_COMMANDS = {
    "init": "app.cli.setup:init",
    "source": "app.cli.sources:source",
    "bots": "app.cli.bots:bots",
    "backup": "app.cli.backup:backup",
    "exchange": "app.cli.exchange:exchange",
    "pull": "app.cli.pull:pull",
    "snapshots": "app.cli.snapshots:snapshots",
    "ls": "app.cli.snapshots:ls",
    "restore": "app.cli.restore:restore",
    "recover": "app.cli.recover:recover",
    "capsules": "app.cli.rollback:capsules",
    "rollback": "app.cli.rollback:rollback",
    "known-good": "app.cli.known_good:known_good",
    "verify": "app.cli.verify:verify",
    "drill": "app.cli.drill:drill",
    "key": "app.cli.keys:key",
    "diff": "app.cli.reading:diff",
    "find": "app.cli.reading:find",
    "history": "app.cli.reading:history",
    "browse": "app.cli.browse:browse",
    "mount": "app.cli.mount:mount",
    "forget": "app.cli.forget:forget",
    "prune": "app.cli.forget:prune",
    "repair": "app.cli.repair:repair",
    "rekey": "app.cli.rekey:rekey",
    "tag": "app.cli.tags:tag",
    "pin": "app.cli.tags:pin",
    "unpin": "app.cli.tags:unpin",
    "suspect": "app.cli.suspect:suspect",
    "copy": "app.cli.copies:copy",
    "alert": "app.cli.alerts:alert",
    "candles": "app.cli.candles:candles",
    "import": "app.cli.importing:import_",
    "export": "app.cli.export:export",
    "coverage": "app.cli.archive:coverage",
    "archive": "app.cli.archive:archive",
    "report": "app.cli.report:report",
    "lock-year": "app.cli.lock_year:lock_year",
    "places": "app.cli.places:places",
    "keep": "app.cli.keep:keep",
    "profile": "app.cli.profile:profile",
    "window": "app.cli.profile:window",
    "service": "app.cli.service:service",
    "schedule": "app.cli.schedule:schedule",
    "due": "app.cli.due:due",
    "problem": "app.cli.problems:problem",
    "pause": "app.cli.schedule:pause",
    "resume": "app.cli.schedule:resume",
    "drives": "app.cli.drives:drives",
    "status": "app.cli.status:status",
    "runs": "app.cli.runs:runs",
    "diagnostics": "app.cli.diagnostics:diagnostics",
    "doctor": "app.cli.doctor:doctor",
    "demo": "app.cli.demo:demo",
}

# They work with the settings. With another repository's place they would do something else than
# whoever typed it thinks.
_ABOUT_THIS_COMPUTER = frozenset(
    {
        "source",
        "bots",
        "recover",
        "capsules",
        "rollback",
        "known-good",
        "copy",
        "drill",
        "alert",
        "exchange",
        "pull",
        "coverage",
        "archive",
        "report",
        "lock-year",
        "places",
        "keep",
        "profile",
        "window",
        "service",
        "schedule",
        "due",
        "pause",
        "resume",
        "suspect",
        "drives",
        "status",
        "runs",
        "diagnostics",
        "doctor",
        "demo",
    }
)


class _Lazy(click.Group):
    """A group whose commands are imported on demand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args != ["--version"]:  # which says no sentence and answers at once
            _speak(self)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        translate(command)
        return command


def _speak(root: click.Command) -> None:
    from app.settings.language import translations

    speak(translations)
    translate(root)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--repository",
    "-r",
    metavar="PLACE",
    help="A path, the name of a copy, or KIND:ADDRESS, instead of this machine's repository.",
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A file whose first line is a password, a device key or a recovery key.",
)
@click.option(
    "--password-stdin",
    is_flag=True,
    help="The same from the first line of standard input.",
)
@click.version_option(__version__, prog_name="tradekeep")
@click.pass_context
def tradekeep(
    ctx: click.Context,
    repository: str | None,
    password_file: Path | None,
    password_stdin: bool,
) -> None:
    """Keeps everything that a trader could not get back: encrypted, in copies, proven.

    Without arguments it opens the window.

    Example: tradekeep backup
    """
    from app.cli.context import Context
    from app.cli.first_lines import read_password

    if repository is not None and ctx.invoked_subcommand in _ABOUT_THIS_COMPUTER:
        raise WrongUsage("place-means-nothing", command=ctx.invoked_subcommand)
    if password_file is not None and password_stdin:
        raise WrongUsage("password-twice")
    password = read_password() if password_stdin else None
    ctx.obj = Context(dict(os.environ), repository, password_file, password)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code. The edge of the process: here AppErrors that
    no command has shown become their sentence."""
    _print_any_name()
    with suppress(ValueError):  # in another thread than the main one
        # As SIGINT: a command that only reads ends with its last line and 130. Jobs do more.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        result = tradekeep.main(args=list(arguments), prog_name="tradekeep", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except AppError as error:
        _show(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone (`tradekeep ls | head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0


def _print_any_name() -> None:
    """Names that are not UTF-8, and terminals that are not: an odd sign instead of an exception."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _show(error: AppError) -> None:
    sentence = error.sentence
    click.echo(sentence.title, err=True)
    if sentence.hint:
        click.echo(sentence.hint, err=True)
