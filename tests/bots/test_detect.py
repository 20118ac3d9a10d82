"""Finding bots."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from app.bots.detect import Bounds, detect, kind_of
from app.bots.kinds import Kind
from app.bots.markers import Marker
from app.bots.roots import Mounts, default_roots, special_places
from app.bots.summary import Group, summarize
from app.errors import Cancelled
from app.monitor import Recorder
from tests.bots.support import KINDS, freqtrade, groups, grow

NO_MOUNTS = Mounts()


def _ids(group: object) -> str:
    return group.id if isinstance(group, Kind) else ""


@pytest.mark.parametrize(("kind", "group"), groups(), ids=_ids)
def test_every_kind_is_found_by_every_group_of_its_signs(
    tmp_path: Path, kind: Kind, group: tuple[Marker, ...]
) -> None:
    bot = grow(tmp_path / "a" / "b" / "bot", group)
    (tmp_path / "a" / "other").mkdir()
    monitor = Recorder()
    (found,) = detect([tmp_path], KINDS, monitor=monitor, mounts=NO_MOUNTS)
    assert (found.kind, found.path) == (kind, bot)
    assert found.summary.files >= 1
    assert monitor.problems == []


@pytest.mark.parametrize(("kind", "group"), groups(), ids=_ids)
def test_no_kind_is_found_by_less_than_a_group(
    tmp_path: Path, kind: Kind, group: tuple[Marker, ...]
) -> None:
    if len(group) > 1:
        grow(tmp_path / "half", group[1:])
        found = detect([tmp_path], {kind.id: kind}, monitor=Recorder(), mounts=NO_MOUNTS)
        assert found == []


def test_what_the_table_in_bots_md_names_is_known() -> None:
    assert set(KINDS) == {
        "freqtrade", "hummingbot", "jesse", "octobot", "passivbot", "superalgos", "nautilus",
        "gekko", "zenbot", "gunbot", "metatrader",
    }  # fmt: skip
    for kind in KINDS.values():
        assert kind.secrets, kind
        for each in kind.leave_out:
            assert "log" not in each.pattern, "logs are trade execution records"
    assert [each.what for each in KINDS["jesse"].beyond] == ["PostgreSQL"]


def test_the_outermost_bot_is_taken(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "ft")
    grow(bot / "extra" / "gekko", KINDS["gekko"].markers[0])
    roots = [tmp_path / "ft" / "extra", tmp_path, tmp_path / "ft" / "user_data"]
    found = detect(roots, KINDS, monitor=Recorder(), mounts=NO_MOUNTS)
    assert [each.path for each in found] == [bot]


def test_the_home_folder_itself_is_no_bot(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / ".env").write_text("POSTGRES_HOST=x")
    bot = freqtrade(tmp_path / "ft")
    bounds = Bounds(never=frozenset({tmp_path}))
    found = detect([tmp_path], KINDS, monitor=Recorder(), mounts=NO_MOUNTS, bounds=bounds)
    assert [each.path for each in found] == [bot]


def test_links_are_not_followed_and_junk_is_not_entered(tmp_path: Path) -> None:
    outside = freqtrade(tmp_path / "outside" / "ft")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to(outside.parent)
    (tmp_path / "home" / "loop").symlink_to(tmp_path / "home")
    freqtrade(tmp_path / "home" / "node_modules" / "ft")
    freqtrade(tmp_path / "home" / ".git" / "ft")
    assert detect([tmp_path / "home"], KINDS, monitor=Recorder(), mounts=NO_MOUNTS) == []


def test_depth_is_bounded(tmp_path: Path) -> None:
    freqtrade(tmp_path / "1" / "2" / "3")
    for depth, count in ((2, 0), (3, 1)):
        bounds = Bounds(depth=depth)
        found = detect([tmp_path], KINDS, monitor=Recorder(), mounts=NO_MOUNTS, bounds=bounds)
        assert len(found) == count


@pytest.mark.parametrize("bounds", [Bounds(seconds=30), Bounds(entries=20)])
def test_a_search_that_takes_too_long_says_so(tmp_path: Path, bounds: Bounds) -> None:
    for number in range(50):
        (tmp_path / str(number)).mkdir()
    seconds = itertools.count()
    monitor = Recorder()
    found = detect(
        [tmp_path],
        KINDS,
        monitor=monitor,
        mounts=NO_MOUNTS,
        bounds=bounds,
        clock=lambda: float(next(seconds)),
    )
    assert found == []
    assert [each.message_id for each in monitor.problems] == ["detect-incomplete"]


def test_a_search_can_be_cancelled(tmp_path: Path) -> None:
    class Impatient(Recorder):
        def checkpoint(self, while_paused: object = None) -> None:
            raise Cancelled

    for number in range(60):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(Cancelled):
        detect([tmp_path], KINDS, monitor=Impatient(), mounts=NO_MOUNTS)


def test_network_and_system_mounts_are_entered_only_if_they_are_named(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "nas" / "ft")
    mounts = Mounts({str(tmp_path / "nas"): "nfs4"})
    assert detect([tmp_path], KINDS, monitor=Recorder(), mounts=mounts) == []
    (found,) = detect([tmp_path / "nas"], KINDS, monitor=Recorder(), mounts=mounts)
    assert found.path == bot


def test_container_reset_wiped_the_trades(tmp_path: Path) -> None:
    """A database in a memory file system is named before that happens."""
    bot = freqtrade(tmp_path / "ft")
    mounts = Mounts({"/": "ext4", str(bot / "user_data"): "tmpfs"})
    monitor = Recorder()
    (found,) = detect([tmp_path], KINDS, monitor=monitor, mounts=mounts)
    database = bot / "user_data" / "tradesv3.sqlite"
    assert found.in_memory == (database,)
    (problem,) = monitor.problems
    assert problem.message_id == "database-in-memory"
    assert str(database) in problem.sentence.title


COMPOSE = "services:\n  ft:\n    image: freqtradeorg/freqtrade:stable\n    command: trade\n"


def test_a_compose_file_leads_to_a_bot_that_lies_elsewhere(tmp_path: Path) -> None:
    bot = freqtrade(tmp_path / "a" / "b" / "c" / "ft")
    (tmp_path / "stack").mkdir()
    mount = f"    volumes: ['{bot}:/freqtrade']\n"
    (tmp_path / "stack" / "compose.yml").write_text(COMPOSE + mount)
    monitor = Recorder()
    bounds = Bounds(depth=1)
    (found,) = detect([tmp_path], KINDS, monitor=monitor, mounts=NO_MOUNTS, bounds=bounds)
    assert (found.path, monitor.problems) == (bot, [])
    far = Mounts({str(tmp_path / "a"): "nfs4"})
    assert detect([tmp_path], KINDS, monitor=monitor, mounts=far, bounds=bounds) == []


def test_a_bot_that_only_a_container_holds_is_told_though_it_has_no_folder(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    monitor = Recorder()
    assert detect([tmp_path], KINDS, monitor=monitor, mounts=NO_MOUNTS) == []
    assert [each.message_id for each in monitor.problems] == ["bot-inside-container"]


def test_a_folder_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    assert detect([tmp_path / "gone"], KINDS, monitor=Recorder(), mounts=NO_MOUNTS) == []
    assert kind_of(tmp_path / "gone", KINDS.values()) is None


# --- summaries -------------------------------------------------------------------------------


def test_what_a_bot_holds_is_counted_by_what_it_is(tmp_path: Path) -> None:
    summary = summarize(freqtrade(tmp_path / "ft"), KINDS["freqtrade"])
    files = {group.value: amount.files for group, amount in summary.groups.items()}
    assert files == {
        "leave_out": 1, "databases": 1, "secrets": 1, "charts": 1, "keep": 2, "other": 0,
    }  # fmt: skip
    assert summary.groups[Group.CHARTS].bytes == 5000
    assert summary.databases == ["user_data/tradesv3.sqlite"]
    assert summary.complete


def test_counting_ends_in_time(tmp_path: Path) -> None:
    for number in range(2000):
        (tmp_path / f"{number}.json").touch()
    seconds = itertools.count()
    kind = KINDS["superalgos"]
    summary = summarize(tmp_path, kind, seconds=3, clock=lambda: float(next(seconds)))
    assert not summary.complete
    assert 0 < summary.files < 2000


# --- roots -----------------------------------------------------------------------------------


def test_default_roots_are_there_and_stand_once(tmp_path: Path) -> None:
    (tmp_path / "Documents").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "nas").mkdir()
    (tmp_path / "mounted").mkdir()
    types = {str(tmp_path / "disk"): "ext4", str(tmp_path / "nas"): "cifs", "/boot/efi": "vfat"}
    roots = default_roots(tmp_path, Mounts(types), [tmp_path / "mounted", tmp_path / "gone"])
    assert roots[:2] == [tmp_path, tmp_path / "Documents"]
    assert {tmp_path / "disk", tmp_path / "mounted"} <= set(roots)
    assert tmp_path / "nas" not in roots
    assert len(roots) == len(set(roots))
    assert all(root.is_dir() for root in roots)


def test_metatrader_below_wine_is_deeper_than_a_search(tmp_path: Path) -> None:
    terminal = tmp_path / ".wine/drive_c/users/me/AppData/Roaming/MetaQuotes/Terminal"
    bot = grow(terminal / "D0E8209F77C8CF37AD8BF550E51FF075", KINDS["metatrader"].markers[0])
    places = special_places(tmp_path, KINDS["metatrader"].places)
    assert places == [terminal]
    (found,) = detect(places, KINDS, monitor=Recorder(), mounts=NO_MOUNTS)
    assert (found.path, found.kind.id) == (bot, "metatrader")


def test_the_mounts_of_this_machine_can_be_read() -> None:
    mounts = Mounts.of_this_machine()
    assert mounts.type_at(Path("/proc/self")) in ("proc", "")
    assert all(os.path.isabs(drive) for drive in mounts.drives())
