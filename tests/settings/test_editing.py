"""Changing one thing leaves every other byte as it was; what does not fit changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from msgspec.structs import replace

from app.errors import AppError, WrongUsage
from app.settings.settings import (
    BrokenSettings,
    CopySettings,
    DropboxSettings,
    RepositorySettings,
    Settings,
    SourceKind,
    SourceSettings,
    add_copy,
    add_source,
    load,
    remove_copy,
    remove_source,
    set_dropbox,
    set_repository,
)
from tests.settings.support import BLOCKS, REPOSITORY, copies, copy, folder, sources

COMMENTED = """\
# My machine. Do not sync.
version = 1   # the format

# where it lies
[repository]
path = "/home/me/Tradekeep"  # on the second disk
id = "{id}"
device_key = "{key}"
# (do not touch the two lines above)

# --- what is backed up ---

# charts take long
# but are needed
[[sources]]  # first
name = "charts"
kind = "folder"
# moved in May
path = "/srv/charts"
# exclude = ["*.feather"]

# the bot
[[sources]]
name = "bot"
kind = "folder"
path = '/srv/bot # [[not a table]]'
exclude = [
  "*.log",  # large
  "# [[sources]]",
]

# copies follow

[[copies]]
name = "KEEP-1"
kind = "folder"
address = "/media/KEEP-1"
id = "0000000000000001"
# the end
""".format(id="a1" * 32, key="b2" * 32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


@pytest.fixture
def commented(file: Path) -> Path:
    file.parent.mkdir()
    file.write_text(COMMENTED, encoding="utf-8", newline="")
    return file


def text(file: Path) -> str:
    return file.read_bytes().decode()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_change_makes_a_friendly_private_file(file: Path) -> None:
    set_repository(file, REPOSITORY)
    assert load(file) == Settings(repository=REPOSITORY)
    assert text(file).startswith("# Tradekeep's settings.")
    assert text(file).endswith(BLOCKS.rstrip("\n") + "\n")
    if os.name != "nt":
        assert mode(file) == 0o600
        assert mode(file.parent) == 0o700
    assert not file.with_name("settings.toml.bak").exists()
    assert {each.name for each in file.parent.iterdir()} == {"settings.toml", "settings.toml.lock"}


def test_the_example_in_the_header_is_right(file: Path) -> None:
    add_source(file, folder("a"))
    example = [
        line.removeprefix("#   ") for line in text(file).splitlines() if line.startswith("#   ")
    ]
    other = file.with_name("example.toml")
    other.write_text("version = 1\n" + "\n".join(example) + "\n", encoding="utf-8")
    assert load(other).sources[0].name == "charts"


@pytest.mark.parametrize("before", ["", "\n \n"])
def test_a_blank_file_gets_the_header_too(file: Path, before: str) -> None:
    file.parent.mkdir()
    file.write_text(before, encoding="utf-8")
    add_copy(file, copy("K"))
    assert text(file).startswith("# Tradekeep's settings.")
    assert load(file) == Settings(copies=(copy("K"),))


def test_a_file_with_comments_only_keeps_them(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("# mine", encoding="utf-8")
    add_source(file, folder("a"))
    assert text(file).startswith("# mine\nversion = 1\n\n[[sources]]\n")
    assert load(file) == Settings(sources=(folder("a"),))


def test_a_new_source_stands_behind_the_others(commented: Path) -> None:
    add_source(commented, folder("new", "/srv/new"))
    added = '\n[[sources]]\nname = "new"\nkind = "folder"\npath = "/srv/new"\n'
    before, anchor, after = COMMENTED.partition('  "# [[sources]]",\n]\n')
    assert text(commented) == before + anchor + added + after


def test_a_new_copy_stands_behind_the_others_and_their_comments(commented: Path) -> None:
    add_copy(commented, copy("K2", 2))
    assert text(commented).startswith(COMMENTED)
    assert text(commented).removeprefix(COMMENTED).startswith("\n[[copies]]\n")


def test_a_comment_that_leads_up_to_the_next_block_stays_with_it(file: Path) -> None:
    file.parent.mkdir()
    first = '[[sources]]\nname = "a"\nkind = "folder"\npath = "/a"\n'
    second = '# about the copy\n  [[copies]]\nname = "K"\nkind = "folder"\naddress = "/media/1"\n'
    file.write_text(f'version = 1\n{first}{second}id = "{1:016x}"\n', encoding="utf-8")
    add_source(file, folder("b", "/b"))
    assert text(file).endswith(f'path = "/b"\n{second}id = "{1:016x}"\n')


def test_a_removed_source_takes_the_comment_above_it(commented: Path) -> None:
    remove_source(commented, "CHARTS")
    start = COMMENTED.index("\n# charts take long")
    end = COMMENTED.index('# exclude = ["*.feather"]')
    assert text(commented) == COMMENTED[:start] + COMMENTED[end:]
    assert [source.name for source in load(commented).sources] == ["bot"]


def test_and_no_other_comment(commented: Path) -> None:
    remove_source(commented, "bot")
    start = COMMENTED.index("\n# the bot")
    end = COMMENTED.index("\n# copies follow")
    assert text(commented) == COMMENTED[:start] + COMMENTED[end:]


def test_removing_the_last_copy_keeps_the_end(commented: Path) -> None:
    remove_copy(commented, "keep-1")
    start = COMMENTED.index("\n[[copies]]")
    assert text(commented) == COMMENTED[:start] + "# the end\n"
    assert load(commented).copies == ()


def test_a_string_that_ends_like_a_comment_is_not_taken(file: Path) -> None:
    file.parent.mkdir()
    first = '[[sources]]\nname = "a"\nkind = "folder"\npath = "/a"\nexclude = ["""\n#"""]\n'
    second = '[[sources]]\nname = "b"\nkind = "folder"\npath = "/b"\n'
    file.write_text("version = 1\n" + first + second, encoding="utf-8")
    remove_source(file, "b")
    assert text(file) == "version = 1\n" + first


def test_another_repository_keeps_the_comments(commented: Path) -> None:
    other = RepositorySettings(Path("/new place"), "c3" * 32, "d4" * 32)
    set_repository(commented, other)
    expected = (
        COMMENTED.replace("/home/me/Tradekeep", "/new place")
        .replace("a1" * 32, "c3" * 32)
        .replace("b2" * 32, "d4" * 32)
    )
    assert text(commented) == expected
    assert load(commented).repository == other


AWAY = RepositorySettings(
    None, "c3" * 32, "d4" * 32, kind="s3", address="https://h.example/b/x", user="AKID",
    region="eu", off_site=True, limit=500,
)  # fmt: skip


def test_a_repository_behind_a_network_takes_the_place_of_a_folder_and_the_other_way_round(
    commented: Path,
) -> None:
    before = load(commented).repository
    assert before is not None
    for other in (AWAY, replace(AWAY, limit=0, region=""), before):
        set_repository(commented, other)
        assert load(commented).repository == other
    text = commented.read_text()
    assert "# where it lies" in text
    assert not any(word in text for word in ("s3", "AKID", "off_site"))


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('kind = "s3"', "address"),
        ('kind = "drive"\npath = "/x"', "drive"),
        ('kind = "s3"\naddress = "/x"', "/x"),
        ('kind = "s3"\naddress = "https://h/b"\npath = "/x"', "path"),
        ("off_site = true", "path"),
    ],
)
def test_a_repository_that_lies_nowhere_or_twice_is_a_mistake(
    file: Path, lines: str, what: str
) -> None:
    ids = f'id = "{"c3" * 32}"\ndevice_key = "{"d4" * 32}"'
    file.parent.mkdir()
    file.write_text(f"version = 1\n[repository]\n{lines}\n{ids}\n")
    with pytest.raises(BrokenSettings) as broken:
        load(file)
    assert what in str(broken.value)


def test_a_repository_comes_before_the_blocks_that_are_there(file: Path) -> None:
    add_source(file, folder("a"))
    before = text(file)
    set_repository(file, REPOSITORY)
    assert load(file) == Settings(repository=REPOSITORY, sources=(folder("a"),))
    start = before.index("\n[[sources]]") + 1
    assert text(file) == before[:start] + BLOCKS.partition("\n\n")[2] + before[start:]


@pytest.mark.parametrize(
    "written",
    [
        'repository = {{ path = "/x", id = "{id}", device_key = "{id}" }} # here',
        'repository.id = "{id}"\nrepository.path = "/x" # here\nrepository.device_key = "{id}"',
    ],
)
def test_a_repository_in_other_notations_is_replaced_in_place(file: Path, written: str) -> None:
    file.parent.mkdir()
    before = "version = 1\n" + written.format(id="0f" * 32) + "\n"
    file.write_text(before, encoding="utf-8")
    set_repository(file, REPOSITORY)
    assert load(file).repository == REPOSITORY
    assert " # here" in text(file)
    assert text(file).count("\n") == before.count("\n")


def test_inline_tables_are_edited_where_they_stand(file: Path) -> None:
    file.parent.mkdir()
    start = """version = 1 # v
sources = [
  {name="a", path="/a", kind="folder"},  # first
  # about b
  {name="b", path = "/b", kind="folder"},  # second
]
# end
"""
    file.write_text(start, encoding="utf-8")
    add_source(file, folder("c", "/c"))
    added = '  {name = "c", kind = "folder", path = "/c"},\n]\n'
    assert text(file) == start.replace("]\n", added)
    remove_source(file, "a")
    assert "# about b\n" in text(file)
    assert "# second\n" in text(file)
    for name in "bc":
        remove_source(file, name)
    assert load(file) == Settings()
    assert text(file).startswith("version = 1 # v\nsources = [")
    assert text(file).endswith("]\n# end\n")


def test_line_endings_and_the_byte_order_mark_stay(file: Path) -> None:
    file.parent.mkdir()
    before = b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode()
    file.write_bytes(before)
    add_source(file, folder("new"))
    after = file.read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n")
    assert after.startswith(b"\xef\xbb\xbf#")
    remove_source(file, "new")
    assert file.read_bytes() == before


def test_a_file_without_a_last_line_ending(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("version = 1", encoding="utf-8")
    add_source(file, folder("a"))
    remove_source(file, "a")
    assert text(file) == "version = 1\n"


def test_the_file_before_is_kept(commented: Path) -> None:
    add_source(commented, folder("one"))
    before = text(commented)
    add_source(commented, folder("two"))
    backup = commented.with_name("settings.toml.bak")
    assert text(backup) == before
    if os.name != "nt":
        assert mode(backup) == 0o600


def test_a_readable_file_becomes_private(commented: Path) -> None:
    commented.chmod(0o644)
    add_source(commented, folder("one"))
    assert os.name == "nt" or mode(commented) == 0o600


def test_a_broken_file_is_not_touched(commented: Path) -> None:
    commented.write_text(COMMENTED.replace("version", "versoin"), encoding="utf-8")
    before = text(commented)
    for change in (
        lambda: add_source(commented, folder("x")),
        lambda: remove_source(commented, "charts"),
        lambda: add_copy(commented, copy("x")),
        lambda: remove_copy(commented, "KEEP-1"),
        lambda: set_repository(commented, REPOSITORY),
    ):
        with pytest.raises(BrokenSettings):
            change()
    assert text(commented) == before
    assert not commented.with_name("settings.toml.bak").exists()


@pytest.mark.parametrize(
    ("wrong", "message_id"),
    [
        (folder("CHARTS"), "settings-source-taken"),
        (folder("a/b"), "settings-unfit"),
        (folder(""), "settings-unfit"),
        (folder("x", "relative"), "settings-unfit"),
        (SourceSettings("x", SourceKind.BOT, Path("/x")), "settings-unfit"),
        (folder("x", "/caf\udce9"), "settings-not-text"),
    ],
)
def test_a_source_that_does_not_fit_changes_nothing(
    commented: Path, wrong: SourceSettings, message_id: str
) -> None:
    with pytest.raises(WrongUsage) as caught:
        add_source(commented, wrong)
    assert caught.value.message_id == message_id
    assert "{" not in str(caught.value)
    str(caught.value).encode()
    assert text(commented) == COMMENTED


@pytest.mark.parametrize(
    ("wrong", "message_id"),
    [
        (copy("keep-1"), "settings-copy-taken"),
        (CopySettings("x", "dropbox", "/x", "0" * 16), "settings-unfit"),
        (CopySettings("x", "folder", "x", "0" * 16), "settings-unfit"),
        (CopySettings("x", "folder", "/x", "0"), "settings-unfit"),
    ],
)
def test_a_copy_that_does_not_fit_changes_nothing(
    commented: Path, wrong: CopySettings, message_id: str
) -> None:
    with pytest.raises(WrongUsage) as caught:
        add_copy(commented, wrong)
    assert caught.value.message_id == message_id
    assert text(commented) == COMMENTED


def test_an_app_of_dropbox_is_named_and_named_again(commented: Path) -> None:
    before = commented.read_text()
    set_dropbox(commented, DropboxSettings("first"))
    set_dropbox(commented, DropboxSettings("second"))
    assert load(commented).dropbox.app_key == "second"
    changed = commented.read_text()
    assert changed.replace('[dropbox]\napp_key = "second"\n', "").split() == before.split()
    with pytest.raises(AppError):
        set_dropbox(commented, DropboxSettings("two\nlines"))
    assert commented.read_text() == changed


def test_what_is_not_there_cannot_be_removed(commented: Path) -> None:
    with pytest.raises(WrongUsage) as caught:
        remove_source(commented, "nothing")
    assert caught.value.params == {"name": "nothing", "known": "charts, bot"}
    with pytest.raises(WrongUsage) as caught:
        remove_copy(commented, "nothing")
    assert caught.value.message_id == "copy-unknown"
    assert text(commented) == COMMENTED


def test_the_file_behind_a_link_changes(file: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.toml"
    dotfiles.write_text(COMMENTED, encoding="utf-8")
    file.parent.mkdir()
    file.symlink_to(dotfiles)
    add_source(file, folder("new"))
    assert file.is_symlink()
    assert load(dotfiles).sources[-1] == folder("new")


def test_what_a_killed_write_left_is_cleared(commented: Path) -> None:
    leftover = commented.with_name("settings.toml-tmp-0123456789ab")
    leftover.write_text("half", encoding="utf-8")
    add_source(commented, folder("new"))
    assert not leftover.exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file", encoding="utf-8")
    with pytest.raises(AppError) as caught:
        add_source(tmp_path / "config" / "settings.toml", folder("a"))
    assert caught.value.message_id == "settings-unwritable"


_slow = hypothesis(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _name(item: SourceSettings | CopySettings) -> str:
    return item.name.casefold()


@_slow
@given(
    st.lists(sources(), max_size=4, unique_by=_name),
    st.lists(copies(), max_size=3, unique_by=_name),
)
def test_what_is_added_is_loaded(
    tmp_path_factory: pytest.TempPathFactory,
    several: list[SourceSettings],
    places: list[CopySettings],
) -> None:
    file = tmp_path_factory.mktemp("x") / "settings.toml"
    for source in several:
        add_source(file, source)
    for place in places:
        add_copy(file, place)
    set_repository(file, REPOSITORY)
    assert load(file) == Settings(
        repository=REPOSITORY, sources=tuple(several), copies=tuple(places)
    )


_COMMENT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=15)
_FILLER = st.lists(st.just("") | _COMMENT.map(lambda words: f"# {words}"), max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A file with comments everywhere, sources "0"… and copies "0"… in any order."""
    lines = [*draw(_FILLER), "version = 1  # v"]
    counts = {"sources": 0, "copies": 0}
    for array in draw(st.lists(st.sampled_from(["sources", "copies"]), max_size=5)):
        lines += [*draw(_FILLER), f"[[{array}]]"]
        body = ['kind = "folder"', f"name = '{counts[array]}'"]
        if array == "sources":
            body += ['path = "/a"', "exclude = [ '#', # ]\n'[[x]]' ]"]
        else:
            body += ['address = "/a"', "id = '0000000000000000' # [[copies]]"]
        for line in draw(st.permutations(body)):
            lines += [*draw(_FILLER), line]
        counts[array] += 1
    return "\n".join([*lines, *draw(_FILLER), ""])


@_slow
@given(documents(), sources().map(lambda source: replace(source, name="new")))
def test_adding_and_removing_is_no_change(
    tmp_path_factory: pytest.TempPathFactory, document: str, source: SourceSettings
) -> None:
    file = tmp_path_factory.mktemp("x") / "settings.toml"
    file.write_bytes(document.encode())
    before = load(file)
    add_source(file, source)
    assert load(file) == replace(before, sources=(*before.sources, source))
    remove_source(file, "new")
    assert text(file) == document


@_slow
@given(documents(), st.data())
def test_removing_takes_the_block_and_its_comment_only(
    tmp_path_factory: pytest.TempPathFactory, document: str, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("x") / "settings.toml"
    file.write_bytes(document.encode())
    before = load(file)
    if not before.sources:
        return
    number = data.draw(st.integers(0, len(before.sources) - 1))
    remove_source(file, str(number))
    after = load(file)
    assert after.copies == before.copies
    assert after.sources == before.sources[:number] + before.sources[number + 1 :]
    # What is left is the text before and the text behind one cut.
    left = text(file)
    gone = len(document) - len(left)
    cut = next(at for at in range(len(left) + 1) if document[:at] + document[at + gone :] == left)
    removed = document[cut : cut + gone]
    assert removed.count("[[sources]]\n") == 1
    assert removed.count("[[copies]]\n") == 0
