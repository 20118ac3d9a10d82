"""Where files lie, and that resources are found however the program is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import paths
from app.settings.paths import Paths, resource

PACKAGE = Path(paths.__file__).parents[1]


def test_everything_below_one_folder(tmp_path: Path) -> None:
    found = Paths.find({"TRADEKEEP_HOME": str(tmp_path)})
    assert found == Paths(
        tmp_path / "config", tmp_path / "data", tmp_path / "cache", tmp_path / "logs"
    )
    assert found.settings_file == tmp_path / "config" / "settings.toml"
    assert found.temporary == tmp_path / "cache" / "temporary"
    assert found.history_file == tmp_path / "data" / "runs.jsonl"
    assert found.archive_file == tmp_path / "data" / "archive" / "archive.db"
    assert found.sealed_file.parent == tmp_path / "data"


def test_a_relative_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Paths.find({"TRADEKEEP_HOME": "stick"}).config == tmp_path / "stick" / "config"


@pytest.mark.parametrize("environment", [{}, {"TRADEKEEP_HOME": ""}])
def test_else_the_system_says(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    found = Paths.find(environment)
    folders = (found.config, found.data, found.cache, found.logs)
    assert all(each.is_absolute() and "tradekeep" in str(each) for each in folders)
    if sys.platform == "linux":
        assert found.settings_file == tmp_path / ".config" / "tradekeep" / "settings.toml"
        assert found.data == tmp_path / ".local" / "share" / "tradekeep"
    assert not any(tmp_path.iterdir())  # finding makes nothing


def _installed(tmp_path: Path, *, below: str) -> Path:
    """A copy of what `resource` needs of the package, with one resource at `below`."""
    root = tmp_path / "site"
    (root / "app" / "settings").mkdir(parents=True)
    for name in ("__init__.py", "settings/__init__.py", "settings/paths.py"):
        shutil.copy(PACKAGE / name, root / "app" / name)
    file = root / below / "styles" / "probe.css"
    file.parent.mkdir(parents=True)
    file.write_text("here", encoding="utf-8")
    return root


def _ask(root: Path, name: str, before: str = "") -> subprocess.CompletedProcess[str]:
    code = f"{before}\nfrom app.settings.paths import resource; print(resource({name!r}))"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("below", ["resources", "app/_resources"])
def test_resources_of_a_checkout_and_of_a_wheel(tmp_path: Path, below: str) -> None:
    root = _installed(tmp_path, below=below)
    done = _ask(root, "styles/probe.css")
    assert Path(done.stdout.strip()) == (root / below / "styles" / "probe.css").resolve()


def test_a_wheel_does_not_take_a_strange_folder_beside_it(tmp_path: Path) -> None:
    root = _installed(tmp_path, below="app/_resources")
    strange = root / "resources" / "styles" / "probe.css"
    strange.parent.mkdir(parents=True)
    strange.write_text("not ours", encoding="utf-8")
    assert "_resources" in _ask(root, "styles/probe.css").stdout


def test_resources_of_a_frozen_build(tmp_path: Path) -> None:
    root = _installed(tmp_path, below="unpacked/resources")
    frozen = f"import sys; sys._MEIPASS = {str(root / 'unpacked')!r}"
    done = _ask(root, "styles/probe.css", frozen)
    assert Path(done.stdout.strip()) == root / "unpacked" / "resources" / "styles" / "probe.css"


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.file"):
        resource("no-such.file")


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../app/files.py", "a/../../b"])
def test_only_names_below_resources(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a resource"):
        resource(name)
