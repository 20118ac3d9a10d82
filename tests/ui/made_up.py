"""What the reading child might answer: two machines, a bot, a configuration that was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.ui.reader import Answer
from app.ui.report import LockedYear
from tests.ui.situations import HOME, NOW

_BOT = f"{HOME}/bots/trend-btc"


def _snapshot(number: int, when: datetime, host: str, *tags: str) -> dict[str, object]:
    added = (412, 38, 377, 438, 402, 391, 520, 1300)[number % 8] * 1_000_000
    return {
        "id": f"{number:064x}", "time": when.isoformat(), "host": host, "tags": list(tags),
        "paths": [f"{HOME}/bots", f"{HOME}/charts"], "size": 41_800_000_000, "files": 5393,
        "bytes_added": added,
    }  # fmt: skip


def snapshots() -> list[dict[str, object]]:
    """Three a day on the desk, one a day on the server; fewer of the older ones."""
    made = []
    for days in (0, 1, 2, 3, 5, 8, 13, 21, 40, 48, 84, 150, 310):
        for hour in (12, 8, 6) if days < 2 else (18,):
            when = NOW.replace(hour=hour, minute=4 if hour == 12 else 0) - timedelta(days=days)
            host = "vps-fra" if hour == 8 else "desk"
            tags = {(1, 12): ("known-good",), (48, 18): ("pinned", "before the bot update")}
            made.append(_snapshot(len(made) + 1, when, host, *tags.get((days, hour), ())))
    return made


def _file(name: str, kind: str, size: int, **ago: float) -> dict[str, object]:
    when = (NOW - timedelta(**ago)).isoformat()
    return {"name": name, "type": kind, "size": size, "mtime": when}


FOLDER = [
    _file("backtest_results", "dir", 0, days=12),
    _file("hyperopt_results", "dir", 0, days=5),
    _file("strategies", "dir", 0, days=1),
    _file("config.json", "file", 4_100, hours=20),
    _file("tradesv3.sqlite", "file", 88_400_000, hours=18),
    _file("whitelist.json", "file", 980, hours=19),
]
CHANGES = "==~~~+"
GONE = [_file("config-old.json", "file", 3_900, days=22)]
_TEXT = (
    (" ", 11, 11, '  "stake_currency": "USDT",', False),
    ("-", 12, None, '  "stake_amount": 250,', False),
    ("+", None, 12, '  "stake_amount": 400,', False),
    ("-", 13, None, '  "max_open_trades": 3,', False),
    ("+", None, 13, '  "max_open_trades": 5,', False),
    (" ", 14, 14, '  "exchange": {', False),
    (" ", 15, 15, '    "name": "binance",', False),
    (" ", 16, 16, '    "key": "***",', True),
    ("~", 17, 17, '    "secret": "***",', True),
    (" ", 18, 18, '    "pair_whitelist": ["BTC/USDT:USDT", "ETH/USDT:USDT"]', False),
    (" ", 19, 19, "  },", False),
    (" ", 20, 20, '  "stoploss": -0.08,', False),
    (" ", 21, 21, '  "timeframe": "5m",', False),
)


def answers(question: Mapping[str, Any]) -> Sequence[Answer]:
    """An answer to each question of the Snapshots page."""
    match question["do"]:
        case "snapshots":
            rows = snapshots()
            return [Answer(last={"rows": rows, "total": len(rows), "next": None})]
        case "folder":
            return [Answer(last={"rows": FOLDER, "total": len(FOLDER)})]
        case "changes":
            return [Answer(last={"changes": CHANGES, "gone": GONE})]
        case "compare":
            names = ("mark", "before", "after", "text", "secret")
            rows = [dict(zip(names, line, strict=True)) for line in _TEXT]
            return [Answer(rows=rows, more=True), Answer(last={"kind": "text"})]
    return ()


_AUTHORITY = "DigiCert Trusted Root G4"
_ARCHIVE = f"{HOME}/.local/share/tradekeep/archive"


def _year(label: str, **changes: Any) -> LockedYear:
    fields: dict[str, Any] = {
        "year": int(label[:4]), "made": NOW - timedelta(days=300), "rows": 48_213,
        "path": f"{_ARCHIVE}/years/{label}/1",
        "public_key": "8ccac9f7" * 8, "sha256": "97b65fed954ced73" * 4,
        "checked": NOW - timedelta(hours=3),
    }  # fmt: skip
    return LockedYear(label, **(fields | changes))


YEARS = (
    _year("2023", stamped=True,
          authority=f"CN={_AUTHORITY},OU=www.digicert.com,O=DigiCert Inc,C=US"),
    _year("2024", lock=2, path=f"{_ARCHIVE}/years/2024/2", added=3, changed=1, gaps=2, rows=61_002,
        missing=(
        "2 stretches of the year are missing. The first: ledger of main, from 2024-03-01 to "
        "2024-04-12.",
    )),
    _year("2025-bybit", account="bybit", checked=None, rows=9_114),
)  # fmt: skip

_RUNS = (
    ("backup", "ok", 0.2, 41.9, 412_000_000, 0, ""),
    ("verify", "ok", 18, 540.0, None, 0, "KEEP-1"),
    ("backup", "problems", 24, 52.1, 438_000_000, 1, ""),
    ("pull", "ok", 30, 64.0, None, 0, ""),
    ("backup", "failed", 48, 3.1, None, 0, ""),
    ("sync", "cancelled", 50, 12.5, 88_000_000, 0, "KEEP-1"),
    ("restore", "ok", 72, 112.0, None, 0, ""),
    ("prune", "ok", 170, 8.2, None, 0, ""),
)


def runs(arguments: Sequence[str]) -> dict[str, object]:
    """What `tradekeep runs` answers."""
    made = []
    for number, (job, outcome, hours, seconds, added, problems, place) in enumerate(_RUNS):
        started = (NOW - timedelta(hours=hours)).isoformat()
        made.append(
            {
                "run": f"{number:016x}",
                "job": job,
                "outcome": outcome,
                "started": started,
                "seconds": seconds,
                "added": added,
                "problems": problems,
                "place": place,
            }
        )
    if len(arguments) > 1 and not arguments[1].startswith("--"):
        unreadable = {
            "id": "file-unreadable",
            "params": {
                "path": f"{HOME}/bots/grid-eth/conf/binance.yml",
                "reason": "Permission denied",
            },
        }
        steps = [
            {"step": "exchanges", "seconds": 9.4, "items": 381},
            {"step": "sources", "seconds": 24.1, "items": 5393, "bytes": 12_600_000_000},
            {"step": "copies", "seconds": 8.2, "items": 2, "bytes": 438_000_000},
        ]
        number = int(arguments[1], 16)
        found = [unreadable] * min(int(str(made[number]["problems"])), 1)
        return {**made[number], "problems": found, "steps": steps, "error": None}
    return {"runs": made, "total": len(made), "next": None}


def taking(_arguments: Sequence[str]) -> dict[str, object]:
    """What `tradekeep source show trend-btc` answers."""

    def row(name: str, taken: int, out: int = 0, *, folder: bool = True) -> dict[str, object]:
        state = "all" if not out else "part" if taken else "none"
        return {
            "name": name, "folder": folder, "taken": state, "files": 3, "bytes": taken,
            "out": {"files": 40 if out else 0, "bytes": out},
        }  # fmt: skip

    return {
        "name": "trend-btc", "path": f"{HOME}/bots/trend-btc", "kind": "bot", "bot": "freqtrade",
        "exclude": ["user_data/data/", "*.log"], "leave_out": [],
        "taken": {"files": 41, "bytes": 1_200_000_000},
        "left_out": {"files": 5120, "bytes": 310_000_000},
        "items": [
            {"path": "user_data/data", "why": "user_data/data/", "folder": True, "files": 5114,
             "bytes": 298_000_000},
            {"path": "user_data/logs/freqtrade.log", "why": "*.log", "files": 1,
             "bytes": 11_800_000},
            {"path": ".cache", "why": "CACHEDIR.TAG", "folder": True, "files": 5, "bytes": 200_000},
        ],
        "rows": [
            row(".cache", 0, 200_000), row("user_data", 1_190_000_000, 309_800_000),
            row("config.json", 4_100, folder=False), row("docker-compose.yml", 980, folder=False),
        ],
        "effect": {"files": 0, "bytes": 0, "paths": []},
    }  # fmt: skip


def capsules(_arguments: Sequence[str]) -> dict[str, object]:
    """What `tradekeep capsules trend-btc` answers: older ones say less."""

    def state(number: int, day: int, hour: int, **more: object) -> dict[str, object]:
        time = f"2026-11-{day:02}T{hour:02}:04:00Z"
        return {"id": f"{number:064x}", "time": time, "host": "desk", **more}

    return {
        "bot": "trend-btc", "path": f"{HOME}/bots/trend-btc",
        "states": [
            state(6, 24, 12, version="2026.10", trades=3, orders=2),
            state(5, 24, 9, version="2026.10", trades=3, orders=2, undo=True),
            state(4, 24, 6, version="2026.9", trades=2, orders=0, good=True),
            state(3, 23, 18, version="2026.9", trades=0, orders=0),
            state(2, 22, 18, suspect=True), state(1, 21, 18),
        ],
    }  # fmt: skip


def rolled(arguments: Sequence[str]) -> dict[str, object]:
    """What `tradekeep rollback trend-btc SNAPSHOT` answers, and with --yes."""
    config: dict[str, object] = {
        "path": "user_data/config.json",
        "keys": [
            {"key": "stake_amount", "now": "999", "then": "100"},
            {"key": "exchange.pair_whitelist", "now": '["DOGE/USDT"]', "then": '["ETH/USDT"]'},
            {"key": "exchange.secret", "now": "***", "then": "***", "secret": True},
            {"key": "trailing_stop", "now": None, "then": "true"},
        ],
    }
    strategy: dict[str, object] = {
        "path": "user_data/strategies/trend.py",
        "keys": [
            {"key": "Trend.stoploss", "now": "-0.10", "then": "-0.05"},
            {"key": "Trend.populate_entry_trend()", "now": "", "then": "", "code": True},
        ],
    }
    differences = [
        {"text": "The bot believes in a position of 0.3 ETH/USDT:USDT; the exchange has none."},
        {"text": "Order 886 (sell 0.5 BTC/USDT) is open at the exchange; the bot does not know."},
    ]
    done = "--yes" in arguments
    return {
        "bot": "trend-btc", "done": done, "healed": None, "at_work": [],
        "counts": {"changes": 3, "comes": 1, "goes": 1, "rights": 0},
        "files": [
            {"path": "user_data/config.json", "what": "changes"},
            {"path": "user_data/strategies/trend.py", "what": "changes"},
            {"path": "user_data/tradesv3.sqlite", "what": "changes"},
            {"path": "user_data/strategies/grid.py", "what": "comes"},
            {"path": "user_data/strategies/new.py", "what": "goes"},
        ],
        "configurations": [config, strategy],
        "paper": [{"path": "user_data/config.json", "on": False}],
        "trades": {
            "trades": 2, "orders": 1, "accounts": ["main"], "asked": "2026-11-24T12:10:00Z",
            "differences": differences,
        } if done else None,
    }  # fmt: skip


def keys(asked: Sequence[str]) -> dict[str, object]:
    """What `tradekeep bots keys trend-btc` answers, and what more once the exchange was asked."""
    rights = {"withdraw": True, "trade": True} if "--ask-exchange" in asked else None
    return {
        "keys": [
            {
                "file": "user_data/config.json", "exchange": "binance", "tail": "Eh8A",
                "encrypted": False, "rights": rights,
                "rights_checked": "2026-11-24T11:00:00Z" if rights else None,
            },
            {
                "file": "user_data/config-futures.json", "exchange": "bybit", "tail": "9xQ2",
                "encrypted": False, "rights": {"withdraw": False, "trade": True},
                "rights_checked": "2026-11-20T11:00:00Z",
            },
            {
                "file": "conf/connectors/okx.yml", "exchange": "okx", "tail": "",
                "encrypted": True, "rights": None, "rights_checked": None,
            },
        ]
    }  # fmt: skip


def kept_less(asked: Sequence[str]) -> dict[str, object]:
    """What a preview of other rules answers."""
    assert asked[1] == "preview"
    return {"remove": [{"id": str(n)} for n in range(14)], "keep": 61, "bytes": 2_100_000_000}


def settings() -> dict[str, dict[str, object]]:
    """What the commands of the settings answer."""
    kept = {"last": 10, "hourly": 24, "daily": 14, "weekly": 8, "monthly": 24, "yearly": 10}
    return {
        "schedule": {
            "schedule": {
                "kind": "at", "minutes": 360, "times": ["12:00", "18:00"], "weekdays": [],
                "cron": "", "at_start": False, "on_drive": True,
            },
            "power": {"battery_least": 20, "battery_enough": 30, "metered": "wait"},
            "words": "Every day at 12:00, 18:00",
        },
        "keep": {
            "keep": {"on": True, **kept},
        },
        "window": {"window": {"language": "auto", "appearance": "auto"}},
        "service": {"installed": False, "files": [], "lingers": False},
        "key": {
            "keys": [
                {
                    "id": "5c1e" * 16, "kind": "recovery", "host": "desk", "username": "mara",
                    "created": "2026-03-02T09:12:00Z", "in_use": False,
                },
                {
                    "id": "a07b" * 16, "kind": "device", "host": "desk", "username": "mara",
                    "created": "2026-03-02T09:10:00Z", "in_use": True,
                },
                {
                    "id": "11fe" * 16, "kind": "device", "host": "vps-fra", "username": "bot",
                    "created": "2026-05-20T17:45:00Z", "in_use": False,
                },
            ]
        },
        "alert": {
            "alerts": [
                {
                    "name": "phone", "service": "Telegram", "silence": False,
                    "on": ["failed", "overdue", "recovered"],
                    "last_sent": "2026-11-20T06:04:00Z", "last_error": None,
                },
                {
                    "name": "desk", "service": "ntfy", "silence": False, "on": ["weekly"],
                    "last_sent": None,
                    "last_error": {
                        "id": "alert-refused",
                        "params": {"name": "desk", "service": "ntfy", "code": 403},
                        "title": "", "hint": "",
                    },
                },
                {
                    "name": "watchdog", "service": "hc-ping.com", "silence": True, "on": [],
                    "last_sent": "2026-11-23T11:04:00Z", "last_error": None,
                },
            ],
        },
        "profile": {
            "add": [["sources", "charts"], ["exchanges", "bybit"]],
            "takes": ["schedule"],
            "stays": [["sources", "trend-btc"]],
        },
    }  # fmt: skip
