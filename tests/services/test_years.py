"""A locked year holds what was known of it, and every later change is told with its id."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.exchange.year
from app.errors import AppError, WrongUsage
from app.exchange.archive import Archive
from app.exchange.export.rows import What
from app.exchange.gaps import gaps
from app.exchange.streams import DAY
from app.exchange.year import Change, YearRow, differences, read_rows
from app.monitor import Recorder
from app.secret import Secret
from app.services import lock_year, years
from app.services.export import NAMES, TABLES
from app.services.home import Home
from app.services.lock_year import Wanted, missing, refuse_incomplete
from app.services.opening import sealed_file
from app.services.snapshot_context import context_files
from app.services.years_check import after_pull, check, chosen, states
from app.services.years_known import note_recovered
from app.settings.model import ExchangeSettings
from app.settings.sealed import SealedAccount
from app.settings.settings import add_exchange, set_secrets_in_backup
from tests.services.year_home import change, home_with, locked, pulled, year

ONE = "series = (SELECT id FROM series WHERE stream = 'fills' ORDER BY id LIMIT 1)"
FIRST = f"(SELECT native FROM record WHERE {ONE} ORDER BY native LIMIT 1)"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(pulled(), tmp_path)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One export instead of all: their making is not what is tested."""
    monkeypatch.setattr(lock_year, "_all_exports", lambda: [(What.TRADES, "csv")])


def looked(home: Home) -> tuple[dict[str, object], list[str]]:
    """What a look at the one locked year tells, and its problems."""
    monitor = Recorder()
    (told,) = check(home, chosen(home, None, None), monitor)["years"]  # type: ignore[misc]
    return told, [problem.message_id for problem in monitor.problems]


def counts(told: dict[str, object]) -> tuple[object, ...]:
    return told["fault_count"], told["added"], told["changed"], told["gone"]


def test_a_lock_holds_all_kinds_in_all_formats(home: Home) -> None:
    made = locked(home)
    names = {each.name for each in (made.folder / "exports").iterdir()}
    assert len(names) == 7 * len(TABLES) + len(NAMES) - len(TABLES)
    assert {"trades.parquet", "ledger.xlsx", "koinly.csv", "rotki.csv"} <= names
    for entry in made.manifest.files:
        content = (made.folder / entry.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry.size, entry.sha256)
    assert all(
        stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)
        for each in made.folder.rglob("*")
    )
    with (made.folder / "exports" / "trades.csv").open(newline="") as file:
        trades = {(row["market_id"], row["id"]) for row in csv.DictReader(file)}
    rows = list(read_rows(made.folder / "rows.csv"))
    assert {(row.market, row.id) for row in rows if row.kind == "fills"} == trades
    assert len(rows) == made.manifest.rows > len(trades)
    assert made.sha256 == hashlib.sha256((made.folder / "manifest.json").read_bytes()).hexdigest()


def test_nothing_changed(home: Home, few: None) -> None:
    locked(home)
    told, problems = looked(home)
    assert (counts(told), problems) == ((0, 0, 0, 0), [])
    assert states(home)[0]["checked"] == told["checked"] is not None


def test_rows_that_were_added_changed_and_gone_are_named(home: Home, few: None) -> None:
    (first,), (last,) = change(home, f"SELECT min(native) FROM record WHERE {ONE}") + change(
        home, f"SELECT max(native) FROM record WHERE {ONE}"
    )
    locked(home)
    change(
        home,
        f"INSERT INTO record SELECT series, 'late', 1, time, 0, evidence, place, data FROM record"
        f" WHERE {ONE} AND native = '{first}'",
        f"UPDATE record SET data = replace(data, 'BTC', 'ETH') WHERE {ONE} AND native = '{first}'",
        f"DELETE FROM record WHERE {ONE} AND native = '{last}'",
    )
    told, problems = looked(home)
    assert (counts(told), problems) == ((0, 1, 1, 1), ["year-differs"])
    rows = told["rows"]
    assert isinstance(rows, list)
    assert {(row["change"], row["id"]) for row in rows} == {
        ("added", "late"), ("changed", first), ("gone", last),
    }  # fmt: skip
    assert counts(states(home)[0]) == (0, 1, 1, 1)


def test_a_sample_of_another_year_changes_nothing(home: Home, few: None) -> None:
    """A later balance supersedes the last one of the year, which is still how things were."""
    locked(home)
    change(
        home,
        "UPDATE record SET superseded = 1 WHERE series IN"
        " (SELECT id FROM series WHERE stream = 'balances')",
    )
    assert counts(looked(home)[0]) == (0, 0, 0, 0)


def flip(file: Path, where: bytes) -> None:
    content = file.read_bytes()
    at = content.index(where)
    file.write_bytes(content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :])


@pytest.mark.parametrize(
    ("name", "where"), [("chain.jsonl", b"header"), ("rows.csv", b"fills"), ("rows.csv", b"wallet")]
)
def test_a_flipped_bit_of_a_locked_year_is_a_fault_and_no_crash(
    home: Home, few: None, name: str, where: bytes
) -> None:
    flip(locked(home).folder / name, where)
    _told, problems = looked(home)
    assert problems[0] == "year-file-changed"


def test_a_flipped_bit_of_a_manifest_does_not_end_status_and_pull(home: Home, few: None) -> None:
    made = locked(home)
    flip(made.folder / "manifest.json", b"tradekeep-locked-year")
    assert states(home) == []
    with pytest.raises(AppError) as raised:
        looked(home)
    assert raised.value.message_id == "year-manifest-unreadable"
    assert raised.value.params["path"] == str(made.folder)


def test_another_format_is_no_crash(home: Home, few: None) -> None:
    made = locked(home)
    content = (made.folder / "manifest.json").read_bytes()
    other = content.replace(b"tradekeep-locked-year", b"tradekeep-locked-yeas")
    (made.folder / "manifest.json").write_bytes(other)
    assert [str(each) for each in years.unreadable(home)] == [str(made.folder)]


def test_evidence_that_was_cut_off_is_told(home: Home, few: None) -> None:
    made = locked(home)
    change(home, f"DELETE FROM evidence WHERE id = {made.manifest.chain.count}")
    told, problems = looked(home)
    assert (told["fault_count"], problems) == (1, ["year-evidence-other"])


def test_a_second_lock_keeps_the_first(home: Home, few: None) -> None:
    first = locked(home)
    before = {file: file.read_bytes() for file in first.folder.rglob("*") if file.is_file()}
    change(home, f"DELETE FROM record WHERE {ONE} AND native = {FIRST}")
    second = locked(home)
    assert (first.manifest.lock, second.manifest.lock) == (1, 2)
    assert second.manifest.previous == years.Previous(1, first.sha256)
    assert {file: file.read_bytes() for file in before} == before
    assert [each.manifest.lock for each in years.newest(home)] == [2]
    assert counts(looked(home)[0]) == (0, 0, 0, 0)


def test_the_number_of_a_lock_that_was_removed_is_not_given_again(home: Home, few: None) -> None:
    first = locked(home)
    (first.folder / "manifest.json").write_bytes(b"{")
    assert locked(home).manifest.lock == 2
    assert looked(home)[1] == ["year-manifest-unreadable"]


def test_one_account_is_locked_alone(home: Home, few: None) -> None:
    made = locked(home, "MAIN")
    assert (made.label, made.manifest.account) == (f"{year(home)}-main", "main")
    with pytest.raises(WrongUsage, match="nobody"):
        Wanted.named(home, year(home), "nobody")


def test_what_a_killed_lock_left_is_cleared(home: Home, few: None) -> None:
    left = home.paths.data / ".lock-year-abc"
    (left / "exports").mkdir(parents=True)
    assert sorted(each.name for each in locked(home).folder.parent.iterdir()) == ["1"]
    assert not left.exists()


def test_a_lock_that_fails_leaves_nothing(
    home: Home, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_about: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(app.exchange.year, "write_chain", full)
    with pytest.raises(AppError, match="No space left"):
        locked(home)
    assert list(home.paths.years.glob("*/*")) == []
    assert list(home.paths.data.glob(".lock-year-*")) == []


def test_the_lock_before_cannot_be_changed_unseen(home: Home, few: None) -> None:
    first = locked(home)
    locked(home)
    manifest = first.folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"rows": ', b'"rows": 1'))
    told, problems = looked(home)
    assert (told["fault_count"], problems) == (1, ["year-file-changed"])


def forget(home: Home) -> None:
    """This computer's key and what it knew are gone, as on a new machine."""
    home.paths.sealed_file.unlink()


def test_a_year_that_somebody_signed_with_a_key_of_theirs_is_a_fault(
    home: Home, few: None, tmp_path: Path
) -> None:
    """Everything in it fits, and this computer never saw that key."""
    locked(home)
    aside = home.paths.sealed_file.rename(tmp_path / "aside")
    shutil.rmtree(home.paths.years)
    locked(home)
    aside.rename(home.paths.sealed_file)
    told, problems = looked(home)
    assert (told["own_key"], problems) == (False, ["year-key-unknown"])
    assert counts(states(home)[0])[0] == 1
    locked(home)  # as the sentence advises where the key is a known one
    assert looked(home)[1] == []


def test_a_year_in_the_place_of_another_is_a_fault_even_with_the_right_key(
    home: Home, few: None
) -> None:
    made = locked(home)
    content = (made.folder / "manifest.json").read_bytes().replace(b'"gaps": ', b'"gaps": 1')
    (made.folder / "manifest.json").write_bytes(content)
    signature = years.signing_key(home).sign(content).hex()
    (made.folder / "manifest.sig").write_text(f"{signature}\n")
    assert looked(home)[1] == ["year-file-changed"]


def test_years_that_a_recovery_brought_back_are_no_fault(home: Home, few: None) -> None:
    """They came out of the repository; by hand anybody can put them there."""
    locked(home)
    forget(home)
    assert looked(home)[1] == ["year-key-unknown"]
    note_recovered(home, sealed_file(home))
    told, problems = looked(home)
    assert (told["own_key"], problems) == (False, [])


def test_years_from_before_locks_were_noted_are_known_by_this_computers_key(
    home: Home, few: None
) -> None:
    locked(home)
    sealed_file(home).remove("sign:locks")
    assert looked(home)[1] == []
    shutil.rmtree(locked(home).folder)
    assert looked(home)[1] == ["year-lock-missing"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_lock_that_was_deleted_is_missed(home: Home, few: None, which: int) -> None:
    made = locked(home), locked(home)
    shutil.rmtree(made[which].folder)
    told, problems = looked(home)
    assert problems == ["year-lock-missing"]
    assert told["fault_count"] == 1
    assert f"Lock {which + 1} of the year" in str(told["faults"])


def test_a_pull_tells_that_all_locked_years_are_gone(home: Home, few: None) -> None:
    """Nobody would look for what is in no list any more."""
    locked(home)
    shutil.rmtree(home.paths.years)
    monitor = Recorder()
    with Archive(home.paths.archive_file) as archive:
        after_pull(home, archive, monitor)
        assert [problem.message_id for problem in monitor.problems] == ["year-lock-missing"]
        forget(home)
        after_pull(home, archive, monitor)
    assert len(monitor.problems) == 1
    assert not home.paths.sealed_file.exists()  # it was only looked at


def test_a_year_of_which_nothing_is_left_is_missed(home: Home, few: None) -> None:
    made = locked(home)
    shutil.rmtree(made.folder.parent)
    with pytest.raises(AppError) as raised:
        looked(home)
    assert raised.value.message_id == "year-lock-missing"
    with pytest.raises(WrongUsage):
        chosen(home, 2011, None)
    locked(home, "main")  # another one is there: the first is missed all the same
    assert looked(home)[1] == ["year-lock-missing"]


def test_what_is_missing_is_said_and_written_down(home: Home, few: None) -> None:
    """The sample history is some weeks long, and the year is not over."""
    found = missing(home, Wanted.named(home, year(home), None))
    assert "year-gaps" in {problem.message_id for problem in found}
    with pytest.raises(WrongUsage) as told:
        refuse_incomplete(found)
    assert "stretch" in str(told.value)
    made = locked(home)
    assert len(made.manifest.missing) == len(found)
    coverage = json.loads((made.folder / "coverage.json").read_bytes())
    assert len(coverage["gaps"]) == made.manifest.gaps > 0


def test_nothing_is_missing_of_a_year_that_was_asked_to_its_end(home: Home) -> None:
    change(
        home,
        "DELETE FROM coverage",
        "INSERT INTO coverage SELECT id, 0, 4102444800000, 'complete', '', 1 FROM series",
    )
    assert missing(home, Wanted.named(home, 2015, None)) == []
    refuse_incomplete([])
    change(home, "UPDATE coverage SET state = 'expired'")
    found = missing(home, Wanted.named(home, 2015, "main"))
    assert {each.message_id for each in found} == {
        "year-gone", "year-gone-days", "year-gone-for-good",
    }  # fmt: skip
    assert {each.params["since"] for each in found} == {"2015-01-01"}


def test_a_stream_that_a_pull_never_came_to_is_a_gap(home: Home) -> None:
    """A first pull that was cut off left no trace of what it had not begun."""
    change(
        home,
        "DELETE FROM coverage WHERE series NOT IN (SELECT id FROM series WHERE stream = 'fills')",
        "UPDATE coverage SET start = 0, stop = 4102444800000, state = 'complete'",
    )
    with Archive(home.paths.archive_file) as archive:
        now = int(time.time() * 1000)
        found = {gap.stream: gap for gap in gaps(archive, now - 400 * DAY, now - 9 * DAY, now=now)}
        assert "fills" not in found
        assert {"orders", "funding", "deposits"} & found.keys()
        assert {(gap.state, gap.stop) for gap in found.values()} == {("not-asked", now - 9 * DAY)}
        archive.database.execute("DELETE FROM pull")
        assert gaps(archive, now - 400 * DAY, now - 9 * DAY, now=now) == []


def test_what_came_since_the_last_pull_is_no_gap_yet(home: Home) -> None:
    """But what a pull of days ago did not see is one."""
    with Archive(home.paths.archive_file) as archive:
        now = int(time.time() * 1000)
        began = archive.database.execute("SELECT max(began) FROM pull").fetchone()[0]
        assert gaps(archive, began - 60_000, now, now=now) == []
        late = gaps(archive, began - 60_000, now + 3 * DAY, now=now + 3 * DAY)
        assert {gap.state for gap in late} == {"not-asked"}


def test_the_key_is_made_once_and_lies_sealed(home: Home, few: None) -> None:
    first, second = locked(home), locked(home)
    assert first.manifest.public_key == second.manifest.public_key
    secret = years.signing_key(home).private_bytes_raw()
    for file in home.paths.data.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert secret not in content
            assert secret.hex().encode() not in content
    assert home.paths.sealed_file.exists()


def test_the_key_is_not_in_backups_even_where_secrets_are(
    home: Home, few: None, tmp_path: Path
) -> None:
    locked(home)
    account = ExchangeSettings("main", "binanceusdm", options={})
    add_exchange(home.paths.settings_file, account)
    sealed_file(home).put("main", SealedAccount({"apiKey": Secret("k" * 9)}))
    set_secrets_in_backup(home.paths.settings_file, True)
    with context_files(home.fresh(), Recorder(), tmp_path / "temporary") as found:
        told = {each.name: each.content for each in found}
    assert b"k" * 9 in told["secrets.json"]
    assert b"ed25519" not in told["secrets.json"]


def test_a_pull_tells_what_it_changed_and_only_once(home: Home, few: None) -> None:
    made = locked(home)

    def after() -> list[str]:
        monitor = Recorder()
        with Archive(home.paths.archive_file) as archive:
            after_pull(home, archive, monitor)
        return [problem.message_id for problem in monitor.problems]

    assert after() == []
    later = made.manifest.chain.count + 1
    change(
        home,
        f"INSERT INTO record SELECT series, 'late', 1, time, 0, {later}, place, data FROM record"
        f" WHERE {ONE} AND native = {FIRST}",
    )
    assert after() == ["year-differs"]
    assert after() == []
    assert counts(states(home)[0]) == (0, 1, 0, 0)


@pytest.mark.parametrize("text", ["25", "20255", "2025 ", "-2025", "0000", "٢٠٢٥", "../x"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage):
        years.year_of(text)


@given(st.lists(st.text(min_size=1, max_size=9), unique=True, max_size=9))
@settings(max_examples=20)
def test_no_two_accounts_share_a_folder(names: list[str]) -> None:
    home = Home.find({"TRADEKEEP_HOME": "/nowhere"})
    folders = [years.folder_of(home, 2025, name) for name in names]
    assert len({str(folder).lower() for folder in folders}) >= len({n.lower() for n in names})
    assert all(folder.parent == home.paths.years for folder in folders)


def rows(drawn: dict[str, int]) -> Iterator[YearRow]:
    for name in sorted(drawn):
        yield YearRow("main", "x", "live", "fills", "", "", name, 0, 1, 1, 1, str(drawn[name]))


@given(
    st.dictionaries(st.text("ab", max_size=3), st.integers(0, 2)),
    st.dictionaries(st.text("ab", max_size=3), st.integers(0, 2)),
)
def test_differences_are_those_of_two_mappings(was: dict[str, int], now: dict[str, int]) -> None:
    found = [(each.change, each.row.id) for each in differences(rows(was), rows(now))]
    added = [(Change.ADDED, name) for name in now.keys() - was.keys()]
    gone = [(Change.GONE, name) for name in was.keys() - now.keys()]
    changed = [(Change.CHANGED, n) for n in was.keys() & now.keys() if was[n] != now[n]]
    assert sorted(found) == sorted([*added, *gone, *changed])
