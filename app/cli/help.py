"""The command line's help in the user's language: our own texts, and click's.

click says its texts ("Usage:", "No such command") through gettext's domain of the process, which
finds its language in the environment; so both are set, once, where it is not English. Our own help
is written in docstrings and options, as click wants it, and is translated in place.
"""

from __future__ import annotations

import gettext
import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path

import click

from app.messages import _
from app.messages.formats import spoken
from app.messages.language import DOMAIN, ENGLISH, language

_SENTENCE = re.compile(r".*?(?:\.(?=\s|$)|。|$)", re.DOTALL)


def speak(folder: Callable[[], Path]) -> None:
    """Let click speak the user's language; `folder` has the catalogues."""
    if language() != ENGLISH:
        gettext.bindtextdomain(DOMAIN, str(folder()))
        gettext.textdomain(DOMAIN)
        os.environ["LANGUAGE"] = language()
        click.Context.formatter_class = _Formatter


class _Formatter(click.HelpFormatter):
    """click's, with the colon of the language: Chinese has a wide one, and no blank after it."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        usage = _("Usage:")  # a text of click's own
        blank = "" if usage.endswith("：") else " "
        super().write_usage(prog, args, usage + blank if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}{spoken().colon.rstrip()}\n")


def translate(command: click.Command) -> None:
    """The help of a command, of its options and of what is below it, in the user's language."""
    if language() == ENGLISH:
        return
    if command.help:
        command.help = _(inspect.cleandoc(command.help))
        command.short_help = _first_sentence(command.help)
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = _(option.help)
    if type(command) is click.Group:
        for each in command.commands.values():
            translate(each)


def _first_sentence(text: str) -> str:
    """What the list of commands says of one; click knows only the full stops of Latin letters."""
    found = _SENTENCE.match(text.partition("\n\n")[0])
    return found.group().rstrip(".。") if found else text
