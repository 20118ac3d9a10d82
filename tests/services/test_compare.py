"""A file beside the same file elsewhere: lines, and no secret among them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.redact_lines import settings
from app.errors import WrongUsage
from app.redact import HIDDEN
from app.services.compare import LARGEST, Line, compare, lines_of
from tests.security.planted import SECRETS
from tests.services.test_browse import Window

BEFORE = """\
{
  "stake_amount": 250,
  "exchange": {
    "name": "binance",
    "key": "n4PpXk7sLq1vBz8aYt2m",
    "secret": "old-secret",
    "password": ""
  }
}""".splitlines()
AFTER = [line.replace("250", "400").replace("old-secret", "new-secret") for line in BEFORE]
_line = st.text("ab:=\"'{}[]| \tkeysecret09", max_size=20)


@pytest.fixture
def window(tmp_path: Path) -> Window:
    return Window(tmp_path)


def marks(lines: list[Line]) -> str:
    return "".join(line.mark for line in lines)


def test_a_changed_line_and_a_changed_secret() -> None:
    lines = list(compare(BEFORE, AFTER))
    assert marks(lines) == " -+   ~   "
    text = "\n".join(line.text for line in lines)
    assert "secret" in text
    for secret in ("n4PpXk7sLq1vBz8aYt2m", "old-secret", "new-secret"):
        assert secret not in text
    (kept,) = (line for line in lines if '"key"' in line.text)
    assert (kept.mark, kept.secret, kept.before, kept.after) == (" ", True, 5, 5)


@pytest.mark.parametrize(
    "text",
    [
        'api_key = "SECRET"', "password: SECRET", "export BINANCE_KEY=SECRET", "token=SECRET",
        '{"a":1,"secret":"SECRET","b":2}', "'apiKey': 'SECRET',", "  - private_key: SECRET",
        "url: https://me:SECRET@example.org/x", 'passphrase = "SECRET',
        "secret: |\n  SECRET\n  SECRET", '"mnemonic": [\n    "SECRET",\n    "SECRET"\n  ]',
        "-----BEGIN EC PRIVATE KEY-----\nSECRET\n-----END EC PRIVATE KEY-----",
        "api_secret:\n  SECRET", "value a1b2c3d4e5f6SECRETg7h8i9",
        # lists and blocks
        "api_keys:\n- SECRET\n- SECRET", 'keys = ["SECRET", "SECRET"]', 'keys = [\n"SECRET"\n]',
        '{"passwords":["SECRET","SECRET"]}', '{"key":{"id":"SECRET"}}',
        '{\n"password":\n"SECRET"\n}',
        '{"keys": [\n"SECRET"\n]}', "auth: {a: SECRET, b: SECRET}", "password: # mine\n  SECRET",
        # strings and lines that go on
        'PRIVATE_KEY = """\nSECRET\n"""', "key = \"\"\"x\nSECRET\"\"\"", 'PASSWORD="x\nSECRET"',
        "PASSWORD = x \\\nSECRET", "API_KEY = ('x'\n  'SECRET')", "secret: x\n  SECRET",
        # values whose end is not plain
        "password: x,SECRET", "password=x]SECRET", "password=[SECRET", "password: 'it''SECRET'",
        "password = 'x' + 'SECRET'", "key=os.getenv('X', 'SECRET')", 'key: str = "SECRET"',
        # other ways to say a name
        "'secret' => 'SECRET'", 'os.environ["API_KEY"] = "SECRET"', 'get("api_key", "SECRET")',
        '"api key": "SECRET"', "setenv API_KEY SECRET", "curl --api-key SECRET", "pw=SECRET",
        "machine x login y password SECRET", "curl -u me:SECRET https://example.org",
        "- name: API_KEY\n  value: SECRET", '{"name":"apiKey","value":"SECRET"}', "пароль: SECRET",
        "<password>SECRET</password>", "<apiKey>\nSECRET\n</apiKey>",
        '<add key="password" value="SECRET"/>', "https://x/?api_key=x&id=SECRET",
        r'{"b":"{\"secret\": \"SECRET\"}"}', "# old password: SECRET",
        "postgres://me:x/SECRET@host/db", "amqp://me:x@a,me:SECRET@b",
    ],
)  # fmt: skip
def test_no_secret_leaves(text: str) -> None:
    shown = "\n".join(settings(text.splitlines()))
    assert "SECRET" not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    ['"stake_amount": 250,', "timeframe: 5m", "name = binance", '"password": "",', "secret: null",
     '{"key": "", "secret": "", "pairs": ["BTC/USDT"]}', "value: 3", "<name>binance</name>"],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert list(settings([text])) == [text]


def test_the_words_of_a_wallet_and_a_recovery_key_in_a_note_are_hidden() -> None:
    words = SECRETS["twelve words"]
    numbered = [f"{number}. {word}" for number, word in enumerate(words.split(), 1)]
    note = ["My notes:", words, *numbered, f"# mine: {SECRETS['recovery key']}", "stake: 3"]
    shown = list(settings(note))
    assert shown == ["My notes:", *["***"] * 13, "# mine: ***", "stake: 3"]


def test_what_follows_a_hidden_block_is_shown_again() -> None:
    text = "secret: |\n  one\n  two\nname: binance\n"
    assert list(settings(text.splitlines())) == ["secret: |", "  ***", "  ***", "name: binance"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"secret": "x", "name": "b",', '"secret": "***", "name": "b",'),
        ('"key": ["x"], "name": "b"', '"key": [***], "name": "b"'),
        ('"key": [\n  "x"\n], "name": "b"', '"key": [\n  ***\n], "name": "b"'),
        ("password:\n- x\nname: b", "password:\n***\nname: b"),
        ('password = "\nx\n"\nname = b', 'password = "***\n***\n***\nname = b'),
        ("if token:\n    go_on()", "if token:\n    go_on()"),
    ],
)
def test_what_follows_a_hidden_value_is_shown_again(text: str, shown: str) -> None:
    assert "\n".join(settings(text.splitlines())) == shown


@pytest.mark.parametrize("piece", ["key", "-", "://a:b", '"key": [', "--key ", "<key ", "name:"])
def test_one_line_of_half_a_megabyte_keeps_nobody_waiting(piece: str) -> None:
    began = time.process_time()
    list(settings([piece * (LARGEST // len(piece))]))
    assert time.process_time() - began < 10  # with an unbounded repetition: minutes


@given(st.lists(_line, max_size=12), st.lists(_line, max_size=12))
def test_both_sides_can_be_read_off_the_lines(before: list[str], after: list[str]) -> None:
    lines = list(compare(before, after))
    old = [line.before for line in lines if line.before is not None]
    new = [line.after for line in lines if line.after is not None]
    assert old == list(range(1, len(before) + 1))
    assert new == list(range(1, len(after) + 1))
    same = [line for line in lines if line.mark == " "]
    assert all(before[line.before - 1] == after[line.after - 1] for line in same)  # type: ignore[operator]
    assert all(before[line.before - 1] != after[line.after - 1]  # type: ignore[operator]
               for line in lines if line.mark == "~")  # fmt: skip


def test_what_is_no_text_or_too_long_has_no_lines() -> None:
    assert lines_of(b"\x00\x01") is None
    assert lines_of(b"a" * ((512 << 10) + 1)) is None
    assert lines_of(b"\n" * 20_001) is None
    assert lines_of("ü\nb".encode()) == ["ü", "b"]


# --- through the window's questions ------------------------------------------------------------


def test_a_folder_says_what_became_of_each_since_another_snapshot(window: Window) -> None:
    for name in ("same", "changed", "gone", "deep/a", "calm/a"):
        window.write(name, b"1")
    first = window.back_up()
    (window.source / "gone").unlink()
    window.write("changed", b"22")
    window.write("new", b"3")
    window.write("deep/b", b"4")
    window.back_up()
    asked = {"snapshot": "latest", "path": str(window.source), "against": first.id}
    answer = window.ask("changes", **asked)
    names = window.names(window.source)
    assert dict(zip(names, str(answer["changes"]), strict=True)) == {
        "same": "=", "changed": "~", "new": "+", "deep": "~", "calm": "=",
    }  # fmt: skip
    assert [row["name"] for row in answer["gone"]] == ["gone"]  # type: ignore[attr-defined]


def test_a_folder_that_the_other_snapshot_has_not_is_all_new(window: Window) -> None:
    window.write("a", b"1")
    first = window.back_up()
    window.write("later/b", b"2")
    window.back_up()
    path = str(window.source / "later")
    answer = window.ask("changes", snapshot="latest", path=path, against=first.id)
    assert (answer["changes"], answer["gone"]) == ("+", [])


def asked_lines(window: Window, name: str, **fields: object) -> tuple[str, dict[str, object]]:
    path = str(window.source / name)
    answer = window.ask("compare", snapshot="latest", path=path, **fields)
    return "".join(str(row["mark"]) for row in window.listener.rows), answer


def test_a_configuration_is_compared_with_a_snapshot_the_disk_and_nothing(window: Window) -> None:
    path = window.write("config.json", "\n".join(BEFORE).encode())
    first = window.back_up()
    window.write("config.json", "\n".join(AFTER).encode())
    window.back_up()
    path.write_text("\n".join(AFTER[:-1]))
    assert asked_lines(window, "config.json", against=first.id)[0] == " -+   ~   "
    assert asked_lines(window, "config.json", disk=True)[0] == "        -"
    found, answer = asked_lines(window, "config.json")
    assert (found, answer["kind"], answer["against_size"]) == (" " * 9, "text", None)
    assert not any("secret-" in str(row["text"]) for row in window.listener.rows)


def test_a_file_that_the_other_side_has_not_is_all_new_or_all_gone(window: Window) -> None:
    window.write("other", b"x")
    first = window.back_up()
    path = window.write("a.txt", b"1\n2\n")
    window.back_up()
    path.unlink()
    assert asked_lines(window, "a.txt", against=first.id)[0] == "++"
    assert asked_lines(window, "a.txt", disk=True)[0] == "--"


def test_a_database_is_told_by_its_size(window: Window) -> None:
    window.write("trades.sqlite", b"SQLite\x00" * 10)
    window.back_up()
    found, answer = asked_lines(window, "trades.sqlite", disk=True)
    assert found == ""
    assert (answer["kind"], answer["size"], answer["same"]) == ("other", 70, True)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(window: Window) -> None:
    path = window.write("a.txt", b"1\n")
    window.back_up()
    path.unlink()
    os.mkfifo(path)
    assert asked_lines(window, "a.txt", disk=True)[0] == "-"


def test_a_folder_is_not_compared(window: Window) -> None:
    window.write("sub/a.txt", b"1\n")
    window.back_up()
    with pytest.raises(WrongUsage):
        asked_lines(window, "sub")
