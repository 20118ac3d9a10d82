"""`python -m tests.ui.notifier_host FILE`: a panel of the StatusNotifier kind, for a test.

It takes the watcher's name on the session bus, and writes what the first item that registers shows
(tooltip, menu, sizes of its icon) into FILE, once a second.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from jeepney import (
    DBusAddress,
    MatchRule,
    MessageType,
    Properties,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
)  # fmt: skip
from jeepney.io.threading import DBusRouter, open_dbus_connection

from app.files import write_atomic

_WATCHER = "org.kde.StatusNotifierWatcher"


def _texts(layout: Any) -> list[str]:
    _number, _properties, children = layout
    return [each[1][1]["label"][1] if "label" in each[1][1] else "-" for each in children]


def _look(router: DBusRouter, item: str) -> dict[str, object]:
    at = DBusAddress("/StatusNotifierItem", item, "org.kde.StatusNotifierItem")
    facts = router.send_and_get_reply(Properties(at).get_all()).body[0]
    menu = DBusAddress(facts["Menu"][1], item, "com.canonical.dbusmenu")
    asked = new_method_call(menu, "GetLayout", "iias", (0, -1, []))
    _revision, layout = router.send_and_get_reply(asked).body
    tooltip = facts["ToolTip"][1]
    sizes = sorted(each[0] for each in facts["IconPixmap"][1])
    return {"tooltip": [tooltip[2], tooltip[3]], "menu": _texts(layout), "sizes": sizes}


def _answer(router: DBusRouter, call: Any) -> str:
    """Answer a call; the item that it registers, or ""."""
    fields = {key.name: value for key, value in call.header.fields.items()}
    match fields["member"]:
        case "RegisterStatusNotifierItem":
            router.send(new_method_return(call))
            return str(fields["sender"])
        case "Get":
            router.send(new_method_return(call, "v", (("b", True),)))
        case "GetAll":
            told = {"IsStatusNotifierHostRegistered": ("b", True)}
            router.send(new_method_return(call, "a{sv}", (told,)))
        case _:
            router.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
    return ""


def main() -> None:
    file, item, seen = Path(sys.argv[1]), "", 0.0
    router = DBusRouter(open_dbus_connection("SESSION"))
    calls: Queue[Any] = Queue()
    with router.filter(MatchRule(type=MessageType.method_call), queue=calls):
        router.send_and_get_reply(message_bus.RequestName(_WATCHER))
        while True:
            with suppress(Empty):
                item = _answer(router, calls.get(timeout=0.2)) or item
            if item and time.monotonic() - seen > 1:
                seen = time.monotonic()
                write_atomic(file, json.dumps(_look(router, item)).encode())


if __name__ == "__main__":
    main()
