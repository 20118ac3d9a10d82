"""Finds every text for people: in calls of `_`, `plural` and `mark`, in the catalogues of
`app.messages`, in the help of the command line, and in the descriptions of bots.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from app.bots.kinds import load_kinds
from app.cli.main import tradekeep
from app.messages import CATALOGUES

# What click itself says to people. It looks these up in our catalogue, see `app.cli.help`.
CLICK: tuple[str | tuple[str, str], ...] = (
    "Usage:",
    "Options",
    "Commands",
    "Show this message and exit.",
    "Show the version and exit.",
    "Error: {message}",
    "Try '{command} {option}' for help.",
    "Missing command.",
    "Missing argument",
    "Missing option",
    "Missing parameter",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "No such option {name!r}.",
    "No such command {name!r}.",
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    "Option {name!r} does not take a value.",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "{name} {filename!r} does not exist.",
    "{name} {filename!r} is a directory.",
    "{name} {filename!r} is a file.",
    "{name} {filename!r} is not readable.",
    "file",
    "directory",
    "path",
)
_ARGUMENTS = {"_": 1, "mark": 1, "plural": 2}


class Text(NamedTuple):
    """A text, or its two forms in English; the file that says it; what a translator must know."""

    id: str | tuple[str, str]
    file: str
    comments: tuple[str, ...] = ()


def collect(root: Path) -> Iterator[Text]:
    """All of them, in an order that depends on nothing but the source; some come twice."""
    for path in sorted((root / "app").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for said in in_calls(path.read_text(encoding="utf-8")):
            yield Text(said, name)
    for module in CATALOGUES:
        yield from _sentences(module)
    yield from _help(tradekeep, ("tradekeep",))
    yield from (Text(text, "click", ("click's own",)) for text in CLICK)
    yield from _bots(root / "resources" / "bots.toml")


def in_calls(source: str) -> Iterator[str | tuple[str, str]]:
    """The literals that are said in a module, in its order."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        wanted = _ARGUMENTS.get(getattr(call.func, "id", ""), 0)
        literals = [
            each.value
            for each in call.args[:wanted]
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if wanted and len(literals) == wanted and all(literals):
            yield literals[0] if wanted == 1 else (literals[0], literals[1])


def _sentences(module: str) -> Iterator[Text]:
    file = f"app/messages/{module}.py"
    for name, sentence in importlib.import_module(f"app.messages.{module}").SENTENCES.items():
        title = (sentence.one, sentence.title) if sentence.one else sentence.title
        for text in filter(None, (title, sentence.hint)):
            yield Text(text, file, (name,))


def _help(command: click.Command, path: tuple[str, ...]) -> Iterator[Text]:
    file = f"{command.callback.__module__.replace('.', '/')}.py" if command.callback else "app/cli"
    said = " ".join(path)
    if command.help:
        yield Text(inspect.cleandoc(command.help), file, (said,))
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            yield Text(option.help, file, (f"{said} {option.opts[0]}",))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            under = command.get_command(context, name)
            if under is not None and not under.hidden:
                yield from _help(under, (*path, name))


def _bots(path: Path) -> Iterator[Text]:
    for kind in load_kinds(path).values():
        for each in kind.leave_out:
            yield Text(each.reason, "resources/bots.toml", (f"{kind.name}: {each.pattern}",))
