"""Every table, verified or not: what it names is there on ccxt's client."""

from __future__ import annotations

import asyncio

import pytest

from app.exchange.client import connect
from app.exchange.streams import Each, Kind
from app.exchange.tables import FULL, UNVERIFIED, table_for, told_by
from app.exchange.throttle import Throttle

TABLES = (*FULL, *UNVERIFIED)


@pytest.fixture(params=TABLES)
def exchange(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


def test_every_endpoint_and_every_parser_is_there(exchange: str) -> None:
    asyncio.run(_look(exchange))


async def _look(exchange: str) -> None:
    table = table_for(exchange)
    client = connect(table, {}, Throttle(0.0), told=told_by(exchange))
    try:
        for stream in (*table.streams, *table.lists):
            assert callable(getattr(client.raw, stream.endpoint)), stream.title
            assert stream.unified or stream.own or callable(getattr(client.raw, stream.parser))
        assert callable(client.raw.load_time_difference)
        for name in (*table.secrets, *table.identity.values()):
            assert hasattr(client.raw, name), name
    finally:
        await client.close()


def test_a_table_says_of_each_kind_that_it_is_there_or_lacking(exchange: str) -> None:
    table = table_for(exchange)
    there = {stream.kind for stream in table.streams}
    assert not there & table.lacks
    missing = set(Kind) - there - table.lacks - {Kind.MARKETS, Kind.SUBACCOUNTS}
    assert not missing
    assert table.verified is (exchange in FULL)


def test_streams_are_told_apart_and_can_be_asked(exchange: str) -> None:
    streams = table_for(exchange).streams
    names = [(stream.title, stream.wallet) for stream in streams]
    assert len(set(names)) == len(names)
    for stream in streams:
        assert bool(stream.each_param) is (stream.each is not Each.ACCOUNT), stream.title
