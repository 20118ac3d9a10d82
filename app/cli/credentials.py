"""Secrets on their way in: typed at a prompt that shows nothing, or as JSON on standard input.

Never from arguments or the environment: both are readable by other programs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from app.cli.context import at_terminal
from app.errors import WrongUsage
from app.json_lines import NO_JSON
from app.messages import _
from app.secret import Secret

_LARGEST = 64 << 10


def read_secrets(names: Sequence[str], *, from_stdin: bool) -> dict[str, Secret]:
    """The secrets by ccxt's names. Raises `WrongUsage` where nobody can be asked, or what came
    is no JSON object of texts."""
    if from_stdin:
        return _from_json(sys.stdin.buffer.read(_LARGEST))
    if not at_terminal():
        raise WrongUsage("credentials-needed", names=", ".join(names))
    return {name: _typed(name) for name in names}


def read_key(*, from_stdin: bool) -> Secret:
    """A key as somebody typed it: at the prompt, or the first line of standard input. Raises
    `WrongUsage` where nobody can be asked or nothing came."""
    if from_stdin:
        line = sys.stdin.buffer.readline(_LARGEST).decode("utf-8", "replace").strip()
        if not line:
            raise WrongUsage("key-stdin-empty")
        return Secret(line)
    if not at_terminal():
        raise WrongUsage("key-needed")
    return Secret(click.prompt(_("Recovery key (not shown)"), hide_input=True, err=True))


def _typed(name: str) -> Secret:
    words = _("{name} (not shown)").format(name=name)
    return Secret(click.prompt(words, hide_input=True, err=True).strip())


def _from_json(raw: bytes) -> dict[str, Secret]:
    try:
        told = json.loads(raw)
    except NO_JSON:  # its reason quotes what came
        raise WrongUsage("credentials-not-json") from None
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise WrongUsage("credentials-not-json")
    return {name: Secret(text.strip()) for name, text in told.items()}
