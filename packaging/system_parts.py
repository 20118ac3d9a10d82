"""What Tradekeep takes from the operating system: which parts, why, and whether they are there.

Presence is asked of the dynamic linker and of PATH, not of a package database, so that the answer
holds on every Linux. Installing is `debian`'s work; elsewhere the missing parts are named.
Nothing here is fatal: without Qt's libraries everything but the window works, and a test whose
part is missing skips itself and says why.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import debian

SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Part:
    """One package under Debian's name; the library, program, module or file that shows it."""

    package: str
    why: str
    library: str = ""
    program: str = ""
    module: str = ""
    file: str = ""

    def is_present(self) -> bool:
        """True when everything that this part is known by can be found."""
        return (
            (not self.library or _can_load(self.library))
            and (not self.program or _can_run(self.program))
            and (not self.module or _can_import(self.module))
            and (not self.file or Path(self.file).exists())
        )


VENV = Part(
    f"python3.{sys.version_info.minor}-venv", "makes the environment in .venv", module="ensurepip"
)

# The sonames that Qt's own libraries and its xcb and Wayland plugins ask for (objdump -p), as far
# as they do not come along with another one of this list.
WINDOW = (
    Part("libgl1", "drawing", library="libGL.so.1"),
    Part("libegl1", "drawing", library="libEGL.so.1"),
    Part("libglib2.0-0", "the window's event loop", library="libglib-2.0.so.0"),
    Part("libdbus-1-3", "talking to the desktop", library="libdbus-1.so.3"),
    Part("libfontconfig1", "fonts", library="libfontconfig.so.1"),
    Part("libgssapi-krb5-2", "Qt's network library", library="libgssapi_krb5.so.2"),
    Part("libwayland-client0", "windows on Wayland", library="libwayland-client.so.0"),
    Part("libwayland-cursor0", "windows on Wayland", library="libwayland-cursor.so.0"),
    Part("libx11-xcb1", "windows on X11", library="libX11-xcb.so.1"),
    Part("libxkbcommon0", "the keyboard", library="libxkbcommon.so.0"),
    Part("libxkbcommon-x11-0", "the keyboard on X11", library="libxkbcommon-x11.so.0"),
    Part("libxcb-cursor0", "windows on X11", library="libxcb-cursor.so.0"),
    Part("libxcb-icccm4", "windows on X11", library="libxcb-icccm.so.4"),
    Part("libxcb-image0", "windows on X11", library="libxcb-image.so.0"),
    Part("libxcb-keysyms1", "windows on X11", library="libxcb-keysyms.so.1"),
    Part("libxcb-randr0", "windows on X11", library="libxcb-randr.so.0"),
    Part("libxcb-render-util0", "windows on X11", library="libxcb-render-util.so.0"),
    Part("libxcb-shape0", "windows on X11", library="libxcb-shape.so.0"),
    Part("libxcb-sync1", "windows on X11", library="libxcb-sync.so.1"),
    Part("libxcb-xfixes0", "windows on X11", library="libxcb-xfixes.so.0"),
    Part("libxcb-xinerama0", "windows on X11", library="libxcb-xinerama.so.0"),
    Part("libxcb-xkb1", "windows on X11", library="libxcb-xkb.so.1"),
)

TESTS = (
    Part("restic", "the independent judge of every repository that we write", program="restic"),
    Part("rclone", "a WebDAV server, and restic's way to one", program="rclone"),
    Part("zbar-tools", "reads the QR code of a recovery kit", program="zbarimg"),
    Part("poppler-utils", "draws the PDF of a recovery kit", program="pdftoppm"),
    Part("xvfb", "a screen for the window's tests", program="Xvfb"),
    Part("openbox", "a window manager on that screen", program="openbox"),
    Part("tint2", "a tray on that screen", program="tint2"),
    Part("xdotool", "clicks and types as a person does", program="xdotool"),
    Part(
        "fonts-dejavu-core",
        "text on the screenshots",
        file="/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    ),
    Part(
        "fonts-wqy-microhei",
        "Chinese on the screenshots",
        file="/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    ),
    Part("postgresql", "a real server for a bot's database", program="pg_ctlcluster"),
    Part("dbus", "a private session bus for the keyring's tests", program="dbus-run-session"),
    Part("gnome-keyring", "a real keyring on that bus", program="gnome-keyring-daemon"),
    Part("desktop-file-utils", "the judge of menu entries", program="desktop-file-validate"),
    Part("appstream", "the judge of descriptions for software centres", program="appstreamcli"),
    Part("man-db", "the judge of the manual page", program="man"),
    Part("dpkg-dev", "the judge of the Debian package's changelog", program="dpkg-parsechangelog"),
    Part("attr", "extended attributes, set and read by another program", program="setfattr"),
    Part("acl", "access control lists, which are attributes too", program="setfacl"),
    Part("e2fsprogs", "small file systems that fill up", program="mkfs.ext4"),
    Part("mount", "mounts those (as root only)", program="losetup"),
    Part("exfatprogs", "drives with exFAT", program="mkfs.exfat"),
    Part("exfat-fuse", "mounts those", program="mount.exfat-fuse"),
    Part("ntfs-3g", "drives with NTFS", program="ntfs-3g"),
    Part("fuse3", "restic mount, and file systems that fail on demand", program="fusermount3"),
)


def provide(parts: Sequence[Part]) -> list[Part]:
    """Installs those that are missing where it can; returns, and tells of, those still missing."""
    lacking = _missing(parts)
    if not lacking:
        return []
    reason = debian.install([part.package for part in lacking])
    importlib.invalidate_caches()
    lacking = _missing(lacking)
    if lacking:
        _tell(lacking, reason)
    return lacking


def _missing(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if not part.is_present()]


def _tell(lacking: Sequence[Part], reason: str) -> None:
    print("These parts of the system are missing (Debian's names for them):")
    reasons = dict.fromkeys(part.why for part in lacking)
    for why in reasons:
        print(f"  {why}: {', '.join(part.package for part in lacking if part.why == why)}")
    if reason:
        print(reason)
    if debian.is_here():
        print(f"To install them: {debian.line_to_type([part.package for part in lacking])}")
    print("Going on without them: what needs one of them will say so or be skipped.", flush=True)


def _can_load(library: str) -> bool:
    if not sys.platform.startswith("linux"):
        return True  # elsewhere Qt's wheels bring all that they need
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _can_run(program: str) -> bool:
    return bool(shutil.which(program) or shutil.which(program, path=SYSTEM_PATH))


def _can_import(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
