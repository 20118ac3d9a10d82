"""A row of the evidence table as the chain sees it: for whoever writes and whoever verifies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.exchange.evidence import Http, link

COLUMNS = (
    *("account", "client", "batch", "stream", "wallet", "market", "call", "verb", "url"),
    *("sent_body", "sent", "received", "status", "clock_offset"),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose evidence it is: numbers of account and client, what was asked for, the clock's
    offset in ms."""

    account: int
    client: int
    stream: str
    wallet: str
    market: str
    offset: int


def header_of(origin: Origin, batch: int, call: str, http: Http) -> dict[str, object]:
    """Everything of a row but its body and hashes, under the names of its columns."""
    of = origin
    values = (of.account, of.client, batch, of.stream, of.wallet, of.market, call)
    sent = (http.verb, http.url, http.sent_body, http.sent, http.received, http.status)
    return dict(zip(COLUMNS, (*values, *sent, of.offset), strict=True))


def next_link(previous: bytes, header: dict[str, object], body: bytes) -> tuple[bytes, bytes]:
    """The chain's next link and the body's hash."""
    body_hash = hashlib.sha256(body).digest()
    return link(previous, header, body_hash), body_hash
