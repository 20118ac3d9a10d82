"""What a recovery would write where, and whether there is room for all of it together."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from app.backends.contract import Kind
from app.backends.local import LocalBackend
from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Monitor, Problem
from app.repository.mirror import behind
from app.repository.repository import Repository
from app.repository.restore_plan import Silent, pieces
from app.repository.restore_preview import InTheWay, Preview, Room, preview, room_at
from app.repository.restore_target import Overwrite, TargetFull
from app.repository.restorer import mark_of
from app.services.home import Home
from app.services.recover_plan import Part, RecoverPlan, RecoverRequest, What
from app.services.restore import MOST_IN_THE_WAY, in_the_way_row, previewed
from app.settings.reading import parse

_BLOCK = 4096  # what a file costs on a disk beside its bytes


def look(
    repository: Repository, plan: RecoverPlan, monitor: Monitor
) -> tuple[Preview, list[dict[str, object]], list[dict[str, object]]]:
    """All parts compared with what is there: together, one by one, and what is in the way."""
    total = Preview()
    parts: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for part in plan.parts:

        def tell(found: InTheWay, part: Part = part) -> None:
            if len(rows) < MOST_IN_THE_WAY:
                row = in_the_way_row(found)
                rows.append({**row, "path": str(part.target / str(row["path"]))})

        try:
            chosen = pieces(repository, plan.snapshot, part.selection)
            looked = preview(
                repository, chosen, part.target, Overwrite.SET_ASIDE, monitor,
                mark=mark_of(plan.snapshot), tell=tell,
            )  # fmt: skip
        except Cancelled:
            raise
        except AppError as error:
            monitor.problem(Problem.from_error(error))
            continue
        parts.append({**part_json(part), **previewed(looked)})
        _add(total, looked)
    return total, parts, rows


def _add(total: Preview, looked: Preview) -> None:
    for name in ("new", "same", "different", "in_the_way", "files", "bytes"):
        setattr(total, name, getattr(total, name) + getattr(looked, name))
    for device, room in looked.rooms.items():
        _need(total, device, room)


def _need(total: Preview, device: str, room: Room) -> None:
    before = total.rooms.get(device)
    needed = room.needed + (before.needed if before else 0)
    total.rooms[device] = Room(before.path if before else room.path, needed, room.free)


def add_repository(
    home: Home, repository: Repository, request: RecoverRequest, looked: Preview
) -> None:
    """The room that this machine's own repository needs beside the files."""
    if What.SETTINGS not in request.only:
        return
    folder = home.default_repository()
    refuse_strangers(folder)
    device, path, free = room_at(folder)
    _need(looked, device, Room(path, _lacking(repository, folder), free))


def _lacking(repository: Repository, folder: Path) -> int:
    """The bytes of a mirror that are not there yet."""
    if folder.is_dir():
        lacking = behind(repository, LocalBackend(folder))
        return lacking.bytes + lacking.files * _BLOCK
    kinds = (Kind.KEY, Kind.PACK, Kind.INDEX, Kind.SNAPSHOT)
    return sum(info.size + _BLOCK for kind in kinds for info in repository.backend.list(kind))


def refuse_strangers(folder: Path) -> None:
    """A folder with something else in it; one that an interrupted run began has keys in it."""
    with suppress(FileNotFoundError):
        if not folder.is_dir() and folder.exists():
            raise WrongUsage("folder-is-file", path=str(folder))
        held = {entry.name for entry in folder.iterdir()}
        if held and not held & {"config", "keys"}:
            raise WrongUsage("folder-not-empty", path=str(folder))


def refuse_if_full(
    home: Home,
    repository: Repository,
    request: RecoverRequest,
    plan: RecoverPlan,
    monitor: Monitor,
) -> None:
    """Say it before anything is written: `TargetFull`."""
    looked, _parts, _rows = look(repository, plan, Silent(monitor))
    add_repository(home, repository, request, looked)
    room = looked.tightest
    if room is not None and room.short:
        raise TargetFull(
            "recover-no-space",
            path=str(room.path),
            needed=_megabytes(room.needed),
            free=_megabytes(room.free),
        )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1_000_000):,} MB"


def brings(home: Home, plan: RecoverPlan) -> dict[str, object]:
    """What comes back with the settings: settings (null where those of the backup are lost):
    accounts, copies and alerts by name, schedule (whether there is one), secrets (those of whom
    came along)."""
    if not plan.read:
        return {"settings": None}
    settings = parse(plan.text, home.paths.settings_file)
    told: dict[str, object] = {
        "accounts": [each.name for each in settings.exchanges],
        "copies": [each.name for each in settings.copies],
        "alerts": [each.name for each in settings.alerts],
        "schedule": settings.schedule.kind != "off",
        "secrets": sorted(plan.secrets),
    }
    return {"settings": told}


def part_json(part: Part) -> dict[str, object]:
    """A part as reports tell it."""
    return {
        "what": part.what.value,
        "name": part.name,
        "from": str(part.old),
        "to": str(part.new),
        "why": part.why.value,
    }
