"""A child that plays a computer on which nothing is set up, and remembers what it was told to do.

`python fake_setup.py STATE COMMAND …`: STATE is a JSON file: `log` (every command line), `status`
(what `status` answers), `input` (what came on standard input), `lent` (secrets of a place in the
environment), and what a test puts in: `bots`, `drives`, `fail` ({"copy add": error}), `key` (what a
new recovery key is), `slow` (seconds), `there` (places with a repository, and what opens each).
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

State = dict[str, Any]
NOW = "2026-11-24T12:18:00Z"
IDENTITY = "9c1e77d20b5f4a31" * 4


def say(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def done(report: dict[str, object], error: dict[str, object] | None = None) -> None:
    outcome, code = ("failed", 1) if error else ("ok", 0)
    say(
        {
            "event": "done",
            "protocol": 1,
            "outcome": outcome,
            "exit_code": code,
            "seconds": 0.1,
            "problems": 0,
            "report": report,
            "error": error,
        }
    )


def place(path: str, state: State) -> dict[str, object]:
    facts: dict[str, object] = {
        "path": path,
        "exists": True,
        "holds": "nothing",
        "disk": "nvme0n1",
        "size": 10**12,
        "free": 412 * 10**9,
        "removable": False,
        "synced": None,
        "source": None,
    }
    return {**facts, **state.get("places", {}).get(path, {})}


def new_key(state: State) -> None:
    state["made"] = state.get("made", 0) + 1
    identity = f"{state['made']:064x}"
    state["key_id"] = identity
    keys = state["keys"]
    key = keys[min(state["made"], len(keys)) - 1]
    state["opens"] = key
    say({"event": "key", "kind": "recovery", "id": identity, "key": key})


SECRETS = ("AWS_SECRET_ACCESS_KEY", "TRADEKEEP_WEBDAV_PASSWORD", "TRADEKEEP_DROPBOX_TOKEN")


def init(words: list[str], state: State) -> dict[str, object]:
    joins = "--join" in words
    path = words[words.index("--join" if joins else "--repository") + 1]
    state["lent"] = {name: len(os.environ[name]) for name in SECRETS if name in os.environ}
    there = state.get("there", {})
    if joins:
        typed = sys.stdin.readline().strip("\n")
        if typed != there.get(path):
            raise Refused({"id": "key-wrong", "params": {"place": path}, "title": "", "hint": ""})
    elif path in there:
        exists = {"id": "repository-exists", "params": {"place": path}, "title": "", "hint": ""}
        raise Refused(exists)
    kit = {"proved": NOW if joins and len(typed) > 40 else None, "key": None}
    kind, colon, _address = path.partition(":")
    own = {"path": path, "kind": kind if colon else "folder", "id": IDENTITY, "kit": kit}
    state["status"]["repository"] = own
    if joins:
        return {"repository": path, "id": IDENTITY}
    new_key(state)
    return {"repository": path, "id": IDENTITY, "recovery_key_id": state["key_id"]}


def source(words: list[str], state: State) -> dict[str, object]:
    sources = state["status"].setdefault("sources", [])
    if words[1] == "detect":
        return {"bots": state.get("bots", [])}
    if words[1] == "remove":
        state["status"]["sources"] = [s for s in sources if s["name"] != words[2]]
        return {}
    bot = "freqtrade" if words[2] == "bot" else None
    sources.append({"name": Path(words[3]).name, "kind": words[2], "path": words[3], "bot": bot})
    return {}


def copy(words: list[str], state: State) -> dict[str, object]:
    copies = state["status"].setdefault("copies", [])
    if words[1] == "remove":
        state["status"]["copies"] = [c for c in copies if c["name"] != words[2]]
        return {}
    kind, name = words[2], words[words.index("--name") + 1]
    address = words[3] + ("/Tradekeep" if kind == "drive" else "")
    if kind == "dropbox":
        address = "dropbox:/" + words[words.index("--folder") + 1]
    if "--secret-stdin" in words:
        state["input"] = state.get("input", 0) + len(sys.stdin.readline().strip())
    copies.append({"name": name, "kind": kind, "address": address})
    return {}


def candles(words: list[str], state: State) -> dict[str, object]:
    kept = state.setdefault("candles", [])
    if words[1] == "add":
        kept.append(
            {
                "name": f"c{len(kept)}",
                "market": words[2],
                "timeframe": words[3],
                "exchange": words[5],
                "since": "2022-01-01",
            }
        )
    elif words[1] == "remove":
        state["candles"] = [c for c in kept if c["name"] != words[2]]
    return {"candles": state["candles"]}


def key(words: list[str], state: State) -> dict[str, object]:
    if words[1] == "replace-recovery":
        new_key(state)
        return {"added": state["key_id"], "removed": "0" * 64}
    typed = sys.stdin.readline().strip()
    state["input"] = state.get("input", 0) + len(typed)
    if typed != state["opens"]:
        raise Refused({"id": "key-wrong", "params": {"place": "/x"}, "title": "", "hint": ""})
    state["status"]["repository"]["kit"] = {"proved": NOW, "key": state["key_id"]}
    return {"id": state["key_id"], "proved": NOW}


class Refused(Exception):
    """A command fails with this error."""


def backup(state: State) -> None:
    steps = ["sources", "copies"]
    say(
        {
            "event": "started",
            "protocol": 1,
            "version": "0",
            "job": "backup",
            "run": "ab" * 8,
            "time": NOW,
            "steps": steps,
        }
    )
    say({"event": "step", "step": "sources", "state": "running"})
    progress = {
        "event": "progress",
        "step": "sources",
        "phase": "read",
        "done": 8_100_000_000,
        "total": 12_600_000_000,
        "unit": "bytes",
        "items": 3412,
        "items_total": 5120,
        "item": "/home/trader/bots/trend-btc/user_data/data/binance/BTC_USDT-5m.feather",
    }
    say(progress)
    time.sleep(state.get("slow", 0))


def answer(words: list[str], state: State) -> dict[str, object]:
    error = state.get("fail", {}).get(" ".join(words[:2])) or state.get("fail", {}).get(words[0])
    if error:
        raise Refused(error)
    verbs = {
        "init": init,
        "source": source,
        "copy": copy,
        "candles": candles,
        "key": key,
        "schedule": schedule,
    }
    if words[0] in verbs:
        return verbs[words[0]](words, state)
    if words[0] == "status":
        return dict(state["status"])
    if words[0] == "exchange":
        return exchange(words, state)
    if words[0] == "drives":
        paths = [each for each in words[1:] if not each.startswith("-")]
        return {
            "default": place("/home/trader/Tradekeep", state),
            "drives": state.get("drives", []),
            "paths": [place(path, state) for path in paths],
        }
    if words[0] == "demo":
        return {"environment": state.get("sample", {})}
    return {}


def exchange(words: list[str], state: State) -> dict[str, object]:
    accounts = state.setdefault("accounts", [])
    if words[1] == "about":
        return {"needs": ["apiKey", "secret"], "verified": True}
    if words[1] == "check":
        return {"rights": {"withdraw": False, "trade": state.get("may_trade", False)}}
    if words[1] == "add":
        told = json.loads(sys.stdin.readline())
        state["secrets"] = sorted(told)
        accounts.append({"name": words[2], "exchange": words[4]})
        return {"name": words[2]}
    return {"accounts": accounts}


def schedule(words: list[str], state: State) -> dict[str, object]:
    if words[1] == "set":
        state["schedule"] = words[2:]
    return {
        "schedule": {
            "kind": "at",
            "minutes": 360,
            "times": ["12:00", "18:00"],
            "weekdays": [],
            "at_start": False,
            "on_drive": True,
        }
    }


def main() -> int:
    file, words = Path(sys.argv[1]), sys.argv[2:]
    ours = ("--json", "--control-stdin", "--password-stdin")
    words = [word for word in words if word not in ours]
    if words == ["copy", "dropbox-token"]:
        return dropbox_token()
    if words[:3] == ["copy", "add", "dropbox"]:
        say({"event": "sign-in", "address": "https://www.dropbox.com/oauth2/authorize?x=1"})
        if sys.stdin.readline().strip() != "the code":
            return 1
    try:
        with alone(file):
            state = json.loads(file.read_text(encoding="utf-8"))
            if words[0] != "status":
                state.setdefault("log", []).append(" ".join(words))
            try:
                report = answer(words, state)
            finally:
                file.write_text(json.dumps(state), encoding="utf-8")
        if words[0] == "backup":
            backup(state)
    except Refused as refused:
        done({}, refused.args[0])
        return 1
    done(report)
    return 0


def dropbox_token() -> int:
    say({"event": "sign-in", "address": "https://www.dropbox.com/oauth2/authorize?x=1"})
    if sys.stdin.readline().strip() != "the code":
        return 1
    say({"event": "token", "token": "a token"})
    done({})
    return 0


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Children run side by side."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
