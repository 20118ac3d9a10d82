"""What goes into a frozen build and what does not; used by `tradekeep.spec` only.

PyInstaller follows imports. What it cannot see is named in `modules`: our commands, pages, tables
of exchanges and sentences are imported by name. What it takes along without need is left out:
whole libraries that an optional import mentions, and of Qt all but what a window needs.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from app import __version__ as VERSION  # noqa: N812

Entry = tuple[str, str, str]

EXCLUDED = [
    "PIL", "IPython", "numpy", "pandas", "matplotlib", "scipy", "tkinter", "_tkinter", "turtle",
    "idlelib", "lib2to3", "pydoc_data", "ensurepip", "pip", "setuptools", "pkg_resources",
    "unittest.mock", "ccxt.pro", "ccxt.test", "ccxt.static_dependencies.starknet",
    "pyarrow.tests", "pyarrow.flight", "pyarrow.dataset", "pyarrow.substrait", "pyarrow.gandiva",
    "pyarrow.acero", "pyarrow.orc", "pyarrow.cuda", "pyarrow.interchange",
    "uvloop", "zstandard._cffi", "zstandard.backend_cffi", "hatchling", "cyclonedx", "PyInstaller",
    "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtDesigner", "PySide6.QtSql", "PySide6.QtTest",
    "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtHelp", "PySide6.QtUiTools",
    "PySide6.QtXml", "PySide6.QtConcurrent", "PySide6.QtSvgWidgets",
]  # fmt: skip

# By name in the build. Qt's plugins draw in QML, write MySQL, or show on bare screens; its own
# translations are only those of languages that we speak.
_UNWANTED = re.compile(
    r"""
    PySide6/(.*/)?(lib)?Qt6?(Qml|Quick|Designer|VirtualKeyboard|Pdf|Egl|OpenGLWidgets|Labs)
    | PySide6/(.*/)?(lib)?Qt6?WaylandCompositor
    | PySide6/(.*/)?plugins/(qmltooling|qmllint|designer|sqldrivers|egldeviceintegrations)/
    | PySide6/(.*/)?plugins/(vectorimageformats|wayland-graphics-integration-server)/
    | PySide6/(.*/)?plugins/platforms/(lib)?q(eglfs|linuxfb|minimal|minimalegl|vkkhrdisplay|vnc)\.
    | PySide6/(.*/)?plugins/platforminputcontexts/(lib)?qtvirtualkeyboard
    | PySide6/(.*/)?plugins/generic/(lib)?q(evdev|tuio|libinput)
    | PySide6/(.*/)?qml/
    | PySide6/(.*/)?translations/(?!qt(base)?_(de|es|zh_CN)\.qm)
    | pyarrow/libarrow_(flight|python_flight|s3)\.
    | pyarrow/_(flight|s3fs|gcsfs|azurefs|hdfs|orc|substrait|cuda)\.
    | pyarrow/(include|src|tests)/
    | pyarrow/.*\.(pxd|pxi|pyx|h|hpp|cmake)$
    | ccxt/.*\.(json|md)$
    """,
    re.VERBOSE,
)
# Libraries of the system where the build is made, by where they were found. Python's own is none of
# them: it differs from release to release.
_SYSTEM = re.compile(r"/(usr/)?lib(64)?/(?!.*(libpython3|lib-dynload))")
# Of those, what not every desktop has, or has under another name: what Python's modules need, and
# Qt's helpers for X11. Everything else (GTK, GLib, fonts, printers, FUSE) must be the system's own:
# it loads further parts of itself that would not fit ours.
_TAKEN = re.compile(
    r"lib(ssl|crypto|sqlite3|ffi|bz2|lzma|readline|tinfo|z|zstd|uuid|expat|stdc\+\+|gcc_s"
    r"|xcb-(cursor|icccm|image|keysyms|render-util|util|xkb)|xkbcommon-x11)\.so"
)

INFO = {
    "CFBundleDisplayName": "Tradekeep",
    "CFBundleShortVersionString": VERSION,
    "LSApplicationCategoryType": "public.app-category.utilities",
    "LSMinimumSystemVersion": "12.0",
    "NSHighResolutionCapable": True,
    "NSHumanReadableCopyright": "GPL-3.0-or-later",
    "NSRemovableVolumesUsageDescription": "Tradekeep writes copies of your backup to your drives.",
    "NSNetworkVolumesUsageDescription": "Tradekeep writes copies of your backup to your drives.",
}


def modules() -> list[str]:
    """What is imported by name."""
    from PyInstaller.utils.hooks import collect_submodules

    found: list[str] = collect_submodules("app")
    found += collect_submodules("keyring.backends")
    found += collect_submodules("pyfastcdc")  # its compiled part imports the rest
    found += ["mfusepy", "pyarrow.parquet", "pyarrow.feather", "pyarrow.csv"]
    return found


def data() -> list[tuple[str, str]]:
    """Files beside modules that are read by them, and the metadata that entry points are in."""
    from PyInstaller.utils.hooks import collect_data_files, copy_metadata

    found: list[tuple[str, str]] = []
    found += copy_metadata("keyring")
    found += collect_data_files("apprise")
    return found


def wanted(entries: list[Entry]) -> list[Entry]:
    """All but what `_UNWANTED` names, and those of the system's libraries that it has itself."""
    return [
        entry
        for entry in entries
        if not _UNWANTED.match(entry[0].replace(os.sep, "/"))
        and (not _is_of_system(entry) or _TAKEN.match(entry[0]))
    ]


def note_system_libraries(entries: list[Entry], file: Path) -> None:
    """Writes which files of the build are copies of this system's libraries, one a line: a package
    that can name them as what it depends on leaves them out."""
    names = sorted(entry[0] for entry in entries if _is_of_system(entry))
    file.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _is_of_system(entry: Entry) -> bool:
    _name, source, kind = entry
    return kind == "BINARY" and sys.platform.startswith("linux") and bool(_SYSTEM.match(source))


def signing_identity() -> Any:
    """Whose signature a build for macOS gets: the name of an identity in the keychain, or none."""
    return os.environ.get("TRADEKEEP_SIGN_AS") or None
