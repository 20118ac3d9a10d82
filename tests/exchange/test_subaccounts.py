"""Sub-accounts: a wallet each, found by being listed, never mixed up with the main account's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.exchange.archive import Account, Added, Archive
from app.exchange.records import Record
from app.exchange.streams import Exchange, Kind, Nature, Stream, Subaccounts
from app.exchange.subaccounts import lacking, with_subaccounts

_FILLS = Stream(kind=Kind.FILLS, endpoint="fills", params={"sort": "up"})
_SPOT = Stream(kind=Kind.FILLS, endpoint="fills", wallet="spot")
_HELD = Stream(
    kind=Kind.BALANCES, endpoint="fetch_balance", nature=Nature.SAMPLE, unified=True,
    params={"params": {"type": "swap"}},
)  # fmt: skip
_LISTING = Stream(kind=Kind.SUBACCOUNTS, endpoint="list", wallet="sub", nature=Nature.SAMPLE)
_GROUP = Subaccounts(
    name="sub",
    listing=_LISTING,
    param="user",
    asks=lambda stream: stream.wallet != "spot",
    lacks=frozenset({Kind.ORDERS}),
)
_OTHERS = replace(_GROUP, name="vault", listing=replace(_LISTING, wallet="vault"), shared=True)
_EXCHANGE = Exchange(id="x", streams=(_FILLS, _SPOT, _HELD), subaccounts=(_GROUP, _OTHERS))


def test_each_sub_account_has_the_streams_that_take_it_in_wallets_of_its_own() -> None:
    streams = _EXCHANGE.below({"sub": ["7", "8"]}).streams
    assert streams[:3] == _EXCHANGE.streams
    assert [(each.title, each.wallet) for each in streams[3:]] == [
        *(("fills", "sub-7"), ("balances", "sub-7"), ("fills", "sub-8"), ("balances", "sub-8")),
    ]
    assert streams[3].params == {"sort": "up", "user": "7"}
    assert streams[4].params == {"params": {"type": "swap", "user": "7"}}


def test_an_account_of_one_kind_has_none_of_another_kind() -> None:
    streams = _EXCHANGE.below({"sub": ["7"], "vault": ["9"]}).streams
    assert {each.wallet for each in streams} == {"", "spot", "sub-7", "vault-9"}


def test_the_stream_of_a_sub_account_is_found_by_its_wallet_also_when_it_is_listed_no_more() -> (
    None
):
    named = _EXCHANGE.named("fills", "sub-7")
    assert named == _EXCHANGE.below({"sub": ["7"]}).named("fills", "sub-7")
    assert named is not None
    assert named.params["user"] == "7"
    for title, wallet in (("fills", "sub-7/spot"), ("fills", "subs-7"), ("orders", "sub-7")):
        assert _EXCHANGE.named(title, wallet) is None
    assert _EXCHANGE.named("subaccounts", "sub") is _LISTING
    assert _EXCHANGE.named("subaccounts", "sub-7/vault") is None


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive.db") as opened:
        opened.account(Account("main", "x"))
        yield opened


def keep(archive: Archive, kind: Kind, wallet: str, *natives: str) -> None:
    stream, added = Stream(kind=kind, endpoint="", wallet=wallet), Added()
    with archive.transaction():
        for place, native in enumerate(natives):
            record = Record("", native, 1, f'["{native}","1",null]')
            archive.keep_record(1, stream, record, 1, place, added)


def end(archive: Archive, *present: str) -> None:
    with archive.transaction():
        archive.end_missing(1, _LISTING, {("", native) for native in present}, (2, 2), Added())


def now(archive: Archive, kind: Kind) -> dict[str, str]:
    return dict(
        archive.database.execute(
            "SELECT wallet, data FROM record JOIN series ON series.id = series"
            " WHERE stream = ? AND superseded = 0",
            (kind.value,),
        ).fetchall()
    )


def test_what_a_sub_account_held_ends_with_it_and_nothing_else_does(archive: Archive) -> None:
    keep(archive, Kind.SUBACCOUNTS, "sub", "1", "12")
    for wallet in ("", "sub-1", "sub-1/spot", "sub-12"):
        keep(archive, Kind.BALANCES, wallet, "USDC")
        keep(archive, Kind.FILLS, wallet, "3")
    end(archive, "12")
    gone = {wallet for wallet, data in now(archive, Kind.BALANCES).items() if data == "null"}
    assert gone == {"sub-1", "sub-1/spot"}
    assert "null" not in now(archive, Kind.FILLS).values()


def test_one_that_is_listed_no_more_is_asked_for_only_where_the_exchange_goes_on_telling(
    archive: Archive,
) -> None:
    keep(archive, Kind.SUBACCOUNTS, "sub", "1", "2")
    keep(archive, Kind.SUBACCOUNTS, "vault", "3")
    end(archive, "2")
    asked = with_subaccounts(archive.database, 1, _EXCHANGE)
    assert {each.wallet for each in asked.streams[3:]} == {"sub-2", "vault-3"}
    assert asked.ended("sub-1")
    assert not asked.ended("sub-2")
    assert not asked.ended("funding")
    staying = replace(_EXCHANGE, subaccounts=(replace(_GROUP, stays=True),))
    kept = with_subaccounts(archive.database, 1, staying)
    assert {each.wallet for each in kept.streams[3:]} == {"sub-1", "sub-2"}


def test_those_in_use_are_those_with_any_row_also_in_a_wallet_of_theirs(archive: Archive) -> None:
    keep(archive, Kind.SUBACCOUNTS, "sub", "1", "2", "3")
    keep(archive, Kind.FILLS, "sub-1", "5")
    keep(archive, Kind.BALANCES, "vault-9/sub-3", "USDC")
    asked = with_subaccounts(archive.database, 1, _EXCHANGE, used=True)
    assert {each.wallet for each in asked.streams[3:]} == {"sub-1", "sub-3"}


def test_what_is_not_told_of_a_sub_account_is_named_for_each_that_is_listed(
    archive: Archive,
) -> None:
    keep(archive, Kind.SUBACCOUNTS, "sub", "1", "2")
    end(archive, "2")
    found = [(each.kind, each.wallet) for each in lacking(archive.database, 1, _EXCHANGE)]
    assert found == [(Kind.ORDERS, "sub-2")]


@pytest.mark.parametrize(("told", "asked"), [("main", True), ("subaccount", False), (None, False)])
def test_the_key_of_a_sub_account_is_not_asked_for_others(
    archive: Archive, told: str | None, asked: bool
) -> None:
    """It sees itself in the list: everything would come twice."""
    itself = replace(_LISTING, wallet="account")
    if told is not None:
        stream, record = itself, Record("", "5", 1, f'["5","me","{told}"]')
        with archive.transaction():
            archive.keep_record(1, stream, record, 1, 0, Added())
    keep(archive, Kind.SUBACCOUNTS, "sub", "1")
    exchange = replace(_EXCHANGE, itself=itself)
    streams = with_subaccounts(archive.database, 1, exchange).streams
    assert (len(streams) > len(_EXCHANGE.streams)) is asked
    assert bool(list(lacking(archive.database, 1, exchange))) is asked
