"""A row of the evidence table as the chain sees it: for whoever writes and whoever verifies."""

from __future__ import annotations

import hashlib

from app.exchange.evidence import Http, link

COLUMNS = (
    *("account", "client", "batch", "call", "verb", "url", "sent_body"),
    *("sent", "received", "status", "clock_offset"),
)


def header_of(
    account: int, client: int, batch: int, offset: int, call: str, http: Http
) -> dict[str, object]:
    """Everything of a row but its body and hashes, under the names of its columns."""
    values = (account, client, batch, call, http.verb, http.url, http.sent_body)
    return dict(zip(COLUMNS, (*values, http.sent, http.received, http.status, offset), strict=True))


def next_link(previous: bytes, header: dict[str, object], body: bytes) -> tuple[bytes, bytes]:
    """The chain's next link and the body's hash."""
    body_hash = hashlib.sha256(body).digest()
    return link(previous, header, body_hash), body_hash
