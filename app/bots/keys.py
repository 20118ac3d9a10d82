"""API keys in a bot's configurations: named so that a person recognises them, never shown.

Of a key there is where it stands, whose it is, its last four characters, and a fingerprint that
tells it from others. The secrets are kept in memory only, for the one who asks the exchange.

Read are JSON (with comments), YAML, TOML, `.env`, JavaScript and Python, and nothing is run: JSON
is parsed, everything else is looked through line by line. An encrypted key is named as one; a
notifier's is none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.bots.dotenv import read_env
from app.bots.reading import read_text
from app.secret import Secret

_PLACES = (
    "*.json", ".env*", "*.y*ml", "*.toml", "config.js", "conf.js", "config.py", "user_data/*.json",
    "user_data/.env", "config/*.json", "configs/*.json", "user/*.json", "user/profiles/*/*.json",
    "conf/*.y*ml", "conf/connectors/*.y*ml", "Platform/My-Secrets/*.json", "My-Secrets/*.json",
)  # fmt: skip
_MOST = 200  # files
_TAIL = 4
_SHORTEST = 12  # a key is longer
_SEALED = 300  # and an encrypted one longer than this
EXCHANGES = (
    "binanceusdm", "binancecoinm", "binanceus", "binance", "bybit", "okx", "krakenfutures",
    "kraken", "kucoinfutures", "kucoin", "bitget", "gate", "mexc", "htx", "coinbase", "bitfinex",
    "bitstamp", "deribit", "hyperliquid", "bitmex", "bitvavo", "bingx", "phemex", "cryptocom",
    "gemini", "poloniex", "woo", "ascendex",
)  # fmt: skip
_OTHER_NAMES = {"gateio": "gate", "huobi": "htx", "okex": "okx", "gdax": "coinbase"}
# ccxt's name of each part, by the names that bots give it (without signs, in lower case).
_PARTS = {
    "key": "apiKey", "apikey": "apiKey", "walletaddress": "walletAddress",
    "secret": "secret", "apisecret": "secret", "secretkey": "secret", "apisecretkey": "secret",
    "password": "password", "passphrase": "password", "apipassword": "password",
    "uid": "uid", "privatekey": "privateKey",
}  # fmt: skip
_PUBLIC = ("apiKey", "walletAddress")
_EXAMPLE = re.compile(r"(?i)your|example|placeholder|changeme|insert|<|\$|\*{3}|x{6}|\s")
_OTHERS = re.compile(r"(?i)notif|telegram|discord|slack|push(?:over|bullet)|ifttt|mail|alpaca")
_ASSIGNED = re.compile(
    r"""\b([\w-]{0,64}?(?:key|secret|passphrase|address))["'\]]{0,9}\s{0,9}[:=]\s{0,9}"""
    r"""(["']?)([^\s"',;]{12,})""",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?:^|_)((?:API_?)?(?:SECRET_?)?(?:KEY|SECRET|PASSPHRASE|PASSWORD))$")
_COMMENTS = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key. `file` is its path from the bot's folder; `exchange` ccxt's id or ""; `tail` the end
    of its public part, "" if that is encrypted; `secrets` its parts by ccxt's names."""

    file: str
    exchange: str
    tail: str
    fingerprint: str
    encrypted: bool = False
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)


def found_keys(bot: Path) -> list[FoundKey]:
    """Every key in the configurations of a bot, each once for a file, sorted."""
    found: dict[tuple[str, str], FoundKey] = {}
    for path in _files(bot):
        text = read_text(path)
        for exchange, parts in _pairs(path, text) if text else ():
            key = _key(str(path.relative_to(bot)), exchange, parts)
            if key is not None:
                found.setdefault((key.file, key.fingerprint), key)
    return sorted(found.values(), key=lambda key: (key.file, key.exchange, key.fingerprint))


def _files(bot: Path) -> list[Path]:
    found = {path for pattern in _PLACES for path in bot.glob(pattern)}
    return sorted(path for path in found if path.is_file())[:_MOST]


def _key(file: str, exchange: str, parts: Mapping[str, str]) -> FoundKey | None:
    public = next((parts[name] for name in _PUBLIC if parts.get(name)), "")
    if len(public) < _SHORTEST or _EXAMPLE.search(public):
        return None
    encrypted = len(public) > _SEALED or public.startswith("gAAAA")
    return FoundKey(
        file=file,
        exchange=exchange,
        tail="" if encrypted else public[-_TAIL:],
        fingerprint=hashlib.sha256(public.encode()).hexdigest()[:12],
        encrypted=encrypted,
        secrets={} if encrypted else {name: Secret(value) for name, value in parts.items()},
    )


def exchange_in(text: str) -> str:
    """The exchange that a text names, by ccxt's id; "" if none."""
    words = set(re.split(r"[^a-z]+", text.casefold()))
    for name in (*EXCHANGES, *_OTHER_NAMES):
        if name in words:
            return _OTHER_NAMES.get(name, name)
    return ""


def _part(name: str) -> str:
    """ccxt's name for a part of a key, "" for what is none."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    for exchange in (*EXCHANGES, *_OTHER_NAMES):
        plain = plain.removeprefix(exchange)
    return _PARTS.get(plain) or _PARTS.get(plain.removeprefix("exchange"), "")


# --- by language -----------------------------------------------------------------------------

_Pair = tuple[str, Mapping[str, str]]


def _pairs(path: Path, text: str) -> Iterator[_Pair]:
    """(exchange, parts by ccxt's names) of each key of a file."""
    if path.name.startswith(".env"):
        yield from _of_variables(read_env(path))
    elif path.suffix == ".json":
        try:
            told = json.loads(_TRAILING.sub(r"\1", _COMMENTS.sub(r"\1", text)))
        except (ValueError, RecursionError):
            yield from _of_lines(path, text)
        else:
            yield from _of_json(told, "", 0)
    else:
        yield from _of_lines(path, text)


def _of_json(told: object, above: str, depth: int) -> Iterator[_Pair]:
    """Every object that has a key; `above` is what its place in the file says of the exchange."""
    if depth > 12:
        return
    if isinstance(told, list):
        for each in told:
            yield from _of_json(each, above, depth + 1)
    if not isinstance(told, dict):
        return
    named = (told.get("exchange"), told.get("name"), told.get("id"))
    said = next((x for each in named if isinstance(each, str) and (x := exchange_in(each))), above)
    parts = {
        part: value
        for name, value in told.items()
        if isinstance(value, str) and value and (part := _part(str(name)))
    }
    if any(name in parts for name in _PUBLIC):
        yield said, parts
    for name, value in told.items():
        if not _OTHERS.search(str(name)):
            yield from _of_json(value, exchange_in(str(name)) or said, depth + 1)


def _of_variables(variables: Mapping[str, str]) -> Iterator[_Pair]:
    """BINANCE_API_KEY and BINANCE_API_SECRET, FREQTRADE__EXCHANGE__KEY and …__SECRET."""
    groups: dict[str, dict[str, str]] = {}
    for name, value in variables.items():
        ending = re.search(
            r"(?:^|_)((?:API_?)?(?:SECRET_?)?(?:KEY|SECRET|PASSPHRASE|PASSWORD))$", name
        )
        part = _part(ending[1]) if ending else ""
        if ending and part and value:
            groups.setdefault(name[: ending.start()].rstrip("_"), {})[part] = value
    said = next((x for value in variables.values() if (x := _alone(value))), "")
    for prefix, parts in groups.items():
        if "apiKey" in parts and ("secret" in parts or exchange_in(prefix)):
            yield exchange_in(prefix) or said, parts


def _alone(value: str) -> str:
    """An exchange's name that is a whole value: FREQTRADE__EXCHANGE__NAME=binance."""
    return exchange_in(value) if re.fullmatch(r"\w{2,20}", value) else ""


def _assigned(line: str) -> Iterator[tuple[str, str]]:
    """The parts of keys that a line gives; what is taken from a variable is none."""
    for each in _ASSIGNED.finditer(line):
        part, value = _part(each[1]), each[3]
        if part and (each[2] or re.fullmatch(r"[\w+/=-]+", value)):
            yield part, value


def _of_lines(path: Path, text: str) -> Iterator[_Pair]:
    """Keys in other languages: a key begins a pair, what follows until the next one belongs to
    it. The exchange is the one that was named last, or that the file is called after."""
    said, parts = exchange_in(path.stem), dict[str, str]()
    for line in text.splitlines():
        if line.lstrip().startswith(("#", "//", ";")) or _OTHERS.search(line):
            continue
        named = exchange_in(line)
        found = list(_assigned(line))
        if any(part in _PUBLIC and part in parts for part, _ in found) or (named and not found):
            if parts:
                yield said, parts
            parts = {}
        said = named or said
        parts = {**parts, **dict(found)}
    if parts:
        yield said, parts
