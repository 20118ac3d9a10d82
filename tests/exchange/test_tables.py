"""What a table names exists: ccxt's endpoints and parsers, the kinds, the keys."""

from __future__ import annotations

import ccxt.async_support as ccxt_async
import pytest

from app.exchange.streams import Kind, Stream
from app.exchange.tables import FULL, UNVERIFIED, table_for

TABLES = (*FULL, *UNVERIFIED)


@pytest.mark.parametrize("exchange", TABLES)
def test_every_endpoint_and_parser_of_a_table_exists_in_ccxt(exchange: str) -> None:
    client = getattr(ccxt_async, exchange)()
    for stream in (*table_for(exchange).streams, *table_for(exchange).lists):
        assert callable(getattr(client, stream.endpoint, None)), stream.endpoint
        if stream.unified:
            continue
        assert stream.own is not None or callable(getattr(client, stream.parser, None)), stream


@pytest.mark.parametrize("exchange", TABLES)
def test_every_kind_is_asked_for_or_said_to_be_lacking(exchange: str) -> None:
    table = table_for(exchange)
    there = {stream.kind for stream in table.streams}
    assert not there & table.lacks
    assert there | table.lacks | {Kind.MARKETS, Kind.SUBACCOUNTS} == set(Kind)
    assert table.verified is (exchange in FULL)


@pytest.mark.parametrize("exchange", TABLES)
def test_every_series_has_a_title_of_its_own(exchange: str) -> None:
    def place(stream: Stream) -> tuple[str, str]:
        return stream.title, stream.wallet

    places = [place(stream) for stream in table_for(exchange).streams]
    assert len(places) == len(set(places))


def test_an_exchange_without_a_table_gets_the_generic_one_which_proves_nothing() -> None:
    table = table_for("bitmart")
    assert (table.id, table.verified) == ("bitmart", False)
    assert table.streams
    assert not any(stream.proven for stream in table.streams)
