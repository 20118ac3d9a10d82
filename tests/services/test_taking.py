"""What a source takes and leaves out, before it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.errors import WrongUsage
from app.monitor import Recorder
from app.services.home import Home
from app.services.sources import add_folder, exclude
from app.services.taking import examine, source_named
from app.settings.settings import RepositorySettings, set_repository


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bot"
        self.folder.mkdir()
        self._home = Home.find({"TRADEKEEP_HOME": str(folder / "home")})
        own = RepositorySettings(folder / "repository", "ab" * 32, "cd" * 32)
        set_repository(self._home.paths.settings_file, own)

    @property
    def home(self) -> Home:
        return self._home.fresh()

    def write(self, name: str, size: int) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)

    def add(self, *patterns: str) -> None:
        add_folder(self.home, self.folder, "bot", patterns)

    def show(self, *more: str, below: str = "") -> dict[str, Any]:
        found: dict[str, Any] = examine(
            source_named(self.home, "BOT"), Recorder(), more=more, below=below
        )
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_sizes_of_what_is_taken_and_left_out_with_the_reason(desk: Desk) -> None:
    desk.write("config.json", 10)
    desk.write("data/a.feather", 100)
    desk.write("data/deep/b.feather", 200)
    desk.write("x.tmp", 5)
    desk.add("data/", "*.tmp")
    report = desk.show()
    assert report["taken"] == {"files": 1, "bytes": 10}
    assert report["left_out"] == {"files": 3, "bytes": 305}
    assert [(each["path"], each["bytes"], each["why"]) for each in report["items"]] == [
        ("data", 300, "data/"), ("x.tmp", 5, "*.tmp"),
    ]  # fmt: skip


def test_a_folder_says_of_each_entry_how_much_of_it_is_taken(desk: Desk) -> None:
    desk.write("whole/a", 1)
    desk.write("part/a", 2)
    desk.write("part/b.tmp", 3)
    desk.write("none/a", 4)
    desk.write("z.tmp", 5)
    desk.add("*.tmp", "none/")
    rows = {row["name"]: (row["taken"], row["bytes"]) for row in desk.show()["rows"]}
    assert rows == {
        "whole": ("all", 1), "part": ("part", 2), "none": ("none", 0), "z.tmp": ("none", 0),
    }  # fmt: skip
    inside = {row["name"]: row["taken"] for row in desk.show(below="part")["rows"]}
    assert inside == {"a": "all", "b.tmp": "none"}


def test_the_effect_of_a_pattern_is_shown_first(desk: Desk) -> None:
    for number in range(12):
        desk.write(f"logs/{number}.log", 10)
    desk.write("keep", 1)
    desk.add()
    report = desk.show("*.log")
    assert (report["effect"]["files"], report["effect"]["bytes"]) == (12, 120)
    assert len(report["effect"]["paths"]) == 12
    whole = desk.show("logs/")
    assert (whole["effect"]["files"], whole["effect"]["paths"]) == (12, ["logs"])
    assert report["taken"]["files"] == 13, "nothing is changed by asking"


def test_what_a_pattern_takes_back_in_is_no_effect(desk: Desk) -> None:
    desk.write("a.log", 1)
    desk.add("*.log")
    assert desk.show("!a.log")["effect"]["files"] == 0


def test_a_marked_cache_is_left_out_but_for_its_mark(desk: Desk) -> None:
    desk.write("cache/big", 100)
    (desk.folder / "cache/CACHEDIR.TAG").write_bytes(
        b"Signature: 8a477f597d28d172789f06886806bc55\n"
    )
    desk.add()
    report = desk.show()
    assert report["taken"]["files"] == 1
    assert [(each["path"], each["why"]) for each in report["items"]] == [
        ("cache/big", "CACHEDIR.TAG")
    ]


def test_patterns_are_written_into_the_settings_and_nothing_else_changes(desk: Desk) -> None:
    desk.add("*.tmp")
    file = desk.home.paths.settings_file
    file.write_text(file.read_text().replace('name = "bot"', 'name = "bot"  # mine'))
    assert exclude(desk.home, "bot", ["*.log", "*.log", " ", "data/"]) == ("*.log", "data/")
    assert source_named(desk.home, "bot").exclude == ("*.log", "data/")
    assert "# mine" in file.read_text()
    exclude(desk.home, "bot", [])
    assert source_named(desk.home, "bot").exclude == ()


def test_a_source_without_patterns_gets_its_first(desk: Desk) -> None:
    desk.add()
    exclude(desk.home, "bot", ["*.log"])
    assert source_named(desk.home, "bot").exclude == ("*.log",)


def test_a_pattern_that_was_written_into_the_settings_by_hand_does_not_crash_a_backup(
    desk: Desk,
) -> None:
    desk.add("*.tmp")
    file = desk.home.paths.settings_file
    file.write_text(file.read_text().replace("*.tmp", "[z-a]"))
    with pytest.raises(WrongUsage) as caught:
        desk.show()
    assert "[z-a]" in str(caught.value)


def test_a_pattern_that_is_none_is_refused(desk: Desk) -> None:
    desk.add()
    with pytest.raises(WrongUsage):
        exclude(desk.home, "bot", ["[z-a]"])
    with pytest.raises(WrongUsage):
        source_named(desk.home, "nobody")
