"""Exchange accounts in the settings: read, added, taken out, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from app.errors import WrongUsage
from app.settings.settings import (
    Environment,
    ExchangeSettings,
    Settings,
    add_exchange,
    add_source,
    load,
    remove_exchange,
    set_repository,
    set_secrets_in_backup,
)
from tests.settings.support import NAMES, REPOSITORY, broken, folder

FULL = ExchangeSettings(
    name="main",
    exchange="binanceusdm",
    environment=Environment.DEMO,
    since=date(2024, 1, 31),
    options={"hostname": "bytick.com", "demo": True, "options": {"recvWindow": 5000}},
    share=0.25,
    sample_minutes=5,
)
TEXT = """\
version = 1
[[exchanges]]  # the bot's
name = "main"
exchange = "binanceusdm"
environment = "demo"
since = 2024-01-31
options = { hostname = "bytick.com", demo = true, options = { recvWindow = 5000 } }
share = 0.25
sample_minutes = 5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_everything_at_once(file: Path) -> None:
    file.write_text(TEXT, encoding="utf-8")
    assert load(file).exchanges == (FULL,)
    quoted = TEXT.replace("2024-01-31", '"2024-01-31"').replace("0.25", "1")
    file.write_text(quoted, encoding="utf-8")
    assert load(file).exchanges[0].since == date(2024, 1, 31)
    assert load(file).exchanges[0].share == 1.0


def test_what_is_added_is_loaded_and_goes_again(file: Path) -> None:
    add_exchange(file, FULL)
    before = file.read_bytes()
    add_exchange(file, ExchangeSettings("other", "okx"))
    assert load(file).exchanges == (FULL, ExchangeSettings("other", "okx"))
    remove_exchange(file, "OTHER")
    assert file.read_bytes() == before
    remove_exchange(file, "main")
    assert load(file) == Settings()


def test_among_other_settings(file: Path) -> None:
    add_source(file, folder("a"))
    add_exchange(file, FULL)
    set_secrets_in_backup(file, True)
    set_repository(file, REPOSITORY)
    set_secrets_in_backup(file, False)
    assert load(file) == Settings(
        repository=REPOSITORY,
        sources=(folder("a"),),
        exchanges=(FULL,),
        secrets_in_backup=False,
    )


def test_in_an_inline_array(file: Path) -> None:
    file.write_text('version = 1\nexchanges = [\n{name="a", exchange="okx"},\n]\n')
    add_exchange(file, FULL)
    assert load(file).exchanges == (ExchangeSettings("a", "okx"), FULL)


_LEAVES = st.text(st.characters(codec="utf-8"), max_size=8) | st.booleans() | st.integers(0, 2**40)
_OPTIONS = st.recursive(
    _LEAVES,
    lambda each: (
        st.lists(each, max_size=2).map(tuple) | st.dictionaries(st.text("abc", min_size=1), each)
    ),
    max_leaves=6,
)


@given(NAMES, st.dictionaries(st.text("abc", min_size=1, max_size=4), _OPTIONS, max_size=3))
@hypothesis(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_option_comes_back(file: Path, name: str, options: dict[str, object]) -> None:
    file.unlink(missing_ok=True)
    account = ExchangeSettings(name, "okx", options=options)  # type: ignore[arg-type]
    add_exchange(file, account)
    assert load(file).exchanges == (account,)


def test_a_name_that_is_taken_or_unknown(file: Path) -> None:
    add_exchange(file, FULL)
    with pytest.raises(WrongUsage) as caught:
        add_exchange(file, ExchangeSettings("MAIN", "okx"))
    assert caught.value.message_id == "exchange-taken"
    with pytest.raises(WrongUsage) as caught:
        remove_exchange(file, "no")
    assert caught.value.params == {"name": "no", "known": "main"}


@pytest.mark.parametrize(
    ("was", "wrong", "line", "key"),
    [
        ('"binanceusdm"', '"Binance USD-M"', 4, "exchanges.exchange"),
        ('"demo"', '"paper"', 5, "exchanges.environment"),
        ("2024-01-31", '"last year"', 6, "exchanges.since"),
        ("2024-01-31", "2024-01-31T10:00:00", 6, "exchanges.since"),
        ("5000", "0.5", 7, "exchanges.options"),
        ("0.25", "0", 8, "exchanges.share"),
        ("0.25", "1.5", 8, "exchanges.share"),
        ("0.25", "true", 8, "exchanges.share"),
        ("= 5\n", "= 0\n", 9, "exchanges.sample_minutes"),
        ("sample_minutes", "secret", 9, "exchanges.secret"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    file: Path, was: str, wrong: str, line: int, key: str
) -> None:
    error = broken(file, TEXT.replace(was, wrong))
    (mistake,) = error.mistakes
    assert mistake.line == line
    assert mistake.key.startswith(key)
    assert "{" not in str(error).replace("{ hostname", "")
