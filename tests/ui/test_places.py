"""Copies of every kind: which media they are, how their cards show how they are treated."""

from __future__ import annotations

import pytest

from app.services.worth import Worth
from app.ui.place_cards import AtWork, place_cards
from app.ui.places import gauge, places
from app.ui.protocol import Told
from app.ui.report import Copy, Status
from app.ui.shown import GaugeGroup, PlaceShown, Step
from app.ui.tokens import Tone
from tests.ui.situations import HOME, NOW, ago, copy, repository, run, well


def media(*copies: Copy) -> GaugeGroup:
    return gauge(places(well(copies=copies), NOW), NOW)[1]


def card(one: Copy, **changes: object) -> PlaceShown:
    status = well(copies=(one,), **changes)
    return place_cards(status, AtWork.NOTHING, NOW, HOME)[1]


def remote(**changes: object) -> Copy:
    fields: dict[str, object] = {
        "kind": "s3", "address": "https://s3.example.com/keep", "medium": "s3:s3.example.com",
        "off_site": True,
    }  # fmt: skip
    return copy("Bucket", **(fields | changes))


def test_a_folder_on_the_disk_of_the_repository_is_no_second_medium() -> None:
    same = media(copy(kind="folder", address=f"{HOME}/copy", medium="disk:sda"))
    assert (same.title, same.reason) == ("1 of 2 media", "No second medium known yet")
    other = media(copy(kind="folder", address="/data/copy", medium="disk:sdb"))
    assert (other.title, other.reason) == ("2 media", "Disk, Disk")


def test_media_are_named_by_their_sort_each_once() -> None:
    found = media(copy("A"), copy("B"), remote(), copy("D", kind="dropbox", medium="dropbox"))
    assert found.reason == "Disk, USB drive, Bucket, Dropbox"


def test_a_repository_of_an_unknown_medium_is_none() -> None:
    status = well(repository=repository(medium=None), copies=(copy(),))
    assert gauge(places(status, NOW), NOW)[1].title == "1 of 2 media"


def test_what_a_clock_that_was_a_year_ahead_wrote_down_counts_for_no_year() -> None:
    proven = copy(verified=ago(days=1), verified_scope="all")
    assert places(well(copies=(proven,)), NOW)[1].worth is Worth.PROVEN
    ahead = copy(verified=ago(days=-365), verified_scope="all")
    assert places(well(copies=(ahead,)), NOW)[1].worth is Worth.PROOF_OLD
    newest = copy(newest=ago(days=-365), verified=ago(days=1), verified_scope="all")
    assert places(well(copies=(newest,)), NOW)[1].worth is Worth.STALE


@pytest.mark.parametrize(
    ("one", "icon"),
    [(copy(), "device-usb"), (copy(kind="folder", medium="disk:sdb"), "folder"),
     (copy(kind="folder", medium="network:/mnt"), "server"), (remote(), "cloud"),
     (copy(kind="dropbox"), "brand-dropbox"), (copy(kind="webdav"), "world")],
)  # fmt: skip
def test_each_kind_has_its_mark(one: Copy, icon: str) -> None:
    assert card(one).icon == icon


def test_how_a_copy_is_treated_is_told_in_words() -> None:
    shown = card(remote(limit=500, hours="22:00-06:00", append_only=True))
    facts = {fact.label: fact.value for fact in shown.facts + shown.details}
    assert facts["Speed"] == "at most 500 kB/s"
    assert facts["Hours"] == "from 22:00 to 06:00"
    assert [chip.text for chip in shown.more] == ["Append-only"]
    usual = card(remote())
    assert usual.more == ()
    assert "Speed" not in {fact.label for fact in usual.facts + usual.details}


def test_a_paused_copy_says_so_and_asks_for_nothing() -> None:
    shown = card(copy(paused=True, state="behind", behind=3))
    assert (shown.chip.text, shown.next) == ("Paused", None)
    assert card(copy(paused=True, state="bare")).chip.text == "Not mounted"


def refused(message: str, **params: str | int) -> Told:
    return Told(message, params)


S3_SAYS = refused("place-key-refused", place="s3:https://s3.example.com/keep", reason="HTTP 401")


def test_a_place_that_refuses_the_key_asks_for_another_until_it_is_synced() -> None:
    late = remote(synced=ago(hours=3), state="behind")
    failed = run("backup", "problems", started=ago(hours=1), problems=(S3_SAYS,))
    shown = card(late, runs=(failed,))
    assert (shown.chip.text, shown.chip.tone, shown.next) == ("Sign in again", Tone.WARN, None)
    before = run("backup", "problems", started=ago(hours=5), problems=(S3_SAYS,))
    assert card(late, runs=(before,)).next is Step.SYNC


def test_a_sync_of_one_copy_tells_by_its_place_that_it_was_refused() -> None:
    ended = refused("dropbox-sign-in", place="dropbox:/other")
    late = remote(synced=None, state="never")
    mine = run("sync", "failed", error=ended, place="Bucket")
    assert card(late, runs=(mine,)).chip.text == "Sign in again"
    other = run("sync", "failed", error=ended, place="Dropbox")
    assert card(late, runs=(other,)).chip.text == "Empty"


def test_what_is_away_or_full_needs_no_other_key() -> None:
    away = refused("place-away", place="s3:https://s3.example.com/keep")
    failed = run("backup", "problems", problems=(away,))
    assert card(remote(synced=None), runs=(failed,)).chip.text == "Proven"


def test_what_is_behind_a_network_says_when_it_was_last_seen() -> None:
    status = well(copies=(copy("Box", kind="dropbox", seen=ago(hours=2)), copy("KEEP-1")))
    _, box, drive = place_cards(status, AtWork.NOTHING, NOW, HOME)
    assert "Last seen" in {fact.label for fact in box.facts + box.details}
    assert "Last seen" not in {fact.label for fact in drive.facts + drive.details}


def test_a_repository_in_a_bucket_is_a_medium_of_its_own_away_from_here() -> None:
    own = repository(
        path="s3:https://h/b", kind="s3", medium="s3:h", off_site=True, seen=ago(days=1)
    )
    status = well(repository=own, copies=())
    (card,) = place_cards(status, AtWork.NOTHING, NOW, HOME)
    assert (card.name, card.where, card.icon) == ("Repository", "s3:https://h/b", "cloud")
    assert "Last seen" in {fact.label for fact in card.facts + card.details}
    copies, media, away = gauge(places(status, NOW), NOW)
    assert (copies.title, away.title, away.reason) == ("1 of 3 copies", "1 off site", "Repository")
    assert media.title == "1 of 2 media"


def test_before_the_repository_there_is_no_card() -> None:
    assert place_cards(Status(), AtWork.NOTHING, NOW, HOME) == ()


def test_the_gauge_and_the_cards_say_what_was_proven_by_a_sample_alone() -> None:
    by_sample = copy("B", verified_scope="sample", off_site=True, drill_scope="source")

    def first(*copies: Copy) -> tuple[str, str]:
        found = gauge(places(well(copies=copies), NOW), NOW)[0]
        return found.title, found.reason

    assert first(copy(), by_sample) == ("3 copies", "All fresh, 1 proven by a sample only")
    assert first(copy(), by_sample, copy("C")) == ("3 copies", "All three fresh and proven")
    card = place_cards(well(copies=(by_sample,)), AtWork.NOTHING, NOW, HOME)[1]
    facts = {fact.label: fact.value for fact in card.facts}
    assert facts["Last verified"].endswith(", a sample")
    assert facts["Last practised"] == "one source"
    (card,) = place_cards(well(copies=(copy(),)), AtWork.NOTHING, NOW, HOME)[1:]
    assert ("Restored then", "a sample") in {(fact.label, fact.value) for fact in card.details}
