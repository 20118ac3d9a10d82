"""What is remembered of a key's rights: as the exchange told last, and nothing that it did not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.errors import AppError
from app.exchange.rights import Rights
from app.monitor import Recorder
from app.services import exchanges, key_rights
from app.services.browse_archive import ArchiveBrowser
from app.services.home import Home
from app.services.questions import ListAccounts
from tests.cli.exchange_support import KEY, SECRET, Place, sample_exchange
from tests.services.exchange_home import SECRETS, add, home_at


@pytest.fixture
def place() -> Iterator[Place]:
    with sample_exchange(fills=5) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, place: Place) -> Home:
    return add(home_at(tmp_path), place)


def told(home: Home) -> dict[str, Any]:
    (account,) = home.fresh().settings.exchanges
    return key_rights.as_json(home, account)


def test_rights_are_told_without_asking_the_exchange_again(home: Home) -> None:
    answer: dict[str, Any] = ArchiveBrowser(home, lambda: 0).answer(ListAccounts(id=1))
    (account,) = answer["accounts"]
    assert account["rights"] == {"withdraw": False, "trade": False}
    assert account["rights_checked"] is not None


def test_a_key_that_became_dangerous_is_not_said_to_be_read_only(home: Home, place: Place) -> None:
    place.wire.may_withdraw = True
    with pytest.raises(AppError, match="may withdraw money"):
        exchanges.check(home, "main", Recorder())
    assert told(home)["rights"]["withdraw"] is True


def test_a_key_that_was_refused_leaves_what_is_known_of_the_old_one(
    home: Home, place: Place
) -> None:
    place.wire.may_withdraw = True
    with pytest.raises(AppError, match="may withdraw money"):
        exchanges.replace_key(home, "main", SECRETS, Recorder())
    assert told(home)["rights"] == {"withdraw": False, "trade": False}


def test_an_account_that_was_removed_leaves_no_note(home: Home) -> None:
    (account,) = home.settings.exchanges
    exchanges.remove(home, "main")
    assert key_rights.as_json(home, account) == {"rights": None, "rights_checked": None}


def test_a_note_about_another_exchange_does_not_count(home: Home) -> None:
    (account,) = home.settings.exchanges
    other = msgspec.structs.replace(account, exchange="bybit")
    assert key_rights.as_json(home, other)["rights"] is None


def test_what_an_exchange_does_not_tell_is_not_claimed(home: Home) -> None:
    (account,) = home.settings.exchanges
    key_rights.note(home, account, Rights(withdraw=False, trade=True))
    key_rights.note(home, account, None)
    noted = told(home)
    assert noted["rights"] is None
    assert noted["rights_checked"] is not None


def test_a_file_that_cannot_be_read_claims_nothing(home: Home) -> None:
    home.paths.rights_file.write_bytes(b"{")
    assert told(home) == {"rights": None, "rights_checked": None}


def test_nothing_of_the_key_is_in_the_file(home: Home) -> None:
    kept = home.paths.rights_file.read_text(encoding="utf-8")
    assert "main" in kept
    assert KEY not in kept
    assert SECRET not in kept
