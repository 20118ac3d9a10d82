"""Where a copy is today, and on which medium."""

from __future__ import annotations

from pathlib import Path

from app.copies.drives import Mounted
from app.copies.marker import MarkerState, write_marker
from app.copies.medium import medium_of
from app.copies.where import folder_of, is_local, state_of
from app.settings.model import CopySettings

ID = "0123456789abcdef"


def drive(at: Path, inside: str = "Tradekeep") -> CopySettings:
    return CopySettings("KEEP-1", "drive", str(at), ID, inside=inside)


def folder(at: Path) -> CopySettings:
    return CopySettings("NAS", "folder", str(at), ID)


def marked(at: Path, copy_id: str = ID) -> Path:
    at.mkdir(parents=True)
    write_marker(at, copy_id, "KEEP-1")
    return at


def mounts(*points: Path, device: str = "/dev/sdb1") -> list[Mounted]:
    return [Mounted(device, str(point), "ext4") for point in points]


def test_a_drive_at_its_last_place_is_not_looked_for(tmp_path: Path) -> None:
    at = marked(tmp_path / "E" / "Tradekeep")

    def table() -> list[Mounted]:
        raise AssertionError("nobody needs to know what is mounted")

    assert folder_of(drive(at), table) == at
    assert state_of(drive(at), at) is MarkerState.OURS


def test_a_drive_is_found_by_its_marker_at_another_mount_point(tmp_path: Path) -> None:
    last = tmp_path / "E" / "Tradekeep"
    marked(tmp_path / "F" / "Tradekeep", "f" * 16)  # another copy's
    at = marked(tmp_path / "G" / "Tradekeep")
    table = mounts(tmp_path / "F", tmp_path / "G")
    assert folder_of(drive(last), lambda: table) == at
    assert folder_of(drive(last, ""), lambda: mounts(at)) == at


def test_what_is_mounted_from_elsewhere_is_no_drive(tmp_path: Path) -> None:
    last, at = tmp_path / "E" / "Tradekeep", marked(tmp_path / "G" / "Tradekeep")
    table = mounts(at.parent, device="server:/share")
    assert folder_of(drive(last), lambda: table) == last


def test_a_mount_point_without_its_drive_is_away_and_of_a_folder_it_is_bare(
    tmp_path: Path,
) -> None:
    at = tmp_path / "E" / "Tradekeep"
    assert state_of(drive(at), at) is MarkerState.AWAY
    at.mkdir(parents=True)
    assert state_of(drive(at), at) is MarkerState.AWAY
    assert state_of(folder(at), at) is MarkerState.BARE
    write_marker(at, "f" * 16, "other")
    assert state_of(drive(at), at) is MarkerState.OTHER


def test_a_folder_is_never_looked_for_elsewhere(tmp_path: Path) -> None:
    at = marked(tmp_path / "G")
    assert folder_of(folder(tmp_path / "E"), lambda: mounts(at)) == tmp_path / "E"


def test_media_differ_by_what_is_lost_together(tmp_path: Path) -> None:
    one = CopySettings("A", "s3", "https://s3.example.org/x/y", ID)
    other = CopySettings("B", "s3", "https://s3.example.org/z", ID)
    cloud = CopySettings("C", "webdav", "https://cloud.example.org/dav", ID)
    box = CopySettings("D", "dropbox", "dropbox:/tradekeep", ID)
    media = [medium_of(each, each.address) for each in (one, other, cloud, box)]
    assert media == [
        "s3:s3.example.org",
        "s3:s3.example.org",
        "webdav:cloud.example.org",
        "dropbox",
    ]
    assert medium_of(drive(tmp_path), str(tmp_path)) == f"drive:{ID}"
    here = medium_of(folder(tmp_path), str(tmp_path))
    assert here.startswith("disk:")
    assert here == medium_of(folder(tmp_path / "x"), str(tmp_path / "x"))
    assert [is_local(each) for each in (one, cloud, box, drive(tmp_path), folder(tmp_path))] == [
        False, False, False, True, True,
    ]  # fmt: skip
