"""A profile goes to another computer, and nothing secret with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "one").mkdir()
    machine = Machine(tmp_path / "one").set_up()
    machine.add("charts", {"a.txt": b"1"})
    machine.run("source", "exclude", "charts", "*.tmp")
    machine.run("schedule", "set", "--at", "06:30")
    machine.run("keep", "set", "--last", "3")
    return machine


@pytest.fixture
def other(tmp_path: Path) -> Machine:
    (tmp_path / "two").mkdir()
    return Machine(tmp_path / "two").set_up()


def test_a_profile_brings_what_was_set_up(machine: Machine, other: Machine, tmp_path: Path) -> None:
    file = tmp_path / "profile.toml"
    machine.run("profile", "export", "--out", file)
    text = file.read_text()
    assert "repository" not in text
    assert "device_key" not in text
    plan = other.run("profile", "import", file, "--dry-run", "--json").report
    assert plan["add"] == [["sources", "charts"]]
    assert sorted(plan["takes"]) == ["keep", "schedule"]  # type: ignore[call-overload]
    assert other.run("source", "list", "--json").report["sources"] == []
    other.run("profile", "import", file)
    (source,) = other.run("source", "list", "--json").report["sources"]  # type: ignore[misc]
    assert source["exclude"] == ["*.tmp"]
    assert other.run("schedule", "show", "--json").report["words"] == "Every day at 06:30"
    assert other.run("keep", "show", "--json").report["keep"]["last"] == 3  # type: ignore[index]
    again = other.run("profile", "import", file, "--json").report
    assert (again["add"], again["takes"]) == ([], [])
    assert again["stays"] == [["sources", "charts"]]


def test_a_settings_file_is_no_profile(machine: Machine, other: Machine) -> None:
    (file,) = machine.home.rglob("settings.toml")
    assert other.run("profile", "import", file, "--json", code=2).error["id"] == (
        "profile-is-settings"
    )


def test_a_proxy_with_a_login_stays_at_home(machine: Machine, tmp_path: Path) -> None:
    (file,) = machine.home.rglob("settings.toml")
    file.write_text(
        file.read_text()
        + '\n[[exchanges]]\nname = "main"\nexchange = "okx"\n'
        + '[exchanges.options]\nhttpsProxy = "http://me:hunter2@proxy:1"\nhostname = "okx.com"\n'
    )
    out = tmp_path / "profile.toml"
    machine.run("profile", "export", "--out", out)
    assert "hunter2" not in out.read_text()
    assert "okx.com" in out.read_text()


def test_options_that_may_be_secret_stay_at_home_at_any_depth(
    machine: Machine, tmp_path: Path
) -> None:
    (file,) = machine.home.rglob("settings.toml")
    file.write_text(
        file.read_text()
        + '\n[[exchanges]]\nname = "main"\nexchange = "okx"\n[exchanges.options]\n'
        + 'urls = ["https://me:hunter1@okx.com", "https://okx.com"]\n'
        + '[exchanges.options.options]\nbrokerKey = "hunter2"\ndefaultType = "swap"\n'
        + 'wsProxy = "http://hunter3:1"\n'
    )
    out = tmp_path / "profile.toml"
    machine.run("profile", "export", "--out", out)
    assert "hunter" not in out.read_text()
    assert "swap" in out.read_text()
    assert "https://okx.com" in out.read_text()


def test_no_profile_is_written_over_the_settings(machine: Machine, tmp_path: Path) -> None:
    (file,) = machine.home.rglob("settings.toml")
    before = file.read_bytes()
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    for out in (file, link):
        done = machine.run("profile", "export", "--out", out, "--json", code=2)
        assert done.error["id"] == "profile-over-settings"
    assert file.read_bytes() == before


def test_language_and_appearance(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.run("window", "set", "--language", "de", "--appearance", "dark")
    report = machine.run("window", "show", "--json").report
    assert report["window"] == {"language": "de", "appearance": "dark"}
    monkeypatch.delenv("TRADEKEEP_LANGUAGE")
    assert "Beispiel" in machine.run("snapshots", "--help").out
    error = machine.run("window", "set", "--language", "tlh", "--json", code=2).error
    assert error["id"] == "language-unknown"
