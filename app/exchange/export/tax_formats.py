"""The columns of tax programs, and one event in each of them.

Formats as their documentation has them: Koinly "Universal" CSV, CoinTracking "CSV import", rotki
"generic trades".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.exchange.export.rows import Row, iso
from app.exchange.streams import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a tax program wants to know. Amounts are positive decimal text."""

    time: Millis
    kind: str  # trade, deposit, withdrawal, profit, loss, fee, funding
    account: str
    sent: tuple[str, str] | None = None  # amount, currency
    received: tuple[str, str] | None = None
    fee: tuple[str, str] | None = None
    pair: tuple[str, str] | None = None  # base, quote of a trade
    side: str = ""
    note: str = ""
    txid: str = ""


class Format(Protocol):
    """A tax program's columns, and an event in them; None for what it does not take."""

    @property
    def columns(self) -> tuple[str, ...]: ...
    def row(self, event: Event) -> Row | None: ...


def _clock(time: Millis) -> tuple[str, str, str, str]:
    """Year, month, day and time of day in UTC."""
    text = iso(time) or ""
    return text[:4], text[5:7], text[8:10], text[11:19]


def _pair(moved: tuple[str, str] | None) -> tuple[str, str]:
    return moved if moved is not None else ("", "")


@dataclass(frozen=True, slots=True)
class Koinly:
    """Times in UTC to the second."""

    columns: tuple[str, ...] = (
        *("Date", "Sent Amount", "Sent Currency", "Received Amount", "Received Currency"),
        *("Fee Amount", "Fee Currency", "Net Worth Amount", "Net Worth Currency", "Label"),
        *("Description", "TxHash"),
    )

    def row(self, event: Event) -> Row | None:
        labels = {"profit": "realized gain", "loss": "realized gain", "funding": "realized gain",
                  "fee": "cost" if event.sent else "realized gain"}  # fmt: skip
        year, month, day, clock = _clock(event.time)
        amounts = (*_pair(event.sent), *_pair(event.received), *_pair(event.fee))
        note = f"{event.account} {event.kind} {event.note}".strip()
        date = f"{year}-{month}-{day} {clock} UTC"
        return (date, *amounts, "", "", labels.get(event.kind, ""), note, event.txid)


@dataclass(frozen=True, slots=True)
class CoinTracking:
    """Its time has no milliseconds: `dd.mm.yyyy HH:MM:SS`."""

    columns: tuple[str, ...] = (
        *("Type", "Buy", "Cur.", "Sell", "Cur.", "Fee", "Cur.", "Exchange", "Group", "Comment"),
        "Date",
    )

    def row(self, event: Event) -> Row | None:
        types = {
            "trade": "Trade",
            "deposit": "Deposit",
            "withdrawal": "Withdrawal",
            "profit": "Derivatives / Futures Profit",
            "loss": "Derivatives / Futures Loss",
            "fee": "Other Fee" if event.sent else "Derivatives / Futures Profit",
            "funding": "Derivatives / Futures Loss"
            if event.sent
            else "Derivatives / Futures Profit",
        }
        year, month, day, clock = _clock(event.time)
        amounts = (*_pair(event.received), *_pair(event.sent), *_pair(event.fee))
        date = f"{day}.{month}.{year} {clock}"
        return (types[event.kind], *amounts, event.account, "", event.note, date)


@dataclass(frozen=True, slots=True)
class Rotki:
    """Trades only, with the time in ms; rotki reads the rest through its own connections."""

    columns: tuple[str, ...] = (
        *("Location", "Base Currency", "Quote Currency", "Type", "Buy Amount", "Sell Amount"),
        *("Fee", "Fee Currency", "Description", "Timestamp"),
    )

    def row(self, event: Event) -> Row | None:
        if event.kind != "trade" or event.pair is None:
            return None
        assert event.sent is not None
        assert event.received is not None
        return (
            event.account, *event.pair, event.side.capitalize(), event.received[0],
            event.sent[0], *_pair(event.fee), event.note, event.time,
        )  # fmt: skip


FORMATS: dict[str, Format] = {
    "koinly": Koinly(),
    "cointracking": CoinTracking(),
    "rotki": Rotki(),
}
