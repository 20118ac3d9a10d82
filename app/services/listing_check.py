"""Verifying a copy by its listing: nothing is downloaded.

Every file at the copy that is here too must have the same size there; where the place tells a hash
of what it holds (Dropbox), that must be the hash of our own bytes. What is only there (another
machine's, or forgotten here) cannot be compared and is counted. What differs is a Problem; with
`mend` it is sent again from here, or given back by the place from what it kept of it.

The place must hold this repository: one that is empty, or holds another one, has nothing that
differs either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.backends.contract import (
    Backend,
    BackendError,
    FileInfo,
    FileName,
    FileNotThere,
    Kind,
    TellsHashes,
)
from app.monitor import Monitor, Problem, Progress, Step
from app.repository.config import load_config
from app.repository.destination import Ground, survey
from app.repository.named import Damaged, load_named
from app.repository.repository import Repository

_KINDS = (Kind.KEY, Kind.SNAPSHOT, Kind.INDEX, Kind.PACK)


@dataclass(slots=True)
class Compared:
    """What a look found: files and bytes that are as they are here, those that cannot be compared,
    those that differ, how many of these were mended, and those that are not there. `hashes`: not
    by their sizes alone."""

    hashes: bool
    alike: int = 0
    bytes: int = 0
    elsewhere: int = 0
    differ: int = 0
    mended: int = 0
    lacking: int = 0

    @property
    def scope(self) -> str:
        return "hashes" if self.hashes else "listing"


def compare(own: Repository, place: Backend, monitor: Monitor, *, mend: bool = False) -> Compared:
    """See the module. Raises `NoRepository`, `OtherRepository`, `DamagedConfig`, a `BackendError`
    of either place, `Cancelled`."""
    teller = _teller(place)
    found = Compared(hashes=teller is not None)
    here = {info.file: info.size for kind in _KINDS for info in own.backend.list(kind)}
    total, missing = sum(here.values()), set(here)
    for info, told in _listed(place, teller):
        monitor.checkpoint()
        missing.discard(info.file)
        size = here.get(info.file)
        try:
            if size is None:
                found.elsewhere += 1
            elif _is_alike(own, info, size, told, teller):
                found.alike += 1
                found.bytes += size
            else:
                _differs(own, place, teller, info.file, found, monitor, mend=mend)
        except FileNotThere:  # it went here since, as by a prune after a backup
            found.elsewhere += 1
        monitor.progress(Progress(Step.VERIFY, "compare", found.bytes, total, items=found.alike))
    if not found.alike or not any(place.list(Kind.CONFIG)):
        _refuse_strange(own, place)
    found.lacking = len(missing)
    if missing and not any(file.kind is Kind.SNAPSHOT for file in missing):
        # It has every snapshot, so it once had all that they need.
        monitor.problem(Problem("listing-lacking", {"count": len(missing), "place": place.place}))
    return found


def _refuse_strange(own: Repository, place: Backend) -> None:
    """Raises unless this repository is there, and can be opened there."""
    if survey(own, place) in (Ground.NEW, Ground.DAMAGED):
        load_config(place, own.sealer)  # which says what is wrong with it


def _teller(place: object) -> TellsHashes | None:
    """The place itself, below what is wrapped around it."""
    while not isinstance(place, TellsHashes):
        place = getattr(place, "inner", None)
        if place is None:
            return None
    return place


def _listed(place: Backend, teller: TellsHashes | None) -> Iterator[tuple[FileInfo, str | None]]:
    if teller is not None:
        for held in teller.hashes():
            if held.file.kind in _KINDS:
                yield FileInfo(held.file, held.size), held.content_hash
        return
    for kind in _KINDS:
        for info in place.list(kind):
            yield info, None


def _is_alike(
    own: Repository, info: FileInfo, size: int, told: str | None, teller: TellsHashes | None
) -> bool:
    if info.size != size:
        return False
    if teller is None or told is None:
        return True
    return teller.hash_of(own.backend.load(info.file)) == told


def _differs(
    own: Repository,
    place: Backend,
    teller: TellsHashes | None,
    file: FileName,
    found: Compared,
    monitor: Monitor,
    *,
    mend: bool,
) -> None:
    if not _is_sound_here(own, file):
        # Ours is the damaged one: that is another matter, and the copy is not to be touched.
        monitor.problem(Problem("listing-ours-damaged", {"file": str(file)}))
        return
    found.differ += 1
    if mend and _mended(own, place, teller, file):
        found.mended += 1
        return
    monitor.problem(Problem("listing-differs", {"file": str(file), "place": place.place}))


def _is_sound_here(own: Repository, file: FileName) -> bool:
    with suppress(Damaged):
        load_named(own.backend, file)
        return True
    return False


def _mended(own: Repository, place: Backend, teller: TellsHashes | None, file: FileName) -> bool:
    """From here; else from what the place kept."""
    with suppress(BackendError):
        data = load_named(own.backend, file)
        assert hashlib.sha256(data).hexdigest() == file.name
        place.replace(file, data)
        return True
    if teller is not None:
        with suppress(BackendError):
            return teller.recover(file)
    return False
