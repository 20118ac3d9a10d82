"""Starting at login: the entry of each system, word for word, and switching it."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest

from app.services.autostart import Entry, entry, is_on, switch

HOME = Path("/home/trader")
ROOT = Path(__file__).resolve().parents[2]


def test_linux_gets_a_desktop_entry() -> None:
    made = entry("linux", ["/usr/bin/tradekeep"], {}, HOME)
    assert made == Entry(
        HOME / ".config/autostart/tradekeep.desktop",
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Name=Tradekeep\n"
        "Comment=Backs up on schedule, from the tray\n"
        "Exec=/usr/bin/tradekeep --tray\n"
        "Icon=tradekeep\n"
        "Terminal=false\n"
        "X-GNOME-Autostart-enabled=true\n",
        (Path("/etc/xdg/autostart/tradekeep.desktop"),),
    )


def test_a_moved_configuration_folder_is_followed() -> None:
    made = entry("linux", ["tradekeep"], {"XDG_CONFIG_HOME": "/data/config"}, HOME)
    assert made.path == Path("/data/config/autostart/tradekeep.desktop")


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("/opt/Trade keep/run", '"/opt/Trade keep/run"'),
        ("/opt/100%", "/opt/100%%"),
        ('/opt/"a"', r'"/opt/\\"a\\""'),
        ("/opt/$HOME", r'"/opt/\\$HOME"'),
        ("/opt/a\\b", r'"/opt/a\\\\b"'),
    ],
)
def test_odd_folders_are_quoted_as_the_specification_wants(word: str, line: str) -> None:
    text = entry("linux", [word], {}, HOME).text
    assert f"Exec={line} --tray\n" in text


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-validate is not installed"
)
def test_the_desktop_entry_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "tradekeep.desktop"
    file.write_text(entry("linux", ["/opt/Trade keep/run"], {}, HOME).text)
    checked = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_macos_gets_a_launch_agent() -> None:
    made = entry("darwin", ["/Applications/Tradekeep.app/Contents/MacOS/tradekeep"], {}, HOME)
    assert made.path == HOME / "Library/LaunchAgents/org.tradekeep.tray.plist"
    assert plistlib.loads(made.text.encode()) == {
        "Label": "org.tradekeep.tray",
        "ProgramArguments": ["/Applications/Tradekeep.app/Contents/MacOS/tradekeep", "--tray"],
        "ProcessType": "Interactive",
        "RunAtLoad": True,
    }


def test_windows_gets_a_value_of_the_run_key() -> None:
    made = entry("win32", [r"C:\Program Files\Tradekeep\tradekeep.exe"], {}, HOME)
    assert made == Entry(None, r'"C:\Program Files\Tradekeep\tradekeep.exe" --tray')


def test_switching_it_on_and_off(tmp_path: Path) -> None:
    made = entry("linux", ["tradekeep"], {"XDG_CONFIG_HOME": str(tmp_path / "config")}, tmp_path)
    assert made.path is not None
    assert not is_on(made)
    switch(made, on=True)
    assert is_on(made)
    assert made.path.read_text() == made.text
    switch(made, on=False)
    assert not is_on(made)
    switch(made, on=False)


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_an_entry_that_the_desktop_switched_off_is_off(tmp_path: Path, line: str) -> None:
    made = entry("linux", ["tradekeep"], {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)
    assert made.path is not None
    made.path.parent.mkdir()
    made.path.write_text(made.text.replace("X-GNOME-Autostart-enabled=true", line))
    assert not is_on(made)


def test_an_entry_of_a_package_is_seen_and_can_be_switched_off_for_one_person(
    tmp_path: Path,
) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "own"), "XDG_CONFIG_DIRS": str(tmp_path / "a")}
    made = entry("linux", ["tradekeep"], environment, tmp_path)
    brought = tmp_path / "a/autostart/tradekeep.desktop"
    brought.parent.mkdir(parents=True)
    brought.write_text((ROOT / "packaging/linux/autostart.desktop").read_text())
    assert is_on(made)
    switch(made, on=False)
    assert not is_on(made)
    switch(made, on=True)
    assert is_on(made)
    brought.unlink()  # the package went
    switch(made, on=False)
    assert made.path is not None
    assert not made.path.exists()
