"""The list of contents: valid CycloneDX, true to the lock, and the same each time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import locked
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


@pytest.fixture(scope="module")
def text(root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The list, written as a build writes it."""
    target = tmp_path_factory.mktemp("sbom") / "tradekeep.cdx.json"
    command = [sys.executable, "packaging/sbom.py", str(target)]
    subprocess.run(command, cwd=root, env={"PYTHONPATH": str(root)}, check=True)
    return target.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parts(text: str) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in json.loads(text)["components"]}


def test_it_is_valid(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    broken = text.replace('"bomFormat": "CycloneDX"', '"bomFormat": "Other"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_every_library_of_the_lock_is_in_it_with_all_its_hashes(
    root: Path, parts: dict[str, dict[str, Any]]
) -> None:
    entries = locked.read(root / "packaging" / "lock" / "package.txt")
    assert sorted(parts) == sorted(entry.name for entry in entries)
    for entry in entries:
        part = parts[entry.name]
        assert part["version"] == entry.version
        assert part["purl"] == f"pkg:pypi/{entry.name}@{entry.version}"
        assert sorted(each["content"] for each in part["hashes"]) == sorted(entry.hashes)
        assert entry.hashes


def test_what_only_builds_is_told_from_what_is_in_packages(
    parts: dict[str, dict[str, Any]],
) -> None:
    building = {name for name, part in parts.items() if part["scope"] == "excluded"}
    assert {"pyinstaller", "hatchling", "cyclonedx-python-lib"} <= building
    shipped = {"ccxt", "pyside6-essentials", "shiboken6", "opendal", "mfusepy", "certifi"}
    assert not building & shipped


def test_libraries_say_their_licence(parts: dict[str, dict[str, Any]]) -> None:
    silent = [
        name
        for name, part in parts.items()
        if part["scope"] == "required" and not part.get("licenses") and not part.get("properties")
    ]
    assert silent == []


def test_who_needs_whom_is_in_it(text: str) -> None:
    needs = {each["ref"].split("==")[0]: each for each in json.loads(text)["dependencies"]}
    ours = {each.split("==")[0] for each in needs["tradekeep"]["dependsOn"]}
    assert {"ccxt", "click", "pyside6-essentials"} <= ours
    assert "hatchling" not in ours
    assert any(each.startswith("shiboken6==") for each in needs["pyside6-essentials"]["dependsOn"])


def test_the_same_lock_gives_the_same_list(
    root: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sbom

    assert sbom.text() == text
