"""Writes the manual page from the commands themselves: `manual.py TARGET`.

What `--help` says is the source, so that the page cannot fall behind: one page with every command.
Runs in the environment of a build, since it imports the commands.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from app import __version__
from app.cli.main import tradekeep

_ENVIRONMENT = (
    ("TRADEKEEP_HOME", "A folder that holds settings, data, caches and logs instead of the usual."),
    ("TRADEKEEP_PASSWORD_FILE", "A file whose first line is a device key, instead of a keyring."),
)
_STATUS = (
    ("0", "Done."),
    ("1", "Failed; what happened and what to do is said."),
    ("2", "Wrong usage."),
    ("3", "Done, with problems, each of which is listed."),
    ("4", "Nothing is due (due, backup --if-due)."),
    ("10", "There is no repository at that place."),
    ("11", "Somebody else is using the repository."),
    ("12", "No key of the repository fits."),
    ("130", "Stopped."),
)


def page(day: str) -> str:
    """The whole page in man(7)'s language, dated."""
    return "\n".join(_lines(day)) + "\n"


def _lines(day: str) -> Iterator[str]:
    root = click.Context(tradekeep, info_name="tradekeep")
    yield f'.TH TRADEKEEP 1 "{day}" "Tradekeep {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "tradekeep \\- encrypted backups in three copies, for people who trade crypto"
    yield ".SH SYNOPSIS"
    yield ".B tradekeep"
    yield "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]]"
    yield ".br"
    yield ".B tradekeep \\-\\-tray"
    yield ".SH DESCRIPTION"
    yield from _prose(tradekeep.help or "")
    yield ".PP"
    yield "With \\-\\-tray it stays in the tray without a window."
    yield "Repositories are in the format of"
    yield ".BR restic (1),"
    yield "which can list, check and restore every copy."
    yield ".SH OPTIONS"
    yield from _options(tradekeep, root)
    yield ".SH COMMANDS"
    yield from _commands(tradekeep, root)
    yield from _table("ENVIRONMENT", _ENVIRONMENT)
    yield from _table("EXIT STATUS", _STATUS)
    yield ".SH SEE ALSO"
    yield ".BR restic (1)"


def _commands(group: click.Group, parent: click.Context) -> Iterator[str]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None or command.hidden:
            continue
        context = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from _commands(command, context)
            continue
        usage = " ".join(command.collect_usage_pieces(context))
        yield f".SS {_text(context.command_path)} {_text(usage)}"
        yield from _prose(command.help or "")
        yield from _options(command, context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in parameter.opts:
            yield ".TP"
            yield f"\\fB{_text(record[0])}\\fR"
            yield _line(record[1])


def _prose(text: str) -> Iterator[str]:
    """Paragraphs as click shows them: those marked with \\b keep their lines."""
    for count, paragraph in enumerate(text.replace("\f", "").split("\n\n")):
        lines = [line for line in paragraph.splitlines() if line.strip()]
        kept = bool(lines) and lines[0].strip() == "\b"
        if count:
            yield ".PP"
        if kept:
            yield ".nf"
            yield from (_line(line) for line in lines[1:])
            yield ".fi"
        else:
            yield from (_line(line.strip()) for line in lines)


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {title}"
    for name, words in rows:
        yield ".TP"
        yield f"\\fB{_text(name)}\\fR"
        yield _line(words)


def _line(text: str) -> str:
    """A line of text: one that begins with a dot or an apostrophe would be a request."""
    escaped = _text(text)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _text(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("“", "\\(lq").replace("”", "\\(rq")


if __name__ == "__main__":
    os.environ["TRADEKEEP_LANGUAGE"] = "en"
    now = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))
    Path(sys.argv[1]).write_text(page(time.strftime("%Y-%m-%d", now)), encoding="utf-8")
