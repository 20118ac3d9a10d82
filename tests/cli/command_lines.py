"""Command lines that stand in texts: whether there are such commands and options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from app.cli.main import tradekeep

_NAME = "tradekeep"


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that lead to it, the program itself first."""
    yield from _below((), tradekeep)


def _below(
    words: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _below((*words, name), below)


def named(text: str) -> list[str]:
    """The command lines in a text of Markdown, as they stand there."""
    return re.findall(rf"`({_NAME}(?: [^`]*)?)`", text)


def command_of(line: str) -> tuple[tuple[str, ...], str]:
    """The command that a line calls, and what is wrong with it; "" where nothing is."""
    _before, _name, after = line.partition(f"{_NAME} ")  # what is before it is a shell's
    words = shlex.split(after.rstrip(")"))
    at: click.Command = tradekeep
    path: list[str] = []
    options = _options(at)
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            if word not in options:
                return tuple(path), f"no option {word}: {line}"
            if not options[word]:
                words = words[1:]
        elif isinstance(at, click.Group):
            try:
                name, below, words = at.resolve_command(click.Context(at), [word, *words])
            except click.UsageError:
                below = name = None
            if below is None or name is None:
                return tuple(path), f"no command {word}: {line}"
            at = below
            path.append(name)
            options = _options(at)
    return tuple(path), ""


def _options(command: click.Command) -> dict[str, bool]:
    """The options of a command, and whether each stands alone."""
    return {
        name: each.is_flag
        for each in command.get_params(click.Context(command))
        if isinstance(each, click.Option)
        for name in (*each.opts, *each.secondary_opts)
    }
