"""The services of a compose file as containers: what they would be started with.

As in `compose`, indentation is enough: what is not understood is not there. Variables in a path
(`${DATA}`) are read from the `.env` beside the file; where one is missing the mount counts as
there, its folder is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from app.bots.compose import compose_files
from app.bots.containers import Container, Mount, command_facts
from app.bots.dotenv import filled_in, read_env
from app.redact import address

_LINE = re.compile(r"^( *)((?:- +)*)(?:([\w.-]+|<<|\"[\w.-]+\"|'[\w.-]+'):(?= |$) *)?(.*)$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_Lines = dict[str, list["_Said"]]


class _Said(NamedTuple):
    """A line below a key of a service: its own key or "", its value, whether an item begins."""

    key: str
    value: str
    item: bool


def services_in(folder: Path) -> list[Container]:
    """The services of all compose files in a folder."""
    variables = read_env(folder / ".env")
    return [
        _container(name, lines, folder, variables)
        for _path, text in compose_files(folder)
        for name, lines in _services(text).items()
    ]


def services_near(bot: Path) -> list[Container]:
    """The services of compose files in a bot's folder, and of those above it that mount something
    of it."""
    above = [each for each in services_in(bot.parent) if sees(each, bot)]
    return [*services_in(bot), *above]


def sees(container: Container, bot: Path) -> bool:
    """Whether a container has a bot's folder mounted, a part of it, or one around it."""
    sources = [Path(each.source) for each in container.mounts if each.source]
    return any(each.is_relative_to(bot) or bot.is_relative_to(each) for each in sources)


def _services(text: str) -> dict[str, _Lines]:
    """What is said of each service, by its key."""
    services: dict[str, _Lines] = {}
    for keys, said in _lines(text):
        if len(keys) >= 3 and keys[0] == "services":
            services.setdefault(keys[1], {}).setdefault(keys[2], []).append(said)
    return services


def _lines(text: str) -> Iterator[tuple[list[str], _Said]]:
    """Each line with the keys that it stands below."""
    path: list[tuple[int, str]] = []
    for line in text.expandtabs().splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "---")):
            continue
        match = _LINE.match(line)
        assert match is not None  # the last group takes anything
        indent, dash, key, value = match.groups(default="")
        depth = len(indent) + len(dash)
        while path and path[-1][0] >= (depth if key else len(indent) + bool(dash)):
            path.pop()
        if key:
            path.append((depth, key.strip("\"'")))
        names = [name for _, name in path]
        own = names[3] if len(names) > 3 else ""
        yield names, _Said(own, _plain(_COMMENT.sub("", value)), bool(dash))


def _container(name: str, lines: _Lines, folder: Path, variables: Mapping[str, str]) -> Container:
    def first(key: str) -> str:
        return filled_in(next((said.value for said in lines.get(key, ())), ""), variables)

    parts = [said.value for key in ("entrypoint", "command") for said in lines.get(key, ())]
    database, trades = command_facts(
        filled_in(" ".join(parts), variables), dict(_variables(lines.get("environment", [])))
    )
    return Container(
        name=first("container_name") or name,
        image=address(first("image")),
        mounts=tuple(_mounts(lines, folder, variables)),
        database=database,
        trades=trades,
        working=first("working_dir"),
        project=str(folder),
        certain=not any(_refers(key, said) for key, each in lines.items() for said in each),
    )


def _refers(key: str, said: _Said) -> bool:
    """Whether a line takes something over from elsewhere."""
    return key in ("<<", "extends") or said.value.startswith("*")


def _plain(text: str) -> str:
    return text.strip().strip("\"'")


def _variables(lines: list[_Said]) -> Iterator[tuple[str, str]]:
    """As `NAME: value` or `- NAME=value`."""
    for said in lines:
        name, equals, value = said.value.partition("=")
        yield (said.key, said.value) if said.key or not equals else (name, _plain(value))


def _mounts(lines: _Lines, folder: Path, variables: Mapping[str, str]) -> Iterator[Mount]:
    for said in lines.get("tmpfs", []):
        if said.value:
            yield Mount(said.value.partition(":")[0], "", memory=True)
    long: dict[str, str] = {}
    for said in lines.get("volumes", []):
        if said.item:
            yield from _long(long, folder)
            long = {}
        if said.key:
            long[said.key] = filled_in(said.value, variables)
        elif said.item or said.value.startswith("["):
            for text in filled_in(said.value, variables).strip("[]").split(","):
                yield from _short(_plain(text), folder)
    yield from _long(long, folder)


def _short(text: str, folder: Path) -> Iterator[Mount]:
    """source:target[:mode], or a target alone (a volume without a name)."""
    source, colon, rest = text.partition(":")
    inside = rest.partition(":")[0] if colon else source
    if inside.startswith("/"):
        yield Mount(inside, _on_disk(source, folder) if colon else "")


def _long(said: Mapping[str, str], folder: Path) -> Iterator[Mount]:
    if said.get("target"):
        memory = said.get("type") == "tmpfs"
        yield Mount(said["target"], _on_disk(said.get("source", ""), folder), memory)


def _on_disk(source: str, folder: Path) -> str:
    """A folder of this computer; "" for a volume's name and for what cannot be told."""
    if source.startswith("~/"):
        return str(Path(source).expanduser())
    if "$" in source or not source.startswith(("/", ".")):
        return ""
    return str((folder / source).resolve())
