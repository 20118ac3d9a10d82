"""A child that speaks protocol 1 and obeys its standard input, but backs nothing up.

`python fake_child.py SCRIPT COMMAND …`: SCRIPT is a JSON file with `status` (the report of
`status --json`), `due` (the same of `due`), `backup` (events to say, one after the other, then
`done`) and `pace` (seconds between two events). An event {"event":"wait"} waits until it is told
`cancel` or `end`; {"event":"crash"} ends the process without a word on standard output. What it was
asked to do is written into SCRIPT with the ending ".log", a line for each.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from pathlib import Path


def say(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Stopped(Exception):
    """The word that was said."""


def listen(seconds: float) -> None:
    """Wait, obeying pause, resume and cancel."""
    end = time.monotonic() + seconds
    paused = False
    while paused or time.monotonic() < end:
        if not select.select([0], [], [], 0.02)[0]:
            continue
        for word in os.read(0, 4096).decode().split():
            if word == "pause":
                paused = True
                say({"event": "paused"})
            elif word == "resume":
                paused = False
                say({"event": "resumed"})
            elif word in ("cancel", "end"):
                say({"event": "stopping"})
                raise Stopped(word)


def done(outcome: str, **more: object) -> None:
    codes = {"ok": 0, "problems": 3, "failed": 1, "cancelled": 130}
    event: dict[str, object] = {
        "event": "done", "protocol": 1, "outcome": outcome, "exit_code": codes[outcome],
        "seconds": 1.0, "problems": 0, "report": {}, "error": None,
    }  # fmt: skip
    say(event | more)


def backup(script: dict[str, object]) -> int:
    events = script["backup"]
    assert isinstance(events, list)
    pace = float(str(script.get("pace", 0.0)))
    try:
        for event in events:
            if event["event"] == "crash":
                sys.stderr.write("Traceback: password=hunter2 went wrong\n")
                return 1
            if event["event"] == "raw":
                sys.stdout.write(event["text"] + "\n")
                sys.stdout.flush()
            elif event["event"] == "wait":
                listen(600)
            else:
                say(event)
            listen(pace)
    except Stopped as stopped:
        told = {"cancel": "cancelled", "end": "ended-by-system"}[str(stopped)]
        error = {"id": told, "params": {}, "title": "Stopped.", "hint": ""}
        done("cancelled", error=error)
        return 130
    return 0


def main() -> int:
    script = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with Path(sys.argv[1]).with_suffix(".log").open("a", encoding="utf-8") as log:
        log.write(" ".join(sys.argv[2:]) + "\n")
    if sys.argv[2] == "backup":
        return backup(script)
    if sys.argv[2] == "due":
        done("ok", report=script.get("due", {}))
        return 0
    if "status_error" in script:
        done("failed", error=script["status_error"])
        return 1
    done("ok", report=script["status"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
