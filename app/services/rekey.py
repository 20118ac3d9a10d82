"""A repository with a new master key, made by copying everything: against whoever has the old one.

The old repository is only read. The new one gets a device key for this machine and a recovery key;
it keeps the chunker's polynomial, but where files are cut follows from the master key, so what
changes later shares little with what was copied. Interrupted anywhere, the same command goes on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.backends.local import LocalBackend
from app.errors import WrongUsage
from app.monitor import Step
from app.repository import recovery_key
from app.repository.checker import Scope, check
from app.repository.config import make_config
from app.repository.copying import copy_snapshots
from app.repository.keys import RECOVERY_COST
from app.repository.lock import guard, locked, locked_for_reading
from app.repository.repository import (
    NewKey,
    Repository,
    create_repository,
    exists,
    open_repository,
)
from app.services.connections import sealed_anew
from app.services.home import Home, read_passwords
from app.services.recover_settings import own_key
from app.services.run import Run
from app.services.setup import (
    device_cost,
    device_key,
    forget_device_key,
    refuse_strangers,
    write_key_file,
)
from app.settings.settings import RepositorySettings, set_repository


@dataclass(frozen=True, slots=True)
class RekeyRequest:
    """Where the new repository is made, in which file its recovery key lies, and whether this
    machine uses it from then on."""

    folder: Path
    recovery_out: Path
    use: bool = False


def rekey(home: Home, repository: Repository, request: RekeyRequest, run: Run) -> dict[str, object]:
    """Copy all snapshots into a repository of its own master key, and check that.

    The report: repository, id, snapshots, already, skipped, bytes, used. It is used only if
    nothing at all went wrong. Raises `WrongUsage`, `RepositoryLocked`, `WrongKey`, or a
    `BackendError`.
    """
    place = request.folder.expanduser().absolute()
    target = _target(home, repository, place, request.recovery_out)
    if target.config.id == repository.config.id or target.master == repository.master:
        raise WrongUsage("rekey-same", path=str(place))
    with (
        run.step(Step.COPIES) as step,
        locked_for_reading(repository) as shared,
        locked(target) as lock,
    ):
        monitor = guard(lock, guard(shared, run))
        repository.load_index(monitor)
        target.load_index(monitor)
        report = copy_snapshots(repository, target, lock, monitor=monitor)
        step.items, step.bytes = report.snapshots, report.bytes
    with run.step(Step.VERIFY):
        check(target, Scope(), monitor=run)
    used = request.use and not run.problems
    if used:
        _device, key_id = own_key(home, target)
        settings = RepositorySettings(path=place, id=target.config.id, device_key=key_id)
        with sealed_anew(home, target.config.id):
            set_repository(home.paths.settings_file, settings)
    return {
        "repository": str(place),
        "id": target.config.id,
        "snapshots": report.snapshots,
        "already": report.already,
        "skipped": report.skipped,
        "bytes": report.bytes,
        "used": used,
    }


def _target(home: Home, old: Repository, place: Path, recovery_out: Path) -> Repository:
    """The new repository: made now, or by an earlier call whose recovery key is in the file."""
    backend = LocalBackend(place)
    file = recovery_out.expanduser()
    if place.is_dir() and exists(backend):
        if not file.exists():
            raise WrongUsage("rekey-needs-key", path=str(recovery_out), place=str(place))
        return open_repository(backend, read_passwords(file))
    refuse_strangers(place)
    config = msgspec.structs.replace(
        make_config(), chunker_polynomial=old.config.chunker_polynomial
    )
    device, made = device_key(home, config.id)
    recovery = recovery_key.generate()
    with contextlib.ExitStack() as undo:
        if made:
            undo.callback(forget_device_key, home, config.id)
        write_key_file(recovery_out, recovery)
        undo.callback(file.unlink, missing_ok=True)
        keys = [NewKey(device, device_cost(device)), NewKey(recovery, RECOVERY_COST)]
        target, _ = create_repository(backend, keys, config=config)
        undo.pop_all()
    return target
