"""The settings: one commented TOML file that a person and this program both may edit.

`load` reads it; the other functions change one thing and leave every other byte as it was. This
module is the room's door: what the rest of the house imports.
"""

from __future__ import annotations

from app.settings.editing import (
    add_candles,
    add_copy,
    add_exchange,
    add_source,
    change_copy,
    remove_candles,
    remove_copy,
    remove_exchange,
    remove_source,
    set_exclude,
    set_keep,
    set_power,
    set_repository,
    set_schedule,
    set_secrets_in_backup,
    set_window,
)
from app.settings.editing_alerts import add_alert, remove_alert, set_alert
from app.settings.mistakes import BrokenSettings, Mistake, NewerSettings
from app.settings.model import (
    VERSION,
    AlertOn,
    AlertSettings,
    Appearance,
    CandleSettings,
    CopySettings,
    Environment,
    ExchangeSettings,
    KeepSettings,
    Metered,
    PowerSettings,
    RepositorySettings,
    ScheduleKind,
    ScheduleSettings,
    Settings,
    SourceKind,
    SourceSettings,
    WindowSettings,
)
from app.settings.reading import load

__all__ = [
    "VERSION",
    "AlertOn",
    "AlertSettings",
    "Appearance",
    "BrokenSettings",
    "CandleSettings",
    "CopySettings",
    "Environment",
    "ExchangeSettings",
    "KeepSettings",
    "Metered",
    "Mistake",
    "NewerSettings",
    "PowerSettings",
    "RepositorySettings",
    "ScheduleKind",
    "ScheduleSettings",
    "Settings",
    "SourceKind",
    "SourceSettings",
    "WindowSettings",
    "add_alert",
    "add_candles",
    "add_copy",
    "add_exchange",
    "add_source",
    "change_copy",
    "load",
    "remove_alert",
    "remove_candles",
    "remove_copy",
    "remove_exchange",
    "remove_source",
    "set_alert",
    "set_exclude",
    "set_keep",
    "set_power",
    "set_repository",
    "set_schedule",
    "set_secrets_in_backup",
    "set_window",
]
