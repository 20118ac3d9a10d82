"""No password of an address is shown, also one with a slash that nobody has written as %2F."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.bots.redact import command
from app.bots.redact_lines import settings
from app.exchange.evidence import without_signature
from app.redact import address
from app.services.alert_texts import address as of_alerts
from app.ui.words import redacted

SHOWN: dict[str, Callable[[str], str]] = {
    "an address": address,
    "a command": lambda text: command(f"restic -r {text} backup"),
    "a file of settings": lambda text: "\n".join(settings([f'proxy = "{text}"'])),
    "evidence": without_signature,
    "an alert": of_alerts,
    "the window": redacted,
}


LOGINS = ("me:hunter2", "me:hun/ter2", "me:hu@n/t:er2", ":hun/ter2", "hunter2")
PLAIN = (
    "https://h.org/keep",
    "https://h.org:9000/keep",
    "https://h.org/p?a=b:c",
    "https://h.org/@x/y",
)


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize("login", LOGINS)
def test_a_login_in_an_address_is_hidden(show: Callable[[str], str], login: str) -> None:
    told = show(f"https://{login}@example.org/keep")
    assert "example.org" in told
    assert not any(part in told for part in ("hun", "ter2", "t:er"))


@pytest.mark.parametrize("plain", PLAIN)
def test_what_has_no_login_is_shown_as_it_is(plain: str) -> None:
    assert address(plain) == plain
    assert without_signature(plain).startswith(plain.partition("?")[0])
