"""Drives that are plugged in, disks that folders share, folders that a cloud carries away."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.copies.drives import Mounted, System, disk_of, drives
from app.copies.synced import synced_by


@pytest.fixture
def system(tmp_path: Path) -> System:
    """A disk sda with two partitions, an encrypted volume on one, and a USB stick sdb."""
    devices = tmp_path / "devices"
    blocks, labels = tmp_path / "block", tmp_path / "by-label"
    for name, where in {
        "sda": "pci0/ata1/sda",
        "sda1": "pci0/ata1/sda/sda1",
        "sda2": "pci0/ata1/sda/sda2",
        "dm-0": "virtual/dm-0",
        "sdb": "pci0/usb1/sdb",
        "sdb1": "pci0/usb1/sdb/sdb1",
    }.items():
        folder = devices / where
        folder.mkdir(parents=True, exist_ok=True)
        blocks.mkdir(exist_ok=True)
        (blocks / name).symlink_to(folder)
        if name[-1].isdigit() and name.startswith("sd"):
            (folder / "partition").write_text("1\n")
    (devices / "virtual/dm-0/slaves/sda2").mkdir(parents=True)
    (devices / "pci0/ata1/sda/removable").write_text("0\n")
    labels.mkdir()
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "sdb1").touch()
    (labels / "KEEP\\x201").symlink_to(tmp_path / "dev" / "sdb1")
    return System(blocks, labels)


@pytest.fixture
def mounts(tmp_path: Path) -> list[Mounted]:
    dev = tmp_path / "dev"
    (tmp_path / "stick").mkdir()
    return [
        Mounted(f"{dev}/sda1", "/", "ext4"),
        Mounted(f"{dev}/dm-0", str(tmp_path), "ext4"),
        Mounted(f"{dev}/sdb1", str(tmp_path / "stick"), "vfat"),
        Mounted("tmpfs", str(tmp_path / "memory"), "tmpfs"),
    ]


def test_a_usb_drive_is_found_with_the_name_that_its_owner_gave_it(
    system: System, mounts: list[Mounted], tmp_path: Path
) -> None:
    (drive,) = drives(mounts, system)
    assert (drive.label, drive.path, drive.disk) == ("KEEP 1", tmp_path / "stick", "sdb")
    assert 0 < drive.free <= drive.size


def test_a_drive_that_does_not_answer_is_left_out(system: System, mounts: list[Mounted]) -> None:
    gone = [m._replace(point="/media/me/gone") for m in mounts if "sdb1" in m.device]
    assert drives(gone, system) == []


def test_two_partitions_of_one_disk_are_one_disk_also_through_encryption(
    system: System, mounts: list[Mounted], tmp_path: Path
) -> None:
    assert disk_of(Path("/etc"), mounts, system) == "sda"
    assert disk_of(tmp_path / "not yet there", mounts, system) == "sda"
    assert disk_of(tmp_path / "stick" / "Tradekeep", mounts, system) == "sdb"
    assert disk_of(tmp_path / "memory" / "x", mounts, system) == "tmpfs"


def test_a_folder_of_a_mac_lies_on_the_disk_that_its_partition_names() -> None:
    mounts = [Mounted("/dev/disk3s1s1", "/", "apfs"), Mounted("/dev/disk4s2", "/Volumes/X", "apfs")]
    none = System(Path("/none"), Path("/none"))
    assert disk_of(Path("/Users"), mounts, none) == "disk3"


@pytest.mark.parametrize(
    ("folder", "holds", "service"),
    [
        ("Dropbox/taxes", "", "Dropbox"),
        ("renamed", ".dropbox.cache", "Dropbox"),
        ("OneDrive - Firm/x", "", "OneDrive"),
        ("Library/Mobile Documents/x", "", "iCloud"),
        ("cloud", ".sync_1a2b3c.db", "Nextcloud"),
        ("Library/CloudStorage/GoogleDrive-me@mail/My Drive", "", "Google Drive"),
        ("shared", ".stfolder", "Syncthing"),
        ("plain/backups", ".hidden", None),
        ("my Dropbox notes", "", None),
    ],
)
def test_a_folder_that_a_cloud_carries_away_is_known(
    tmp_path: Path, folder: str, holds: str, service: str | None
) -> None:
    inner = tmp_path / folder
    inner.mkdir(parents=True)
    if holds:
        (inner / holds).touch()
    assert synced_by(inner) == service
    assert synced_by(inner / "not yet there" / "deep") == service
