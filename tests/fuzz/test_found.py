"""What `tests.fuzz` found, each under its symptom."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.bots.capsule import read_environment
from app.bots.kinds import BrokenKinds, parse_kinds
from app.copies import known
from app.copies.marker import NAME, load_marker
from app.exchange import heads
from app.exchange.client import connect
from app.exchange.failures import Action, CallFailed
from app.exchange.tables import table_for
from app.exchange.throttle import Throttle
from app.repository import folder_cache, index_cache
from app.repository.assembly import parse_known
from app.repository.index import Index
from app.repository.tree import BadTree, references
from app.secret import Secret
from app.services import alerts, dealt, key_rights, pausing, proof, suspect
from app.services.history import History
from app.services.home import Home
from app.services.log import read as read_log
from app.ui import notices
from app.ui.protocol import Garbage, Lines, Stopping
from app.ui.wizards.answers import AnswerFile, Kept
from tests.fuzz.exchange import Session
from tests.fuzz.own_files import RUN
from tests.fuzz.watch import watched

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DEEP = b'{"unknown":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
NO_TEXT = b'{"copy":"\xff","key":"\xff","state":"\xff","time":"\xff","until":"\xff"}'
BAD = pytest.mark.parametrize("content", [DEEP, NO_TEXT], ids=["deep", "no text"])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find({"TRADEKEEP_HOME": str(tmp_path)})


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@BAD
def test_a_marker_on_a_drive_that_is_none_does_not_end_a_backup(
    tmp_path: Path, content: bytes
) -> None:
    put(tmp_path / NAME, content[:4000])
    assert load_marker(tmp_path) is None


@BAD
def test_a_small_file_of_ours_that_is_damaged_does_not_end_every_command(
    home: Home, content: bytes
) -> None:
    paths = home.paths
    files = (paths.pause_file, paths.proofs_file, paths.alerts_file, paths.dealt_file)
    for path in (*files, paths.rights_file, paths.data / "x.json"):
        put(path, content)
    assert pausing.paused_until(home, NOW) is None
    assert proof._load(paths.proofs_file) == ()
    assert alerts._load(home) == {}
    assert dealt.dealt(home, [], NOW) == []
    assert key_rights._read(home) == {}
    assert known.load(paths.data, "x") is None
    assert notices.load(paths.data / "x.json") == notices.Told()
    assert AnswerFile(paths.data / "x.json").load() == Kept()


def test_a_note_of_a_suspect_that_nobody_can_read_is_a_freeze(home: Home) -> None:
    put(suspect.file_of(home), DEEP)
    with pytest.raises(suspect.Frozen):
        suspect.suspects(home)


@BAD
def test_a_line_of_the_history_or_of_a_log_that_is_damaged_is_passed_over(
    tmp_path: Path, content: bytes
) -> None:
    history = History(tmp_path, tmp_path / "logs")
    put(tmp_path / "runs.jsonl", RUN + content + b"\n" + RUN)
    put(tmp_path / "running/x.json", content)
    put(tmp_path / "logs/x.jsonl", content)
    assert len(history.runs()) == 2
    assert history.running() == []
    assert read_log(history, "x") == []


@pytest.mark.parametrize("time", ["", "yesterday", "2026-11-26T07:00:00"])
def test_a_run_of_no_time_is_passed_over(tmp_path: Path, time: str) -> None:
    put(tmp_path / "runs.jsonl", RUN.replace(b"2026-11-26T07:00:00Z", time.encode()) + RUN)
    assert len(History(tmp_path, tmp_path).runs()) == 1


def test_a_pause_without_a_zone_is_none(home: Home) -> None:
    put(home.paths.pause_file, b'{"until":"2027-01-01T00:00:00"}')
    assert pausing.paused_until(home, NOW) is None


def test_a_line_nested_without_end_does_not_take_the_window_along() -> None:
    events = Lines().feed(DEEP.replace(b'"unknown"', b'"event"') + b'\n{"event":"stopping"}\n')
    assert [type(event) for event in events] == [Garbage, Stopping]


@pytest.mark.parametrize(
    "reader",
    [parse_known, lambda raw: heads.parse(raw, "")],
    ids=["nodes of the last backup", "head of the archive"],
)
def test_what_a_snapshot_holds_nested_without_end_is_nonsense(
    reader: Callable[[bytes], object],
) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader(DEEP.replace(b'{"unknown":[', b'{"nodes":[[{"name":', 1))
    assert read_environment(DEEP) is None


def test_a_tree_nested_without_end_does_not_end_a_prune() -> None:
    with pytest.raises(BadTree):
        references(DEEP)


@pytest.mark.parametrize("content", [DEEP, b'{"code":"0","data":' + b"[" * 20_000])
def test_an_answer_nested_without_end_is_asked_again_and_does_not_end_a_pull(
    content: bytes,
) -> None:
    async def asked() -> None:
        table = table_for("okx")
        client = connect(table, {name: Secret("x" * 20) for name in table.secrets}, Throttle(0))
        client.raw.session = Session(content)
        try:
            await client.call("privateGetTradeFillsHistory", {}, rows="data")
        finally:
            client.raw.session = None
            await client.close()

    with pytest.raises(CallFailed) as failed:
        asyncio.run(asked())
    assert failed.value.action is Action.RETRY


@pytest.mark.parametrize("text", ["no json", "[" * 20_000])
def test_fees_of_an_order_that_are_no_json_do_not_end_a_pull(text: str) -> None:
    shapes = [each.shape for each in table_for("bitget").streams if each.shape is not None]
    assert [shape({"feeDetail": text})["feeDetail"] for shape in shapes[:1]] == [text]


@pytest.mark.parametrize(
    "content", [b"a = " + b"[" * 20_000, b'[a]\nname = "a"\nsecrets = ["[z-a]"]']
)
def test_a_kind_of_bots_that_nobody_can_read_is_said(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BrokenKinds):
        parse_kinds(content, tmp_path)


def test_a_cache_whose_length_was_damaged_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    index_cache.save(path, "ab" * 32, Index(), frozenset())
    data = bytearray(path.read_bytes())
    data[19] = 0xFF  # four gigabytes
    path.write_bytes(data)
    with pytest.raises(index_cache.Stale), watched(tmp_path):
        index_cache.load(path, "ab" * 32, frozenset())


def test_a_cache_of_folders_whose_text_is_none_is_no_cache(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    folder_cache.save(path, "ab" * 32, frozenset(), folder_cache.FolderCache())
    data = path.read_bytes()[:-32].replace(b"ab", b"\xff\xff", 1)
    path.write_bytes(data + hashlib.sha256(data).digest())
    assert folder_cache.load(path, "ab" * 32, frozenset()).old == {}
