"""The device key in a file that the user named."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.errors import WrongUsage
from app.secret import Secret
from app.settings.keyring import PasswordFileKeys, find

ID = "ab" * 32
KEY = Secret("kO3-u_" * 7)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key"


def write(file: Path, content: bytes, mode: int = 0o600) -> PasswordFileKeys:
    file.write_bytes(content)
    file.chmod(mode)
    return PasswordFileKeys(file)


def refused(keys: PasswordFileKeys) -> WrongUsage:
    with pytest.raises(WrongUsage) as caught:
        keys.get(ID)
    assert str(keys.path) in str(caught.value)
    assert caught.value.sentence.hint
    return caught.value


@pytest.mark.parametrize(
    "content",
    [b"secret", b"secret\n", b"secret\r\nsecond line\n", b"\xef\xbb\xbfsecret\n", b"secret\n\xff"],
)
def test_the_first_line_is_the_key(file: Path, content: bytes) -> None:
    keys = write(file, content)
    if b"\xff" in content:
        assert refused(keys).message_id == "password-file-not-text"
    else:
        assert keys.get(ID) == Secret("secret")


def test_blanks_at_the_ends_do_not_count_as_with_stock_restic(file: Path) -> None:
    assert write(file, b" a b \r\n").get(ID) == Secret("a b")


def test_a_new_file_is_private_and_serves_restic_too(file: Path) -> None:
    PasswordFileKeys(file).put(ID, KEY)
    assert file.read_text(encoding="utf-8") == KEY.reveal() + "\n"
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@posix
def test_a_loose_umask_makes_no_difference(file: Path) -> None:
    before = os.umask(0)
    try:
        PasswordFileKeys(file).put(ID, KEY)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_with_the_same_key_stays_as_it_is(file: Path) -> None:
    keys = write(file, KEY.reveal().encode() + b"\r\n# mine\n")
    keys.put(ID, KEY)
    assert file.read_bytes() == KEY.reveal().encode() + b"\r\n# mine\n"


def test_a_file_with_another_key_stays_as_it_is(file: Path) -> None:
    keys = write(file, b"theirs-4711\n")
    with pytest.raises(WrongUsage) as caught:
        keys.put(ID, KEY)
    assert caught.value.message_id == "password-file-other"
    assert file.read_bytes() == b"theirs-4711\n"
    assert "4711" not in str(caught.value)


def test_somebody_who_is_faster_is_not_overwritten(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def slow(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == file and flags & os.O_EXCL:
            write(file, b"theirs\n")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", slow)
    with pytest.raises(WrongUsage) as caught:
        PasswordFileKeys(file).put(ID, KEY)
    assert caught.value.message_id == "password-file-other"
    assert file.read_bytes() == b"theirs\n"


def test_removing_leaves_the_file(file: Path) -> None:
    keys = PasswordFileKeys(file)
    keys.put(ID, KEY)
    keys.remove(ID)
    assert keys.get(ID) == KEY


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o777, 0o444])
def test_a_file_open_to_others_is_refused(file: Path, mode: int) -> None:
    error = refused(write(file, b"secret\n", mode))
    assert error.message_id == "password-file-open"
    assert f"chmod 600 {file}" in str(error)
    assert "secret" not in str(error)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_taken(file: Path, mode: int) -> None:
    assert write(file, b"secret\n", mode).get(ID) == Secret("secret")


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecret\n", b"  \n", b"\xef\xbb\xbf\n"])
def test_an_empty_line_is_no_key(file: Path, content: bytes) -> None:
    keys = write(file, content)
    assert refused(keys).message_id == "password-file-empty"
    with pytest.raises(WrongUsage):
        keys.put(ID, KEY)
    assert file.read_bytes() == content


def test_what_is_not_text(file: Path) -> None:
    assert refused(write(file, b"\xff\xfe\x00k")).message_id == "password-file-not-text"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert refused(PasswordFileKeys(tmp_path)).message_id == "password-file-unreadable"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    keys = PasswordFileKeys(tmp_path / "none" / "key")
    assert keys.get(ID) is None
    with pytest.raises(WrongUsage) as caught:
        keys.put(ID, KEY)
    assert caught.value.message_id == "password-file-unwritable"


def test_a_link_to_a_private_file_is_followed(file: Path, tmp_path: Path) -> None:
    write(tmp_path / "mounted", b"secret\n")
    file.symlink_to(tmp_path / "mounted")
    assert PasswordFileKeys(file).get(ID) == Secret("secret")


@posix
def test_a_link_to_an_open_file_is_not(file: Path, tmp_path: Path) -> None:
    write(tmp_path / "mounted", b"secret\n", 0o644)
    file.symlink_to(tmp_path / "mounted")
    assert refused(PasswordFileKeys(file)).message_id == "password-file-open"


def test_a_link_to_nothing_is_not_filled(file: Path, tmp_path: Path) -> None:
    file.symlink_to(tmp_path / "gone")
    keys = PasswordFileKeys(file)
    assert refused(keys).message_id == "password-file-dangling"
    with pytest.raises(WrongUsage):
        keys.put(ID, KEY)
    assert not (tmp_path / "gone").exists()


def test_the_name_may_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find({"TRADEKEEP_PASSWORD_FILE": "~/key"}) == PasswordFileKeys(tmp_path / "key")
    assert find({"TRADEKEEP_PASSWORD_FILE": "~no-one-here/key"}).get(ID) is None
