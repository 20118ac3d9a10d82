"""The proof that a printed recovery key works: somebody typed it, and it opened the repository.

What is kept of it, in a small file of the data folder, is which key file it was and when; nothing
of the key. A proof counts as long as that key file is there.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from app.errors import NoRepository, WrongUsage
from app.files import private_folder, write_atomic
from app.json_lines import NO_JSON
from app.repository.keys import KeyKind, list_keys, open_key
from app.repository.repository import Repository
from app.repository.times import rfc3339
from app.secret import Secret
from app.services.history import now
from app.services.home import Home, candidates
from app.services.own_place import open_own

VERSION = 1
_MOST = 15  # as many key files as a repository has at most


class Proof(msgspec.Struct, frozen=True):
    """A recovery key that was typed: restic's id of the repository, the id of the key file, and
    when (RFC 3339, UTC)."""

    repository: str
    key: str
    proved: str


class _Proofs(msgspec.Struct, frozen=True):
    version: int = VERSION
    proofs: tuple[Proof, ...] = ()


def prove(home: Home, typed: Secret) -> Proof:
    """Open this machine's repository with what was typed, and record that it did.

    Raises `NoRepository`, `BadRecoveryKey` (which group is wrong), `WrongKey`, `WrongUsage` for
    another kind of key, or a `BackendError`; then nothing is recorded.
    """
    own = home.settings.repository
    if own is None:
        raise NoRepository("not-set-up")
    backend = open_own(home)
    key = open_key(backend, candidates(typed.reveal())).key_id
    kinds = {info.id: info.kind for info in list_keys(backend)}
    if kinds.get(key) is not KeyKind.RECOVERY:
        raise WrongUsage("proof-other-key")
    proof = Proof(own.id, key, rfc3339(now()))
    _record(home, proof)
    return proof


def note_opened(home: Home, repository: Repository) -> None:
    """A repository was opened with what somebody typed just now: where that was a recovery key,
    its paper is proved."""
    kinds = {info.id: info.kind for info in list_keys(repository.backend)}
    if kinds.get(repository.key_id) is KeyKind.RECOVERY:
        _record(home, Proof(repository.config.id, repository.key_id, rfc3339(now())))


def newest(home: Home, repository: str, keys: Collection[str]) -> Proof | None:
    """The newest proof of one of the key files that are there."""
    there = [p for p in _load(_file(home)) if p.repository == repository and p.key in keys]
    return max(there, key=lambda proof: proof.proved, default=None)


def proved_keys(home: Home, repository: str) -> frozenset[str]:
    """The ids of all key files of a repository that were ever proved."""
    return frozenset(p.key for p in _load(_file(home)) if p.repository == repository)


def _record(home: Home, proof: Proof) -> None:
    file = _file(home)
    others = [each for each in _load(file) if each.key != proof.key]
    private_folder(file.parent)
    write_atomic(file, msgspec.json.encode(_Proofs(proofs=(proof, *others)[:_MOST])))


def _load(file: Path) -> tuple[Proof, ...]:
    """A file that cannot be read counts as none: the key is then to be typed again."""
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Proofs)
    except (OSError, *NO_JSON):
        return ()
    return kept.proofs if kept.version == VERSION else ()


def _file(home: Home) -> Path:
    return home.paths.proofs_file
