"""The real ccxt client, with our hooks. Only it, they and `about` import ccxt.

What we change, and why:
- Every HTTP answer is kept as it came (`Http`), before ccxt looks at it.
- A successful answer that is not JSON, or lacks the exchange's envelope, is an error. ccxt
  answers `[]` for it.
- Numbers stay text: `number = str`, and JSON is parsed with `parse_float=str`; integers keep all
  their digits.
- ccxt's limiter is replaced by one `Throttle` an exchange; it has one for each client.
- ccxt retries without waiting; we retry, so it does not.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from app.errors import WrongUsage
from app.exchange.cursors import at, list_at, number
from app.exchange.evidence import Answer, Call, Http
from app.exchange.failures import Action, CallFailed, Told, action_for, retry_after
from app.exchange.hooks import Hooks, Redirected, Seen, kept_now, parse_json, seen_now
from app.exchange.parsers import parser_of
from app.exchange.records import millis
from app.exchange.streams import Exchange, Stream
from app.exchange.throttle import Throttle
from app.json_lines import NO_JSON
from app.secret import Secret

TIMEOUT_MS = 20_000
SAMPLE_HEADER = "X-Tradekeep-Sample"
_NOBODY = "bm9ib2R5"  # stands for a secret where nothing is sent; some are Base64
_NEVER_KEPT = {"verbose", "enableRateLimit", "maxRetriesOnFailure"}


class Client:
    """One account at one exchange. Calls may overlap; close it in the end.

    `raw` is ccxt's own object, for parsers and market definitions only.
    """

    def __init__(
        self,
        exchange: Exchange,
        raw: Any,  # ccxt has no types worth the name
        throttle: Throttle,
        told: tuple[Told, ...] = (),
        hidden: Iterable[Secret] = (),
        *,
        here: bool = False,
    ) -> None:
        self.exchange = exchange
        self.raw = raw
        self.throttle = throttle
        self.clock_offset = 0  # ms that our clock is ahead of the exchange's
        self.calls = 0
        self.worked = False  # whether the key has ever been taken
        self._here = here
        self._hurried = False
        self._told = told
        # Never in a reason, even if the exchange repeats it.
        self._hidden = tuple(each for each in hidden if each.reveal())

        raw.throttle = self._politely

    async def _politely(self, cost: float | None = None) -> None:
        cost = 1.0 if cost is None else float(cost)
        await self.throttle.wait(0.0 if self._hurried else cost)

    @property
    def version(self) -> str:
        """Which client made the requests, as evidence says it."""
        return f"ccxt {importlib.import_module('ccxt').__version__}"

    async def call(
        self,
        method: str,
        params: Mapping[str, object],
        *,
        rows: str = "",
        one: bool = False,
        count: str = "",
        null: bool = False,
    ) -> Answer:
        """An implicit endpoint; `rows` says where a list has to be (with `one` an object), unless
        there are none by the body's own `count`, or by its being null where that may be. Raises
        `CallFailed`."""
        with self._watched() as seen:
            body = await self._run(getattr(self.raw, method)(self._told_who(params)), seen)
            if null and seen.http[-1].body.strip() == b"null":
                body = []
            self._check(body, rows, one=one, count=count)
        nobody = any(params.get(name, "") is None for name in self.exchange.identity)
        self.worked = self.worked or not nobody
        return Answer(Call(method, params), tuple(seen.http), body)

    def _told_who(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """With whose account it is about, unless a question says that itself or leaves it out."""
        identity = {name: getattr(self.raw, its) for name, its in self.exchange.identity.items()}
        return {name: v for name, v in {**identity, **params}.items() if v is not None}

    async def unified(self, method: str, arguments: Mapping[str, object]) -> Answer:
        """A unified method; its answer is ccxt's structure. Raises `CallFailed`."""
        if not self.raw.has.get(_camel(method)):
            raise CallFailed(Action.UNSUPPORTED, f"ccxt has no {_camel(method)} there")
        with self._watched() as seen:
            body = await self._run(getattr(self.raw, method)(**arguments), seen)
        self.worked = True
        return Answer(Call(method, arguments), tuple(seen.http), body)

    async def measure_clock(self) -> int:
        """How many ms our clock is ahead of the exchange's, and use that from now on. Where nothing
        tells its time it stays 0."""
        if self.exchange.clock is not None:
            method, path = self.exchange.clock
            with self._watched() as seen:
                body = await self._run(getattr(self.raw, method)({}), seen)
            told = millis(at(body, path))
            self.clock_offset = 0 if told is None else seen.http[-1].received // 1000 - told
            return self.clock_offset
        if not self.raw.has.get("fetchTime"):
            return 0
        with self._watched() as seen:
            await self._run(self.raw.load_time_difference(), seen)
        self.clock_offset = int(self.raw.options.get("timeDifference") or 0)
        return self.clock_offset

    async def load_markets(self) -> Answer:
        """ccxt's market definitions, loaded anew."""
        with self._watched() as seen:
            markets = await self._run(
                self.raw.load_markets(True, dict(self.exchange.markets)), seen
            )
        return Answer(Call("load_markets", {}), tuple(seen.http), markets)

    async def replay(self, answer: Answer, *, unified: bool) -> object:
        """What a kept answer says today, without asking anybody: the parsed body, or what ccxt
        makes of the bodies that it was given then."""
        if not unified:
            return parse_json(answer.http[-1].body)
        token = kept_now.set([(http.url, http.sent_body, http.body) for http in answer.http])
        try:
            if answer.call.method == "load_markets":
                return await self.raw.load_markets(True, dict(self.exchange.markets))
            return await getattr(self.raw, answer.call.method)(**answer.call.params)
        finally:
            kept_now.reset(token)

    def parser(self, stream: Stream) -> Any:
        """A function of a row and its market id that answers ccxt's unified structure."""
        return parser_of(self.raw, stream, sized=self.exchange.sized)

    async def close(self) -> None:
        await self.raw.close()

    @contextmanager
    def _watched(self) -> Iterator[Seen]:
        seen = Seen()
        token = seen_now.set(seen)
        try:
            yield seen
        finally:
            seen_now.reset(token)
            self.calls += len(seen.http)
            # Nobody else has to share the sample exchange. A relay to a real one does not say so.
            self._hurried = self._hurried or (self._here and SAMPLE_HEADER in seen.headers)

    async def _run(self, call: Any, seen: Seen) -> object:
        import ccxt

        before = len(seen.http)
        try:
            return await call
        except ccxt.BaseError as error:
            http = seen.http[-1] if len(seen.http) > before else None
            raise self._failed(error, http, seen.headers) from error
        except Redirected as error:
            raise CallFailed(Action.REDIRECTED, str(error)) from error
        except (LookupError, TypeError, *NO_JSON, AttributeError) as error:
            # ccxt's own parsing stumbled over what the exchange sent.
            reason = f"{type(error).__name__}: {error}"
            raise CallFailed(Action.RETRY, reason) from error

    def _failed(self, error: Exception, http: Http | None, headers: dict[str, str]) -> CallFailed:
        classes = tuple(each.__name__ for each in type(error).__mro__)
        action = action_for(classes, http, self._told)
        wait = retry_after(headers) if http is not None and action is Action.WAIT else None
        return CallFailed(action, _reason(error, http, self._hidden), wait=wait)

    def _check(self, body: object, rows: str, *, one: bool, count: str) -> None:
        if not isinstance(body, (dict, list)):
            raise CallFailed(Action.RETRY, "the answer is not JSON")
        if isinstance(body, dict):
            names = self.exchange.envelope
            if names and not any(name in body for name in names):
                raise CallFailed(Action.RETRY, "the answer is not what this exchange sends")
            self._check_good(body)
        none = bool(count) and number(at(body, count)) == 0
        there = isinstance(at(body, rows), dict) if one else list_at(body, rows) is not None
        if not none and not there:
            raise CallFailed(Action.RETRY, "the answer has no list of rows")

    def _check_good(self, body: Mapping[str, object]) -> None:
        if self.exchange.good is None:
            return
        name, values = self.exchange.good
        if name in body and str(body[name]) not in values:
            raise CallFailed(Action.RETRY, f"the exchange answered {name} {body[name]}")


def _camel(method: str) -> str:
    """A unified method as ccxt's `has` spells it: fetch_ohlcv is fetchOHLCV there."""
    first, *rest = method.split("_")
    return first + "".join("OHLCV" if word == "ohlcv" else word.capitalize() for word in rest)


def _reason(error: Exception, http: Http | None, hidden: Iterable[Secret]) -> str:
    """A short text: the exchange's own words, else ccxt's class. Never an address: it is signed;
    never a part of a key: some exchanges repeat it in their refusals."""
    if http is None or not http.body:
        return type(error).__name__
    text = http.body[:4000].decode("utf-8", "replace")
    for secret in hidden:
        text = text.replace(secret.reveal(), "***")
    return f"HTTP {http.status}: {text[:200]}"


def connect(
    exchange: Exchange,
    secrets: Mapping[str, Secret],
    throttle: Throttle,
    *,
    settings: Mapping[str, object] | None = None,
    told: tuple[Told, ...] = (),
    here: bool = False,
) -> Client:
    """A client for an account. `settings` are checked constructor options (`options.check`). With
    `here` the server is on this computer: if it calls itself the sample exchange, nobody waits
    for the throttle."""
    import ccxt.async_support as ccxt_async

    base = getattr(ccxt_async, exchange.id)
    made = type(f"Tradekeep_{exchange.id}", (Hooks, base), {})
    given = {k: v for k, v in (settings or {}).items() if k not in _NEVER_KEPT}
    options = {**dict(exchange.options), **_mapping(given.pop("options", {}))}
    practice = {name: given.pop(name, False) for name in ("sandbox", "demo")}
    address = given.pop("address", None)
    config = {
        "timeout": TIMEOUT_MS,
        **given,
        **{name: secret.reveal() for name, secret in secrets.items()},
        "options": {"adjustForTimeDifference": False, **options},
    }
    raw = made(config)
    raw.number = str
    # Most ask private endpoints for them, which a key may not see.
    raw.has["fetchCurrencies"] = exchange.currencies
    _practise(raw, **practice)
    if isinstance(address, str):
        raw.urls["api"] = _moved(raw.urls["api"], address, raw)
    return Client(exchange, raw, throttle, told, secrets.values(), here=here)


def _practise(raw: Any, *, sandbox: object, demo: object) -> None:
    """Turn to the exchange's own place for practice; `WrongUsage` where ccxt knows of none."""
    import ccxt

    try:
        if sandbox:
            raw.set_sandbox_mode(True)
        if demo:
            raw.enable_demo_trading(True)
    except (ccxt.BaseError, KeyError) as error:  # KeyError: it has no such addresses
        name = "sandbox" if sandbox else "demo"
        raise WrongUsage("exchange-no-practice", exchange=raw.id, name=name) from error


def replaying(exchange: Exchange) -> Client:
    """A client that answers from what was kept (`Client.replay`), and can ask nobody."""
    dummies = {name: Secret(_NOBODY) for name in exchange.secrets}
    client = connect(exchange, dummies, Throttle(0.0), settings={"address": "http://127.0.0.1:9"})
    client.raw.throttle = _no_wait
    return client


async def _no_wait(cost: float | None = None) -> None:  # noqa: ARG001
    return None


def _moved(urls: Any, address: str, raw: Any) -> Any:
    """ccxt's addresses, each with its path, at another server."""
    if isinstance(urls, dict):
        return {name: _moved(each, address, raw) for name, each in urls.items()}
    text = str(urls).replace("{hostname}", str(getattr(raw, "hostname", "") or ""))
    return address.rstrip("/") + urlsplit(text).path


def _mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value
