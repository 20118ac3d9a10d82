"""What each question of a window is answered with."""

from __future__ import annotations

import base64
import json
import os
import stat
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backends.contract import Kind
from app.errors import AppError, Cancelled, WrongUsage
from app.monitor import Recorder
from app.repository.named import Missing
from app.repository.pack import BlobKind
from app.repository.reader import Reader
from app.repository.snapshot import Snapshot, SnapshotFile
from app.repository.tree import NodeFacts, encode_node, encode_tree
from app.services.browse import Browser
from app.services.home import Home
from app.services.questions import LARGEST_ID, BadQuestion, Cancel, Long, Question, parse_question
from tests.faults import Op
from tests.repository.support import save_blobs
from tests.repository.test_differ import Desk


class Listening(Recorder):
    """Keeps the rows that come before an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, object]] = []

    def row(self, row: dict[str, object]) -> None:
        self.rows.append(row)


class Window:
    """A folder that is backed up, and whoever asks about its snapshots."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.source = self.desk.source
        home = Home.find({"TRADEKEEP_HOME": str(folder / "home")})
        self.reader = Reader(self.desk.repository.again(), Recorder())
        self.browser = Browser(home, self.reader, own=False)
        self.listener = Listening()

    def write(self, name: str, content: bytes) -> Path:
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def back_up(self) -> Snapshot:
        return self.desk.back_up()

    def ask(self, do: str, **fields: object) -> dict[str, object]:
        """The answer; the rows before it lie in `listener`."""
        question = parse_question(json.dumps({"id": 1, "do": do, **fields}).encode())
        assert not isinstance(question, Cancel)
        self.listener = Listening()
        return self.browser.answer(question, self.listener)

    def names(self, path: Path, **fields: object) -> list[object]:
        rows = self.ask("folder", snapshot="latest", path=str(path), **fields)["rows"]
        assert isinstance(rows, list)
        return [row["name"] for row in rows]


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


_KEYS = st.sampled_from(["id", "do", "snapshot", "path", "path64", "count", "pattern", "before"])
_VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.sampled_from(["folder", "search", "cancel", "latest", "/"]) | st.lists(st.integers())
)  # fmt: skip
_json = st.dictionaries(_KEYS, _VALUES)


# --- questions -------------------------------------------------------------------------------


def test_a_question_becomes_a_value_with_its_defaults() -> None:
    asked = parse_question(b'{"id":3,"do":"folder","snapshot":"x","later":true}')
    assert not isinstance(asked, Cancel)
    assert (asked.id, asked.inside, asked.count) == (3, b"", 500)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "inside"), [("/", b""), ("", b""), ("/a/", b"/a"), ("/a b", b"/a b")]
)
def test_a_path_has_no_slash_at_its_end(path: str, inside: bytes) -> None:
    line = json.dumps({"id": 1, "do": "history", "path": path}).encode()
    assert parse_question(line).inside == inside  # type: ignore[union-attr]


def test_any_bytes_can_be_asked_for() -> None:
    raw = bytes(range(1, 256))
    line = json.dumps({"id": 1, "do": "history", "path64": base64.b64encode(raw).decode()})
    assert parse_question(line.encode()).inside == raw.rstrip(b"/")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (b"", None),
        (b"hello", None),
        (b"null", None),
        (b"[]", None),
        (b"{}", None),
        (b'{"id":1}', 1),
        (b'{"id":7,"do":"dance"}', 7),
        (b'{"id":7,"do":["folder"]}', 7),
        (b'{"id":7,"do":"folder"}', 7),
        (b'{"id":7,"do":"folder","snapshot":"x","count":0}', 7),
        (b'{"id":7,"do":"folder","snapshot":"x","start":-1}', 7),
        (b'{"id":7,"do":"folder","snapshot":3}', 7),
        (b'{"id":7,"do":"history","path64":"%%%"}', 7),
        (b'{"id":"seven","do":"places"}', None),
        (b'{"id":-1,"do":"places"}', None),
        (b'{"id":%d,"do":"places"}' % (LARGEST_ID + 1), None),
        (b'{"id":1.5,"do":"places"}', None),
        (b'{"do":"places"}', None),
        (b'{"id":1,"do":"search","pattern":"\xff"}', 1),
        (b'{"id":1,"do":"search","pattern":"\\ud800"}', None),
        (b"[" * 100_000, None),
        (b'{"id":1,"x":' + b"[" * 100_000, None),
    ],
)
def test_a_line_that_asks_nothing_is_an_error_with_its_id(line: bytes, asked: int | None) -> None:
    with pytest.raises(BadQuestion) as caught:
        parse_question(line)
    assert caught.value.asked == asked
    assert str(caught.value)


@given(st.binary() | st.text().map(str.encode) | _json.map(lambda x: json.dumps(x).encode()))
def test_any_line_is_a_question_or_is_refused(line: bytes) -> None:
    try:
        assert parse_question(line).id >= 0
    except BadQuestion as error:
        assert str(error)


# --- snapshots and folders -------------------------------------------------------------------


def test_snapshots_come_newest_first_in_pages(window: Window) -> None:
    window.write("a", b"alpha")
    ids = [window.back_up().id for _ in range(5)][::-1]
    first = window.ask("snapshots", count=2)
    assert [row["id"] for row in first["rows"]] == ids[:2]  # type: ignore[attr-defined]
    assert (first["total"], first["next"]) == (5, 2)
    row = first["rows"][0]  # type: ignore[index]
    assert set(row) == {"id", "time", "host", "tags", "paths", "size", "files", "bytes_added"}
    assert (row["size"], row["files"], row["paths"]) == (5, 1, [str(window.source)])
    last = window.ask("snapshots", start=4)
    assert [row["id"] for row in last["rows"]] == ids[4:]  # type: ignore[attr-defined]
    assert last["next"] is None
    assert window.ask("snapshots", start=99) == {"rows": [], "total": 5, "next": None}


def test_a_folder_lists_folders_first_and_by_name_whatever_its_case(window: Window) -> None:
    for name in ("b.txt", "A.txt", "c/x", "B2/x", "ä.txt"):
        window.write(name, b"12345")
    (window.source / "link").symlink_to("b.txt")
    window.back_up()
    assert window.names(window.source) == ["B2", "c", "A.txt", "b.txt", "link", "ä.txt"]
    answer = window.ask("folder", snapshot="latest", path=str(window.source))
    rows = {row["name"]: row for row in answer["rows"]}  # type: ignore[attr-defined]
    assert (rows["A.txt"]["type"], rows["A.txt"]["size"]) == ("file", 5)
    assert (rows["c"]["type"], rows["link"]["type"]) == ("dir", "symlink")
    assert rows["A.txt"]["mtime"].startswith("20")


def test_a_folder_comes_in_pages_that_are_all_of_it(window: Window) -> None:
    wanted = [f"{number:03}" for number in range(25)]
    for name in wanted:
        window.write(name, b"")
    window.back_up()
    found: list[object] = []
    start: object = 0
    while start is not None:
        page = window.ask(
            "folder", snapshot="latest", path=str(window.source), start=start, count=10
        )
        assert page["total"] == 25
        found += [row["name"] for row in page["rows"]]  # type: ignore[attr-defined]
        start = page["next"]
    assert found == wanted


def test_the_top_of_a_snapshot_is_a_folder(window: Window) -> None:
    window.write("a", b"")
    window.back_up()
    assert window.names(Path("/")) == [window.source.parts[1]]
    assert window.ask("stat", snapshot="latest")["type"] == "dir"


@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"line\nbreak", b"\x1b[31mred", b"a\\b", b"\xe2\x80"]
)
def test_a_name_of_any_bytes_can_be_opened_by_what_was_answered(
    window: Window, name: bytes
) -> None:
    folder = os.fsencode(window.source) + b"/" + name
    os.mkdir(folder)
    Path(os.fsdecode(folder + b"/inside")).write_bytes(b"found")
    window.back_up()
    answer = window.ask("folder", snapshot="latest", path=str(window.source))
    (row,) = answer["rows"]  # type: ignore[misc]
    assert row["name"].isprintable()
    assert row.get("name64", row["name"].encode()) == name
    path64 = base64.b64encode(folder + b"/inside").decode()
    assert window.ask("preview", snapshot="latest", path64=path64)["text"] == "found"
    window.ask("search", pattern="inside")
    (found,) = window.listener.rows
    assert found.get("path64", str(found["path"]).encode()) == folder + b"/inside"


def test_all_that_is_known_of_a_file(window: Window) -> None:
    window.write("a", b"12345").chmod(0o640)
    (window.source / "link").symlink_to("/some\nwhere")
    window.back_up()
    facts = window.ask("stat", snapshot="latest", path=f"{window.source}/a")
    assert (facts["type"], facts["size"], facts["mode"], facts["links"]) == ("file", 5, 0o640, 1)
    link = window.ask("stat", snapshot="latest", path=f"{window.source}/link")
    assert (link["target"], link["target64"]) == ("/some\\nwhere", b"/some\nwhere")


@pytest.mark.parametrize(
    ("do", "path", "message"),
    [
        ("folder", "/nowhere", "snapshot-path-missing"),
        ("folder", "a", "path-is-no-folder"),
        ("stat", "a/below", "snapshot-path-missing"),
        ("preview", "", "path-is-no-file"),
        ("preview", "/", "path-is-no-file"),
        ("history", "/nowhere", "path-in-no-snapshot"),
    ],
)
def test_what_is_not_there_is_said(window: Window, do: str, path: str, message: str) -> None:
    window.write("a", b"")
    window.back_up()
    where = path if path.startswith("/") else f"{window.source}/{path}"
    with pytest.raises(WrongUsage) as caught:
        window.ask(do, path=where, **({} if do == "history" else {"snapshot": "latest"}))
    assert caught.value.message_id == message


def test_a_snapshot_that_is_not_there_is_said(window: Window) -> None:
    with pytest.raises(WrongUsage, match="No snapshot"):
        window.ask("folder", snapshot="latest")
    window.write("a", b"")
    window.back_up()
    with pytest.raises(WrongUsage, match="no snapshot feed"):
        window.ask("folder", snapshot="feed" * 16)


# --- preview ---------------------------------------------------------------------------------


def png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "kind", "encoding", "text"),
    [
        (b"", "text", "utf-8", ""),
        ("Grüße\n".encode(), "text", "utf-8", "Grüße\n"),
        (b"\xef\xbb\xbfa,b\r\n", "text", "utf-8", "a,b\r\n"),
        ("Preis €".encode("utf-16"), "text", "utf-16", "Preis €"),
        ("Grüße".encode("latin-1"), "text", "iso-8859-1", "Grüße"),
        (b"\x1b[31mred\x1b[0m", "text", "utf-8", "\x1b[31mred\x1b[0m"),
        (b"BMW,price\n", "text", "utf-8", "BMW,price\n"),
        (b"SQLite format 3\0", "binary", None, None),
        (b"\xff\xfe\x00", "binary", None, None),
        (bytes(range(256)), "binary", None, None),
    ],
)
def test_text_is_shown_as_text_and_the_rest_in_hexadecimal(
    window: Window, content: bytes, kind: str, encoding: str | None, text: str | None
) -> None:
    window.write("file", content)
    window.back_up()
    shown = window.ask("preview", snapshot="latest", path=f"{window.source}/file")
    assert (shown["kind"], shown.get("encoding"), shown.get("text")) == (kind, encoding, text)
    assert (shown["size"], shown["shown"]) == (len(content), len(content))
    if kind == "binary":
        assert shown["hex"] == content.hex()


def test_only_the_beginning_is_shown_even_if_it_ends_inside_a_character(window: Window) -> None:
    window.write("long", "€".encode() * 1000)
    window.back_up()
    shown = window.ask("preview", snapshot="latest", path=f"{window.source}/long", bytes=100)
    assert (shown["text"], shown["size"], shown["shown"]) == ("€" * 33, 3000, 100)


def test_an_image_comes_whole_unless_it_is_too_large(window: Window) -> None:
    small = png(200)
    window.write("small.dat", small)
    window.write("large.png", png(8) + bytes(2 << 20))
    window.back_up()
    shown = window.ask("preview", snapshot="latest", path=f"{window.source}/small.dat", bytes=64)
    assert (shown["kind"], shown["media"], shown["image"]) == ("image", "image/png", small)
    shown = window.ask("preview", snapshot="latest", path=f"{window.source}/large.png", bytes=64)
    assert (shown["kind"], shown["media"], shown["shown"]) == ("binary", "image/png", 64)


# --- search, history, diff -------------------------------------------------------------------


def test_a_search_over_all_snapshots_finds_what_was_deleted(window: Window) -> None:
    path = window.write("deep/Trend.py", b"1")
    first = window.back_up()
    path.unlink()
    window.write("deep/trend2.py", b"2")
    second = window.back_up()
    assert window.ask("search", pattern="trend*", ignore_case=True) == {
        "snapshots": 2, "found": 2, "cut": False,
    }  # fmt: skip
    last = {Path(str(row["path"])).name: row["last"] for row in window.listener.rows}
    assert last["Trend.py"] == {"id": first.id, "time": first.file.time}
    assert last["trend2.py"] == {"id": second.id, "time": second.file.time}
    window.ask("search", pattern="*rend*", snapshot=second.id)
    assert [row["path"] for row in window.listener.rows] == [f"{window.source}/deep/trend2.py"]
    assert window.ask("search", pattern="*", host="elsewhere")["snapshots"] == 0


def test_a_search_ends_where_it_has_found_enough(window: Window) -> None:
    for number in range(10):
        window.write(f"file{number}", b"")
    window.back_up()
    assert window.ask("search", pattern="file*", most=4)["cut"] is True
    assert len(window.listener.rows) == 4
    assert window.ask("search", pattern="file*", most=10)["cut"] is False


def test_history_names_the_snapshots_of_each_version(window: Window) -> None:
    path = window.write("a", b"one")
    ids = [window.back_up().id, window.back_up().id]
    path.write_bytes(b"two, longer")
    ids.append(window.back_up().id)
    path.unlink()
    ids.append(window.back_up().id)
    answer = window.ask("history", path=str(path))
    assert answer["gone"] is True
    versions = answer["versions"]
    assert isinstance(versions, list)
    assert [each["snapshots"] for each in versions] == [ids[:2], ids[2:3]]
    assert [each["size"] for each in versions] == [3, 11]


def test_a_diff_comes_as_rows_and_totals(window: Window) -> None:
    window.write("kept/a", b"one")
    gone = window.write("gone", b"123")
    before = window.back_up()
    gone.unlink()
    window.write("kept/new", b"12345")
    after = window.back_up()
    answer = window.ask("diff", before=before.id, after=after.id, path=str(window.source))
    rows = {(Path(str(row["path"])).name, row["kind"]) for row in window.listener.rows}
    assert rows >= {("gone", "removed"), ("new", "added")}
    assert (answer["bytes_added"], answer["bytes_removed"]) == (5, 3)
    window.ask("diff", before=before.id, after=after.id, path=f"{window.source}/kept")
    assert [row["path"] for row in window.listener.rows] == [f"{window.source}/kept/new"]
    with pytest.raises(WrongUsage, match="is not a folder"):
        window.ask("diff", before=before.id, after=after.id, path=f"{window.source}/kept/a")


def test_a_diff_with_the_disk(window: Window) -> None:
    window.write("a", b"one")
    before = window.back_up()
    window.write("a", b"changed, and longer")
    window.write("b", b"new")
    answer = window.ask("diff", before=before.id)
    assert answer["after"] is None
    rows = {Path(str(row["path"])).name: row["kind"] for row in window.listener.rows}
    assert (rows["a"], rows["b"]) == ("changed", "added")


# --- beside others ---------------------------------------------------------------------------


def test_a_snapshot_made_meanwhile_is_there(window: Window) -> None:
    window.write("a", b"one")
    window.back_up()
    assert window.names(window.source) == ["a"]
    window.write("b", b"two")
    later = window.back_up()
    assert window.names(window.source) == ["a", "b"]
    assert window.ask("snapshots")["rows"][0]["id"] == later.id  # type: ignore[index]


def test_a_snapshot_removed_meanwhile_is_not_called_damage(window: Window) -> None:
    window.write("a", b"one")
    snapshot = window.back_up()
    window.ask("snapshots")
    backend = window.desk.repository.backend
    for kind in (Kind.SNAPSHOT, Kind.INDEX, Kind.PACK):
        for info in list(backend.list(kind)):
            backend.remove(info.file)
    with pytest.raises(WrongUsage) as caught:
        window.ask("folder", snapshot=snapshot.id)
    assert caught.value.message_id == "snapshot-gone"


def test_a_folder_that_is_lost_is_a_problem_of_a_search_and_an_error_of_its_listing(
    window: Window,
) -> None:
    repository = window.desk.repository
    nodes = [
        encode_node(NodeFacts(name=name, mode=mode, mtime=0, ctime=0, uid=0, gid=0, subtree=tree))
        for name, mode, tree in (
            (b"bad", stat.S_IFDIR | 0o700, b"\1" * 32),
            (b"good", stat.S_IFREG | 0o600, None),
        )
    ]
    (tree,) = save_blobs(repository, BlobKind.TREE, encode_tree(nodes))
    repository.save_snapshot(SnapshotFile(time="2026-01-01T00:00:00Z", tree=tree.hex(), paths=[]))
    assert window.ask("search", pattern="*")["found"] == 2
    assert [problem.message_id for problem in window.listener.problems] == ["folder-lost"]
    assert window.names(Path("/")) == ["bad", "good"]
    with pytest.raises(Missing):
        window.ask("folder", snapshot="latest", path="/bad")


def test_places_name_what_is_open(window: Window) -> None:
    (place,) = window.ask("places")["places"]  # type: ignore[misc]
    assert (place["state"], place["open"]) == ("there", True)


def test_every_question_is_answered_or_refused_without_a_bug(window: Window) -> None:
    """On a repository without a snapshot."""
    lines = [
        {"do": "snapshots"},
        {"do": "folder", "snapshot": ""},
        {"do": "stat", "snapshot": "x"},
        {"do": "preview", "snapshot": "latest", "path": "/a"},
        {"do": "places"},
        {"do": "search", "pattern": "[", "snapshot": None},
        {"do": "search", "pattern": ""},
        {"do": "history"},
        {"do": "diff", "before": "latest"},
    ]
    for fields in lines:
        question = parse_question(json.dumps({"id": 1, **fields}).encode())
        assert isinstance(question, Question)
        try:
            window.browser.answer(question, Listening())
        except AppError as error:
            assert str(error)


@pytest.fixture
def sight(window: Window) -> Window:
    """Two folders in the source, and one in one of them."""
    for name in ("one/a.txt", "two/b.txt", "two/three/c.txt"):
        window.write(name, b"x")
    window.back_up()
    return window


def test_folders_in_sight_are_read_ahead_while_nobody_asks(sight: Window) -> None:
    rows = sight.ask(do="folder", snapshot="latest", path="/")["rows"]
    assert any(row["type"] == "dir" for row in rows)  # type: ignore[attr-defined]
    listed = sight.reader._listings._kept
    assert len(listed) == 1
    assert sight.browser.idle()
    assert len(listed) == 2
    while sight.browser.idle():
        pass
    sight.ask(do="folder", snapshot="latest", path=str(sight.source))
    before = len(listed)
    assert sight.browser.idle()
    assert sight.browser.idle()
    assert not sight.browser.idle()
    assert len(listed) == before + 2


def test_the_index_is_read_while_nobody_asks_so_that_a_jump_into_a_folder_need_not_wait(
    sight: Window,
) -> None:
    sight.ask(do="snapshots")
    assert sight.browser.idle()
    ahead = sight.reader.repository.index
    assert not sight.browser.idle()
    sight.ask(do="folder", snapshot="latest", path="/")
    assert sight.reader.repository.index is ahead


def test_across_a_network_the_index_is_read_while_somebody_looks_at_the_snapshots(
    sight: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sight.reader.repository.backend), "is_local", False)
    assert not sight.browser.idle()
    sight.ask(do="snapshots", start=0, count=10)
    assert sight.reader._index_files is None
    assert sight.browser.idle()
    assert sight.reader._index_files
    assert not sight.browser.idle()


def test_nothing_is_read_ahead_across_a_network(
    sight: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sight.reader.repository.backend), "is_local", False)
    sight.ask(do="folder", snapshot="latest", path="/")
    assert not sight.browser.idle()


def test_a_folder_that_is_lost_is_no_trouble_while_nobody_opens_it(sight: Window) -> None:
    sight.ask(do="folder", snapshot="latest", path="/")
    sight.browser._ahead = [b"\0" * 32]
    assert sight.browser.idle()
    assert not sight.browser.idle()


def test_a_folder_that_is_new_or_the_same_is_not_read_whole_to_say_so(sight: Window) -> None:
    sight.write("one/a.txt", b"changed")
    sight.write("four/d.txt", b"x")
    sight.back_up()
    rows = sight.ask(do="snapshots")["rows"]
    newest, before = (row["id"] for row in rows[:2])  # type: ignore[index]

    def changes(name: str) -> list[object]:
        path = str(sight.source / name)
        sight.ask(do="folder", snapshot=newest, path=path)
        sight.desk.place.forget()
        found = sight.ask(do="changes", snapshot=newest, path=path, against=before)
        assert found["gone"] == []
        loads = [call for call in sight.desk.place.calls if call.op is Op.LOAD]
        return [len(loads), found["changes"]]

    above = len(sight.source.parts)
    assert changes("two") == [above, "=="]  # in the older, the folders on the way
    assert changes("four") == [0, "+"]
    assert changes("one") == [1, "~"]  # the older; the newer was listed just now
    while sight.browser.idle():
        pass  # gives back what a question might have used that did not come
    assert changes("one") == [2, "~"]


class Leaving(Listening):
    """Somebody who looks elsewhere while folders are compared."""

    def checkpoint(self, while_paused: object = None) -> None:
        raise Cancelled


def test_a_comparison_ends_where_nobody_waits_for_it(sight: Window) -> None:
    older = sight.ask(do="snapshots")["rows"][0]["id"]  # type: ignore[index]
    sight.write("one/a.txt", b"changed")
    sight.back_up()
    fields = {"snapshot": "latest", "against": older, "path": str(sight.source / "one")}
    question = parse_question(json.dumps({"id": 1, "do": "changes", **fields}).encode())
    assert isinstance(question, Long)
    with pytest.raises(Cancelled):
        sight.browser.answer(question, Leaving())
    assert sight.ask(do="changes", **fields)["changes"] == "~"
