"""Keys in the configurations of bots: named, never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.keys import FoundKey, exchange_in, found_keys

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
FERNET = "gAAAAABl" + "a" * 120


def _put(bot: Path, name: str, text: str) -> None:
    (bot / name).parent.mkdir(parents=True, exist_ok=True)
    (bot / name).write_text(text.replace("KEY_", KEY).replace("SECRET_", SECRET))


@pytest.mark.parametrize(
    ("name", "text", "exchange"),
    [
        ("user_data/config.json", """{
            // my bot
            "exchange": {"name": "binance", "key": "KEY_", /* live */ "secret": "SECRET_",},
            "telegram": {"token": "123456789012345"}, }""", "binance"),
        ("api-keys.json", """{"referenced_by": "live", "bybit_01": {"exchange": "bybit",
            "key": "KEY_", "secret": "SECRET_"}}""", "bybit"),
        ("user/config.json", '{"exchanges": {"okx": {"api-key": "KEY_", "api-secret": "SECRET_"}}}',
            "okx"),
        ("config.js", """var config = { exchanges: { kraken: {
            key: 'KEY_',
            secret: 'SECRET_' } } }""", "kraken"),
        ("conf.js", "c.gdax = {}\nc.gdax.key = 'KEY_'\nc.gdax.secret = 'SECRET_'\n", "coinbase"),
        (".env", "BITGET_API_KEY=KEY_\nexport BITGET_API_SECRET='SECRET_'\n", "bitget"),
        (".env", "FREQTRADE__EXCHANGE__NAME=kucoin\nFREQTRADE__EXCHANGE__KEY=KEY_\n"
            "FREQTRADE__EXCHANGE__SECRET=SECRET_\n", "kucoin"),
        ("config.py", "EXCHANGE = 'gateio'\nAPI_KEY = 'KEY_'\nAPI_SECRET = 'SECRET_'\n", "gate"),
        ("conf/bot.yml", "exchange: deribit\napi_key: KEY_\napi_secret: SECRET_\n", "deribit"),
        ("config.toml", "[mexc]\napi_key = 'KEY_'\nsecret = 'SECRET_'\n", "mexc"),
        ("config.json", '{"key": "KEY_", "secret": "SECRET_"}', ""),
        ("config.json", '{"exchange": {"name": "htx", "key": "KEY_", "secret": "SECRET_" broken',
            "htx"),
    ],
)  # fmt: skip
def test_a_key_is_found_in_each_kind_of_file(
    tmp_path: Path, name: str, text: str, exchange: str
) -> None:
    _put(tmp_path, name, text)
    (found,) = found_keys(tmp_path)
    assert (found.file, found.exchange, found.tail) == (name, exchange, "Eh8A")
    assert found.secrets["apiKey"].reveal() == KEY
    assert found.secrets["secret"].reveal() == SECRET
    assert KEY not in repr(found) and SECRET not in repr(found)


def test_a_wallet_is_named_by_its_address(tmp_path: Path) -> None:
    wallet, private = "0x" + "ab" * 20, "0x" + "cd" * 32
    told = {"exchange": "hyperliquid", "wallet_address": wallet, "private_key": private}
    (tmp_path / "api-keys.json").write_text(json.dumps({"hl": told}))
    (found,) = found_keys(tmp_path)
    assert (found.exchange, found.tail) == ("hyperliquid", "abab")
    assert set(found.secrets) == {"walletAddress", "privateKey"}
    assert private not in repr(found)


def test_encrypted_keys_are_named_as_such(tmp_path: Path) -> None:
    _put(
        tmp_path,
        "conf/connectors/binance.yml",
        "connector: binance\nbinance_api_key: " + "7b22" * 200,
    )
    _put(tmp_path, "user/config.json", f'{{"exchanges": {{"okx": {{"api-key": "{FERNET}"}}}}}}')
    first, second = found_keys(tmp_path)
    assert (first.exchange, first.encrypted, first.tail) == ("binance", True, "")
    assert (second.exchange, second.encrypted, second.secrets) == ("okx", True, {})


def test_keys_that_come_from_variables_and_samples_are_none(tmp_path: Path) -> None:
    _put(
        tmp_path,
        "conf.js",
        """
        c.gdax = {}
        c.gdax.key = process.env.ZENBOT_GDAX_API_KEY
        c.gdax.passphrase = process.env.ZENBOT_GDAX_PASSPHRASE
        c.selector = process.env.SELECTOR || 'gdax.BTC-USD'
        """,
    )
    _put(
        tmp_path,
        "config.py",
        "API_KEY = os.environ['BINANCE_API_KEY']\nSECRET = getenv('SECRET_OF_MINE')\n",
    )
    _put(
        tmp_path,
        "api-keys.json",
        """{
        "referrals": {"bybit": "https://partner.bybit.com/b/x"},
        "bybit_01": {"exchange": "bybit", "key": "key", "secret": "secret"},
        "lighter_01": {"private_key": "YOUR_80_HEX_CHARACTER_L2_API_PRIVATE_KEY"},
        "kraken_01": {"exchange": "kraken", "apiKey": "your_api_key", "secret": "your_api_secret"}
        }""",
    )
    assert found_keys(tmp_path) == []


def test_a_notifiers_key_is_none_of_an_exchange(tmp_path: Path) -> None:
    other = KEY[::-1]
    text = f"c.gdax.key = 'KEY_'\nc.gdax.secret = 'SECRET_'\nc.notifiers.prowl.key = '{other}'\n"
    _put(tmp_path, "conf.js", text)
    _put(tmp_path, "config.json", f'{{"notifications": [{{"key": "{other}", "secret": "x"}}]}}')
    (found,) = found_keys(tmp_path)
    assert (found.exchange, found.tail) == ("coinbase", KEY[-4:])


def test_two_keys_of_a_file_and_one_key_in_two_files(tmp_path: Path) -> None:
    other = KEY[::-1]
    _put(tmp_path, "api-keys.json", f"""{{
        "one": {{"exchange": "bybit", "key": "KEY_", "secret": "s"}},
        "two": {{"exchange": "bitget", "key": "{other}", "secret": "s"}}}}""")  # fmt: skip
    _put(tmp_path, "config.py", f"BYBIT_KEY = 'KEY_'\nBITGET_KEY = '{other}'\n")
    found = found_keys(tmp_path)
    assert [(each.file, each.exchange) for each in found] == [
        ("api-keys.json", "bitget"), ("api-keys.json", "bybit"),
        ("config.py", "bitget"), ("config.py", "bybit"),
    ]  # fmt: skip
    assert len({each.fingerprint for each in found}) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"key": "YOUR_API_KEY_GOES_HERE", "secret": "x"}',
        '{"key": "your_exchange_key", "secret": "x"}',
        '{"key": "", "secret": ""}',
        '{"key": "short", "secret": "x"}',
        '{"api_server": {"jwt_secret_key": "aaaaaaaaaaaaaaaaaaaaaaaa"}}',
        '{"key": "${BINANCE_KEY_OF_MINE}"}',
        "[" * 2000,
    ],
)
def test_what_is_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert found_keys(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "exchange"),
    [
        ("Binance", "binance"), ("binance_perpetual", "binance"), ("bybit_01", "bybit"),
        ("okex", "okx"), ("gateio", "gate"), ("a kraken.com key", "kraken"), ("unbybitten", ""),
        ("", ""), ("binanceusdm", "binanceusdm"),
    ],
)  # fmt: skip
def test_exchanges_are_known_by_name(text: str, exchange: str) -> None:
    assert exchange_in(text) == exchange


@given(st.text(max_size=400))
def test_any_text_may_stand_in_a_configuration(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "keys"
    folder.mkdir(exist_ok=True)
    for name in ("config.json", ".env", "config.py"):
        (folder / name).write_text(text, encoding="utf-8")
    assert all(isinstance(each, FoundKey) for each in found_keys(folder))
