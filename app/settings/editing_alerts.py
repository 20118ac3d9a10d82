"""Alerts in the settings file: one more, one less, another choice of what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from app.errors import WrongUsage
from app.settings import surgery
from app.settings.editing import edit, find
from app.settings.model import AlertOn, AlertSettings, Settings


def add_alert(path: Path, alert: AlertSettings) -> None:
    """Add an alert behind the others. This and the functions below: as `app.settings.editing`."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        if find(alert.name, [each.name for each in settings.alerts]) is not None:
            raise WrongUsage("alert-taken", name=alert.name)
        text = surgery.append_table(text, "alerts", _values(alert))
        return text, replace(settings, alerts=(*settings.alerts, alert))

    edit(path, change)


def set_alert(path: Path, name: str, on: Sequence[AlertOn]) -> None:
    """Choose anew what an alert tells of; nothing switches it off."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        number = _at(settings, name)
        alert = replace(settings.alerts[number], on=tuple(on))
        text = surgery.change_table(text, "alerts", number, {"on": [each.value for each in on]})
        alerts = (*settings.alerts[:number], alert, *settings.alerts[number + 1 :])
        return text, replace(settings, alerts=alerts)

    edit(path, change)


def remove_alert(path: Path, name: str) -> None:
    """Take an alert out, by its name in upper or lower case."""

    def change(text: str, settings: Settings) -> tuple[str, Settings]:
        number = _at(settings, name)
        left = settings.alerts[:number] + settings.alerts[number + 1 :]
        return surgery.remove_table(text, "alerts", number), replace(settings, alerts=left)

    edit(path, change)


def _at(settings: Settings, name: str) -> int:
    names = [each.name for each in settings.alerts]
    number = find(name, names)
    if number is None:
        raise WrongUsage("alert-unknown", name=name, known=", ".join(names) or "–")
    return number


def _values(alert: AlertSettings) -> surgery.Values:
    values: dict[str, surgery.Value] = {
        "name": alert.name, "id": alert.id, "service": alert.service,
    }  # fmt: skip
    if alert.silence:
        values["silence"] = True
    else:
        values["on"] = [each.value for each in alert.on]
    return values
