"""What the keys in bots' configurations may do, where a person asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.monitor import Recorder
from app.services.bot_keys import bot_keys, bots_of
from app.services.home import Home
from app.services.sources import add_bot
from tests.bots.support import freqtrade
from tests.cli.exchange_support import KEY, SECRET, Place, sample_exchange
from tests.services.exchange_home import add, home_at


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=2) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, place: Place) -> Home:
    """A machine with an account, and a bot with a key at the same exchange."""
    home = add(home_at(tmp_path), place)
    bot = freqtrade(tmp_path / "ft")
    _configure(bot, {"name": "binanceusdm", "key": KEY, "secret": SECRET})
    add_bot(home, bot)
    return home.fresh()


def _configure(bot: Path, exchange: dict[str, str]) -> None:
    (bot / "user_data" / "config.json").write_text(json.dumps({"exchange": exchange}))


def _keys(home: Home, monitor: Recorder, *, ask: bool) -> list[dict[str, Any]]:
    found = bot_keys(home, bots_of(home), monitor, ask_exchange=ask)
    said = json.dumps(found) + repr([each.sentence for each in monitor.problems])
    assert KEY not in said and SECRET not in said
    return found


def test_nobody_is_asked_unless_a_person_wishes_it(home: Home, place: Place) -> None:
    before = place.server.calls()
    monitor = Recorder()
    (key,) = _keys(home, monitor, ask=False)
    assert (key["exchange"], key["tail"], key["rights"]) == ("binanceusdm", KEY[-4:], None)
    assert key["file"] == "user_data/config.json"
    assert place.server.calls() == before
    assert monitor.problems == []


def test_a_key_that_may_withdraw_is_called_out_and_remembered(home: Home, place: Place) -> None:
    place.wire.may_withdraw = place.wire.may_trade = True
    asked = Recorder()
    (key,) = _keys(home, asked, ask=True)
    assert key["rights"] == {"withdraw": True, "trade": True} and key["rights_checked"]
    assert [each.message_id for each in asked.problems] == ["bot-key-withdraws"]
    assert "may withdraw money" in asked.problems[0].sentence.title
    later = Recorder()
    assert _keys(home, later, ask=False)[0]["rights"] == key["rights"]
    assert [each.message_id for each in later.problems] == ["bot-key-withdraws"]


def test_a_key_that_only_reads_is_no_problem(home: Home) -> None:
    monitor = Recorder()
    (key,) = _keys(home, monitor, ask=True)
    assert key["rights"] == {"withdraw": False, "trade": False}
    assert monitor.problems == []


@pytest.mark.parametrize(
    ("exchange", "message_id"),
    [
        ({"name": "binanceusdm", "key": "AnotherKeyOfThatBot9", "secret": SECRET}, "unanswered"),
        ({"name": "binanceusdm", "key": KEY}, "incomplete"),
        ({"name": "somewhere", "key": KEY, "secret": SECRET}, "incomplete"),
    ],
)
def test_what_cannot_be_told_is_said(
    home: Home, tmp_path: Path, exchange: dict[str, str], message_id: str
) -> None:
    _configure(tmp_path / "ft", exchange)
    monitor = Recorder()
    (key,) = _keys(home, monitor, ask=True)
    assert key["rights"] is None
    assert [each.message_id for each in monitor.problems] == [f"bot-key-{message_id}"]
    assert "user_data/config.json" in monitor.problems[0].sentence.title


def test_of_an_encrypted_key_nothing_is_asked(home: Home, tmp_path: Path) -> None:
    _configure(tmp_path / "ft", {"name": "binanceusdm", "key": "gAAAA" + "b" * 200})
    monitor = Recorder()
    (key,) = _keys(home, monitor, ask=True)
    assert (key["encrypted"], key["tail"], key["rights"]) == (True, "", None)
    assert monitor.problems == []
