"""What is to be done now by itself, and why it waits."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.copies import known
from app.copies.marker import write_marker
from app.repository.times import rfc3339
from app.services.conditions import Conditions
from app.services.due import Due, look
from app.services.history import Job, Outcome, RunningRecord, RunRecord, Told
from app.services.home import Home
from app.services.own_place import as_copy
from app.services.pausing import go_on, pause, paused_until
from app.settings.settings import (
    CopySettings,
    ExchangeSettings,
    Metered,
    PowerSettings,
    RepositorySettings,
    ScheduleKind,
    ScheduleSettings,
    add_copy,
    add_exchange,
    set_power,
    set_repository,
    set_schedule,
)

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


class Desk:
    """A machine with a schedule, in UTC, whose history is made up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.find({"TRADEKEEP_HOME": str(folder / "home")})
        self.file = self.home.paths.settings_file
        own = folder / "repository"
        (own / "snapshots").mkdir(parents=True)
        set_repository(self.file, RepositorySettings(own, "ab" * 32, "cd" * 32))
        self.around = Conditions()

    def ran(self, outcome: Outcome = Outcome.OK, job: Job = Job.BACKUP, **ago: float) -> None:
        self.recorded(outcome, job, {}, "", **ago)

    def recorded(
        self, outcome: Outcome, job: Job, report: dict[str, object], place: str, **ago: float
    ) -> None:
        self.ended(Told("x", {}, "", ""), outcome, job, report, place, **ago)

    def ended(
        self,
        told: Told,
        outcome: Outcome = Outcome.OK,
        job: Job = Job.BACKUP,
        report: dict[str, object] | None = None,
        place: str = "",
        **ago: float,
    ) -> None:
        """A run whose error, or whose only problem, is `told`."""
        started = rfc3339(NOW - timedelta(**ago))
        error = told if outcome in (Outcome.FAILED, Outcome.CANCELLED) else None
        record = RunRecord(
            run=os.urandom(8).hex(), job=job, started=started, seconds=1.0, outcome=outcome,
            report=report or {}, place=place, error=error,
            problems=[told] if outcome is Outcome.PROBLEMS else [],
        )  # fmt: skip
        self.home.history.end(record)

    def at_work(self, job: Job) -> None:
        """A run of this very process."""
        record = RunningRecord(os.urandom(8).hex(), job, rfc3339(NOW), os.getpid())
        self.home.history.begin(record)

    def look(self) -> Due:
        home = self.home.fresh()
        return look(home, NOW, zone=UTC, around=lambda **_network: self.around)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_first_backup_is_due_at_once(desk: Desk) -> None:
    assert desk.look().backup


def test_nothing_is_due_without_a_repository(tmp_path: Path) -> None:
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    assert look(home, NOW, zone=UTC) == Due()


def test_after_the_noon_run_nothing_is_due_until_six(desk: Desk) -> None:
    desk.ran(minutes=59)
    due = desk.look()
    assert not due.anything
    assert due.as_json()["next"] == "2026-11-24T18:00:00Z"


def test_a_run_into_another_repository_settles_nothing(desk: Desk) -> None:
    desk.ran(days=1)
    desk.recorded(Outcome.OK, Job.BACKUP, {}, "/elsewhere", minutes=5)
    assert desk.look().backup


def test_a_backup_that_is_days_late_is_overdue(desk: Desk) -> None:
    desk.ran(days=2)
    assert desk.look().as_json()["overdue_since"] == "2026-11-22T18:00:00Z"


def test_a_failed_backup_is_tried_again_later(desk: Desk) -> None:
    desk.ran(days=1)
    desk.ran(Outcome.FAILED, minutes=5)
    due = desk.look()
    assert not due.backup
    assert due.as_json()["retry"] == "2026-11-24T13:05:01Z"


def test_switched_off_nothing_begins_by_itself(desk: Desk) -> None:
    drive(desk)
    add_exchange(desk.file, ExchangeSettings("main", "binance", sample_minutes=15))
    set_schedule(desk.file, ScheduleSettings(kind=ScheduleKind.OFF))
    assert not desk.look().anything


@pytest.mark.parametrize("job", [Job.BACKUP, Job.SYNC, Job.PRUNE])
def test_a_backup_is_not_due_while_one_runs(desk: Desk, job: Job) -> None:
    desk.at_work(job)
    due = desk.look()
    assert not due.anything
    told = due.as_json()
    assert (told["backup"], told["due"]) == (False, False)
    assert told["running"]["job"] == job.value  # type: ignore[index]


@pytest.mark.parametrize("job", [Job.PULL, Job.VERIFY, Job.RESTORE])
def test_a_job_of_hours_that_reads_or_pulls_holds_no_backup_up(desk: Desk, job: Job) -> None:
    desk.at_work(job)
    assert desk.look().backup


def set_up(desk: Desk, **ago: float) -> None:
    keys = desk.folder / "repository" / "keys"
    keys.mkdir()
    created = rfc3339(NOW - timedelta(**ago))
    (keys / ("cd" * 32)).write_text(f'{{"created":"{created}","N":1024}}')


def test_a_machine_that_never_had_a_good_backup_becomes_overdue(desk: Desk) -> None:
    set_up(desk, hours=5)
    desk.ran(Outcome.FAILED, hours=4)
    desk.ran(Outcome.FAILED, minutes=5)
    told = desk.look().as_json()
    assert told["overdue_since"] == "2026-11-24T08:00:00Z"
    assert told["retry"] == "2026-11-24T13:25:01Z"


def test_where_the_set_up_cannot_be_read_the_first_failure_counts(desk: Desk) -> None:
    desk.ran(Outcome.FAILED, hours=4)
    assert desk.look().as_json()["overdue_since"] == "2026-11-24T09:00:00Z"


def test_the_first_backup_after_the_set_up_is_due_and_not_overdue(desk: Desk) -> None:
    set_up(desk, minutes=2)
    due = desk.look()
    assert due.backup
    assert due.as_json()["overdue_since"] is None


def test_a_backup_that_a_person_cancelled_is_not_begun_again_ten_minutes_later(desk: Desk) -> None:
    desk.ran(days=1)
    desk.ended(Told("cancelled", {}, "", ""), Outcome.CANCELLED, minutes=20)
    told = desk.look().as_json()
    assert (told["due"], told["retry"], told["next"]) == (False, None, "2026-11-24T18:00:00Z")


def test_a_backup_that_a_shutdown_ended_is_tried_again(desk: Desk) -> None:
    desk.ran(days=1)
    desk.ended(Told("ended-by-system", {}, "", ""), Outcome.CANCELLED, minutes=20)
    assert desk.look().backup


def test_an_empty_battery_is_waited_for_and_said(desk: Desk) -> None:
    desk.around = Conditions(battery=18)
    due = desk.look()
    assert not due.backup
    assert due.waiting is not None
    assert str(due.waiting.sentence) == (
        "Waiting for power: the battery is at 18 %. "
        "It starts by itself at 30 % or when you plug the computer in."
    )
    told = due.as_json()
    assert told["slot"] is not None
    assert told["waiting"]["until"] == {"battery": 30}  # type: ignore[index]


@pytest.mark.parametrize(("percent", "waits"), [(19, True), (20, False), (25, False)])
def test_a_battery_that_is_being_emptied_may_go_down_to_the_least(
    desk: Desk, percent: int, waits: bool
) -> None:
    desk.around = Conditions(battery=percent)
    assert (desk.look().waiting is not None) == waits


def test_what_waited_begins_when_there_is_enough(desk: Desk) -> None:
    desk.ran(days=1)  # the slot at 18:00 yesterday waited all the time
    desk.around = Conditions(battery=25)
    assert desk.look().waiting is not None
    desk.around = Conditions(battery=30)
    assert desk.look().backup


def test_who_does_not_care_about_the_battery_is_not_held_up(desk: Desk) -> None:
    set_power(desk.file, PowerSettings(battery_least=0))
    desk.around = Conditions(battery=3)
    assert desk.look().backup


def test_a_pause_holds_everything_until_it_ends(desk: Desk) -> None:
    pause(desk.home, NOW + timedelta(hours=1), NOW)
    due = desk.look()
    assert not due.anything
    assert due.as_json()["paused_until"] == "2026-11-24T14:00:00Z"
    assert paused_until(desk.home, NOW + timedelta(hours=2)) is None
    go_on(desk.home)
    go_on(desk.home)
    assert desk.look().backup


def test_a_pause_of_an_hour_does_not_hold_for_a_year_once_a_wrong_clock_is_put_right(
    desk: Desk,
) -> None:
    ahead = NOW + timedelta(days=365)
    pause(desk.home, ahead + timedelta(hours=1), ahead)
    assert paused_until(desk.home, ahead) is not None
    assert desk.look().backup


# --- drives ----------------------------------------------------------------------------------


def drive(desk: Desk, *snapshots: str) -> Path:
    """A copy on a drive that is plugged in, and a repository with two snapshots."""
    place = desk.folder / "usb" / "tradekeep"
    (place / "snapshots").mkdir(parents=True)
    copy = CopySettings("KEEP-1", "folder", str(place), "ab" * 8)
    write_marker(place, copy.id, copy.name)
    add_copy(desk.file, copy)
    for name in ("a" * 64, "b" * 64):
        (desk.folder / "repository" / "snapshots" / name).write_bytes(b"x")
    for name in snapshots:
        (place / "snapshots" / name).write_bytes(b"x")
    return place


def test_a_drive_that_is_plugged_in_gets_what_it_is_owed(desk: Desk) -> None:
    drive(desk, "a" * 64)
    desk.ran(minutes=59)
    due = desk.look()
    assert due.owed == ("KEEP-1",)
    assert due.anything
    assert not due.backup


def test_a_drive_that_has_everything_is_left_alone(desk: Desk) -> None:
    drive(desk, "a" * 64, "b" * 64)
    desk.ran(minutes=59)
    desk.recorded(Outcome.OK, Job.DRILL, {}, "KEEP-1", days=29)
    assert not desk.look().anything


def test_an_absent_drive_is_a_normal_state(desk: Desk) -> None:
    place = drive(desk)
    place.rename(desk.folder / "away")
    desk.ran(minutes=59)
    assert not desk.look().anything


def test_a_drive_that_failed_just_now_is_not_tried_every_half_minute(desk: Desk) -> None:
    drive(desk)
    desk.ran(minutes=59)
    desk.recorded(Outcome.FAILED, Job.SYNC, {}, "KEEP-1", minutes=5)
    assert not desk.look().owed
    assert look(desk.home.fresh(), NOW + timedelta(minutes=40), zone=UTC).owed == ("KEEP-1",)


def test_a_drive_that_was_pulled_in_the_middle_is_filled_as_soon_as_it_is_back(desk: Desk) -> None:
    place = drive(desk)
    desk.ran(minutes=59)
    pulled = Told("place-away", {"place": str(place), "file": "data/ab"}, "", "")
    desk.ended(pulled, Outcome.FAILED, Job.SYNC, {}, "KEEP-1", minutes=5)
    assert desk.look().owed == ("KEEP-1",)


def test_a_backup_that_is_due_goes_before_the_drive_which_it_fills_too(desk: Desk) -> None:
    drive(desk)
    desk.ran(days=1)
    due = desk.look()
    assert due.backup
    assert not due.owed


def test_who_wants_no_copying_on_arrival_gets_none(desk: Desk) -> None:
    drive(desk)
    desk.ran(minutes=59)
    set_schedule(desk.file, ScheduleSettings(on_drive=False))
    assert not desk.look().owed


# --- exchanges -------------------------------------------------------------------------------


def test_samples_are_due_by_their_minutes_unless_the_network_is_paid_by_use(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("main", "binance", sample_minutes=15))
    add_exchange(desk.file, ExchangeSettings("other", "bybit"))
    desk.ran(minutes=59)
    assert desk.look().samples == ("main",)
    desk.around = Conditions(metered=True)
    assert not desk.look().samples
    desk.around = Conditions()
    desk.ran(job=Job.PULL, minutes=14)
    assert not desk.look().samples


def test_on_a_network_paid_by_use_a_backup_leaves_exchanges_out(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("main", "binance"))
    desk.around = Conditions(metered=True)
    due = desk.look()
    assert due.backup
    assert due.metered
    assert due.as_json()["metered"] is True


def test_a_network_paid_by_use_is_told_when_nothing_is_due_too(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("main", "binance"))
    desk.ran(minutes=59)
    desk.around = Conditions(metered=True)
    assert desk.look().metered
    set_power(desk.file, PowerSettings(metered=Metered.USE))
    assert not desk.look().metered


def pulled(*names: str) -> dict[str, object]:
    return {"accounts": [{"name": name} for name in names]}


def test_every_account_is_sampled_by_its_own_minutes(desk: Desk) -> None:
    for name, minutes in (("a", 15), ("b", 30), ("c", 15)):
        add_exchange(desk.file, ExchangeSettings(name, "binance", sample_minutes=minutes))
    desk.ran(minutes=59)
    desk.recorded(Outcome.OK, Job.PULL, pulled("a", "b", "c"), "", minutes=40)
    desk.recorded(Outcome.OK, Job.PULL, pulled("a"), "a", minutes=20)
    desk.recorded(Outcome.OK, Job.PULL, pulled("a"), "a", minutes=5)
    assert desk.look().samples == ("b", "c")
    desk.recorded(Outcome.FAILED, Job.PULL, {}, "b", minutes=4)
    assert desk.look().samples == ("c",)
    desk.recorded(Outcome.OK, Job.BACKUP, {"pull": pulled("c")}, "", minutes=3)
    assert not desk.look().samples


def test_a_pull_that_failed_as_a_whole_is_not_tried_every_minute(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("a", "binance", sample_minutes=15))
    desk.ran(minutes=59)
    desk.recorded(Outcome.FAILED, Job.PULL, {}, "", minutes=4)
    assert not desk.look().samples


def test_samples_and_drives_do_not_stand_still_after_the_clock_was_put_back(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("a", "binance", sample_minutes=15))
    drive(desk)
    desk.ran(minutes=59)
    desk.recorded(Outcome.OK, Job.PULL, pulled("a"), "a", days=-2)
    desk.recorded(Outcome.FAILED, Job.SYNC, {}, "KEEP-1", days=-2)
    due = desk.look()
    assert (due.samples, due.owed) == (("a",), ("KEEP-1",))


def test_a_pull_that_a_backup_left_out_without_a_network_follows_once_there_is_one(
    desk: Desk,
) -> None:
    add_exchange(desk.file, ExchangeSettings("a", "binance"))
    desk.ended(Told("network-not-up", {}, "", ""), Outcome.PROBLEMS, minutes=30)
    desk.around = Conditions(online=False)
    assert not desk.look().anything
    desk.around = Conditions(online=True)
    due = desk.look()
    assert (due.pull, due.backup, due.anything) == (True, False, True)
    desk.recorded(Outcome.OK, Job.PULL, pulled("a"), "", minutes=1)
    assert not desk.look().anything


def test_a_first_pull_of_hours_goes_on_in_pieces_between_backups(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("a", "binance"))
    desk.around = Conditions(online=True)
    desk.recorded(Outcome.OK, Job.BACKUP, {"pull": pulled("a"), "pull_left": 40}, "", minutes=30)
    assert desk.look().pull
    desk.recorded(Outcome.OK, Job.PULL, {**pulled("a"), "pull_left": 20}, "", minutes=15)
    desk.recorded(Outcome.OK, Job.PULL, {**pulled("a"), "samples": True}, "", minutes=9)
    desk.recorded(Outcome.OK, Job.PULL, {**pulled("a"), "pull_left": 0}, "a", minutes=8)
    due = desk.look()
    assert (due.pull, due.backup) == (True, False)
    desk.recorded(Outcome.OK, Job.PULL, {**pulled("a"), "pull_left": 0}, "", minutes=1)
    assert not desk.look().anything


def test_a_backup_that_is_due_does_not_wait_for_the_rest_of_a_pull(desk: Desk) -> None:
    add_exchange(desk.file, ExchangeSettings("a", "binance"))
    desk.around = Conditions(online=True)
    desk.recorded(Outcome.OK, Job.BACKUP, {"pull": pulled("a")}, "", hours=2)
    desk.recorded(Outcome.OK, Job.PULL, {**pulled("a"), "pull_left": 20}, "", minutes=15)
    due = desk.look()
    assert (due.backup, due.pull) == (True, False)


def remote(desk: Desk, **fields: object) -> CopySettings:
    copy = CopySettings("Dropbox", "dropbox", "dropbox:/keep", "0" * 16, **fields)  # type: ignore[arg-type]
    add_copy(desk.file, copy)
    (desk.folder / "repository" / "snapshots" / ("ab" * 32)).touch()
    desk.around = Conditions(online=True)
    return copy


def seen(desk: Desk, copy: CopySettings, *snapshots: str) -> None:
    listings = desk.home.paths.listings
    known.keep(listings, copy.id, known.Known(NOW, frozenset(snapshots), 1))


def test_what_a_copy_behind_a_network_is_owed_is_sent_when_it_can_be(desk: Desk) -> None:
    copy = remote(desk)
    desk.ran(minutes=59)
    assert desk.look().owed == ("Dropbox",)
    desk.around = Conditions(online=False)
    assert desk.look().owed == ()
    desk.around = Conditions(online=True, metered=True)
    assert desk.look().owed == ()
    desk.around = Conditions(online=True)
    desk.recorded(Outcome.FAILED, Job.SYNC, {}, "Dropbox", minutes=5)
    assert desk.look().owed == ()
    seen(desk, copy, "ab" * 32)
    desk.recorded(Outcome.OK, Job.DRILL, {}, "Dropbox", minutes=4)
    assert not desk.look().anything


def test_a_repository_behind_a_network_waits_for_one_that_is_not_paid_by_use(desk: Desk) -> None:
    away = RepositorySettings(
        None, "ab" * 32, "cd" * 32, kind="s3", address="https://h/b", user="AKID", off_site=True
    )
    set_repository(desk.file, away)
    for around in (Conditions(metered=True), Conditions(online=False)):
        desk.around = around
        due = desk.look()
        assert not due.backup
        assert due.as_json()["waiting"]["id"] == "waiting-for-network"  # type: ignore[index]
    set_power(desk.file, PowerSettings(metered=Metered.USE))
    desk.around = Conditions(metered=True, online=True)
    assert desk.look().backup
    desk.ran(minutes=59)
    copy = CopySettings("Box", "dropbox", "dropbox:/keep", "12" * 8)
    add_copy(desk.file, copy)
    assert desk.look().owed == ()  # nobody knows yet what there is to bring
    own = desk.home.fresh().settings.repository
    assert own is not None
    seen(desk, as_copy(own), "ff" * 32)
    assert desk.look().owed == ("Box",)
    seen(desk, copy, "ff" * 32)
    assert desk.look().owed == ()


def test_a_copy_with_hours_waits_for_them(desk: Desk) -> None:
    remote(desk, hours="03:00-03:01")
    desk.ran(minutes=59)
    assert desk.look().owed == ()


def test_a_copy_that_is_paused_is_owed_nothing(desk: Desk) -> None:
    remote(desk, paused=True)
    desk.ran(minutes=59)
    assert desk.look().owed == ()


# --- drills ----------------------------------------------------------------------------------

WHOLE = ("a" * 64, "b" * 64)


def test_a_copy_that_was_never_restored_from_is_drilled_between_backups(desk: Desk) -> None:
    drive(desk, *WHOLE)
    assert desk.look().drill is None  # the backup goes first
    desk.ran(minutes=59)
    due = desk.look()
    assert (due.drill, due.anything, due.backup) == ("KEEP-1", True, False)
    assert due.as_json()["drill"] == "KEEP-1"


def test_a_copy_drilled_this_month_is_left_alone(desk: Desk) -> None:
    drive(desk, *WHOLE)
    desk.ran(minutes=59)
    desk.recorded(Outcome.OK, Job.DRILL, {}, "KEEP-1", days=29)
    assert desk.look().drill is None
    assert look(desk.home.fresh(), NOW + timedelta(hours=4), zone=UTC).drill is None


def test_a_drill_that_is_a_month_old_counts_no_more(desk: Desk) -> None:
    drive(desk, *WHOLE)
    desk.recorded(Outcome.OK, Job.DRILL, {}, "KEEP-1", days=30)
    desk.ran(minutes=59)
    assert desk.look().drill == "KEEP-1"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.CANCELLED, Outcome.PROBLEMS])
def test_a_drill_that_did_not_go_well_is_tried_again_the_next_day(
    desk: Desk, outcome: Outcome
) -> None:
    drive(desk, *WHOLE)
    desk.recorded(outcome, Job.DRILL, {"which": "ab" * 8}, "KEEP-1", days=1, minutes=1)
    desk.ran(minutes=59)
    assert desk.look().drill == "KEEP-1"
    desk.recorded(outcome, Job.DRILL, {}, "KEEP-1", hours=20)
    assert desk.look().drill is None


def test_another_drive_of_the_same_name_was_not_drilled_yet(desk: Desk) -> None:
    drive(desk, *WHOLE)
    desk.recorded(Outcome.OK, Job.DRILL, {"which": "cd" * 8}, "KEEP-1", days=1)
    desk.ran(minutes=59)
    assert desk.look().drill == "KEEP-1"


def test_no_drill_begins_on_battery_or_where_nothing_can_be_restored(desk: Desk) -> None:
    place = drive(desk)
    desk.ran(minutes=59)
    desk.recorded(Outcome.FAILED, Job.SYNC, {}, "KEEP-1", minutes=5)
    assert desk.look().drill is None  # it is empty
    for name in WHOLE:
        (place / "snapshots" / name).write_bytes(b"x")
    desk.around = Conditions(battery=80)
    assert desk.look().drill is None
    desk.around = Conditions()
    assert desk.look().drill == "KEEP-1"
    place.rename(desk.folder / "away")
    assert desk.look().drill is None


def test_a_copy_behind_a_network_is_drilled_where_that_costs_nothing(desk: Desk) -> None:
    copy = remote(desk)
    desk.ran(minutes=59)
    assert desk.look().drill is None  # nothing was brought there yet
    seen(desk, copy, "ab" * 32)
    assert desk.look().drill == "Dropbox"
    for around in (Conditions(online=True, metered=True), Conditions(online=False)):
        desk.around = around
        assert desk.look().drill is None
