"""Compose files near a bot: which services and images they start.

Only lines whose key is known to be harmless are recorded; the value of any other key, and all that
hangs below it, is not; nor are commands. There is no YAML reader here: indentation is enough to
leave things out, and a line that is not understood is left out.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.bots.reading import read_text
from app.bots.redact import command
from app.redact import HIDDEN, address

NAMES = tuple(
    f"{stem}{middle}.{end}"
    for stem in ("compose", "docker-compose")
    for middle in ("", ".override")
    for end in ("yml", "yaml")
)
_PLAIN = frozenset(
    {"version", "name", "container_name", "restart", "platform", "user", "working_dir", "context",
     "dockerfile", "target", "network_mode", "pull_policy", "profiles", "depends_on", "ports",
     "expose", "networks", "stop_signal", "stop_grace_period"}
)  # fmt: skip
_ADDRESSES = frozenset({"image", "volumes", "build"})
_BELOW = frozenset({"context", "dockerfile", "target", "type", "source", "read_only", "condition"})
_NESTED = ("{", "[", "&", "*", "|", ">")  # YAML in a line, or a text that goes on below
_SECTIONS = frozenset({"services", "networks", "volumes"})
_LINE = re.compile(r"^( *)(- +)?(?:([\w.-]+|\"[\w.-]+\"|'[\w.-]+'):(?: +(.*))?|(.*))$")


def image_names(text: str) -> list[str]:
    """Every image that is named, with its tag or digest, sorted."""
    found = re.findall(r"^[ \t]*image:\s*[\"']?([^\s\"'#]+)", text, re.MULTILINE)
    return sorted({address(name) for name in found})


def outline(text: str) -> str:
    """The harmless part of a compose file, line by line."""
    kept: list[str] = []
    path: list[tuple[int, str]] = []
    for line in text.expandtabs().splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "---")):
            continue
        match = _LINE.match(line)
        assert match is not None  # the last group takes anything
        indent, dash, key, value, rest = match.groups(default="")
        depth = len(indent) + len(dash)
        while path and path[-1][0] >= (depth if key else len(indent) + bool(dash)):
            path.pop()
        if key:
            key = key.strip("\"'")
            path.append((depth, key))
        shown = _shown([name for _, name in path], value if key else rest, is_key=bool(key))
        if shown is not None:
            kept.append(
                f"{indent}{dash}{key + ':' if key else ''}{' ' if key and shown else ''}{shown}"
            )
    return "\n".join(kept)


def _shown(path: list[str], value: str, *, is_key: bool) -> str | None:
    """What of a value is recorded below these keys; None if the line is left out."""
    key = _deciding(path)
    if key is None:  # the name of a service, a network, a volume
        structural = is_key and len(path) <= 2 and path[0] in _SECTIONS
        return "" if structural else (HIDDEN if is_key and len(path) <= 3 else None)
    if value.startswith(_NESTED):
        return HIDDEN
    return command(value) if key in _PLAIN else address(value)


def _deciding(path: list[str]) -> str | None:
    """The known key that a line hangs on, if every key above it lets it through."""
    if len(path) == 1:
        return path[0] if path[0] in ("version", "name") else None
    if len(path) < 3 or path[0] != "services":
        return None
    if path[2] not in _PLAIN | _ADDRESSES or not set(path[3:]) <= _BELOW:
        return None
    return path[2]


def compose_files(folder: Path) -> list[tuple[Path, str]]:
    """(path, text) of the compose files in a folder."""
    texts = [(folder / name, read_text(folder / name)) for name in NAMES]
    return [(path, text) for path, text in texts if text is not None]
