"""A trader's backup on a drive, made up: what the restore wizard is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.ui.protocol import Told
from app.ui.reader import Answer
from tests.ui.situations import HOME

KEEP = "/media/trader/KEEP-1/Tradekeep"
BOT = f"{HOME}/bots/trend-btc"
PLACES: dict[str, object] = {
    "drives": [
        {
            "path": "/media/trader/KEEP-1", "label": "KEEP-1", "answered": True,
            "free": 400_000_000_000, "size": 500_000_000_000,
            "repositories": [
                {"place": KEEP, "name": "KEEP-1", "machines": ["desk", "vps-1"],
                 "snapshots": 214, "newest": "2026-11-24T11:04:00Z"}
            ],
        },
        {"path": "/mnt/nas", "label": "nas", "answered": False, "repositories": []},
    ],
    "folders": [],
}  # fmt: skip
SNAPSHOTS: list[dict[str, object]] = [
    {"id": f"{number:064x}", "time": time, "host": host, "tags": [],
     "paths": [BOT, f"{HOME}/notes"], "size": 1_230_000_000, "files": 244, "bytes_added": 3_100_000}
    for number, (time, host) in enumerate(
        [("2026-11-24T11:04:00Z", "desk"), ("2026-11-23T17:00:00Z", "desk"),
         ("2026-11-23T05:00:00Z", "vps-1"), ("2026-11-20T17:00:00Z", "desk"),
         ("2026-10-31T17:00:00Z", "desk")], start=1)
]  # fmt: skip
FOLDER: list[dict[str, object]] = [
    {"name": "logs", "type": "dir", "size": 0, "mtime": "2026-11-23T16:00:00Z"},
    {"name": "user_data", "type": "dir", "size": 0, "mtime": "2026-11-23T16:00:00Z"},
    {"name": "config.json", "type": "file", "size": 4100, "mtime": "2026-11-20T16:30:00Z"},
    {"name": "tradesv3.sqlite", "type": "file", "size": 88_400_000,
     "mtime": "2026-11-23T16:58:00Z"},
]  # fmt: skip
IN_THE_WAY: list[dict[str, object]] = [
    {"path": "trend-btc/config.json", "size": 4100, "mtime": "2026-11-24T08:12:00Z",
     "name": "config.json.before-restore", "blocks": False},
    {"path": "trend-btc/tradesv3.sqlite", "size": 88_400_000, "mtime": "2026-11-24T11:16:00Z",
     "name": "tradesv3.sqlite.before-restore", "blocks": False},
    {"path": "trend-btc/user_data/strategies/Trend.py", "size": 11_000,
     "mtime": "2026-11-20T16:30:00Z", "name": "Trend.py.before-restore", "blocks": False},
]  # fmt: skip
PLAN: dict[str, object] = {
    "files": 244, "bytes": 1_230_000_000, "new": 38, "different": 3, "same": 203, "blocked": 0,
    "write": 95_000_000, "room": {"path": HOME, "needed": 95_000_000, "free": 71_000_000_000},
}  # fmt: skip


def answers(question: Mapping[str, Any]) -> Sequence[Answer]:
    """What the reading child says."""
    match question["do"]:
        case "snapshots":
            last: dict[str, object] = {"total": len(SNAPSHOTS), "next": None}
            return [Answer(rows=SNAPSHOTS, last=last)]
        case "stat":  # of /.tradekeep: only a backup of everything has it
            return [Answer(error=Told("path-not-in-snapshot"))]
        case "folder":
            return [Answer(rows=FOLDER, last={"total": len(FOLDER), "next": None})]
        case "sizes":
            sizes = {
                "logs": 12_000,
                "user_data": 2_400_000,
                "trend-btc": 90_800_000,
                "notes": 51_000,
            }
            rows = [{"name": name, "bytes": size} for name, size in sizes.items()]
            return [Answer(rows=rows, more=True), Answer()]
        case "measure":
            return [Answer(last={"files": 244, "bytes": 1_230_000_000})]
        case "restore-plan":
            return [Answer(rows=IN_THE_WAY, more=True), Answer(last=PLAN)]
        case "search":
            found = [{"path": f"{BOT}/config.json", "type": "file", "size": 4100}]
            return [Answer(rows=found, more=True), Answer(last={"found": 1, "cut": False})]
    return []


def of_a_whole_computer(question: Mapping[str, Any]) -> Sequence[Answer]:
    """The same for a backup of everything."""
    if question["do"] == "stat":
        return [Answer(last={"path": "/.tradekeep", "type": "dir"})]
    return answers(question)


def _part(what: str, name: str, old: str, new: str, why: str, size: int) -> dict[str, object]:
    return {
        "what": what, "name": name, "from": old, "to": new, "why": why,
        "files": max(1, size // 4_000_000), "bytes": size,
    }  # fmt: skip


RECOVER_PLAN: dict[str, object] = {
    **PLAN, "files": 1_311, "bytes": 3_420_000_000, "write": 3_400_000_000, "new": 1_308,
    "different": 1, "same": 2,
    "room": {"path": HOME, "needed": 6_900_000_000, "free": 71_000_000_000},
    "parts": [
        _part("sources", "trend-btc", "C:\\Users\\bob\\bots\\trend-btc",
              f"{HOME}/bots/trend-btc", "home", 1_230_000_000),
        _part("sources", "grid-eth", "D:\\bots\\grid-eth", f"{HOME}/D/bots/grid-eth", "system",
              940_000_000),
        _part("sources", "notes", "C:\\Users\\bob\\notes", f"{HOME}/Documents/notes", "asked",
              51_000),
        _part("archive", "archive", "C:\\Users\\bob\\AppData\\Local\\Tradekeep\\archive",
              f"{HOME}/.local/share/tradekeep/archive", "own", 1_200_000_000),
    ],
    "in_the_way": [
        {"path": f"{HOME}/bots/trend-btc/config.json", "size": 4100,
         "mtime": "2026-11-24T08:12:00Z", "name": "config.json.before-restore", "blocks": False}
    ],
    "repository": f"{HOME}/.local/share/tradekeep/repository",
    "settings": {
        "accounts": ["Binance", "Bybit"], "copies": ["KEEP-1", "Dropbox"], "alerts": ["Telegram"],
        "schedule": True, "secrets": ["Binance"],
    },
    "problems": [],
}  # fmt: skip
RECOVERED: dict[str, object] = {
    "files": 1_311, "bytes": 3_420_000_000, "aside": 1, "damaged": 0,
    "repository": f"{HOME}/.local/share/tradekeep/repository", "copy": "KEEP-1",
    "accounts": ["Bybit"], "copies": ["Dropbox"], "alerts": ["Telegram"],
    "hosts": ["Binance"], "foreign": {"Binance": ["proxy.example.org"]},
}  # fmt: skip
KEYS: dict[str, object] = {
    "keys": [
        {"id": "a" * 64, "kind": "device", "host": "desk", "in_use": False},
        {"id": "b" * 64, "kind": "device", "host": "new", "in_use": True},
        {"id": "c" * 64, "kind": "recovery", "host": "desk", "in_use": False},
        {"id": "d" * 64, "kind": "device", "host": "vps-1", "in_use": False},
    ]
}
