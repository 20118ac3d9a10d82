"""How packages are built: the commands, the lock, what is left out, how a frozen build begins."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import plistlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import build_elsewhere
import locked
import pytest
import workshop
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# By name: to ruff the folder `build`, where there is one, is a package of this name.
build = importlib.import_module("build")


def script(root: Path, name: str) -> ModuleType:
    """A module of packaging/frozen, which PyInstaller finds by its path."""
    spec = importlib.util.spec_from_file_location(name, root / f"packaging/frozen/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_help_names_every_package(root: Path) -> None:
    command = [sys.executable, "packaging/build.py", "--help"]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in build.PACKAGES:
        assert re.search(rf"^  {name} ", told, re.MULTILINE), name


def test_an_unknown_package_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["rpm"]) == 2
    assert "Usage:" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one of them can be built")
@pytest.mark.parametrize(("name", "system"), [("windows", "Windows"), ("mac", "macOS")])
def test_what_another_system_builds_is_refused_in_a_sentence(
    name: str, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main([name]) == 1
    assert f"can only be built on {system}." in capsys.readouterr().err


def test_what_builds_the_wheel_is_complete() -> None:
    for name in workshop.BUILDERS:
        for line in importlib.metadata.requires(name) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in workshop.BUILDERS, f"{name} needs {need}"


def test_an_entry_of_a_lock_is_read_whole(tmp_path: Path) -> None:
    first, second = "a" * 64, "b" * 64
    lock = tmp_path / "lock.txt"
    lock.write_text(
        f"one==1.0.post1 ; sys_platform == 'win32' and python_full_version < '3.12' \\\n"
        f"    --hash=sha256:{first} \\\n    --hash=sha256:{second}\n"
        f"two-part==2 \\\n    --hash=sha256:{first}\n"
    )
    one, two = locked.read(lock)
    assert (one.name, one.version, one.hashes) == ("one", "1.0.post1", (first, second))
    assert one.marker == "sys_platform == 'win32' and python_full_version < '3.12'"
    assert (two.name, two.version, two.marker, two.hashes) == ("two-part", "2", "", (first,))


def test_the_date_of_a_package_can_be_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert workshop.epoch(root) == 1234567890


@pytest.mark.parametrize(
    ("name", "source", "stays"),
    [
        ("PySide6/Qt/lib/libQt6Widgets.so.6", "/env/PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", "/env/PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", "/env/x", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", "/env/x", False),
        ("PySide6/Qt/translations/qtbase_de.qm", "/env/x", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", "/env/x", False),
        ("resources/translations/de/LC_MESSAGES/tradekeep.mo", "/checkout/x", True),
        ("PySide6/Qt6Widgets.dll", "C:/env/x", True),
        ("PySide6/Qt6Quick.dll", "C:/env/x", False),
        ("PySide6/plugins/platforms/qwindows.dll", "C:/env/x", True),
        ("PySide6/translations/qtbase_fr.qm", "C:/env/x", False),
        ("PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml", "/env/x", False),
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", "/env/x", True),
        ("pyarrow/_parquet.cpython-311-x86_64-linux-gnu.so", "/env/x", True),
        ("pyarrow/libarrow_flight.so.2600", "/env/x", False),
        ("libpython3.11.so.1.0", "/lib/x86_64-linux-gnu/libpython3.11.so.1.0", True),
        ("libssl.so.3", "/lib/x86_64-linux-gnu/libssl.so.3", True),
        ("libgtk-3.so.0", "/usr/lib/x86_64-linux-gnu/libgtk-3.so.0", False),
        ("libfuse3.so.3", "/lib/x86_64-linux-gnu/libfuse3.so.3", False),
    ],
)
def test_what_a_frozen_build_holds(root: Path, name: str, source: str, *, stays: bool) -> None:
    entry = (name, source, "BINARY")
    assert script(root, "contents").wanted([entry]) == ([entry] if stays else [])


def test_libraries_of_the_system_are_noted_but_not_python(root: Path, tmp_path: Path) -> None:
    contents, note = script(root, "contents"), tmp_path / "note"
    library = "/usr/lib/x86_64-linux-gnu/libssl.so.3"
    python = "/lib/x86_64-linux-gnu/libpython3.11.so.1.0"
    module = "/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so"
    names = {"libssl.so.3": library, "libpython3.11.so.1.0": python, "_ssl.so": module}
    entries = [(name, source, "BINARY") for name, source in names.items()]
    contents.note_system_libraries(entries, note)
    assert note.read_text() == "libssl.so.3\n"


def test_modules_that_the_window_needs_are_not_left_out(root: Path) -> None:
    excluded = set(script(root, "contents").EXCLUDED)
    text = "".join(file.read_text(encoding="utf-8") for file in (root / "app").rglob("*.py"))
    for name in re.findall(r"\b(PySide6\.Qt\w+|pyarrow\.\w+|ccxt\.\w+)\b", text):
        assert name not in excluded


def test_programs_that_a_frozen_build_starts_do_not_load_its_libraries(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = script(root, "start")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PYINSTALLER_RESET_ENVIRONMENT", "")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/tradekeep/_internal")
    start._give_back_library_path()
    assert "LD_LIBRARY_PATH" not in os.environ
    # Without it a child of this program would not look for its libraries either.
    assert os.environ["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/tradekeep/_internal:/mine")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/mine")
    start._give_back_library_path()
    assert os.environ["LD_LIBRARY_PATH"] == "/mine"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


@pytest.mark.parametrize(
    ("debians", "told", "used"), [(False, None, "bundle"), (True, None, None), (False, "x", "x")]
)
def test_a_frozen_build_finds_certificates_where_the_system_is_no_debian(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *,
    debians: bool, told: str | None, used: str | None,
) -> None:  # fmt: skip
    start, bundle = script(root, "start"), tmp_path / "bundle"
    bundle.touch()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(start, "_BUNDLES", (str(tmp_path / "none"), str(bundle)))
    monkeypatch.setattr(start, "_DEBIANS", str(tmp_path if debians else tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_FILE", told or "")
    if told is None:
        monkeypatch.delenv("SSL_CERT_FILE")
    start._find_certificates()
    found = os.environ.pop("SSL_CERT_FILE", None)
    assert found == (str(bundle) if used == "bundle" else used)


def test_a_frozen_build_runs_modules_of_its_own(root: Path) -> None:
    command = [sys.executable, "packaging/frozen/start.py", "-m", "app.__main__", "--version"]
    own = {**os.environ, "PYTHONPATH": str(root)}
    told = subprocess.run(command, cwd=root, env=own, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("tradekeep, version ")


def test_entitlements_of_macos_are_few(root: Path) -> None:
    found = plistlib.loads((root / "packaging/mac/entitlements.plist").read_bytes())
    assert set(found) == {
        "com.apple.security.cs.allow-unsigned-executable-memory",
        "com.apple.security.cs.disable-library-validation",
    }


def test_the_recipe_of_the_installer_names_files_that_are_there(root: Path) -> None:
    text = (root / "packaging/windows/tradekeep.iss").read_text(encoding="utf-8")
    for name in re.findall(r"\{#Root\}\\([\w.\\]+)", text):
        assert (root / name.replace("\\", "/")).exists(), name
    defined = set(re.findall(r"\{#(\w+)\}", text))
    source = (root / "packaging/build_elsewhere.py").read_text(encoding="utf-8")
    assert defined == set(re.findall(r"/D(\w+)=", source))
    begun = len(re.findall(r"^(?:.*\bthen )?begin$", text, re.MULTILINE))
    assert begun == len(re.findall(r"^\s*end;$", text, re.MULTILINE))


def test_the_properties_of_the_windows_program_are_python(root: Path) -> None:
    text = build_elsewhere.version_info(workshop.version(root))
    compile(text, "version.txt", "eval")
    assert "filevers=(0, 1, 0, 0)" in text
