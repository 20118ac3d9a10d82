"""A flipped bit makes a small file of this machine no text any more: it counts as unreadable, as
its module says, and ends no command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.copies import known, marker
from app.errors import AppError
from app.services import alerts, dealt, key_rights, kit_record, log, proof, suspect
from app.services.home import Home
from app.services.rollback_swap import Swap
from app.settings.model import ExchangeSettings

B = '"x\udcef\u00b7"'
# Some text of each of these files, with a byte in it that is no UTF-8.
NO_TEXT = "".join((
    f'{{"run":{B},"time":{B},"dealt":[{{"key":{B}}}],"alerts":{{{B}:{{}}}},"copy":{B},',
    f'"proofs":[{{"repository":{B}}}],"repository":{B},"accounts":{{{B}:{{}}}},"path":{B},',
    f'"snapshots":[{B}],"suspects":[{{"repository":{B}}}]}}',
)).encode("utf-8", "surrogateescape")  # fmt: skip
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(NO_TEXT)
    return path


READERS: dict[str, tuple[Callable[[Home], Path], Callable[[Home], object], object]] = {
    "runs": (lambda home: home.history.folder / "runs.jsonl", lambda home: home.history.runs(), []),
    "running": (
        lambda home: home.history.folder / "running" / "a.json",
        lambda home: home.history.running(), [],
    ),
    "log": (
        lambda home: home.history.logs / "a.jsonl", lambda home: log.read(home.history, "a"), [],
    ),
    "dealt": (lambda home: home.paths.dealt_file, lambda home: dealt.dealt(home, [], NOW), []),
    "alerts": (lambda home: home.paths.alerts_file, alerts._load, {}),
    "proofs": (
        lambda home: home.paths.proofs_file, lambda home: proof.newest(home, "a", ["b"]), None,
    ),
    "kit": (kit_record._file, kit_record.load, None),
    "rights": (
        lambda home: home.paths.rights_file,
        lambda home: key_rights.as_json(home, ExchangeSettings(name="a", exchange="okx")),
        {"rights": None, "rights_checked": None},
    ),
    "marker": (
        lambda home: home.paths.data / marker.NAME,
        lambda home: marker.load_marker(home.paths.data), None,
    ),
    "known": (
        lambda home: home.paths.data / "a.json", lambda home: known.load(home.paths.data, "a"),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_a_flipped_bit_counts_as_unreadable(home: Home, name: str) -> None:
    where, read, nothing = READERS[name]
    put(where(home))
    assert read(home) == nothing


def test_a_flipped_bit_in_the_note_that_is_the_freeze_is_a_sentence(home: Home) -> None:
    put(suspect.file_of(home))
    with pytest.raises(AppError):
        suspect.suspects(home)


def test_a_flipped_bit_in_the_note_of_a_rollback_is_a_sentence(home: Home) -> None:
    swap = Swap(home, home.paths.data / "bot")
    put(swap._file)
    with pytest.raises(AppError) as raised:
        swap.note()
    assert raised.value.message_id == "rollback-note-broken"
