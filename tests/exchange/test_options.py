"""Constructor options: what is let through, what is refused by name, who would see the account."""

from __future__ import annotations

import pytest

from app.errors import WrongUsage
from app.exchange.about import about
from app.exchange.options import check, for_practice, without_logins

BYBIT, OKX, BINANCE = about("bybit"), about("okx"), about("binanceusdm")


def refused(options: dict[str, object]) -> WrongUsage:
    with pytest.raises(WrongUsage) as caught:
        check(options, BYBIT)
    assert "{" not in caught.value.sentence.title or "{" in repr(list(options.values()))
    return caught.value


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sandbox": True},
        {"demo": True},
        {"options": {"recvWindow": 10_000, "defaultType": "swap"}},
        {"hostname": "bybit.com"},
        {"hostname": "eu.bybit.com"},
        {"urls": {"api": "https://api.{hostname}"}},
        {"urls": {"api": {"public": "https://api.bybit.com"}}},
        {"address": "https://api-testnet.bybit.com"},
    ],
)
def test_the_exchanges_own_places_need_no_word(options: dict[str, object]) -> None:
    checked = check(options, BYBIT)
    assert checked.settings == options
    assert not checked.foreign
    assert not checked.here


@pytest.mark.parametrize(
    ("options", "host"),
    [
        ({"hostname": "bytick.com"}, "api.bytick.com"),
        ({"address": "https://mirror.example.org/x"}, "mirror.example.org"),
        ({"address": "HTTPS://API.BYBIT.COM.evil.example"}, "api.bybit.com.evil.example"),
        ({"address": "https://notbybit.com"}, "notbybit.com"),
        (
            {"urls": {"api": {"public": "https://api.{hostname}", "private": "https://e.org"}}},
            "e.org",
        ),
        ({"urls": {"api": "https://x.{hostname}"}, "hostname": "evil.org"}, "x.evil.org"),
        ({"httpsProxy": "http://proxy.example.org:3128"}, "proxy.example.org"),
        ({"socksProxy": "socks5h://user:word@proxy.example.org:1080"}, "proxy.example.org"),
    ],
)
def test_a_foreign_place_is_told(options: dict[str, object], host: str) -> None:
    assert check(options, BYBIT).foreign == {host}


def test_the_domain_of_a_country_is_not_the_exchanges_own() -> None:
    coinspot = about("coinspot")
    assert check({"address": "https://www.coinspot.com.au"}, coinspot).foreign == frozenset()
    assert check({"address": "https://evil.com.au"}, coinspot).foreign == {"evil.com.au"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "[::1]"])
def test_this_computer_may_be_asked_openly(host: str) -> None:
    checked = check({"address": f"http://{host}:8080/x"}, BYBIT)
    assert checked.here
    assert not checked.foreign


def test_a_server_here_for_some_calls_does_not_take_the_brake_off() -> None:
    assert not check({"urls": {"api": {"public": "http://127.0.0.1:1"}}}, BYBIT).here


@pytest.mark.parametrize(
    "url",
    [
        "http://api.bybit.com",
        "http://127.0.0.1.evil.org",
        "http://10.0.0.1",
        "http://localhost.evil.org",
    ],
)
def test_nobody_else_may(url: str) -> None:
    assert refused({"address": url}).message_id == "exchange-address-open"
    assert refused({"urls": {"api": url}}).message_id == "exchange-address-open"


def test_nor_this_computer_by_way_of_another_one() -> None:
    options: dict[str, object] = {"address": "http://127.0.0.1:8080"}
    assert check({**options, "httpProxy": "http://localhost:3128"}, BYBIT).here
    error = refused({**options, "httpProxy": "http://p.example.org:3128"})
    assert error.message_id == "exchange-address-open"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.bybit.com",
        "ftp://api.bybit.com",
        "file:///etc/passwd",
        "https://",
        "https://api.bybit.com@evil.org",
        "http://127.0.0.1@evil.org",
        "http://127.0.0.1\\@evil.org",
        "https://api.bybit.com?x=",
        "https://api.bybit.com#",
        "https://{other}.org",
        "https://[::1",
    ],
)
def test_an_odd_address_is_refused(url: str) -> None:
    assert refused({"address": url}).message_id == "exchange-address-wrong"


@pytest.mark.parametrize("host", ["", "a b", "evil.org/x", "evil.org#", "x@evil.org", "a..b", 7])
def test_an_odd_host_name_is_refused(host: object) -> None:
    assert refused({"hostname": host}).message_id == "exchange-option-wrong"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"verbose": True}, "verbose"),
        ({"options": {"verbose": True}}, "options.verbose"),
        ({"proxyUrl": "https://x.org/"}, "proxyUrl"),
        ({"headers": {"a": "b"}}, "headers"),
        ({"enableRateLimit": False}, "enableRateLimit"),
        ({"options": {"brokerId": "x"}}, "options.brokerId"),
        ({"__class__": "x"}, "__class__"),
    ],
)
def test_an_unknown_option_is_refused_by_its_name(options: dict[str, object], name: str) -> None:
    error = refused(options)
    assert error.message_id == "exchange-option-unknown"
    assert error.params["names"] == name
    assert "httpsProxy" in error.sentence.hint


@pytest.mark.parametrize("name", ["apiKey", "secret", "password", "uid", "privateKey", "my_token"])
def test_a_secret_among_the_options_is_refused_without_showing_it(name: str) -> None:
    for options in ({name: "hunter2"}, {"options": {name: "hunter2"}}):
        error = refused(options)
        assert error.message_id == "exchange-option-secret"
        assert name in str(error)
        assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"sandbox": "yes"},
        {"demo": 1},
        {"sandbox": True, "demo": True},
        {"options": []},
        {"urls": "https://api.bybit.com"},
        {"urls": {"www": "https://x.org"}},
        {"urls": {"api": {"public": 3}}},
        {"address": 5},
        {"httpsProxy": 5},
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(options: dict[str, object]) -> None:
    assert refused(options).message_id == "exchange-option-wrong"


@pytest.mark.parametrize("proxy", ["proxy", "ftp://p.org", "http://", "http://p.org/?q", "x y"])
def test_an_odd_proxy_is_refused(proxy: str) -> None:
    assert refused({"httpProxy": proxy}).message_id == "exchange-address-wrong"


def test_a_login_of_a_proxy_is_a_secret() -> None:
    login = "http://user:word@proxy.example.org:1"
    plain, logins = without_logins({"httpsProxy": login, "httpProxy": "http://p:1", "demo": True})
    assert plain == {"httpProxy": "http://p:1", "demo": True}
    assert logins == {"httpsProxy": login}
    with pytest.raises(WrongUsage) as caught:
        check({"httpsProxy": "gopher://user:word@proxy.example.org"}, BYBIT)
    assert "word" not in str(caught.value)


def test_what_is_for_practice() -> None:
    assert for_practice({"sandbox": True})
    assert for_practice({"demo": True})
    assert not for_practice({"demo": False})


def test_what_ccxt_says_of_an_exchange() -> None:
    assert OKX.owns("eea.okx.com")
    assert "password" in OKX.needs
    assert BINANCE.owns("fapi.binance.com")
    assert not BINANCE.owns("binance.com.evil.org")
    assert not BINANCE.owns("")
    with pytest.raises(WrongUsage) as caught:
        about("binanceusd")
    assert "binanceusdm" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("defaultType", {}),
        ("defaultType", 7),
        ("defaultSettle", ["USDT"]),
        ("recvWindow", "10000"),
        ("recvWindow", True),
        ("recvWindow", 0.5),
        ("portfolioMargin", "yes"),
        ("uta", 1),
        ("fetchMarkets", "spot"),
        ("vaultAddress", None),
    ],
)
def test_an_inner_option_of_another_type_is_refused(name: str, value: object) -> None:
    error = refused({"options": {name: value}})
    assert error.message_id == "exchange-option-type"
    assert error.params["name"] == f"options.{name}"


def test_inner_options_of_their_types_are_taken() -> None:
    inner = {
        "defaultType": "swap",
        "recvWindow": 10_000,
        "uta": True,
        "fetchMarkets": {"types": ["spot"]},
        "vaultAddress": "0x1",
    }
    assert check({"options": inner}, BYBIT).settings["options"] == inner
