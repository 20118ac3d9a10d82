"""Settings for tests: short ways to write files and values, and what Hypothesis may make up."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from app.settings.settings import (
    BrokenSettings,
    CopySettings,
    RepositorySettings,
    SourceKind,
    SourceSettings,
    load,
)

REPOSITORY = RepositorySettings(Path("/home/me/Tradekeep"), "a1" * 32, "b2" * 32)
BLOCKS = """\
version = 1

[repository]
path = "/home/me/Tradekeep"
id = "{id}"
device_key = "{key}"

""".format(id="a1" * 32, key="b2" * 32)


def folder(name: str, path: str = "/srv/data") -> SourceSettings:
    return SourceSettings(name, SourceKind.FOLDER, Path(path))


def copy(name: str, number: int = 1) -> CopySettings:
    return CopySettings(name, "folder", f"/media/{number}", f"{number:016x}")


def broken(file: Path, text: str | bytes) -> BrokenSettings:
    """The error that loading a text ends with."""
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    try:
        load(file)
    except BrokenSettings as error:
        return error
    raise AssertionError("these settings were taken as right")


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
NAMES = (
    st.text(st.characters(codec="utf-8", exclude_characters="/\\"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: bool(name) and name.isprintable())
)
PATHS = _TEXT.map(lambda text: Path("/", text))
PATTERNS = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=3).map(tuple)


@st.composite
def sources(draw: st.DrawFn) -> SourceSettings:
    kind = draw(st.sampled_from(SourceKind))
    return SourceSettings(
        name=draw(NAMES),
        kind=kind,
        path=draw(PATHS),
        bot=draw(_TEXT) if kind is SourceKind.BOT else None,
        exclude=draw(PATTERNS),
        exclude_caches=draw(st.booleans()),
        leave_out=draw(PATTERNS),
    )


@st.composite
def copies(draw: st.DrawFn) -> CopySettings:
    number = draw(st.integers(0, 2**64 - 1))
    return CopySettings(draw(NAMES), "folder", str(draw(PATHS)), f"{number:016x}")
