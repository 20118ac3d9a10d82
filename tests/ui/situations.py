"""Situations of every kind, for tests of the rules and for the screenshots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.messages import _, render
from app.ui.protocol import ProblemFound, Progressed, Started, StepChanged, Told
from app.ui.report import Copy, Drilled, Kit, Repository, Run, Running, Source, Status, Suspect
from app.ui.running import JobState, Wish, advance, wished
from app.ui.situation import Ended, Outcome, Situation

NOW = datetime(2026, 11, 24, 12, 18, tzinfo=UTC)
SIX = NOW.replace(hour=18, minute=0)  # when the next backup is due
HOME = "/home/trader"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def repository(**changes: object) -> Repository:
    fields: dict[str, object] = {
        "path": f"{HOME}/Tradekeep", "id": "ab" * 32, "exists": True, "size": 41_800_000_000,
        "medium": "disk:sda", "newest": ago(minutes=14), "snapshots": 214, "verified": ago(days=2),
        "verified_scope": "all", "kit": Kit(ago(days=30), "ab12"),
    }  # fmt: skip
    return Repository(**(fields | changes))  # type: ignore[arg-type]


def trend(name: str) -> tuple[Drilled, ...]:
    """Restores that were practised, one a month; slower from some places than from others."""
    slow = 40.0 * (len("KEEP-1") - len(name))
    times = ((162, 170.0), (132, 168.0), (102, 181.0), (72, 230.0), (42, 196.0), (12, 200.0))
    return tuple(Drilled(ago(days=days), slow + seconds) for days, seconds in times)


def copy(name: str = "KEEP-1", **changes: object) -> Copy:
    fields: dict[str, object] = {
        "name": name, "kind": "drive", "address": f"/media/trader/{name}/tradekeep",
        "medium": f"drive:{name}", "state": "ok",
        "newest": ago(minutes=11), "snapshots": 214, "behind": 0, "size": 41_800_000_000,
        "free": 470_000_000_000, "verified": ago(days=3), "verified_scope": "all",
        "synced": ago(minutes=11), "drilled": ago(days=12), "drill_scope": "sample",
        "drill_seconds": trend(name)[-1].seconds, "trend": trend(name),
    }  # fmt: skip
    return Copy(**(fields | changes))  # type: ignore[arg-type]


def source(name: str, kind: str = "bot", **changes: object) -> Source:
    fields: dict[str, object] = {
        "name": name, "kind": kind, "bot": "freqtrade" if kind == "bot" else None,
        "path": f"{HOME}/{name}", "files": 41, "bytes": 1_200_000_000,
        "databases": 3 if kind == "bot" else 0, "last_captured": ago(minutes=14), "problems": 0,
    }  # fmt: skip
    return Source(**(fields | changes))  # type: ignore[arg-type]


def run(job: str = "backup", outcome: str = "ok", **changes: object) -> Run:
    fields: dict[str, object] = {
        "run": "0123456789abcdef", "job": job, "started": ago(minutes=14), "seconds": 41.9,
        "outcome": outcome, "added": 310_000_000,
    }  # fmt: skip
    return Run(**(fields | changes))  # type: ignore[arg-type]


def well(**changes: object) -> Status:
    """Three copies on two media, one of them off site, all proven."""
    fields: dict[str, object] = {
        "repository": repository(),
        "sources": (
            source("trend-btc"),
            source("grid-eth", bot="hummingbot", databases=1, files=18),
            source("Charts and layouts", "folder", files=214),
            source("Candles", "folder", files=5120, bytes=11_400_000_000),
        ),
        "copies": (
            copy(),
            copy(
                "Dropbox",
                kind="dropbox",
                address="dropbox:/tradekeep",
                medium="dropbox",
                off_site=True,
                free=None,
                append_only=True,
                limit=500,
                hours="22:00-06:00",
                history_days=30,
            ),
        ),
        "runs": (
            run(),
            run("verify", started=ago(days=2), seconds=540.0, added=None, place="KEEP-1"),
            run(started=ago(hours=6), seconds=38.0),
            run("restore", started=ago(days=3), seconds=112.0, added=None),
        ),
        "last_good": ago(minutes=14),
    }
    return Status(**(fields | changes))  # type: ignore[arg-type]


UNREADABLE = Told(
    "file-unreadable",
    {"path": f"{HOME}/grid-eth/conf/connectors/binance.yml", "reason": "Permission denied"},
)
AWAY = Told("copy-away", {"name": "KEEP-1", "place": "/media/trader/KEEP-1/tradekeep"})
FULL = Told("place-full", {"place": f"{HOME}/Tradekeep", "file": "data/1", "reason": "x"})
LOCKED = Told("keyring-locked", {})


def situation(status: Status | None, **changes: object) -> Situation:
    made = Situation(NOW, home=HOME, status=status, checked=ago(seconds=20))
    return replace(made, **changes)  # type: ignore[arg-type]


def at_work(*, problems: bool = False, paused: bool = False, wish: Wish = Wish.NONE) -> JobState:
    """A backup in its second minute."""
    job = JobState(ago(minutes=1))
    events = [
        Started(1, "backup", "0123456789abcdef", ago(minutes=1), ("sources", "copies")),
        StepChanged("sources", "running"),
        Progressed(
            "sources", 8_100_000_000, 12_600_000_000, items=3412, items_total=5120,
            item=f"{HOME}/bots/trend-btc/user_data/data/binance/futures/1m/BTC_USDT-1m.feather",
        ),
    ]  # fmt: skip
    for second, event in zip((0, 1, 213), events, strict=True):
        job = advance(job, event, float(second))
    if problems:
        told = ProblemFound(UNREADABLE.id, UNREADABLE.params)
        job = advance(job, told, 214.0)
    if paused:
        job = replace(job, paused=True, paused_clock=214.0)
    return wished(job, wish) if wish is not Wish.NONE else job


def failed(error: Told, trace: str = "") -> Ended:
    return Ended(Outcome.FAILED, ago(minutes=2), "r1", (), error, trace)


def suspicious(**changes: object) -> Suspect:
    """A backup that looks like somebody encrypted the files."""
    fields: dict[str, object] = {
        "snapshot": "1a2b3c4d" * 8, "time": ago(minutes=14), "clean": "9f8e7d6c" * 8,
        "reasons": (render("suspect-encrypted", {"count": 24}).title,),
        "examples": tuple(
            f"{HOME}/trend-btc/{name}" for name in ("config.json", "tradesv3.sqlite", "grid.json")
        ),
    }  # fmt: skip
    return Suspect(**(fields | changes))  # type: ignore[arg-type]


SITUATIONS: dict[str, Callable[[], Situation]] = {
    "well": lambda: situation(well(next=SIX)),
    "first": lambda: situation(Status()),
    "reading": lambda: situation(None),
    "no-sources": lambda: situation(well(sources=(), copies=(), runs=(), last_good=None)),
    "no-backup": lambda: situation(
        well(
            repository=repository(newest=None, snapshots=0, size=0, verified=None),
            sources=(source("trend-btc", last_captured=None, files=None, bytes=None),),
            copies=(),
            runs=(),
            last_good=None,
        )
    ),
    "running": lambda: situation(well(), job=at_work(problems=True)),
    "paused": lambda: situation(well(), job=at_work(paused=True)),
    "stopping": lambda: situation(well(), job=at_work(wish=Wish.CANCEL)),
    "problems": lambda: situation(
        well(
            runs=(run(outcome="problems", problems=(UNREADABLE, UNREADABLE_2, AWAY)),),
            copies=(copy(state="away", newest=ago(days=9), synced=ago(days=9), behind=25),),
            sources=(
                source("grid-eth", bot="hummingbot", problems=2),
                source("trend-btc"),
                source("Old charts", "folder", present=False),
            ),
        )
    ),
    "failed": lambda: situation(
        well(runs=(run(outcome="failed", error=FULL, added=None), run(started=ago(hours=6))))
    ),
    "suspect": lambda: situation(well(suspect=suspicious())),
    "suspect-kept": lambda: situation(well(suspect=suspicious(kept=True))),
    "locked": lambda: situation(well(runs=(run(outcome="failed", error=LOCKED, added=None),))),
    "crashed": lambda: situation(
        well(),
        ended=failed(
            Told("window-child-crashed", {"how": _("exit code {code}").format(code=1)}),
            'Traceback (most recent call last):\n  File "~/app/x.py", line 7\nMemoryError',
        ),
    ),
    "away": lambda: situation(
        well(copies=(copy(state="away", newest=ago(days=9), synced=ago(days=9), behind=25),))
    ),
    "bare": lambda: situation(well(copies=(copy(state="bare", size=None, free=None),))),
    "unproven": lambda: situation(well(copies=(copy(verified=None, verified_scope=None),))),
    "proof-old": lambda: situation(well(copies=(copy(verified=ago(days=41)),))),
    "undrilled": lambda: situation(well(copies=(copy(drilled=None, drill_scope=None, trend=()),))),
    "drill-old": lambda: situation(well(copies=(copy(drilled=ago(days=41)),))),
    "kinds": lambda: situation(
        well(
            copies=(
                copy(state="away", newest=None, synced=ago(days=2), behind=4, size=None, free=None),
                copy("NAS", kind="folder", address="/mnt/nas/keep", medium="network:/mnt"),
                copy(
                    "Dropbox",
                    kind="dropbox",
                    address="dropbox:/tradekeep",
                    medium="dropbox",
                    off_site=True,
                    free=None,
                    paused=True,
                    limit=500,
                    hours="22:00-06:00",
                ),
                copy(
                    "Bucket",
                    kind="s3",
                    address="https://s3.example.com/keep",
                    free=None,
                    medium="s3:s3.example.com",
                    off_site=True,
                    append_only=True,
                    state="behind",
                    behind=2,
                    synced=ago(hours=20),
                ),
            ),
            runs=(run(outcome="problems", problems=(REFUSED,)), run(started=ago(hours=6))),
        )
    ),
    "old": lambda: situation(
        well(
            last_good=ago(days=9),
            runs=(),
            repository=repository(newest=ago(days=9)),
            sources=(source("trend-btc", last_captured=ago(days=9)),),
            copies=(copy(newest=ago(days=9), synced=ago(days=9)),),
        )
    ),
    "stopped": lambda: situation(well(runs=(run(outcome="cancelled", added=None), run()))),
    "other": lambda: situation(well(running=Running("f" * 16, "backup", ago(minutes=1), 4711))),
    "gone": lambda: situation(well(repository=repository(exists=False, size=None))),
    "settings-broken": lambda: situation(
        None,
        trouble=failed(
            Told(
                "settings-broken",
                {
                    "path": f"{HOME}/.config/tradekeep/settings.toml",
                    "count": 1,
                    "mistakes": render(
                        "settings-wrong-value",
                        {"line": 12, "key": "schedule.times", "found": "25:00", "right": "12:00"},
                    ).title,
                },
            )
        ),
    ),
}
REFUSED = Told(
    "place-key-refused", {"place": "s3:https://s3.example.com/keep", "reason": "HTTP 401"}
)
UNREADABLE_2 = Told("file-vanished", {"path": f"{HOME}/grid-eth/data/orders.tmp"})
