"""What Linux packages hold besides the program: menu entry, description, units, manual, icons."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import build_deb
import manual
import pictures
import pytest
import units
import workshop

from app.cli.main import _COMMANDS
from app.services.timer import timer_for

DAY = time.gmtime(1_780_000_000)


def entry(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines[1:])


def checked(program: str, *arguments: str | Path) -> None:
    """The judge of a format, where it is installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_version_is_the_same_everywhere(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert workshop.version(root) == project["version"]


def test_the_menu_entry_opens_the_window_and_belongs_to_it(root: Path) -> None:
    found = entry(root / "packaging/linux/tradekeep.desktop")
    assert found["Exec"] == "tradekeep"
    source = (root / "app/ui/main.py").read_text(encoding="utf-8")
    assert f'setDesktopFileName("{found["StartupWMClass"]}")' in source
    for language in ("de", "es", "zh_CN"):
        assert found[f"Comment[{language}]"]


@pytest.mark.parametrize("name", ["tradekeep.desktop", "autostart.desktop"])
def test_menu_entries_are_valid(root: Path, name: str) -> None:
    checked("desktop-file-validate", root / "packaging/linux" / name)


@pytest.mark.parametrize("is_set_up", [False, True])
def test_only_who_has_set_it_up_gets_a_tray_at_login(
    root: Path, tmp_path: Path, *, is_set_up: bool
) -> None:
    words = entry(root / "packaging/linux/autostart.desktop")["Exec"]
    # As the specification wants: once unescaped as a string, then as an argument in quotes.
    script = re.fullmatch(r'sh -c "(.*)"', words.replace("\\\\", "\\"))
    assert script is not None
    program = tmp_path / "tradekeep"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    if is_set_up:
        (tmp_path / ".config/tradekeep").mkdir(parents=True)
        (tmp_path / ".config/tradekeep/settings.toml").touch()
    told = subprocess.run(
        ["sh", "-c", re.sub(r"\\(.)", r"\1", script[1])],
        env={"HOME": str(tmp_path), "PATH": f"{tmp_path}:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == ("--tray\n" if is_set_up else "")


def test_the_description_is_valid_and_of_this_version(root: Path, tmp_path: Path) -> None:
    text = build_deb.metainfo(root, DAY)
    found = ElementTree.fromstring(text)
    release = found.find("releases/release")
    assert release is not None
    assert release.get("version") == workshop.version(root)
    launchable = found.findtext("launchable")
    assert launchable is not None
    assert (root / "packaging/linux" / launchable).exists()
    file = tmp_path / "org.tradekeep.Tradekeep.metainfo.xml"
    file.write_text(text, encoding="utf-8")
    checked("appstreamcli", "validate", "--no-net", file)


def test_the_units_are_those_that_the_program_writes_itself(tmp_path: Path) -> None:
    made = units.units("/usr/bin/tradekeep")
    own = timer_for("linux", ["/usr/bin/tradekeep"], {}, tmp_path, tmp_path)
    assert made == {part.path.name: part.text for part in own.parts}
    assert "ExecStart=/usr/bin/tradekeep backup --if-due\n" in made["tradekeep-backup.service"]


def test_the_manual_has_every_command_and_is_clean(tmp_path: Path) -> None:
    text = manual.page("2026-01-01")
    for name in _COMMANDS:
        heading = re.escape(f".SS tradekeep {manual._text(name)}")
        assert re.search(rf"^{heading}( |$)", text, re.MULTILINE), name
    file = tmp_path / "tradekeep.1"
    file.write_text(text, encoding="utf-8")
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(file)],
        capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_of_the_manual_is_text_and_no_request() -> None:
    assert manual._line(".tradekeep is a folder") == r"\&.tradekeep is a folder"
    assert manual._line("a\\b --json") == r"a\eb \-\-json"


def test_icons_are_drawn_from_the_mark(root: Path) -> None:
    mark = (root / "resources/mark.svg").read_text(encoding="utf-8")
    icon = pictures.drawing(mark, "#102030", "#ffffff")
    shape = re.search(r'd="[^"]+"', mark)
    assert shape is not None
    assert shape[0] in icon
    assert ElementTree.fromstring(icon).tag.endswith("svg")


def test_the_changelog_is_debian_s(tmp_path: Path) -> None:
    text = build_deb.changelog("1.2.3", DAY)
    assert text.startswith("tradekeep (1.2.3) ")
    assert re.search(r"^ -- .+ <.+>  \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$", text, re.M)
    file = tmp_path / "changelog"
    file.write_text(text)
    checked("dpkg-parsechangelog", "-l", file)


def test_who_installs_the_folder_finds_it_in_the_menu_and_gets_rid_of_it(
    root: Path, tmp_path: Path
) -> None:
    here = tmp_path / "my $apps `x`/100% tradekeep"
    (here / "share").mkdir(parents=True)
    linux = root / "packaging/linux"
    for name in ("install.sh", "uninstall.sh"):
        shutil.copy(linux / name, here / name)
    shutil.copy(linux / "tradekeep.desktop", here / "share/tradekeep.desktop")
    for name in ("share/tradekeep.svg", "share/tradekeep.1", "tradekeep"):
        (here / name).touch()
    home = tmp_path / "home"
    home.mkdir()
    own = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", here / "install.sh"], env=own, check=True, capture_output=True)
    line = entry(home / ".local/share/applications/tradekeep.desktop")["Exec"]
    assert (
        line
        == f'"{here}"'.replace("$", "\\\\$").replace("`", "\\\\`").replace("%", "%%")[:-1]
        + '/tradekeep"'
    )
    checked_link = home / ".local/bin/tradekeep"
    assert checked_link.resolve() == here / "tradekeep"
    subprocess.run(["sh", here / "uninstall.sh"], env=own, check=True, capture_output=True)
    assert [each for each in home.rglob("*") if not each.is_dir()] == []
