"""Locked tax years: where they lie, who signed them, and what each says of itself.

    years/2025/1/            the first lock of 2025, all accounts
    years/2025/2/            a later one; the first stays as it is
    years/2025-main/1/       the same year of one account alone
        manifest.json        what there is with its hashes, where the evidence ended, who signed
        manifest.sig         the Ed25519 signature of manifest.json, hexadecimal
        exports/             all kinds in all formats
        rows.csv             each row with its hash, and the answer that it rests on
        chain.jsonl          the links of the evidence, from the first to the last at that moment
        coverage.json        what was known of the year, and each gap
        verify_year.py       checks all this without Tradekeep
        timestamp.tsr        if the user asked for one: somebody else's word for when it was there

The key that signs is made once and sealed with the other secrets, and so is what is known of each
lock (`years_known`). It binds nobody who has it: the
user can lock another year with it. That is said wherever the signature is shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.errors import AppError, WrongUsage
from app.json_lines import NO_JSON
from app.secret import Secret
from app.services.home import Home
from app.services.opening import sealed_file
from app.settings.sealed import OF_SIGNING, SealedAccount, SealedFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORMAT, VERSION = "tradekeep-locked-year", 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
STAMP, STAMP_ROOT = "timestamp.tsr", "timestamp-root.pem"
VERIFIER = "verify_year.py"
_KEY, _SECRET = f"{OF_SIGNING}years", "ed25519"
_FIRST, _LAST = 2009, 9998  # nobody traded before; and years have four digits
_ODD = re.compile(r"[^\w.-]", re.ASCII)


class Chain(msgspec.Struct, frozen=True):
    """Where the evidence ended: how many answers, and the last one's link in hexadecimal."""

    count: int
    link: str


class Entry(msgspec.Struct, frozen=True):
    """A file of the folder, by its path with slashes."""

    path: str
    size: int
    sha256: str


class Previous(msgspec.Struct, frozen=True):
    """The lock before: its number, and the SHA-256 of its manifest."""

    lock: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. Times are RFC 3339 in UTC; `missing` are sentences about what was not whole
    when the year was locked."""

    format: str = FORMAT
    version: int = VERSION
    year: int
    account: str | None
    since: str
    until: str
    lock: int
    previous: Previous | None
    made: str
    program: str
    machine: str
    public_key: str
    chain: Chain
    rows: int
    gaps: int
    missing: list[str]
    files: list[Entry]


class Lock(msgspec.Struct, frozen=True):
    """A locked year that is there. `sha256` is the hash of its manifest."""

    folder: Path
    manifest: Manifest
    sha256: str

    @property
    def label(self) -> str:
        return self.folder.parent.name

    @property
    def stamped(self) -> bool:
        return (self.folder / STAMP).exists()


def year_of(text: str) -> int:
    """A year as a person types it; `WrongUsage` for anything else."""
    if re.fullmatch(r"\d{4}", text, re.ASCII) and _FIRST <= int(text) <= _LAST:
        return int(text)
    raise WrongUsage("year-unknown", text=text)


def folder_of(home: Home, year: int, account: str | None) -> Path:
    """Where the locks of a year lie."""
    if account is None:
        return home.paths.years / str(year)
    told = _ODD.sub("_", account)
    if told != account:  # two such names must not meet
        told = f"{told}-{hashlib.sha256(account.encode()).hexdigest()[:8]}"
    return home.paths.years / f"{year}-{told}"


def locks_in(folder: Path) -> list[Lock]:
    """All locks of a year, oldest first. What is no lock is passed over: see `unreadable`."""
    found = []
    for each in folder.iterdir() if folder.is_dir() else ():
        lock = _read(each) if each.name.isdigit() else None
        if lock is not None:
            found.append(lock)
    return sorted(found, key=lambda lock: lock.manifest.lock)


def every(home: Home) -> Iterator[Lock]:
    """All locks of all years that can be read."""
    for folder in sorted(home.paths.years.glob("*")):
        yield from locks_in(folder)


def unreadable(home: Home) -> list[Path]:
    """Folders of locks whose manifest cannot be read (any more)."""
    found = [each for each in home.paths.years.glob("*/*") if each.name.isdigit()]
    return sorted(each for each in found if _read(each) is None)


def _read(folder: Path) -> Lock | None:
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=Manifest)
    except (OSError, *NO_JSON):
        return None
    if (manifest.format, manifest.version) != (FORMAT, VERSION):
        return None
    return Lock(folder, manifest, hashlib.sha256(content).hexdigest())


def newest(home: Home) -> list[Lock]:
    """The newest lock of each year that was locked, in the order of years."""
    try:
        folders = sorted(each for each in home.paths.years.iterdir() if each.is_dir())
        found = [locks[-1] for each in folders if (locks := locks_in(each))]
    except FileNotFoundError:
        return []
    except OSError as error:
        place, reason = str(home.paths.years), error.strerror or str(error)
        raise AppError("year-unreadable", path=place, reason=reason) from error
    return sorted(found, key=lambda lock: (lock.manifest.year, lock.manifest.account or ""))


def before(lock: Lock) -> Lock | None:
    """The lock that this one follows, if it is still there."""
    told = lock.manifest.previous
    return None if told is None else _read(lock.folder.with_name(str(told.lock)))


# --- the key ----------------------------------------------------------------------------------


def signing_key(home: Home) -> Ed25519PrivateKey:
    """The key that signs; made and sealed when there is none yet. Raises `SealedError`, keyring
    errors."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = sealed_file(home)
    there = _kept(file)
    if there is None:
        made = Ed25519PrivateKey.generate()
        secret = Secret(made.private_bytes_raw().hex())
        file.put(_KEY, SealedAccount({_SECRET: secret}))
        return made
    return there


def _kept(file: SealedFile) -> Ed25519PrivateKey | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    kept = file.accounts().get(_KEY)
    if kept is None:
        return None
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept.secrets[_SECRET].reveal()))


def own_public_key(home: Home) -> str | None:
    """The public half of this computer's key; None if it has none. Raises as `signing_key`."""
    key = _kept(sealed_file(home))
    return None if key is None else public_of(key)


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half, hexadecimal."""
    return key.public_key().public_bytes_raw().hex()
