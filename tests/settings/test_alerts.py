"""Alerts in the settings file: read, added, chosen anew, taken out; nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import WrongUsage
from app.settings.settings import (
    AlertOn,
    AlertSettings,
    BrokenSettings,
    add_alert,
    load,
    remove_alert,
    set_alert,
)

PHONE = AlertSettings("phone", "0" * 16, "Telegram", (AlertOn.FAILED, AlertOn.WEEKLY))
SWITCH = AlertSettings("watchdog", "1" * 16, "hc-ping.com", silence=True)
TEXT = '# mine\nversion = 1\n\n[window]\nlanguage = "de"  # also mine\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "settings.toml"
    made.write_text(TEXT)
    return made


def test_alerts_come_and_go_and_leave_every_other_byte(file: Path) -> None:
    add_alert(file, PHONE)
    add_alert(file, SWITCH)
    assert load(file).alerts == (PHONE, SWITCH)
    set_alert(file, "PHONE", (AlertOn.OVERDUE,))
    assert load(file).alerts[0].on == (AlertOn.OVERDUE,)
    set_alert(file, "phone", ())
    assert load(file).alerts[0].on == ()
    remove_alert(file, "Phone")
    remove_alert(file, "watchdog")
    assert file.read_text() == TEXT


def test_two_alerts_of_one_name_and_unknown_ones_are_refused(file: Path) -> None:
    add_alert(file, PHONE)
    with pytest.raises(WrongUsage, match="already") as taken:
        add_alert(file, AlertSettings("Phone", "2" * 16, "ntfy"))
    assert taken.value.message_id == "alert-taken"
    for change in (lambda: remove_alert(file, "desk"), lambda: set_alert(file, "desk", ())):
        with pytest.raises(WrongUsage) as unknown:
            change()
        assert unknown.value.params == {"name": "desk", "known": "phone"}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('on = ["failed", "always"]', "alerts.on"),
        ('on = "failed"', "alerts.on"),
        ('silence = "yes"', "alerts.silence"),
        ('address = "ntfy://x"', "alerts.address"),
    ],
)
def test_a_mistake_in_an_alert_is_told_with_its_line(file: Path, line: str, key: str) -> None:
    block = f'[[alerts]]\nname = "phone"\nid = "{"0" * 16}"\nservice = "ntfy"\n{line}\n'
    file.write_text(f"version = 1\n{block}")
    with pytest.raises(BrokenSettings) as caught:
        load(file)
    (mistake,) = caught.value.mistakes
    assert mistake.line == 6
    assert mistake.key.startswith(key)
