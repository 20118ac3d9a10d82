"""Which version of its program a bot is, by what lies around it: read, never run.

In this order: the package in its virtual environment, its container image's tag if that is a
version and no channel ("stable"), a file of the program's that says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.bots.kinds import Kind
from app.bots.lost import kind_by_image
from app.bots.reading import read_text


class PythonEnvironment(msgspec.Struct, frozen=True):
    """A virtual environment: packages as `name==version`."""

    path: str
    version: str
    packages: tuple[str, ...]


class Release(msgspec.Struct, frozen=True):
    """A version, and what says it: a package, an image, a file."""

    version: str
    told_by: str


class _Telling(NamedTuple):
    """A kind's package, and files (from the bot's folder) with a pattern for the version."""

    package: str = ""
    files: tuple[tuple[str, str], ...] = ()


_QUOTED = r"""=\s*["'](\d[\w.+-]*)["']"""
_JSON = r'"version"\s*:\s*"v?(\d[\w.+-]*)"'
_KNOWN: Mapping[str, _Telling] = {
    "freqtrade": _Telling("freqtrade", (("freqtrade/__init__.py", rf"__version__\s*{_QUOTED}"),)),
    "hummingbot": _Telling("hummingbot", (("hummingbot/VERSION", r"\A\s*(?:dev-)?(\d[\w.+-]*)"),)),
    "jesse": _Telling("jesse"),
    "octobot": _Telling("octobot", (("octobot/__init__.py", rf"(?m)^VERSION\s*{_QUOTED}"),)),
    "passivbot": _Telling("passivbot", (("pyproject.toml", rf"(?m)^version\s*{_QUOTED}"),)),
    "superalgos": _Telling(files=(("package.json", _JSON),)),
    "nautilus": _Telling("nautilus_trader"),
    "gekko": _Telling(files=(("package.json", _JSON),)),
    "zenbot": _Telling(files=(("package.json", _JSON),)),
    "gunbot": _Telling(files=(("package.json", _JSON),)),
}
_TAG = re.compile(r":(v?\d[\w.-]*)(?:@.*)?$")


def release_of(
    bot: Path, kind: Kind, python: Sequence[PythonEnvironment], images: Sequence[str]
) -> Release | None:
    """The version of a bot's program; None where nothing says it."""
    telling = _KNOWN.get(kind.id, _Telling())
    for found in (*_by_package(telling, python), *_by_image(kind, images), *_by_file(telling, bot)):
        return found
    return None


def _by_package(telling: _Telling, python: Sequence[PythonEnvironment]) -> Iterator[Release]:
    for environment in python:
        for package in environment.packages:
            name, _, version = package.partition("==")
            if telling.package and _same_name(name, telling.package):
                yield Release(version, package)


def _same_name(one: str, other: str) -> bool:
    return re.sub(r"[-_.]+", "-", one).casefold() == re.sub(r"[-_.]+", "-", other).casefold()


def _by_image(kind: Kind, images: Sequence[str]) -> Iterator[Release]:
    for image in images:
        tag = _TAG.search(image)
        if tag and kind_by_image(image, [kind]) is kind:
            yield Release(tag[1].removeprefix("v"), image)


def _by_file(telling: _Telling, bot: Path) -> Iterator[Release]:
    for name, pattern in telling.files:
        found = re.search(pattern, read_text(bot / name) or "")
        if found:
            yield Release(found[1], name)
