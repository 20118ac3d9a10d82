"""What a settings file may say, and how each mistake in it is told: line, key, found, right."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from app.errors import AppError
from app.settings.settings import (
    BrokenSettings,
    CopySettings,
    Mistake,
    NewerSettings,
    RepositorySettings,
    Settings,
    SourceKind,
    SourceSettings,
    load,
)
from tests.settings.support import BLOCKS, REPOSITORY, broken

FULL = (
    BLOCKS
    + """\
[[sources]]
name = "charts"
kind = "folder"
path = "~/charts"
exclude = ["*.tmp", "/cache"]
exclude_caches = false

[[copies]]
name = "KEEP-1"
kind = "folder"
address = "/media/me/KEEP-1"
id = "00112233445566ff"

[[sources]]
name = "bot"
kind = "bot"
bot = "freqtrade"
path = "/srv/bot"
leave_out = ["*.feather"]
"""
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def only(error: BrokenSettings) -> Mistake:
    (mistake,) = error.mistakes
    return mistake


def test_no_file_is_empty_settings(file: Path) -> None:
    assert load(file) == Settings(version=1, repository=None, sources=(), copies=())
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "version = 1"])
def test_a_file_that_says_nothing_is_empty_settings(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert load(file) == Settings()


def test_everything_at_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    file.write_text(FULL, encoding="utf-8")
    assert load(file) == Settings(
        version=1,
        repository=REPOSITORY,
        sources=(
            SourceSettings(
                "charts",
                SourceKind.FOLDER,
                Path("/home/me/charts"),
                exclude=("*.tmp", "/cache"),
                exclude_caches=False,
            ),
            SourceSettings(
                "bot",
                SourceKind.BOT,
                Path("/srv/bot"),
                bot="freqtrade",
                leave_out=("*.feather",),
            ),
        ),
        copies=(CopySettings("KEEP-1", "folder", "/media/me/KEEP-1", "00112233445566ff"),),
    )


def test_inline_tables_and_dotted_keys_say_the_same(file: Path) -> None:
    file.write_text(
        f"""version = 1
sources = [ {{ name = "a", kind = "folder", path = "/a" }} ]
repository.path = "/home/me/Tradekeep"
repository.id = "{"a1" * 32}"
repository."device_key" = "{"b2" * 32}"
""",
        encoding="utf-8",
    )
    assert load(file) == Settings(
        repository=REPOSITORY, sources=(SourceSettings("a", SourceKind.FOLDER, Path("/a")),)
    )


def test_windows_editors_byte_order_mark_and_line_endings(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + BLOCKS.replace("\n", "\r\n").encode())
    assert load(file).repository == REPOSITORY


def test_tilde_is_expanded_in_a_copys_address(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    text = '[[copies]]\nname="k"\nkind="folder"\naddress="~/k"\nid="0011223344556677"\n'
    file.write_text("version = 1\n" + text, encoding="utf-8")
    assert load(file).copies[0].address == "/home/me/k"


SOURCE = 'version = 1\n\n[[sources]]\nname = "a"\nkind = "folder"\npath = "/a"\n'
REPO = 'version = 1\n[repository]\npath = "/r"\n'

CASES = {
    "unknown key": (SOURCE + "colour = 3\n", 7, "sources.colour", "sources.colour"),
    "unknown table": ("version = 1\n[plan]\nx = 1\n", 2, "plan", "plan"),
    "text for a flag": (SOURCE + 'exclude_caches = "no"\n', 7, "sources.exclude_caches", '"no"'),
    "number for a name": (SOURCE.replace('"a"', "12"), 4, "sources.name", "12"),
    "empty name": (SOURCE.replace('"a"', '""'), 4, "sources.name", '""'),
    "slash in a name": (SOURCE.replace('"a"', '"a/b"'), 4, "sources.name", '"a/b"'),
    "line break in a name": (SOURCE.replace('"a"', '"a\\nb"'), 4, "sources.name", '"a\\nb"'),
    "blanks around a name": (SOURCE.replace('"a"', '" a"'), 4, "sources.name", '" a"'),
    "one pattern, no list": (SOURCE + 'exclude = "*.x"\n', 7, "sources.exclude", '"*.x"'),
    "number in a list": (SOURCE + 'leave_out = [\n  "a",\n  7 ]\n', 9, "sources.leave_out", "7"),
    "relative path": (SOURCE.replace("/a", "bots/a"), 6, "sources.path", '"bots/a"'),
    "empty path": (SOURCE.replace("/a", ""), 6, "sources.path", '""'),
    "nul in a path": (SOURCE.replace("/a", "/a\\u0000"), 6, "sources.path", '"/a\\u0000"'),
    "home of nobody": (SOURCE.replace("/a", "~no-one-here/a"), 6, "sources.path", None),
    "bad source kind": (SOURCE.replace("folder", "flder"), 5, "sources.kind", '"flder"'),
    "bot for a folder": (SOURCE + 'bot = "freqtrade"\n', 7, "sources.bot", '"freqtrade"'),
    "bot without its kind": (SOURCE.replace('"folder"', '"bot"'), 3, "sources.bot", ""),
    "missing path": (SOURCE.replace('path = "/a"\n', ""), 3, "sources.path", ""),
    "missing version": (SOURCE.replace("version = 1\n", "\n"), 1, "version", ""),
    "old version": ("version = 0\n", 1, "version", "0"),
    "version as text": ('# v\nversion = "1"\n', 2, "version", '"1"'),
    "version as a flag": ("version = true\n", 1, "version", "true"),
    "one pair of brackets": (SOURCE.replace("[[sources]]", "[sources]"), 3, "sources", "[sources]"),
    "two pairs of brackets": ("version = 1\n[[repository]]\n", 2, "repository", "[[repository]]"),
    "no table": ("version = 1\nrepository = 5\n", 2, "repository", "5"),
    "no tables": ('version = 1\nsources = ["/a"]\n', 2, "sources", '"/a"'),
    "short id": (
        REPO + f'id = "abc"\ndevice_key = "{"b" * 64}"\n',
        4,
        "repository.id",
        '"abc"',
    ),
    "large letters in an id": (
        REPO + f'device_key = "{"B" * 64}" # "\nid = "{"b" * 64}"\n',
        4,
        "repository.device_key",
        None,
    ),
    "bad copy kind": (
        'version = 1\n[[copies]]\nname="k"\nkind="dropbx"\naddress="/k"\nid="0011223344556677"\n',
        4,
        "copies.kind",
        '"dropbx"',
    ),
    "bad copy id": (
        'version = 1\n[[copies]]\nname="k"\nkind="folder"\naddress="/k"\nid="xyz"\n',
        6,
        "copies.id",
        '"xyz"',
    ),
    "relative address": (
        'version = 1\n[[copies]]\nname="k"\nkind="folder"\naddress="k"\nid="0011223344556677"\n',
        5,
        "copies.address",
        '"k"',
    ),
    "in an inline table": (
        'version = 1\nsources = [\n  # one\n  { name = "a", kind = "x", path = "/a" },\n]\n',
        4,
        "sources.kind",
        '"x"',
    ),
    "in a dotted key": (
        f'version = 1\nrepository.id = "{"a" * 64}"\nrepository.path = "x"\n'
        f'repository.device_key = "{"a" * 64}"\n',
        3,
        "repository.path",
        '"x"',
    ),
    "behind misleading strings": (
        SOURCE.replace('"a"', '"a # [[sources]]"').replace(
            'path = "/a"', 'exclude = ["""\n[[sources]]\npath = "/x"\n"""]\npath = "a]"'
        ),
        10,
        "sources.path",
        '"a]"',
    ),
}


@pytest.mark.parametrize(("text", "line", "key", "found"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_its_line(
    file: Path, text: str, line: int, key: str, found: str | None
) -> None:
    mistake = only(broken(file, text))
    assert (mistake.line, mistake.key) == (line, key)
    assert found is None or mistake.found == found
    assert mistake.right
    sentence = str(mistake.sentence)
    assert f"ine {line}:" in sentence
    assert key in sentence
    assert "{" not in sentence.replace(mistake.found, "")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version = 1\nname = \n", 2),
        ("version = 1\n[sources\n", 2),
        ('version = 1\na = "never ends\n', 2),
        ("version = 1\nversion = 1\n", 2),
        ('version = 1\n\na = """never\nends\n', 4),
        ("\n\nversion = 01\n", 3),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(
    file: Path, text: str, line: int, ending: str
) -> None:
    mistake = only(broken(file, text.replace("\n", ending)))
    assert mistake.line == line
    assert "(at" not in mistake.found


def test_absurd_nesting_is_a_mistake_too(file: Path) -> None:
    assert only(broken(file, "a = " + "[" * 100_000)).line == 1


def test_what_is_not_utf8_is_told_with_its_line(file: Path) -> None:
    mistake = only(broken(file, b"version = 1\n# caf\xe9\n"))
    assert (mistake.line, mistake.found) == (2, "0xe9")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pth", "path"),
        ("Path", "path"),
        ("exclud", "exclude"),
        ("exclude-caches", "exclude_caches"),
    ],
)
def test_a_misspelt_key_is_recognised(file: Path, written: str, meant: str) -> None:
    mistake = only(broken(file, SOURCE + f"{written} = 1\n"))
    assert (mistake.line, mistake.right) == (7, meant)
    assert f"Did you mean {meant}?" in str(mistake.sentence)


@pytest.mark.parametrize(("first", "second"), [("a", "a"), ("KEEP", "keep"), ("Straße", "STRASSE")])
def test_a_name_may_be_used_once(file: Path, first: str, second: str) -> None:
    text = SOURCE.replace('"a"', f'"{first}"')
    again = text.partition("\n\n")[2].replace(first, second)
    mistake = only(broken(file, text + "\n" + again))
    assert (mistake.line, mistake.key, mistake.found) == (9, "sources.name", f'"{second}"')
    assert "line 4" in mistake.right


def test_a_source_and_a_copy_may_share_a_name(file: Path) -> None:
    text = '[[copies]]\nname="a"\nkind="folder"\naddress="/k"\nid="0011223344556677"\n'
    file.write_text(SOURCE + text, encoding="utf-8")
    assert load(file).copies[0].name == load(file).sources[0].name


def test_all_mistakes_come_at_once_in_order(file: Path) -> None:
    text = (
        'versoin = 2\n[repository]\npath = "x"\n'
        + SOURCE.partition("\n\n")[2].replace('"/a"', "7")
        + 'caches = 1\n[[sources]]\nname = "A"\n'
    )
    error = broken(file, text)
    told = [(mistake.line, mistake.key) for mistake in error.mistakes]
    assert told == [
        (1, "version"),
        (1, "versoin"),
        (2, "repository.device_key"),
        (2, "repository.id"),
        (3, "repository.path"),
        (7, "sources.path"),
        (8, "sources.caches"),
        (9, "sources.kind"),
        (9, "sources.path"),
        (10, "sources.name"),
    ]
    assert error.params["count"] == 10
    for mistake in error.mistakes:
        assert mistake.sentence.title in str(error)
    assert str(file) in str(error)


def test_a_newer_version_is_refused_before_anything_else(file: Path) -> None:
    error = broken(file, "version = 2\n[[unheard_of]]\n")
    assert isinstance(error, NewerSettings)
    assert (error.message_id, error.params["version"]) == ("settings-too-new", 2)
    assert "newest Tradekeep" in str(error)


def test_a_long_value_is_shown_short(file: Path) -> None:
    mistake = only(broken(file, SOURCE.replace("/a", "x" * 500)))
    assert len(mistake.found) <= 60
    assert mistake.found.endswith("…")


def test_a_folder_in_the_files_place(file: Path) -> None:
    file.mkdir()
    with pytest.raises(BrokenSettings) as caught:
        load(file)
    assert caught.value.message_id == "settings-unreadable"
    assert str(file) in str(caught.value)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(file: Path) -> None:
    file.write_text("version = 1\n", encoding="utf-8")
    file.chmod(0)
    with pytest.raises(BrokenSettings) as caught:
        load(file)
    assert caught.value.message_id == "settings-unreadable"


def test_the_error_crosses_processes(file: Path) -> None:
    error = broken(file, SOURCE + "x = 1\n")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, BrokenSettings)
    assert again.mistakes == error.mistakes
    assert str(again) == str(error)
    newer = pickle.loads(pickle.dumps(broken(file, "version = 9\n")))
    assert isinstance(newer, AppError)
    assert newer.params["version"] == 9


def test_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        RepositorySettings(Path("/r"), "", "").id = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "address", "fits"),
    [
        ("folder", "/mnt/nas", True),
        ("drive", "/media/me/KEEP-1", True),
        ("folder", "https://example.org/x", False),
        ("drive", "dropbox:/x", False),
        ("s3", "https://example.org/bucket/x", True),
        ("s3", "/mnt/nas", False),
        ("webdav", "http://127.0.0.1:1/x", True),
        ("webdav", "dropbox:/x", False),
        ("dropbox", "dropbox:/keep", True),
        ("dropbox", "/keep", False),
        ("ftp", "/keep", False),
    ],
)
def test_an_address_fits_its_kind_of_copy(
    tmp_path: Path, kind: str, address: str, fits: bool
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        f'version = 1\n[[copies]]\nname = "x"\nkind = "{kind}"\naddress = "{address}"\n'
        f'id = "{"0" * 16}"\n'
    )
    if fits:
        (copy,) = load(file).copies
        assert (copy.kind, copy.address) == (kind, address)
        return
    with pytest.raises(BrokenSettings) as caught:
        load(file)
    (mistake,) = caught.value.mistakes
    assert mistake.line in (4, 5)


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ('inside = "a/b"', True), ('inside = "../b"', False), ('inside = "/b"', False),
        ('hours = "22:00-06:00"', True), ('hours = ""', True), ('hours = "22-6"', False),
        ('hours = "08:00-08:00"', False), ("limit = 0", True), ("limit = 500", True),
        ("limit = 49", False), ("limit = -1", False),
        ("limit = true", False), ('limit = "500"', False),
        ("paused = true", True), ("paused = 1", False), ("append_only = true", True),
        ('user = "me"', True), ('user = ""', False), ('password = "x"', False),
    ],
)  # fmt: skip
def test_how_a_copy_is_treated_is_read_strictly(tmp_path: Path, line: str, fits: bool) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        'version = 1\n[[copies]]\nname = "x"\nkind = "folder"\naddress = "/x"\n'
        f'id = "{"0" * 16}"\n{line}\n'
    )
    if fits:
        assert load(file).copies
    else:
        with pytest.raises(BrokenSettings):
            load(file)
