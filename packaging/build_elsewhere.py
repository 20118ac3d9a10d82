"""The packages for Windows and macOS. Written with care on Linux, and not tried on either yet.

Both can only be built on their own system: PyInstaller freezes for the system that it runs on.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import build_folder
import environment
import workshop

# An identity in the keychain, "Developer ID Application: …"; without one the signature is ad hoc
# and macOS asks before it opens the application.
IDENTITY = "TRADEKEEP_SIGN_AS"
# The name under which `xcrun notarytool store-credentials` has put away how to notarise.
NOTARY = "TRADEKEEP_NOTARY"
_VERSION_INFO = """\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3f, flags=0x0, OS=0x40004,
                    fileType=0x1, subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "The Tradekeep developers"),
      StringStruct("FileDescription", "Tradekeep"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("LegalCopyright", "GPL-3.0-or-later"),
      StringStruct("OriginalFilename", "tradekeep.exe"),
      StringStruct("ProductName", "Tradekeep"),
      StringStruct("ProductVersion", "{version}"),
    ])]),
    VarFileInfo([VarStruct("Translation", [1033, 1200])]),
  ],
)
"""


def windows(root: Path) -> Path:
    """An installer by Inno Setup."""
    if platform.system() != "Windows":
        raise environment.SetupFailed("The installer for Windows can only be built on Windows.")
    compiler = _inno_setup()
    version = workshop.version(root)
    build = root / "build"
    build.mkdir(exist_ok=True)
    (build / "version.txt").write_text(version_info(version), encoding="utf-8")
    folder = build_folder.freeze(root)
    script = root / "packaging" / "windows" / "tradekeep.iss"
    workshop.run(
        [
            compiler, f"/DVersion={version}", f"/DFolder={folder}", f"/DBuild={build}",
            f"/DRoot={root}", f"/O{workshop.dist(root)}", script,
        ],
        root,
    )  # fmt: skip
    return workshop.dist(root) / f"tradekeep-{version}-setup.exe"


def version_info(version: str) -> str:
    """What Windows shows as the properties of the program, in PyInstaller's language."""
    numbers = tuple(int(part) for part in version.split(".")[:3])
    return _VERSION_INFO.format(numbers=(*numbers, 0), version=version)


def _inno_setup() -> str:
    usual = Path(os.environ.get("PROGRAMFILES(X86)", "")) / "Inno Setup 6" / "ISCC.exe"
    found = shutil.which("ISCC") or (str(usual) if usual.exists() else None)
    if found is None:
        raise environment.SetupFailed(
            "The installer is made by Inno Setup 6, which is not here.\n"
            "Install it (winget install JRSoftware.InnoSetup), then start this again."
        )
    return found


def mac(root: Path) -> Path:
    """An application, signed for the hardened runtime, and a disk image of it."""
    if platform.system() != "Darwin":
        raise environment.SetupFailed("The application for macOS can only be built on macOS.")
    build_folder.freeze(root)
    application = root / "build" / "folder" / "Tradekeep.app"
    identity = os.environ.get(IDENTITY, "-")
    entitlements = root / "packaging" / "mac" / "entitlements.plist"
    workshop.run(
        [
            "codesign", "--force", "--deep", "--options", "runtime", "--entitlements", entitlements,
            *(() if identity == "-" else ("--timestamp",)), "--sign", identity, application,
        ],
        root,
    )  # fmt: skip
    workshop.run(["codesign", "--verify", "--deep", "--strict", application], root)
    return _image(root, application)


def _image(root: Path, application: Path) -> Path:
    """The disk image: the application beside a link to where it belongs."""
    contents = root / "build" / "image"
    shutil.rmtree(contents, ignore_errors=True)
    contents.mkdir()
    workshop.run(["ditto", application, contents / application.name], root)
    (contents / "Applications").symlink_to("/Applications")
    target = workshop.dist(root) / f"tradekeep-{workshop.version(root)}.dmg"
    workshop.run(
        [
            "hdiutil", "create", "-volname", "Tradekeep", "-srcfolder", contents, "-fs", "APFS",
            "-format", "UDZO", "-ov", target,
        ],
        root,
    )  # fmt: skip
    notary = os.environ.get(NOTARY)
    if notary:
        credentials = ["--keychain-profile", notary]
        workshop.run(["xcrun", "notarytool", "submit", target, *credentials, "--wait"], root)
        workshop.run(["xcrun", "stapler", "staple", target], root)
    return target
