"""Notifications: once for each change, never twice, also not after a restart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.ui.notices import Notice, Told, Watch, load, look, save
from app.ui.situation import Situation
from app.ui.tray_rules import tray
from tests.ui.situations import FULL, NOW, SITUATIONS, ago, copy, run, situation, well

FIRST = well(runs=(run(),))
FAILED = well(runs=(run(outcome="failed", error=FULL),))
AWAY = well(copies=(copy(state="away", newest=ago(days=9), synced=ago(days=9)),))


def told(situations: Iterable[Situation], watch: Watch | None = None) -> list[str]:
    watch = watch or Watch(Told())
    found: list[Notice] = []
    for each in situations:
        watch, notice = look(watch, each, tray(each))
        if notice is not None:
            found.append(notice)
    return [notice.title for notice in found]


def test_a_failure_is_told_once() -> None:
    failed = situation(FAILED)
    assert told([failed, failed, failed]) == ["Tradekeep: The last backup failed"]


def test_a_second_failure_after_the_first_is_not_told_again() -> None:
    assert told([SITUATIONS["failed"](), SITUATIONS["running"](), SITUATIONS["failed"]()]) == [
        "Tradekeep: The last backup failed"
    ]


def test_the_first_backup_ever_is_told_and_later_ones_are_not() -> None:
    assert told([situation(FIRST), situation(well()), situation(well())]) == [
        "Tradekeep: the first backup is done"
    ]


def test_a_computer_that_was_backed_up_before_is_not_told_of_its_first_backup() -> None:
    assert told([situation(well())]) == []


def test_the_first_good_backup_after_trouble_is_told_once() -> None:
    assert told([situation(FAILED), situation(well()), situation(well())]) == [
        "Tradekeep: The last backup failed",
        "Tradekeep: backups are well again",
    ]


def test_from_problems_to_a_failure_and_back_each_change_is_told() -> None:
    titles = told([situation(AWAY), situation(FAILED), situation(AWAY)])
    assert titles == [
        "Tradekeep: KEEP-1 has been away for 9 days",
        "Tradekeep: The last backup failed",
        "Tradekeep: KEEP-1 has been away for 9 days",
    ]


def test_nothing_is_told_while_a_backup_runs_or_nothing_is_known() -> None:
    assert told([SITUATIONS["running"](), SITUATIONS["reading"](), SITUATIONS["paused"]()]) == []


def test_waking_up_does_not_tell_of_a_backup_that_starts_in_a_moment() -> None:
    overdue = situation(well(overdue_since=ago(hours=6)))
    soon = replace(overdue, now=NOW + timedelta(seconds=40))
    assert told([overdue, soon, SITUATIONS["running"](), situation(well())]) == []


def test_a_backup_that_stays_overdue_is_told_once() -> None:
    overdue = situation(well(overdue_since=ago(hours=6)))
    later = [replace(overdue, now=NOW + timedelta(seconds=60 * n)) for n in range(6)]
    assert told(later) == ["Tradekeep: Backup overdue since today, 06:18"]


def test_a_restart_tells_nothing_again(tmp_path: Path) -> None:
    file = tmp_path / "data" / "tray.json"
    watch, notice = look(Watch(load(file)), situation(FAILED), tray(situation(FAILED)))
    assert notice is not None
    save(file, watch.told)
    assert told([situation(FAILED)], Watch(load(file))) == []
    assert told([situation(well())], Watch(load(file))) == ["Tradekeep: backups are well again"]


def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "tray.json"
    assert load(file) == Told()
    file.write_bytes(b"{torn")
    assert load(file) == Told()


def test_a_full_disk_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    save(tmp_path / "file" / "tray.json", Told("failed"))
