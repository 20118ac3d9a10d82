"""What a client may be made with: an allow-list, and which servers would see the account then.

Plain http goes to this computer only. A server that is not the exchange's own is shown and has to
be confirmed. A proxy is asked over plain http as a matter of course (what goes through it is
encrypted), but it has to be confirmed as well. Nothing that makes ccxt talkative, places orders
or holds a secret is on the list; what is not on it is refused by name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.errors import WrongUsage
from app.exchange.about import About, host_of
from app.secret import LOGIN

PROXIES = ("httpProxy", "httpsProxy", "socksProxy")
ALLOWED = ("hostname", "address", "urls", "options", *PROXIES, "sandbox", "demo")
# ccxt's own options that only say which part of an account is meant, or how patient we are.
SAFE: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("defaultType", "defaultSubType", "defaultSettle", "defaultNetwork"), str),
    **dict.fromkeys(("vaultAddress", "subAccountAddress", "marginMode", "defaultMarginMode"), str),
    **dict.fromkeys(("portfolioMargin", "unifiedAccount", "uta"), bool),
    "recvWindow": int,
    "fetchMarkets": (list, dict),
}
_SECRET = re.compile(r"(?i)secret|password|passphrase|token|private_?key|api_?key|credential|2fa")
_HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")


@dataclass(frozen=True, slots=True)
class Checked:
    """Options that were found good. `settings` are for `client.connect`; `foreign` are the hosts
    to be confirmed; `here` says that the exchange's server is on this computer."""

    settings: Mapping[str, object]
    foreign: frozenset[str]
    here: bool


def check(options: Mapping[str, object], about: About) -> Checked:
    """Check constructor options. Raises `WrongUsage` that names what is wrong."""
    _check_names(options, about)
    servers = {url: _server(url) for url in _servers(options, about)}
    proxies = (_proxy(name, options[name]) for name in PROXIES if name in options)
    foreign = {host for host in servers.values() if not about.owns(host) and not is_here(host)}
    for proxy in proxies:
        if is_here(proxy):
            continue
        foreign.add(proxy)
        for url in servers:
            if url.lower().startswith("http:"):  # to this computer, but by way of another one
                raise WrongUsage("exchange-address-open", address=_shown(url), host=proxy)
    here = "address" in options and is_here(host_of(str(options["address"])))
    return Checked(dict(options), frozenset(foreign), here)


def for_practice(options: Mapping[str, object]) -> bool:
    """Whether these options lead to an exchange's demo environment."""
    return options.get("sandbox") is True or options.get("demo") is True


def without_logins(
    options: Mapping[str, object],
) -> tuple[dict[str, object], dict[str, str]]:
    """The options without proxies that need a login, and those: they are secrets."""
    logins = {
        name: str(options[name])
        for name in PROXIES
        if isinstance(options.get(name), str) and "@" in str(options[name])
    }
    return {name: each for name, each in options.items() if name not in logins}, logins


def is_here(host: str) -> bool:
    """Whether a host is this computer, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_names(options: Mapping[str, object], about: About) -> None:
    inner = options.get("options", {})
    if not isinstance(inner, Mapping):
        raise _wrong("options")
    secret = [name for name in (*options, *inner) if _is_secret(name, about)]
    if secret:
        raise WrongUsage("exchange-option-secret", names=", ".join(secret))
    unknown = [name for name in options if name not in ALLOWED]
    unknown += [f"options.{name}" for name in inner if name not in SAFE]
    if unknown:
        raise WrongUsage(
            "exchange-option-unknown",
            names=", ".join(unknown),
            known=", ".join((*ALLOWED, *(f"options.{name}" for name in SAFE))),
        )
    for name, value in inner.items():
        if not isinstance(value, SAFE[name]) or (SAFE[name] is int and isinstance(value, bool)):
            raise WrongUsage("exchange-option-type", name=f"options.{name}")
    for name in ("sandbox", "demo"):
        if not isinstance(options.get(name, False), bool):
            raise _wrong(name)
    if options.get("sandbox") and options.get("demo"):
        raise _wrong("demo")


def _is_secret(name: str, about: About) -> bool:
    return name in about.may_need or (name not in ALLOWED and _SECRET.search(name) is not None)


def _servers(options: Mapping[str, object], about: About) -> Iterator[str]:
    """Every address that would be asked because of these options."""
    hostname = options.get("hostname", about.hostname)
    if not isinstance(hostname, str) or ("hostname" in options and not _is_hostname(hostname)):
        raise _wrong("hostname")
    if "address" in options:
        yield _text(options["address"], "address")
    if "urls" in options:
        for url in _urls(options["urls"]):
            yield url.replace("{hostname}", hostname)
    elif "hostname" in options:
        filled = [url.replace("{hostname}", hostname) for url in about.urls if "{" in url]
        yield from filled or [f"https://{hostname}"]


def _is_hostname(text: str) -> bool:
    return _HOSTNAME.fullmatch(text.lower()) is not None and ".." not in text


def _urls(value: object) -> Iterator[str]:
    """ccxt's form: {"api": address} or {"api": {part: address}}."""
    if not isinstance(value, Mapping) or set(value) != {"api"}:
        raise _wrong("urls")
    api = value["api"]
    for each in api.values() if isinstance(api, Mapping) else (api,):
        yield _text(each, "urls")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(name)
    return value


def _server(url: str) -> str:
    """The host of a server's address; refuses what is not https, or http to this computer."""
    host = host_of(url)
    scheme = url.partition(":")[0].lower()
    if not host or scheme not in ("http", "https") or re.search(r"[\s\\@?#{}]", url):
        raise WrongUsage("exchange-address-wrong", address=_shown(url))
    if scheme == "http" and not is_here(host):
        raise WrongUsage("exchange-address-open", address=_shown(url), host=host)
    return host


def _proxy(name: str, value: object) -> str:
    text = _text(value, name)
    host = host_of(text)
    scheme = text.partition("://")[0].lower()
    if not host or scheme not in _PROXY_SCHEMES or re.search(r"[\s\\?#{}]", text):
        raise WrongUsage("exchange-address-wrong", address=_shown(text))
    return host


def _shown(url: str) -> str:
    """An address for people, without a login."""
    try:
        parts = urlsplit(LOGIN.sub(r"\1", url))
    except ValueError:
        return "…"
    if parts.netloc:
        return f"{parts.scheme}://{parts.netloc}"
    return "…" if "@" in url else url[:60]


def _wrong(name: str) -> WrongUsage:
    return WrongUsage("exchange-option-wrong", name=name)
