"""Checks a year that Tradekeep locked, without Tradekeep.

    python verify_year.py [FOLDER] [--key PUBLIC_KEY]

It needs Python 3.9 or later and the library "cryptography" (pip install cryptography), and no
network. FOLDER is the locked year; without it, the folder that this file lies in. It checks

  1. that manifest.json was signed by the key that it names (with --key: that it is this one),
  2. that every file is there, has the SHA-256 that the manifest says, and that none was added,
  3. that the evidence (chain.jsonl) is one unbroken chain that ends as the manifest says: each
     link is SHA-256(link before, header as JSON with sorted keys, SHA-256 of the answer's body),
  4. that every row of the year (rows.csv) rests on evidence that is in this chain.

It says one sentence for each fault. Exit codes: 0 all is well, 2 cannot be checked, 3 the
signature is wrong, 4 a file was changed, 5 a file is missing, 6 a file was added, 7 the evidence is
not one chain, 8 a row rests on evidence that is not there. With several faults it is the first.

What a good signature means: whoever holds the private key has signed this and nothing else. It does
not bind the holder of the key, who can sign another year in its place. A time stamp of somebody
else does (timestamp.tsr): check it with

    openssl ts -verify -data manifest.json -in timestamp.tsr -CAfile timestamp-root.pem

Copyright: Tradekeep, GPL-3.0-or-later.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

FORMAT, VERSION = "tradekeep-locked-year", 1
MANIFEST, SIGNATURE, CHAIN, ROWS = "manifest.json", "manifest.sig", "chain.jsonl", "rows.csv"
# What the manifest cannot name: itself, and what was made of it afterwards.
UNNAMED = frozenset({MANIFEST, SIGNATURE, "timestamp.tsr", "timestamp-root.pem"})
WELL, UNKNOWN, SIGNED, CHANGED, MISSING, ADDED, BROKEN, UNFOUNDED = 0, 2, 3, 4, 5, 6, 7, 8
_PIECE = 1 << 20


class Fault(NamedTuple):
    """`code` as in the module's text; `about`: which file, or which answer's number."""

    code: int
    about: str
    sentence: str


class NoYear(Exception):
    """The folder is no locked year that this program knows; its text says why."""


def read_manifest(folder: Path) -> tuple[dict, bytes]:
    """The manifest and its bytes as they were signed; raises `NoYear`."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = json.loads(content)
        known = manifest["format"] == FORMAT
    except OSError as error:
        raise NoYear(f"{folder / MANIFEST} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NoYear(f"{folder / MANIFEST} is not the manifest of a locked year.") from error
    if not known:
        raise NoYear(f"{folder / MANIFEST} is not the manifest of a locked year.")
    if manifest.get("version") != VERSION:
        raise NoYear(f"{folder} was made by a newer Tradekeep: use the verifier beside it.")
    return manifest, content


def faults(folder: Path, key: str = "") -> Iterator[Fault]:
    """Everything that is wrong with a locked year, in the order of the module's text."""
    manifest, content = read_manifest(folder)
    yield from _signature(folder, manifest, content, key)
    yield from _files(folder, manifest)
    if (folder / CHAIN).exists():
        numbers: set[int] = set()
        yield from _chain(folder / CHAIN, manifest["chain"], numbers)
        if (folder / ROWS).exists():
            yield from _rows(folder / ROWS, numbers)


def _signature(folder: Path, manifest: dict, content: bytes, key: str) -> Iterator[Fault]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    named = str(manifest.get("public_key"))
    if key and key.strip().lower() != named:
        told = f"The manifest was signed with another key than the one that you named: {named}."
        yield Fault(SIGNED, MANIFEST, told)
    try:
        signature = bytes.fromhex((folder / SIGNATURE).read_text("ascii").strip())
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(named)).verify(signature, content)
    except FileNotFoundError:
        yield Fault(MISSING, SIGNATURE, f"The signature {SIGNATURE} is missing.")
    except (ValueError, InvalidSignature, OSError):
        told = "The signature does not fit the manifest: one of them was changed afterwards."
        yield Fault(SIGNED, MANIFEST, told)


def _files(folder: Path, manifest: dict) -> Iterator[Fault]:
    named = {str(each["path"]): each for each in manifest["files"]}
    for path, each in sorted(named.items()):
        file = folder / path
        if not file.is_file():
            yield Fault(MISSING, path, f"The file {path} is missing.")
        elif file.stat().st_size != each["size"] or _sha256(file) != each["sha256"]:
            yield Fault(CHANGED, path, f"The file {path} was changed after the year was locked.")
    there = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if not file.is_dir() or file.is_symlink()
    }
    for path in sorted(there - named.keys() - UNNAMED):
        yield Fault(ADDED, path, f"The file {path} was added after the year was locked.")


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while True:
            piece = stream.read(_PIECE)
            if not piece:
                return digest.hexdigest()
            digest.update(piece)


def _chain(file: Path, head: dict, numbers: set[int]) -> Iterator[Fault]:
    """Fills `numbers` with those of the answers that are there."""
    previous, last = bytes(32), 0
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                number, link = int(row["id"]), bytes.fromhex(row["link"])
                expected = _link(previous, row["header"], bytes.fromhex(row["body_hash"]))
            except (ValueError, KeyError, TypeError):
                told = f"The line after answer {last} of the evidence cannot be read."
                yield Fault(BROKEN, str(last), told)
                return
            if number != last + 1:
                told = f"Answer {last + 1} of the evidence is missing, or was moved."
                yield Fault(BROKEN, str(last + 1), told)
            elif expected != link:
                told = f"Answer {number} of the evidence does not follow from the one before it."
                yield Fault(BROKEN, str(number), told)
            numbers.add(number)
            # From the link as it is written: one changed answer is one fault, not thousands.
            previous, last = link, number
    if (last, previous.hex()) != (head["count"], head["link"]):
        told = f"The evidence ends with answer {last}, not as the manifest says."
        yield Fault(BROKEN, str(last), told)


def _link(previous: bytes, header: dict, body_hash: bytes) -> bytes:
    canonical = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode() + body_hash).digest()


def _rows(file: Path, numbers: set[int]) -> Iterator[Fault]:
    """One fault for all rows that rest on the same missing answer."""
    told: set[str] = set()
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        for row in _read_rows(stream):
            if row is None:
                yield Fault(CHANGED, ROWS, f"The file {ROWS} cannot be read to its end.")
                return
            evidence = str(row.get("evidence"))
            if evidence in told or (evidence.isdigit() and int(evidence) in numbers):
                continue
            told.add(evidence)
            kind, name = row.get("kind"), row.get("id")
            sentence = f"The row {name} ({kind}) rests on answer {evidence}, which is not there."
            yield Fault(UNFOUNDED, evidence, sentence)


def _read_rows(stream: TextIO) -> Iterator[dict | None]:
    """The rows; None, and then no more, for what is none."""
    try:
        yield from csv.DictReader(stream)
    except csv.Error:
        yield None


def main(arguments: list[str]) -> int:
    """Say what is wrong; the exit code."""
    key = ""
    if "--key" in arguments[:-1]:
        at = arguments.index("--key")
        key = arguments[at + 1]
        del arguments[at : at + 2]
    if len(arguments) > 1 or any(each.startswith("-") for each in arguments):
        print((__doc__ or "").split("\n\n")[1], file=sys.stderr)
        return UNKNOWN
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        found = list(faults(folder, key))
        manifest, content = read_manifest(folder)
    except NoYear as error:
        print(error, file=sys.stderr)
        return UNKNOWN
    except ImportError:
        print("This needs the library cryptography: pip install cryptography", file=sys.stderr)
        return UNKNOWN
    for fault in found:
        print(fault.sentence)
    if found:
        return found[0].code
    print(f"The year {manifest['year']} is as it was locked on {manifest['made']}.")
    print(f"Public key: {manifest['public_key']}")
    print(f"SHA-256 of the manifest: {hashlib.sha256(content).hexdigest()}")
    return WELL


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
