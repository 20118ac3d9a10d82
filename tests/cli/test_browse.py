"""`tradekeep browse --json` as a window uses it: a real child, asked in lines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import ROOT, Machine


class Child:
    """The child, its lines as objects."""

    def __init__(self, machine: Machine, *options: str, place: tuple[str, ...] = ()) -> None:
        self.process = machine.start(*place, "browse", "--json", *options)
        self.hello = self.line()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, number: int, do: str, **fields: object) -> None:
        self.say(json.dumps({"id": number, "do": do, **fields}))

    def line(self) -> dict[str, object]:
        assert self.process.stdout is not None
        found: dict[str, object] = json.loads(self.process.stdout.readline())
        return found

    def lines(self, number: int | None) -> list[dict[str, object]]:
        """The lines until the last one of a question; all between must belong to it."""
        found = []
        while True:
            line = self.line()
            if "event" in line:
                continue
            assert line["id"] == number
            found.append(line)
            if line["more"] is False:
                return found

    def answer(self, number: int, do: str, **fields: object) -> dict[str, object]:
        """Ask, and take the last line of the answer."""
        self.ask(number, do, **fields)
        return self.lines(number)[-1]

    def end(self) -> list[dict[str, object]]:
        """Close its input and read what is left."""
        out, err = self.process.communicate(timeout=30)
        assert "Traceback" not in err, err
        return [json.loads(line) for line in out.splitlines()]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def child(ready: Machine) -> Iterator[Child]:
    """A child on a repository with one snapshot."""
    ready.run("backup")
    child = Child(ready)
    yield child
    child.close()


@pytest.fixture
def wide(machine: Machine) -> Machine:
    """A machine with a snapshot of some thousand folders: a search takes a while."""
    machine.set_up()
    machine.add("wide", {f"{one}/{two}/f": b"" for one in range(60) for two in range(60)})
    machine.run("backup")
    return machine


def error_id(line: dict[str, object]) -> object:
    error = line["error"]
    assert isinstance(error, dict)
    assert error["title"]
    return error["id"]


def no_locks(machine: Machine) -> bool:
    return os.listdir(machine.repository / "locks") == []


# --- asking ----------------------------------------------------------------------------------


def test_the_first_line_says_what_speaks_and_of_what(child: Child, ready: Machine) -> None:
    assert (child.hello["event"], child.hello["protocol"]) == ("hello", 1)
    assert child.hello["place"] == str(ready.repository)
    assert len(str(child.hello["repository"])) == 64


def test_a_window_finds_its_way_from_snapshots_to_a_file(child: Child, ready: Machine) -> None:
    (snapshot,) = child.answer(1, "snapshots")["rows"]  # type: ignore[misc]
    assert snapshot["paths"] == [str(ready.folder / "notes")]
    path = ""
    for part in (ready.folder / "notes").parts[1:]:
        rows = child.answer(2, "folder", snapshot=snapshot["id"], path=path or "/")["rows"]
        assert part in [row["name"] for row in rows]  # type: ignore[attr-defined]
        path += "/" + part
    rows = child.answer(3, "folder", snapshot=snapshot["id"], path=path)["rows"]
    assert [row["name"] for row in rows] == ["deep", "a.txt"]  # type: ignore[attr-defined]
    shown = child.answer(4, "preview", snapshot=snapshot["id"], path=path + "/a.txt")
    assert (shown["kind"], shown["text"], shown["more"]) == ("text", "alpha", False)
    assert child.answer(5, "history", path=path + "/a.txt")["gone"] is False
    child.ask(6, "search", pattern="*.txt")
    *parts, last = child.lines(6)
    found = [row["path"] for part in parts for row in part["rows"]]  # type: ignore[attr-defined]
    assert sorted(found) == [path + "/a.txt", path + "/deep/b.txt"]
    assert last["found"] == 2


def test_places_are_this_machines_repository_and_its_copies(ready: Machine) -> None:
    usb = ready.folder / "usb"
    ready.run("copy", "add", "folder", usb, "--name", "KEEP-1")
    ready.run("backup")
    child = Child(ready)
    try:
        places = child.answer(1, "places")["places"]
    finally:
        child.close()
    assert places == [
        {"name": "", "place": str(ready.repository), "state": "there", "open": True},
        {"name": "KEEP-1", "place": str(usb), "state": "there", "open": False},
    ]
    child = Child(ready, place=("-r", "KEEP-1"))
    try:
        assert child.hello["place"] == str(usb)
        assert child.answer(1, "snapshots")["total"] == 1
        places = child.answer(2, "places")["places"]
    finally:
        child.close()
    assert [place["open"] for place in places] == [False, True]  # type: ignore[attr-defined]


def test_malformed_lines_are_answered_and_change_nothing(child: Child) -> None:
    odd = [
        "hello", "{}", "[1]", "null", '{"id":1}', '{"id":1,"do":"dance"}', "\x00\x01", "[" * 5000,
        '{"id":"x","do":"places"}',
    ]  # fmt: skip
    for line in odd:
        child.say(line)
        answer = child.line()
        assert error_id(answer) == "browse-question-bad"
        assert answer["more"] is False
    child.say("")
    child.say('{"id":1,"do":"cancel"}')
    child.say("x" * (3 << 20))
    assert error_id(child.line()) == "browse-question-long"
    assert child.answer(9, "snapshots")["total"] == 1


def test_a_line_that_is_not_utf8_is_answered(ready: Machine) -> None:
    done = subprocess.run(
        ready.command("browse", "--json"),
        input=b'\xff\xfe\n{"id":1,"do":"search","pattern":"\xff"}\n{"id":2,"do":"places"}\n',
        capture_output=True,
        cwd=ROOT,
        env=ready.environment,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("id") for line in lines] == [None, None, 1, 2, None]
    assert done.returncode == 0


def test_hostile_names_cannot_leave_their_line_and_can_be_opened(ready: Machine) -> None:
    folder = os.fsencode(ready.folder / "notes")
    names = [b"\xff\xfe", b'"}\n{"id":1}', b"\x1b[2J", b"\xe2\x80\xae", b"a" * 255]
    for name in names:
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(name)
    ready.run("backup")
    child = Child(ready)
    try:
        rows = child.answer(1, "folder", snapshot="latest", path=str(ready.folder / "notes"))[
            "rows"
        ]
        assert isinstance(rows, list)
        opened = []
        for row in rows:
            assert row["name"].isprintable()
            name = b64decode(row["name64"]) if "name64" in row else row["name"].encode()
            if row["type"] == "file":
                path64 = b64encode(folder + b"/" + name).decode()
                shown = child.answer(2, "preview", snapshot="latest", path64=path64)
                opened.append((name, shown["size"]))
        assert sorted(opened) == sorted([(b"a.txt", 5), *((name, len(name)) for name in names)])
    finally:
        child.close()


# --- cancelling ------------------------------------------------------------------------------


def test_a_cancelled_search_ends_with_that_and_the_next_is_answered(wide: Machine) -> None:
    child = Child(wide)
    try:
        child.ask(1, "search", pattern="nothing")
        child.ask(1, "cancel")
        assert child.lines(1) == [{"id": 1, "cancelled": True, "more": False}]
        assert child.answer(2, "search", pattern="f")["found"] == 3600
    finally:
        child.close()


def test_a_newer_search_ends_the_older_one(wide: Machine) -> None:
    child = Child(wide)
    try:
        for number in range(1, 6):
            child.ask(number, "search", pattern="59")
        ends = [child.lines(number)[-1] for number in range(1, 6)]
    finally:
        child.close()
    assert [end.get("cancelled", False) for end in ends] == [True] * 4 + [False]
    assert ends[-1]["found"] == 61


def test_a_folder_opens_while_a_search_is_at_work(wide: Machine) -> None:
    child = Child(wide)
    try:
        child.ask(1, "search", pattern="f")
        child.ask(2, "folder", snapshot="latest")
        order = []
        while 1 not in order:
            line = child.line()
            if line.get("more") is False:
                order.append(line["id"])
    finally:
        child.close()
    assert order == [2, 1]


def test_an_id_that_is_being_answered_is_refused(wide: Machine) -> None:
    child = Child(wide)
    try:
        child.say('{"id":1,"do":"search","pattern":"f"}\n{"id":1,"do":"places"}')
        refused = next(line for line in iter(child.line, None) if line["id"] is None)
        assert error_id(refused) == "browse-id-taken"
    finally:
        child.close()


# --- beside others ---------------------------------------------------------------------------


def test_a_snapshot_made_meanwhile_can_be_read(child: Child, ready: Machine) -> None:
    path = str(ready.folder / "notes")
    assert child.answer(1, "folder", snapshot="latest", path=path)["total"] == 2
    (ready.folder / "notes/new.txt").write_bytes(b"new")
    ready.run("backup")
    assert child.answer(2, "snapshots")["total"] == 2
    assert child.answer(3, "folder", snapshot="latest", path=path)["total"] == 3
    shown = child.answer(4, "preview", snapshot="latest", path=path + "/new.txt")
    assert shown["text"] == "new"


def test_what_a_prune_moved_meanwhile_is_read_from_its_new_place(ready: Machine) -> None:
    """Packs and indexes that the child knew are gone, the snapshot that it reads is not."""
    ready.run("backup")
    gone = ready.folder / "notes/gone.bin"
    gone.write_bytes(os.urandom(300_000))
    (ready.folder / "notes/kept.txt").write_bytes(b"kept")  # in one pack with what goes
    ready.run("backup")
    gone.unlink()
    ready.run("backup")
    child = Child(ready)
    try:
        rows = child.answer(1, "snapshots")["rows"]
        assert isinstance(rows, list)
        newest, middle = rows[0]["id"], rows[1]["id"]
        path = str(ready.folder / "notes")
        known = {each.name for each in (ready.repository / "data").rglob("*") if each.is_file()}
        assert child.answer(2, "stat", snapshot=middle, path=str(gone))["size"] == 300_000
        ready.run("forget", middle)
        ready.run("prune", "--max-unused", "0")
        there = {each.name for each in (ready.repository / "data").rglob("*") if each.is_file()}
        assert known - there
        child.ask(3, "preview", snapshot=newest, path=path + "/kept.txt")
        event, shown = child.line(), child.line()
        assert event == {"event": "reloaded"}
        assert shown["text"] == "kept"
        refused = child.answer(4, "preview", snapshot=middle, path=str(gone))
        assert error_id(refused) == "snapshot-gone"
        assert child.answer(5, "snapshots")["total"] == 2
        assert error_id(child.answer(6, "stat", snapshot=middle)) == "snapshot-not-found"
    finally:
        child.close()


def test_a_drive_that_is_away_for_a_while_ends_nothing(child: Child, ready: Machine) -> None:
    path = str(ready.folder / "notes")
    assert child.answer(1, "folder", snapshot="latest", path=path)["total"] == 2
    away = ready.repository.with_name("away")
    ready.repository.rename(away)
    assert error_id(child.answer(2, "snapshots")) == "place-away"
    away.rename(ready.repository)
    assert child.answer(3, "preview", snapshot="latest", path=path + "/a.txt")["text"] == "alpha"


def test_it_holds_no_lock_while_it_waits_or_reads(child: Child, ready: Machine) -> None:
    assert no_locks(ready)
    child.answer(1, "snapshots")
    child.answer(2, "search", pattern="*")
    assert no_locks(ready)
    ready.run("prune")  # which takes an exclusive lock
    child.process.send_signal(signal.SIGTERM)
    assert child.end()[-1]["outcome"] == "cancelled"
    assert child.process.returncode == 130
    assert no_locks(ready)


# --- ending ----------------------------------------------------------------------------------


def test_the_end_of_input_ends_it_after_what_was_asked(ready: Machine) -> None:
    ready.run("backup")
    lines = '{"id":1,"do":"snapshots"}\n{"id":2,"do":"search","pattern":"*.txt"}'
    events = ready.run("browse", "--json", stdin=lines).events
    assert [event.get("id") for event in events] == [None, 1, 2, 2, None]
    last = events[-1]
    assert (last["event"], last["outcome"], last["report"]) == ("done", "ok", {"reason": "end"})


def test_it_ends_when_nobody_asks_for_long(ready: Machine) -> None:
    child = Child(ready, "--idle", "1")
    begin = time.monotonic()
    assert child.line()["report"] == {"reason": "idle"}
    assert time.monotonic() - begin < 10
    assert child.process.wait(10) == 0
    child.close()


def test_it_ends_when_whoever_started_it_is_gone(ready: Machine, tmp_path: Path) -> None:
    """Though somebody else still holds the other end of its input open."""
    read, write = os.pipe()
    out = tmp_path / "out"
    program = (
        "import subprocess, sys, time\n"
        f"out = open({str(out)!r}, 'wb')\n"
        f"subprocess.Popen({ready.command('browse', '--json')!r}, stdin={read}, stdout=out)\n"
        f"while b'hello' not in open({str(out)!r}, 'rb').read(): time.sleep(0.05)\n"
    )
    try:
        subprocess.run(
            [sys.executable, "-c", program],
            pass_fds=(read,),
            cwd=ROOT,
            env=ready.environment,
            check=True,
            timeout=60,
        )
        deadline = time.monotonic() + 20
        while b'"done"' not in out.read_bytes():
            assert time.monotonic() < deadline, "it lives on"
            time.sleep(0.1)
    finally:
        os.close(read)
        os.close(write)
    last = json.loads(out.read_bytes().splitlines()[-1])
    assert last["report"] == {"reason": "parent"}


def test_a_wrong_key_ends_it_with_its_sentence(ready: Machine) -> None:
    wrong = ready.folder / "wrong.txt"
    wrong.write_text("not the key\n")
    done = ready.run(
        "-r", ready.repository, "--password-file", wrong, "browse", "--json", code=12, stdin=""
    )
    (last,) = done.events
    assert (last["event"], last["outcome"]) == ("done", "failed")
    assert done.error["id"] == "key-wrong"


def test_it_talks_with_programs_only(ready: Machine) -> None:
    done = ready.run("browse", code=2, stdin="")
    assert "tradekeep browse --json" in done.err


def test_a_window_that_goes_away_in_the_middle_of_an_answer_is_no_bug(wide: Machine) -> None:
    child = Child(wide)
    child.ask(1, "search", pattern="*")
    assert child.process.stdout is not None
    child.process.stdout.close()
    assert child.process.stderr is not None
    assert child.process.wait(30) in (0, 1)
    assert "Traceback" not in child.process.stderr.read()
    child.process.stderr.close()
    assert child.process.stdin is not None
    child.process.stdin.close()
