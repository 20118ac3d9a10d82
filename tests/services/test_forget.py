"""Forgetting by name what cannot be read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.backends.contract import Backend, FileName, Kind, PlaceBroken
from app.backends.memory import MemoryBackend
from app.errors import WrongUsage
from app.monitor import Recorder
from app.repository.policy import Policy, keep_until, known_good_tag
from app.repository.prune_plan import CannotPrune, plan_prune
from app.services.forget import ForgetRequest, change_tags, forget
from app.services.history import now
from app.services.home import Home
from tests.faults import RecordingBackend
from tests.repository.support import cheap_repository, open_cheap, save_backup


class BadSpots(RecordingBackend):
    """A drive that does not give some files."""

    def __init__(self, inner: Backend, *files: FileName) -> None:
        super().__init__(inner)
        self.files = files

    def load(self, file: FileName, offset: int = 0, length: int | None = None) -> bytes:
        if file in self.files:
            raise PlaceBroken("place-io", place="x", reason="no")
        return super().load(file, offset, length)


def filled() -> tuple[MemoryBackend, list[FileName]]:
    repository = cheap_repository()
    made = [save_backup(repository, number, b"%d" % number) for number in (1, 2, 3)]
    assert isinstance(repository.backend, MemoryBackend)
    return repository.backend, [FileName(Kind.SNAPSHOT, each.id) for each in made]


def give_up(place: Backend, home: Path, *names: str) -> dict[str, object]:
    return forget(
        Home.find({"TRADEKEEP_HOME": str(home)}),
        open_cheap(place),
        ForgetRequest(names=names),
        Recorder(),
        own=False,
    )


def test_a_snapshot_on_a_bad_spot_is_named_and_can_be_given_up(tmp_path: Path) -> None:
    """Prune named none, and no command took it away."""
    inner, (first, *others) = filled()
    place = BadSpots(inner, first)
    with pytest.raises(CannotPrune) as caught:
        plan_prune(open_cheap(place), monitor=Recorder())
    assert caught.value.params["snapshot"] == first.name[:8]
    report = give_up(place, tmp_path, first.name[:8])
    assert (report["damaged"], report["removed"]) == ([first.name], 1)
    assert {info.file for info in inner.list(Kind.SNAPSHOT)} == {*others}


def test_where_a_drive_gives_no_snapshot_none_is_given_up(tmp_path: Path) -> None:
    """It is the cable, not the snapshots: pinned ones may be among them."""
    inner, snapshots = filled()
    place = BadSpots(inner, *snapshots)
    with pytest.raises(PlaceBroken):
        plan_prune(open_cheap(place), monitor=Recorder())
    with pytest.raises(PlaceBroken):
        give_up(place, tmp_path, snapshots[0].name)
    assert len(list(inner.list(Kind.SNAPSHOT))) == 3


def test_a_damaged_snapshot_hides_no_mistake_in_another_name(tmp_path: Path) -> None:
    """`forget x DAMAGED` passed over x where the damaged one's id begins with x."""
    inner, (first, *_) = filled()
    twin = FileName(Kind.SNAPSHOT, first.name[:4] + "0" * 60)
    inner.save(twin, b"another one")
    inner.save(first, b"damaged")
    with pytest.raises(WrongUsage):
        give_up(inner, tmp_path, first.name[:4], first.name)
    assert first in inner.files


def tagged(home: Home, place: Backend, name: str, *tags: str) -> str:
    changed = change_tags(home, open_cheap(place), name, Recorder(), add=tags, own=False)
    return changed.id


def test_what_was_kept_for_a_while_goes_when_that_is_over_though_no_rule_counts_it(
    tmp_path: Path,
) -> None:
    """What a rollback saved first is no backup of everything: rules would pass over it for ever."""
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    place, files = filled()
    today = now().date()
    ids = [each.name for each in files]
    over = tagged(home, place, ids[0], keep_until(today - timedelta(days=1)))
    still = tagged(home, place, ids[1], keep_until(today))
    good = tagged(
        home, place, ids[2], keep_until(today - timedelta(days=9)), known_good_tag("trend")
    )
    request = ForgetRequest(policy=Policy(last=1), whole=True)
    repository = open_cheap(place)
    repository.load_index(Recorder())
    report = forget(home, repository, request, Recorder(), own=False)
    assert [each["id"] for each in report["remove"]] == [over]  # type: ignore[attr-defined]
    assert {info.file.name for info in place.list(Kind.SNAPSHOT)} == {still, good}


def test_a_backup_of_everything_that_rules_keep_does_not_go_because_a_day_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was in both lists: kept by a rule, and removed since its time was over."""
    monkeypatch.setattr("app.services.forget.is_whole", lambda *_: True)
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    place, files = filled()
    tagged(home, place, files[2].name, keep_until(now().date() - timedelta(days=1)))
    request = ForgetRequest(policy=Policy(last=3), whole=True)
    report = forget(home, open_cheap(place), request, Recorder(), own=False)
    assert (report["remove"], report["removed"]) == ([], 0)
    assert len(list(place.list(Kind.SNAPSHOT))) == 3


def test_the_last_known_good_one_is_not_forgotten_by_name_and_an_older_one_is(
    tmp_path: Path,
) -> None:
    home = Home.find({"TRADEKEEP_HOME": str(tmp_path)})
    place, files = filled()
    older, last = (tagged(home, place, each.name, known_good_tag("trend")) for each in files[:2])
    with pytest.raises(WrongUsage) as caught:
        give_up(place, tmp_path, last)
    assert caught.value.message_id == "snapshot-is-known-good"
    assert give_up(place, tmp_path, older)["removed"] == 1
