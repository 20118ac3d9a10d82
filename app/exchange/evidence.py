"""What is kept of each HTTP answer, and the chain that shows that nothing was changed later.

An `Answer` is what one call of the client brought: the call as we made it (before signing, so
without key and signature), each HTTP exchange behind it, and the parsed body. Every kept body is
a link: `sha256(previous link || canonical header || sha256(body))`. The header is JSON with
sorted keys, so that anybody can walk the chain with a few lines of code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.secret import LOGIN

GENESIS = bytes(32)  # what the first link follows

# Query and body parameters that sign a request or name its key, at any exchange that ccxt knows.
_SIGNING = frozenset(
    [
        "signature",
        "sign",
        "sig",
        "apikey",
        "api_key",
        "api-key",
        "accesskeyid",
        "accesskey",
        "key",
        "apisign",
        "api_sign",
        "passphrase",
        "password",
        "secret",
        "token",
        "access_token",
        "authorization",
        "signaturemethod",
        "signatureversion",
    ]
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the client: ccxt's method and its arguments, before signing."""

    method: str
    params: Mapping[str, object]

    def as_json(self) -> str:
        return json.dumps(
            {"method": self.method, "params": dict(self.params)},
            sort_keys=True,
            separators=(",", ":"),
        )


@dataclass(frozen=True, slots=True)
class Http:
    """One request and its answer. Times are microseconds since 1970 UTC by this machine's clock;
    `body` is the text of the answer in UTF-8, `url` and `sent_body` are without what signs."""

    verb: str
    url: str
    sent_body: str
    sent: int
    received: int
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call brought. `body` is the parsed body, or ccxt's unified structure."""

    call: Call
    http: tuple[Http, ...]
    body: object

    @property
    def received(self) -> int:
        """When its last body came, in ms."""
        return self.http[-1].received // 1000


def link(previous: bytes, header: Mapping[str, object], body_hash: bytes) -> bytes:
    """The chain's next 32 bytes."""
    canonical = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(previous + canonical.encode() + body_hash).digest()


def without_signature(url: str) -> str:
    """The address without anything that signs or names a key."""
    place, mark, query = url.partition("?")
    # A proxy's user and password are nobody's business.
    parts = urlsplit(LOGIN.sub(r"\1", place) + mark + query)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if _keeps(pair[0])]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))


def body_without_signature(body: object) -> str:
    """A request's body without anything that signs or names a key; JSON or form."""
    if body in (None, "", b""):
        return ""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        parsed = json.loads(text)
    except ValueError:
        kept = [pair for pair in parse_qsl(text, keep_blank_values=True) if _keeps(pair[0])]
        return urlencode(kept)
    if isinstance(parsed, Mapping):
        parsed = {key: value for key, value in parsed.items() if _keeps(str(key))}
    return json.dumps(parsed, sort_keys=True, separators=(",", ":"))


def _keeps(name: str) -> bool:
    return name.lower() not in _SIGNING
