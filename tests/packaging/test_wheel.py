"""The wheel holds the package, its resources and its commands."""

from __future__ import annotations

import configparser
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """Built as pip builds it without isolation, by the hatchling of the lock."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: python3 packaging/bootstrap.py setup")
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.glob("tradekeep-*.whl")
    return zipfile.Path(built)


def test_every_resource_is_inside(root: Path, wheel: zipfile.Path) -> None:
    resources = root / "resources"
    files = [each for each in resources.rglob("*") if each.is_file() and _belongs(each)]
    for file in files:
        inside = wheel.joinpath("app", "_resources", *file.relative_to(resources).parts)
        assert inside.read_bytes() == file.read_bytes()


def test_bots_are_described_inside(wheel: zipfile.Path) -> None:
    assert wheel.joinpath("app", "_resources", "bots.toml").is_file()


def test_commands_are_declared(wheel: zipfile.Path) -> None:
    (info,) = [each for each in wheel.iterdir() if each.name.endswith(".dist-info")]
    points = configparser.ConfigParser()
    points.read_string(info.joinpath("entry_points.txt").read_text(encoding="utf-8"))
    assert points["console_scripts"]["tradekeep"] == "app.__main__:main"
    assert points["gui_scripts"]["tradekeep-gui"] == "app.__main__:main_window"


def test_commands_lead_to_modules_inside(wheel: zipfile.Path) -> None:
    assert wheel.joinpath("app", "__main__.py").is_file()


def test_license_is_inside_and_tests_are_not(wheel: zipfile.Path) -> None:
    names = [each.name for each in wheel.iterdir()]
    (info,) = [each for each in wheel.iterdir() if each.name.endswith(".dist-info")]
    license_text = info.joinpath("licenses", "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in license_text
    assert sorted(names) == sorted(["app", info.name])


def test_pictures_of_the_readme_are_not_inside(root: Path, wheel: zipfile.Path) -> None:
    pictures = "help/pictures"
    assert any((root / "resources" / pictures).iterdir())
    assert not wheel.joinpath("app", "_resources", pictures).exists()


def _belongs(file: Path) -> bool:
    return not {"__pycache__", "pictures"} & set(file.parts)
