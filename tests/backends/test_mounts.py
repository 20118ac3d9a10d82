"""Which folders are kept by another machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backends import local
from app.backends.local import LocalBackend
from app.backends.mounts import Mount, is_on_network, read_mounts, room_of, system_mounts

NETWORK = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.rclone", "ceph"]
HERE = ["ext4", "btrfs", "xfs", "tmpfs", "vfat", "exfat", "fuseblk", "apfs", "NTFS", "fuse.encfs"]


def on(path: Path, *mounts: Mount) -> bool:
    return is_on_network(path, lambda: mounts)


@pytest.mark.parametrize("fstype", NETWORK)
def test_network_file_systems(tmp_path: Path, fstype: str) -> None:
    assert on(tmp_path, Mount("/", "ext4"), Mount(str(tmp_path), fstype))


@pytest.mark.parametrize("fstype", HERE)
def test_file_systems_on_this_machine(tmp_path: Path, fstype: str) -> None:
    assert not on(tmp_path, Mount("/", "nfs"), Mount(str(tmp_path), fstype))


def test_a_drive_that_windows_calls_remote(tmp_path: Path) -> None:
    assert on(tmp_path, Mount(str(tmp_path), "NTFS", "rw,remote"))


def test_the_deepest_mount_counts(tmp_path: Path) -> None:
    inner = tmp_path / "share" / "repository"
    inner.mkdir(parents=True)
    mounts = Mount(str(tmp_path / "share"), "nfs"), Mount("/", "ext4"), Mount("/else", "ext4")
    assert on(inner, *mounts)
    assert not on(tmp_path, *mounts)
    (tmp_path / "shared").mkdir()
    assert not on(tmp_path / "shared", *mounts)


def test_of_two_at_one_point_the_later_counts(tmp_path: Path) -> None:
    point = str(tmp_path)
    assert on(tmp_path, Mount(point, "autofs"), Mount(point, "nfs4"))
    assert not on(tmp_path, Mount(point, "nfs4"), Mount(point, "ext4"))


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    assert on(tmp_path / "link", Mount("/", "ext4"), Mount(str(tmp_path / "share"), "cifs"))


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    away = tmp_path / "a" / "b"
    assert on(away, Mount("/", "ext4"), Mount(str(tmp_path), "nfs"))
    assert not on(away, Mount("/", "ext4"))


def test_without_a_table_it_is_this_machine(tmp_path: Path) -> None:
    assert not on(tmp_path)


def test_the_table_is_read_once(tmp_path: Path) -> None:
    read = []

    def mounts() -> list[Mount]:
        read.append(1)
        return [Mount("/", "ext4")]

    for _ in range(3):
        assert not is_on_network(tmp_path, mounts)
    assert len(read) == 1


def test_this_machine_has_a_table(tmp_path: Path) -> None:
    # Inside a chroot the root itself is not in the table.
    assert any(mount.point in ("/", "/proc", "/dev") for mount in system_mounts())
    assert not is_on_network(tmp_path)


def test_linuxs_table_is_read_with_its_escapes() -> None:
    table = (
        b"/dev/sda1 / ext4 rw,relatime 0 0\n"
        b"//nas/back\\040up /mnt/My\\040drive\\134x cifs rw,vers=3.0 0 0\n"
        b"me@host: /home/m\xff fuse.sshfs rw 0 0\n"
        b"\n"
    )
    assert read_mounts(table) == [
        Mount("/", "ext4", "rw,relatime", "/dev/sda1"),
        Mount("/mnt/My drive\\x", "cifs", "rw,vers=3.0", "//nas/back up"),
        Mount("/home/m\udcff", "fuse.sshfs", "rw", "me@host:"),
    ]


def test_a_folder_on_a_share_is_not_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "is_on_network", lambda path: path == tmp_path)
    assert not LocalBackend(tmp_path).is_local


@pytest.mark.parametrize(
    ("kind", "root", "home", "one"),
    [
        ("btrfs", "/dev/sda2", "/dev/sda2", True),
        ("btrfs", "/dev/sda2", "/dev/sdb1", False),
        ("apfs", "/dev/disk3s1s1", "/dev/disk3s5", True),
        ("apfs", "/dev/disk3s5", "/dev/disk4s1", False),
        ("zfs", "pool/root", "pool/home", True),
        ("zfs", "pool/root", "other/home", False),
    ],
)
def test_file_systems_of_one_pool_fill_the_same_room(
    tmp_path: Path, kind: str, root: str, home: str, one: bool
) -> None:
    """Each subvolume has a number of its own, so all of the room was there twice."""
    (tmp_path / "home").mkdir()
    table = [
        Mount(str(tmp_path), kind, source=root),
        Mount(str(tmp_path / "home"), kind, source=home),
    ]
    rooms = {room_of(path, lambda: table) for path in (tmp_path, tmp_path / "home")}
    assert len(rooms) == (1 if one else 2)
    assert str(tmp_path.stat().st_dev) not in rooms


def test_other_file_systems_have_their_number(tmp_path: Path) -> None:
    for table in ([], [Mount("/", "ext4", source="/dev/sda1")], [Mount("/", "btrfs")]):
        assert room_of(tmp_path, lambda table=table: table) == str(tmp_path.stat().st_dev)
