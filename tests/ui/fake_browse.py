"""A reading child that answers from a script: `python fake_browse.py SCRIPT … browse --json`.

SCRIPT is a JSON file: `answers` by the question's `do` (a list of lines without their ids; a line
{"crash":true} ends the process, {"wait":true} answers nothing), and `hello` false for a child that
refuses with `done` alone. With `once`, the first process ends as if it had been idle before it
answers anything. Each question is appended to SCRIPT.asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def say(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def done(reason: str, error: dict[str, object] | None = None) -> None:
    say({"event": "done", "outcome": "failed" if error else "ok", "report": {"reason": reason},
         "error": error})  # fmt: skip


def main() -> int:
    script = Path(sys.argv[1])
    plan = json.loads(script.read_text(encoding="utf-8"))
    if "refusal" in plan:
        done("", plan["refusal"])
        return 1
    say({"event": "hello", "protocol": 1})
    tired = script.with_suffix(".tired")
    if plan.get("once") and not tired.exists():
        tired.touch()
        sys.stdin.readline()
        done("idle")
        return 0
    for line in sys.stdin:
        with script.with_suffix(".asked").open("a", encoding="utf-8") as file:
            file.write(line)
        if not line.startswith("{"):
            continue
        question = json.loads(line)
        for answer in plan["answers"].get(question["do"], []):
            if answer.get("crash"):
                return 1
            if not answer.get("wait"):
                say({"id": question["id"], **answer})
    done("end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
