"""What is looked at: sources merged, excludes as git means them, caches, what is never entered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.repository.scan import Branch, Entry, Rules, Scanner, Source, Unseen, identities, plan

TAG = "Signature: 8a477f597d28d172789f06886806bc55"


def _fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("content")


def _all(
    *sources: Source, never: frozenset[tuple[int, int]] = frozenset()
) -> dict[str, Entry | Unseen]:
    """Everything that a backup of these sources would look at, by path."""
    scanner = Scanner(never)
    top = plan(sources)
    stack: list[tuple[bytes, Rules | None, Branch | None]] = [(b"/", top.rules, top)]
    found: dict[str, Entry | Unseen] = {}
    while stack:
        for entry in scanner.entries(*stack.pop()):
            assert os.fsdecode(entry.path) not in found, "each path once"
            found[os.fsdecode(entry.path)] = entry
            if isinstance(entry, Entry) and entry.is_folder:
                stack.append((entry.path, entry.rules, entry.branch))
    return found


def _below(root: Path, *exclude: str, caches: bool = True) -> set[str]:
    """The names that a source at `root` takes, relative to it; folders end with a slash."""
    found = _all(Source("root", root, exclude, caches))
    inside = {path: entry for path, entry in found.items() if path.startswith(f"{root}/")}
    return {
        path.removeprefix(f"{root}/") + "/" * (isinstance(entry, Entry) and entry.is_folder)
        for path, entry in inside.items()
    }


# --- excludes --------------------------------------------------------------------------------

TREE = (
    "a.log",
    "keep.log",
    "sub/a.log",
    "sub/build",
    "sub/deep/a.log",
    "sub/deep/b.txt",
    "build/x",
)


@pytest.mark.parametrize(
    ("patterns", "left_out"),
    [
        ((), set()),
        (("*.log",), {"a.log", "keep.log", "sub/a.log", "sub/deep/a.log"}),
        (("*.log", "!keep.log"), {"a.log", "sub/a.log", "sub/deep/a.log"}),
        (("!keep.log", "*.log"), {"a.log", "keep.log", "sub/a.log", "sub/deep/a.log"}),
        (("/a.log",), {"a.log"}),
        (("sub/a.log",), {"sub/a.log"}),
        (("deep/a.log",), set()),
        (("**/deep/a.log",), {"sub/deep/a.log"}),
        (("sub/**/a.log",), {"sub/a.log", "sub/deep/a.log"}),
        (("sub/**",), {"sub/a.log", "sub/deep/", "sub/deep/a.log", "sub/deep/b.txt", "sub/build"}),
        (("sub/**", "!sub/a.log"), {"sub/deep/", "sub/deep/a.log", "sub/deep/b.txt", "sub/build"}),
        (("sub/**/",), {"sub/deep/", "sub/deep/a.log", "sub/deep/b.txt"}),
        (("**",), {*TREE, "sub/", "sub/deep/", "build/"}),
        (("build/",), {"build/", "build/x"}),
        (("build",), {"build/", "build/x", "sub/build"}),
        (("/build",), {"build/", "build/x"}),
        (("sub/deep/",), {"sub/deep/", "sub/deep/a.log", "sub/deep/b.txt"}),
        # git: a file cannot be taken back in if its folder is left out …
        (("sub/deep/", "!sub/deep/b.txt"), {"sub/deep/", "sub/deep/a.log", "sub/deep/b.txt"}),
        # … but if only what is in the folder is left out, it can.
        (("sub/deep/*", "!sub/deep/b.txt"), {"sub/deep/a.log"}),
        (("?.log",), {"a.log", "sub/a.log", "sub/deep/a.log"}),
        (("[!a]*.log",), {"keep.log"}),
        (("# a comment", "", "   "), set()),
        (("A.LOG",), set()),
    ],
)
def test_excludes_mean_what_they_mean_to_git(tmp_path, patterns, left_out):
    _fill(tmp_path, *TREE)
    everything = {*TREE, "sub/", "sub/deep/", "build/"}
    assert _below(tmp_path, *patterns) == everything - left_out


def test_odd_names_and_excludes(tmp_path):
    below = os.fsencode(tmp_path)
    for name in (b"\xff.log", b"#comment", b"!bang", b"with space ", b"back\\slash", b"\xff.txt"):
        with open(os.path.join(below, name), "wb"):
            pass
    found = _below(tmp_path, "*.log", "\\#comment", "\\!bang", "with space\\ ")
    assert {os.fsencode(name) for name in found} == {b"back\\slash", b"\xff.txt"}


def test_patterns_are_relative_to_their_own_source(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    _fill(one, "data/x", "sub/data/x")
    _fill(two, "data/x")
    found = _all(Source("one", one, ("/data",)), Source("two", two))
    assert str(one / "data") not in found
    assert str(one / "sub" / "data" / "x") in found
    assert str(two / "data" / "x") in found


def test_the_source_itself_is_never_left_out(tmp_path):
    root = tmp_path / "data"
    _fill(root, "x", "data/x")
    assert _below(root, "data") == {"x"}
    assert str(root / "x") in _all(Source("outer", tmp_path, ("data",)), Source("inner", root))


# --- caches ----------------------------------------------------------------------------------


def test_a_cache_keeps_only_its_tag(tmp_path):
    _fill(tmp_path, "cache/big", "cache/sub/bigger", "other/file")
    (tmp_path / "cache" / "CACHEDIR.TAG").write_text(f"{TAG}\n# made by somebody\n")
    assert _below(tmp_path) == {"cache/", "cache/CACHEDIR.TAG", "other/", "other/file"}
    assert "cache/sub/bigger" in _below(tmp_path, caches=False)


def test_a_source_that_is_itself_marked_as_a_cache_is_taken(tmp_path):
    """Its backup was one file, and went well."""
    _fill(tmp_path, "file", "cache/big")
    for folder in (tmp_path, tmp_path / "cache"):
        (folder / "CACHEDIR.TAG").write_text(f"{TAG}\n")
    assert _below(tmp_path) == {"CACHEDIR.TAG", "file", "cache/", "cache/CACHEDIR.TAG"}


@pytest.mark.parametrize("content", ["", "Signature: 8a477f59", TAG.lower(), f" {TAG}"])
def test_a_tag_without_the_signature_is_a_file_like_any_other(tmp_path, content):
    _fill(tmp_path, "folder/file")
    (tmp_path / "folder" / "CACHEDIR.TAG").write_text(content)
    assert _below(tmp_path) == {"folder/", "folder/file", "folder/CACHEDIR.TAG"}


def test_a_folder_called_like_the_tag(tmp_path):
    _fill(tmp_path, "CACHEDIR.TAG/inside", "file")
    assert _below(tmp_path) == {"CACHEDIR.TAG/", "CACHEDIR.TAG/inside", "file"}


# --- sources ---------------------------------------------------------------------------------


def test_names_come_in_the_order_of_their_bytes(tmp_path):
    names = [b"\xff", "é".encode(), b"a", b"B", b"\x01", "\U00010000".encode(), b"a-", b"a.b"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb"):
            pass
    entries = Scanner().entries(os.fsencode(tmp_path), Rules(Source("x", tmp_path), 0), None)
    assert [entry.name for entry in entries if isinstance(entry, Entry)] == sorted(names)


def test_folders_on_the_way_to_a_source_are_passed_through(tmp_path):
    _fill(tmp_path, "a/b/source/file", "a/b/beside", "a/beside")
    found = _all(Source("source", tmp_path / "a" / "b" / "source"))
    assert str(tmp_path / "a" / "b" / "source" / "file") in found
    assert not any("beside" in path for path in found)
    way = found[str(tmp_path / "a")]
    assert isinstance(way, Entry) and way.rules is None


def test_a_source_inside_another_has_its_own_rules(tmp_path):
    _fill(tmp_path, "x.log", "inner/x.log", "inner/deep/x.log", "skipped/inner/x.log")
    outer = Source("outer", tmp_path, ("*.log", "skipped"))
    inner = Source("inner", tmp_path / "inner")
    second = Source("second", tmp_path / "skipped" / "inner")
    found = _all(outer, inner, second)
    assert str(tmp_path / "x.log") not in found
    assert str(tmp_path / "inner" / "deep" / "x.log") in found
    entry = found[str(tmp_path / "skipped" / "inner" / "x.log")]
    assert isinstance(entry, Entry) and entry.rules is not None and entry.rules.number == 2
    assert found.keys() == _all(second, inner, outer).keys()


def test_a_source_that_is_one_file(tmp_path):
    _fill(tmp_path, "file", "beside")
    found = _all(Source("file", tmp_path / "file"))
    assert str(tmp_path / "file") in found
    assert str(tmp_path / "beside") not in found


def test_the_whole_file_system(tmp_path):
    """A source `/`: here with all left out but the way to one file."""
    _fill(tmp_path, "file", "beside")
    parts = tmp_path.parts[1:]
    patterns = ["/*"]
    for depth in range(len(parts)):
        path = "/".join(parts[: depth + 1])
        patterns += [f"!/{path}", f"/{path}/*"]
    patterns.append(f"!/{'/'.join(parts)}/file")
    found = _all(Source("all", Path("/"), tuple(patterns)))
    assert str(tmp_path / "file") in found
    assert str(tmp_path / "beside") not in found
    entry = found[str(tmp_path / "file")]
    assert isinstance(entry, Entry) and entry.rules is not None


def test_a_link_on_the_way_is_followed_and_one_at_the_end_is_not(tmp_path):
    _fill(tmp_path, "real/source/file")
    (tmp_path / "link").symlink_to("real")
    found = _all(Source("source", tmp_path / "link" / "source"))
    assert str(tmp_path / "link" / "source" / "file") in found
    found = _all(Source("link", tmp_path / "link"))
    entry = found[str(tmp_path / "link")]
    assert isinstance(entry, Entry) and not entry.is_folder
    assert len([path for path in found if path.startswith(str(tmp_path))]) == 2


@pytest.mark.parametrize("path", ["relative/path", "", ".", "/a/../b"])
def test_a_source_must_be_an_absolute_path(path):
    """Whoever reads the settings or the command line makes it one; `..` would become a name."""
    with pytest.raises(ValueError, match="absolute"):
        Source("source", Path(path))


def test_trailing_and_doubled_slashes_change_nothing(tmp_path):
    _fill(tmp_path, "source/file")
    plain = _all(Source("s", tmp_path / "source"))
    assert _all(Source("s", Path(f"{tmp_path}//source/./"))).keys() == plain.keys()


# --- what is not there -----------------------------------------------------------------------


def _unseen(found: dict[str, Entry | Unseen]) -> set[tuple[str, int | None, type[OSError]]]:
    """(path, number of its source, error) of all that could not be looked at."""
    return {
        (path, entry.rules.number if entry.rules else None, type(entry.error))
        for path, entry in found.items()
        if isinstance(entry, Unseen) and entry.expected
    }


def test_sources_below_a_mount_point_that_is_gone_are_each_named(tmp_path):
    """USERS.md 6: an absent drive is not an empty one."""
    sources = [
        Source("bot", tmp_path / "drive" / "bot"),
        Source("notes", tmp_path / "drive" / "notes"),
        Source("deeper", tmp_path / "drive" / "bot" / "deeper"),
    ]
    assert _unseen(_all(*sources)) == {
        (str(source.path), number, FileNotFoundError) for number, source in enumerate(sources)
    }


def test_sources_below_what_is_no_folder_are_gone(tmp_path):
    _fill(tmp_path, "outer/drive")
    sources = [Source("outer", tmp_path / "outer"), Source("bot", tmp_path / "outer/drive/bot")]
    found = _all(*sources)
    assert _unseen(found) == {(str(sources[1].path), 1, NotADirectoryError)}
    assert isinstance(found[str(tmp_path / "outer" / "drive")], Entry)  # the outer one has it
    alone = _all(sources[1])
    assert _unseen(alone) == {(str(sources[1].path), 0, NotADirectoryError)}
    assert str(tmp_path / "outer" / "drive") not in alone


# --- live databases --------------------------------------------------------------------------

SQLITE = b"SQLite format 3\0" + bytes(84)


def test_companions_of_a_database_go_with_it(tmp_path):
    (tmp_path / "trades").write_bytes(SQLITE)
    (tmp_path / "quiet").write_bytes(SQLITE)
    (tmp_path / "text").write_bytes(b"no database")
    _fill(tmp_path, "trades-wal", "trades-shm", "trades-journal", "text-wal", "lonely-wal")
    found = _all(Source("x", tmp_path)).items()
    inside = {Path(path).name: each for path, each in found if path.startswith(f"{tmp_path}/")}
    assert set(inside) == {"trades", "quiet", "text", "text-wal", "lonely-wal"}
    live = {name for name, entry in inside.items() if isinstance(entry, Entry) and entry.live}
    assert live == {"trades"}


def test_a_folder_called_like_a_journal_is_not_dropped(tmp_path):
    (tmp_path / "trades").write_bytes(SQLITE)
    _fill(tmp_path, "trades-journal/2026/entry.md", "trades-wal/")
    assert "trades-journal/2026/entry.md" in _below(tmp_path)
    assert "trades-wal/" in _below(tmp_path)


def test_a_source_that_is_one_live_database(tmp_path):
    (tmp_path / "trades").write_bytes(SQLITE)
    source = Source("db", tmp_path / "trades")
    entry = _all(source)[str(tmp_path / "trades")]
    assert isinstance(entry, Entry) and not entry.live
    _fill(tmp_path, "trades-wal")
    found = _all(source)
    entry = found[str(tmp_path / "trades")]
    assert isinstance(entry, Entry) and entry.live
    assert str(tmp_path / "trades-wal") not in found


def test_a_link_to_a_database_is_a_link(tmp_path):
    (tmp_path / "real").write_bytes(SQLITE)
    (tmp_path / "trades").symlink_to("real")
    _fill(tmp_path, "trades-wal")
    assert _below(tmp_path) == {"real", "trades", "trades-wal"}


# --- never entered ---------------------------------------------------------------------------


def test_what_must_never_be_entered_is_not_by_any_way(tmp_path):
    _fill(tmp_path, "home/repository/data/pack", "home/file", "home/other/file")
    (tmp_path / "link").symlink_to("home")
    home, repository = tmp_path / "home", tmp_path / "home" / "repository"
    never = identities([repository, tmp_path / "not there"])
    assert len(never) == 1
    for source in (home, tmp_path / "link" / "other", tmp_path / "link" / "repository", repository):
        found = _all(Source("x", source), never=never)
        assert not any("repository" in path for path in found)
        assert bool([path for path in found if path.endswith("file")]) == (
            source in (home, tmp_path / "link" / "other")
        )
    inside = Source("x", repository / "data")
    assert not any("pack" in path for path in _all(inside, never=never))


def test_identities_follow_links(tmp_path):
    _fill(tmp_path, "home/repository/data")
    (tmp_path / "link").symlink_to(tmp_path / "home" / "repository")
    assert identities([tmp_path / "link"]) == identities([tmp_path / "home" / "repository"])
