"""The one-file verifier, as an adviser runs it: a process without Tradekeep and with nothing but
the library cryptography; and everything that somebody might have done to the folder."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.services.years import Lock
from app.settings.paths import resource
from tests.services.year_home import copied, home_with, locked, pulled

OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
Meddle = Callable[[Path], None]


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> Lock:
    home = tmp_path_factory.mktemp("home")
    return locked(home_with(pulled(), home))


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cryptography and what it stands on."""
    folder = tmp_path_factory.mktemp("libraries")
    for name in ("cryptography", "cffi", "pycparser", "_cffi_backend"):
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if spec.submodule_search_locations else origin
        (folder / source.name).symlink_to(source)
    return folder


def verify(folder: Path, libraries: Path, *more: str) -> tuple[int, list[str]]:
    """The verifier that lies in the folder; its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "-S", folder / "verify_year.py", *more], capture_output=True, text=True,
        env={"PYTHONPATH": str(libraries), "PATH": os.environ["PATH"]}, timeout=60, cwd="/",
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()]


def test_a_locked_year_is_as_it_was(lock: Lock, libraries: Path, tmp_path: Path) -> None:
    code, said = verify(copied(lock, tmp_path / "year"), libraries)
    assert code == 0
    assert said[0].startswith(f"The year {lock.manifest.year} is as it was locked on ")
    assert said[1:] == [
        f"Public key: {lock.manifest.public_key}", f"SHA-256 of the manifest: {lock.sha256}",
    ]  # fmt: skip
    key = lock.manifest.public_key.upper()
    assert verify(lock.folder, libraries, "--key", key)[0] == 0


def rewrite(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(change(lines)), encoding="utf-8")


def sign_anew(folder: Path, **changes: object) -> None:
    """What somebody with a key of their own can do: another manifest that fits the files."""
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest |= {"public_key": OTHER.public_key().public_bytes_raw().hex(), **changes}
    for each in manifest["files"]:
        content = (folder / each["path"]).read_bytes()
        each |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    content = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sig").write_text(OTHER.sign(content).hex())


def chain(change: Callable[[list[str]], list[str]]) -> Meddle:
    """Meddle with the chain and sign what comes of it."""

    def meddle(folder: Path) -> None:
        rewrite(folder / "chain.jsonl", change)
        sign_anew(folder)

    return meddle


def a_byte(folder: Path) -> None:
    file = folder / "exports" / "trades.csv"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def another_body(lines: list[str]) -> list[str]:
    told = json.loads(lines[2])
    told["body_hash"] = "00" * 32
    return [*lines[:2], json.dumps(told) + "\n", *lines[3:]]


def without_evidence(folder: Path) -> None:
    """Rows that rest on an answer which never was."""
    rewrite(folder / "rows.csv", lambda rows: [*rows[:-1], _with_evidence(rows[-1], "999999")])
    sign_anew(folder)


def _with_evidence(row: str, number: str) -> str:
    cells = row.rstrip("\r\n").split(",")
    return ",".join([*cells[:-2], number, cells[-1]]) + "\n"


def a_bit(name: str) -> Meddle:
    """A bit in the middle, which makes it no text any more."""

    def meddle(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 0x80
        (folder / name).write_bytes(content)

    return meddle


def an_endless_row(folder: Path) -> None:
    rewrite(folder / "rows.csv", lambda rows: [rows[0], "x" * 200_000 + "\n", *rows[1:]])
    sign_anew(folder)


CASES: dict[str, tuple[Meddle, int, str]] = {
    "a byte of a file": (a_byte, 4, "The file exports/trades.csv was changed"),
    "a bit of the evidence": (a_bit("chain.jsonl"), 4, "The file chain.jsonl was changed"),
    "a bit of the rows": (a_bit("rows.csv"), 4, "The file rows.csv was changed"),
    "a row without end": (an_endless_row, 4, "The file rows.csv cannot be read to its end."),
    "a file is gone": (
        lambda folder: (folder / "coverage.json").unlink(), 5, "The file coverage.json is missing.",
    ),
    "a file more": (
        lambda folder: (folder / "exports" / "more.csv").touch(), 6,
        "The file exports/more.csv was added",
    ),
    "a link more": (
        lambda folder: (folder / "more").symlink_to("/etc"), 6, "The file more was added",
    ),
    "the manifest": (
        lambda folder: rewrite(folder / "manifest.json", lambda t: [x.replace(
            '"rows": ', '"rows": 1') for x in t]), 3, "The signature does not fit",
    ),
    "the signature": (
        lambda folder: (folder / "manifest.sig").write_text("00" * 64), 3,
        "The signature does not fit",
    ),
    "no text as signature": (
        lambda folder: (folder / "manifest.sig").write_bytes(b"\xff\xfe"), 3,
        "The signature does not fit",
    ),
    "no signature": (
        lambda folder: (folder / "manifest.sig").unlink(), 5, "The signature manifest.sig is",
    ),
    "an answer changed": (chain(another_body), 7, "Answer 3 of the evidence does not follow"),
    "an answer removed": (
        chain(lambda lines: lines[:4] + lines[5:]), 7, "Answer 5 of the evidence is missing",
    ),
    "answers swapped": (
        chain(lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]]), 7,
        "Answer 5 of the evidence is missing, or was moved.",
    ),
    "the chain cut off": (
        chain(lambda lines: lines[:-3]), 7, "The evidence ends with answer",
    ),
    "no chain": (chain(lambda _lines: ["[1]\n"]), 7, "The line after answer 0 of the evidence"),
    "a row without evidence": (without_evidence, 8, "rests on answer 999999, which is not there."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_was_meddled_with_is_said(
    lock: Lock, libraries: Path, tmp_path: Path, case: str
) -> None:
    meddle, wanted, sentence = CASES[case]
    folder = copied(lock, tmp_path / "year")
    meddle(folder)
    code, said = verify(folder, libraries)
    assert (code, sentence in said[0]) == (wanted, True), said


def test_each_fault_has_a_sentence_of_its_own(lock: Lock, libraries: Path, tmp_path: Path) -> None:
    folder = copied(lock, tmp_path / "year")
    a_byte(folder)
    (folder / "exports" / "koinly.csv").unlink()
    (folder / "mine.txt").touch()
    code, said = verify(folder, libraries)
    assert (code, len(said)) == (5, 3)


def test_another_key_signed_it(lock: Lock, libraries: Path, tmp_path: Path) -> None:
    """Whoever has a key can sign anything: only the key's owner can be told by it."""
    folder = copied(lock, tmp_path / "year")
    sign_anew(folder, rows=1)
    assert verify(folder, libraries)[0] == 0
    code, said = verify(folder, libraries, "--key", lock.manifest.public_key)
    assert code == 3
    assert said[0].startswith("The manifest was signed with another key")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": "other"}'])
def test_what_is_no_locked_year_is_refused(
    lock: Lock, libraries: Path, tmp_path: Path, content: bytes
) -> None:
    folder = copied(lock, tmp_path / "year")
    (folder / "manifest.json").write_bytes(content)
    code, said = verify(folder, libraries)
    assert (code, len(said)) == (2, 1)


def test_a_newer_year_and_a_missing_library_are_said(
    lock: Lock, libraries: Path, tmp_path: Path
) -> None:
    folder = copied(lock, tmp_path / "year")
    assert verify(folder, tmp_path)[1] == [
        "This needs the library cryptography: pip install cryptography"
    ]
    sign_anew(folder, version=2)
    code, said = verify(folder, libraries)
    assert (code, "newer Tradekeep" in said[0]) == (2, True)
    assert verify(folder, libraries, "--help")[0] == 2


def test_it_is_written_for_python_3_9_and_stands_alone() -> None:
    text = resource("verify_year.py").read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
        )
    }
    assert names - set(sys.stdlib_module_names) == {"cryptography"}
