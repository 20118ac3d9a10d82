"""The lock: every library with its hashes, no address in it, and true to pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LEVELS = ("run", "dev", "package")
EXTRAS = {"run": ("build",), "dev": ("build", "dev"), "package": ("build", "mount", "package")}


def lock_text(root: Path, level: str) -> str:
    return (root / "packaging" / "lock" / f"{level}.txt").read_text(encoding="utf-8")


def entries(text: str) -> list[str]:
    """One string for each requirement, with its hashes."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pins(text: str) -> dict[str, Requirement]:
    found = [Requirement(entry.split("--hash")[0].strip()) for entry in entries(text)]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def wanted(root: Path, level: str) -> list[Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name in EXTRAS[level] for each in project["optional-dependencies"][name]]
    return [Requirement(text) for text in (*project["dependencies"], *extras)]


@pytest.mark.parametrize("level", LEVELS)
def test_no_address_and_no_path(root: Path, level: str) -> None:
    text = lock_text(root, level)
    for forbidden in ("http://", "https://", "file:", "--index", "--find-links", " @ ", "/"):
        assert forbidden not in text


@pytest.mark.parametrize("level", LEVELS)
def test_everything_is_pinned_and_hashed(root: Path, level: str) -> None:
    for entry in entries(lock_text(root, level)):
        assert re.match(r"[a-z0-9._-]+==[^ ]+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


@pytest.mark.parametrize("level", LEVELS)
def test_satisfies_the_lower_bounds_of_the_project(root: Path, level: str) -> None:
    pinned = pins(lock_text(root, level))
    for requirement in wanted(root, level):
        pin = pinned.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not locked: bootstrap.py lock"
        version = next(iter(pin.specifier)).version
        assert requirement.specifier.contains(version, prereleases=True), f"{pin} for {requirement}"


def test_what_builds_the_package_is_locked_too(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = pins(lock_text(root, "run"))
    for text in project["build-system"]["requires"]:
        assert canonicalize_name(Requirement(text).name) in pinned


# They freeze the program and are no part of it, so no test can use them.
FREEZING = {
    "altgraph", "macholib", "pefile", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools",
}  # fmt: skip


@pytest.mark.parametrize("level", ["run", "package"])
def test_running_takes_the_versions_that_were_tested(root: Path, level: str) -> None:
    tested = pins(lock_text(root, "dev"))
    for name, pin in pins(lock_text(root, level)).items():
        if name not in FREEZING:
            assert str(tested[name].specifier) == str(pin.specifier)


@pytest.mark.parametrize(
    "name", [".ci/run", ".pre-commit-config.yaml", "pyproject.toml", "packaging"]
)
def test_no_registry_is_named(root: Path, name: str) -> None:
    place = root / name
    files = [each for each in place.rglob("*") if each.suffix in {".py", ".txt", ".toml", ".sh"}]
    for file in files if place.is_dir() else [place]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org/)|index-url\s*=|find-links\s*=", text), file
