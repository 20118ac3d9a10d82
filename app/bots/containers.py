"""The containers of this computer: what they are made of and what they have mounted.

Asked of docker's (or podman's) own program, which needs no more than what the user may do with it;
where that does not answer, read from docker's files, which belong to root. Nothing is started in a
container and nothing is changed. Bounded: a few seconds, a few hundred containers.

What is kept of a container is its image, its mounts and the address of its SQLite database. Its
environment and command hold secrets and are looked at here only.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypedDict

import msgspec

from app.redact import address

SECONDS = 3.0
_PROGRAMS = ("docker", "podman")
_DOCKER = Path("/var/lib/docker")
_LARGEST = 4 << 20
_ANSWER = 32 << 20
_MOST = 500
_DATABASE = re.compile(r"sqlite(?:\+\w+)?:[^\s\"',\]}]*")
_OPTION = re.compile(r"--db-url(?:=|[\s\"',]+)(sqlite(?:\+\w+)?:[^\s\"',\]}]*)")
_TRADING = re.compile(r"(?<![\w./-])trade(?![\w./-])")
_VARIABLE = "DB_URL"  # FREQTRADE__DB_URL, DB_URL


class Mount(NamedTuple):
    """Something from outside: where it is seen in the container, the folder of this computer that
    it is ("" for a volume whose folder is not told), and whether it lies in memory."""

    inside: str
    source: str
    memory: bool = False


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A container, or a service of a compose file. `database` is the address of an SQLite database
    that its command or environment names, "" if none; `trades` whether its command says to trade;
    `working` its working directory if that is told; `project` the folder of its compose file;
    `running` is False only where it is told to stand still.
    Unless `certain`, it takes something over from elsewhere, and may have more than is said."""

    name: str
    image: str
    names: tuple[str, ...] = ()  # what other containers call it
    ports: tuple[tuple[str, str], ...] = ()  # those that are published: inside, on this computer
    addresses: tuple[str, ...] = ()  # its own, in networks of this computer
    mounts: tuple[Mount, ...] = ()
    database: str = ""
    trades: bool = False
    working: str = ""
    project: str = ""
    certain: bool = True
    running: bool = True

    def mount_of(self, path: str) -> Mount | None:
        """The mount that a path of the container lies on; the innermost one."""
        wanted = PurePosixPath(path)
        over = [each for each in self.mounts if wanted.is_relative_to(each.inside)]
        return max(over, key=lambda each: len(PurePosixPath(each.inside).parts), default=None)

    def folders(self) -> Iterator[Path]:
        """The folders of this computer that it sees or belongs to."""
        for each in self.mounts:
            source = Path(each.source or ".")
            if source.is_absolute() and source != Path("/") and not each.memory:
                yield source
        if self.project:
            yield Path(self.project)


def ways_to(containers: Iterable[Container], name: str, port: str) -> Iterator[tuple[str, str]]:
    """(host, port) by which a port of the container of that name is reached from outside: one
    that is published, or its own address, which Linux's own docker lets through."""
    for each in containers:
        if name in (each.name, *each.names):
            yield from (("127.0.0.1", outside) for inside, outside in each.ports if inside == port)
            yield from ((address, port) for address in each.addresses)


def command_facts(command: str, variables: Mapping[str, str]) -> tuple[str, bool]:
    """(address of the SQLite database, whether it trades) of a command line and an environment."""
    found = _OPTION.search(command)
    if found:
        database = found[1]
    else:
        named = (value for name, value in variables.items() if name.upper().endswith(_VARIABLE))
        database = next((value for value in named if _DATABASE.fullmatch(value)), "")
    return database, _TRADING.search(command) is not None


def containers_here(
    home: Path, *, docker: Path = _DOCKER, seconds: float = SECONDS
) -> list[Container]:
    """Every container, running or not, sorted by name; [] where nothing tells of them."""
    for program in _PROGRAMS:
        found = _asked(program, seconds)
        if found is not None:
            return _sorted(found)
    rootless = home / ".local" / "share" / "docker"
    return _sorted([*from_files(docker), *from_files(rootless)])


def may_answer(home: Path, environment: Mapping[str, str]) -> bool:
    """Whether something looks like a docker or podman that could be asked. Without it a backup
    need not start a program to learn that there is none."""
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or "/run")
    sockets = (
        Path("/var/run/docker.sock"),
        home / ".docker" / "run" / "docker.sock",
        *(
            (Path(runtime) / name for name in ("docker.sock", "podman/podman.sock"))
            if runtime
            else ()
        ),
    )
    return bool(environment.get("DOCKER_HOST")) or any(each.exists() for each in sockets)


def _sorted(found: Iterable[Container]) -> list[Container]:
    return sorted(found, key=lambda each: each.name)


def _asked(program: str, seconds: float) -> list[Container] | None:
    """What the program says; None if it is not there, or has no daemon to ask."""
    if shutil.which(program) is None:
        return None
    listed = _run([program, "ps", "--all", "--quiet", "--no-trunc"], seconds)
    if listed is None:
        return None
    ids = listed.decode("ascii", "replace").split()[:_MOST]
    if not ids:
        return []
    # One that was removed meanwhile makes it fail, and it still tells of the others.
    told = _run([program, "inspect", "--type", "container", *ids], seconds, even_if_failed=True)
    return None if told is None else list(parse_containers(told))


def _run(command: list[str], seconds: float, *, even_if_failed: bool = False) -> bytes | None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    failed = done.returncode != 0 and not even_if_failed
    return None if failed or len(done.stdout) > _ANSWER else done.stdout


def from_files(docker: Path) -> Iterator[Container]:
    """The same from docker's own files; nothing where they may not be read."""
    with contextlib.suppress(OSError):
        for folder in sorted((docker / "containers").iterdir())[:_MOST]:
            with contextlib.suppress(OSError), (folder / "config.v2.json").open("rb") as file:
                yield from parse_containers(b"[" + file.read(_LARGEST) + b"]")


def parse_containers(raw: bytes) -> Iterator[Container]:
    """The containers in a list of JSON objects, as `docker inspect` prints it or docker's files
    hold it. What is of another shape is passed over."""
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(raw)
        for each in told if isinstance(told, list) else ():
            with contextlib.suppress(AttributeError, TypeError, ValueError):
                yield _container(each)


class _Network(TypedDict):
    names: tuple[str, ...]
    ports: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]


def _network(told: Mapping[str, object], labels: Mapping[str, object]) -> _Network:
    settings = _mapping(told.get("NetworkSettings"))
    networks = [_mapping(each) for each in _mapping(settings.get("Networks")).values()]
    names = {name for each in networks for name in _texts(each.get("Aliases"))}
    names |= set(_texts(labels.get("com.docker.compose.service")))
    return {
        "names": tuple(sorted(names)),
        "ports": tuple(_published(_mapping(settings.get("Ports")))),
        "addresses": tuple(str(each["IPAddress"]) for each in networks if each.get("IPAddress")),
    }


def _published(ports: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for inside, outside in sorted(ports.items()):
        for each in outside if isinstance(outside, list) else ():
            if _mapping(each).get("HostPort"):
                yield inside.partition("/")[0], str(each["HostPort"])


def _container(told: Mapping[str, object]) -> Container:
    config = _mapping(told.get("Config"))
    labels = _mapping(config.get("Labels"))
    parts = [
        *_texts(config.get("Entrypoint")),
        *_texts(config.get("Cmd")),
        *_texts(told.get("Args")),
    ]
    variables = dict(text.partition("=")[::2] for text in _texts(config.get("Env")))
    database, trades = command_facts(" ".join(parts), variables)
    return Container(
        **_network(told, labels),
        name=str(told.get("Name") or "").lstrip("/"),
        image=address(str(config.get("Image") or "")),
        mounts=tuple(_mounts(told)),
        database=database,
        trades=trades,
        working=str(config.get("WorkingDir") or ""),
        project=str(labels.get("com.docker.compose.project.working_dir") or ""),
        running=_mapping(told.get("State")).get("Running") is not False,
    )


def _mounts(told: Mapping[str, object]) -> Iterator[Mount]:
    listed = told.get("Mounts")
    points = listed if isinstance(listed, list) else list(_points(told.get("MountPoints")))
    for point in points:
        inside, source = str(point.get("Destination") or ""), str(point.get("Source") or "")
        if inside:
            yield Mount(inside, source, point.get("Type") == "tmpfs")
    for inside in _mapping(_mapping(told.get("HostConfig")).get("Tmpfs")):
        yield Mount(str(inside), "", memory=True)


def _points(told: object) -> Iterator[dict[str, object]]:
    """docker's file has them by destination."""
    for inside, point in _mapping(told).items():
        yield {"Destination": inside, **_mapping(point)}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list) else []
