"""The sealed file: what was put in comes out, and every way in which it cannot is told apart."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from app.secret import Secret
from app.settings import sealed
from app.settings.sealed import (
    SealedAccount,
    SealedDamaged,
    SealedError,
    SealedFile,
    SealedKey,
    SealedNewer,
)

KEY = Secret("k" * 43)
TEXT = "very-secret-indeed"
ACCOUNT = SealedAccount(
    {"apiKey": Secret("public"), "secret": Secret(TEXT)}, frozenset({"bytick.com"})
)


@pytest.fixture
def file(tmp_path: Path) -> SealedFile:
    return SealedFile(tmp_path / "data" / "secrets.sealed", KEY)


def test_what_was_put_in_comes_out(file: SealedFile) -> None:
    assert file.accounts() == {}
    file.put("main", ACCOUNT)
    file.put("other", SealedAccount())
    assert file.accounts() == {"main": ACCOUNT, "other": SealedAccount()}
    file.remove("main")
    file.remove("never there")
    assert file.accounts() == {"other": SealedAccount()}


_NAMES = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(_NAMES, _NAMES, max_size=3), st.frozensets(_NAMES, max_size=3))
@hypothesis(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_kept(file: SealedFile, secrets: dict[str, str], hosts: frozenset[str]) -> None:
    account = SealedAccount({name: Secret(text) for name, text in secrets.items()}, hosts)
    file.put("main", account)
    assert file.accounts()["main"] == account


def test_nothing_of_it_can_be_read_and_nobody_else_may(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    there = list(file.path.parent.iterdir())
    assert file.path in there
    for each in there:
        raw = each.read_bytes()
        assert TEXT.encode() not in raw
        assert b"apiKey" not in raw
        assert b"bytick" not in raw
        if os.name != "nt":
            assert stat.S_IMODE(each.stat().st_mode) == 0o600
    assert TEXT not in repr(file) + repr(ACCOUNT)
    assert KEY.reveal() not in repr(file)


def test_each_write_has_another_key_and_nonce(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    first = file.path.read_bytes()
    file.put("main", ACCOUNT)
    assert file.path.read_bytes()[6:50] != first[6:50]


@pytest.mark.parametrize("key", [KEY, Secret("a short one")])
def test_another_device_key_is_told_from_damage(file: SealedFile, key: Secret) -> None:
    SealedFile(file.path, key).put("main", ACCOUNT)
    with pytest.raises(SealedKey) as caught:
        SealedFile(file.path, Secret("j" * 43)).accounts()
    assert caught.value.message_id == "sealed-other-key"
    assert SealedFile(file.path, key).accounts() == {"main": ACCOUNT}


def test_a_password_that_somebody_thought_of_is_stretched(file: SealedFile) -> None:
    SealedFile(file.path, Secret("hunter2")).put("main", ACCOUNT)
    assert file.path.read_bytes()[5] == 1
    file.path.unlink()
    file.put("main", ACCOUNT)
    assert file.path.read_bytes()[5] == 0


def test_every_changed_byte_is_damage(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    good = file.path.read_bytes()
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1
        file.path.write_bytes(bad)
        with pytest.raises(SealedDamaged) if at != 4 else pytest.raises(SealedError):
            file.accounts()
    for length in range(len(good)):
        file.path.write_bytes(good[:length])
        with pytest.raises(SealedDamaged):
            file.accounts()


def test_damage_that_somebody_meant_is_damage(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    body = bytearray(file.path.read_bytes()[:-32])
    body[-1] ^= 1
    file.path.write_bytes(bytes(body) + hashlib.sha256(body).digest())
    with pytest.raises(SealedDamaged):
        file.accounts()


def test_a_newer_file_is_left_as_it_is(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    newer = bytearray(file.path.read_bytes())
    newer[4] = sealed.VERSION + 1
    file.path.write_bytes(newer)
    with pytest.raises(SealedNewer):
        file.accounts()
    with pytest.raises(SealedNewer):
        file.put("main", ACCOUNT)
    assert file.path.read_bytes() == newer


def test_a_damaged_file_is_not_written_over(file: SealedFile) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(b"not ours")
    with pytest.raises(SealedDamaged):
        file.put("main", ACCOUNT)
    assert file.path.read_bytes() == b"not ours"


def test_what_does_not_read_back_is_said(file: SealedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "write_atomic", lambda path, data: None)
    with pytest.raises(SealedDamaged) as caught:
        file.put("main", ACCOUNT)
    assert caught.value.message_id == "sealed-mismatch"


def test_a_disk_that_refuses_is_a_sentence(file: SealedFile) -> None:
    file.path.parent.parent.joinpath("data").write_bytes(b"a file where the folder should be")
    with pytest.raises(SealedError) as caught:
        file.put("main", ACCOUNT)
    assert caught.value.message_id in ("sealed-unwritable", "sealed-unreadable")


def test_it_is_sealed_anew_for_another_device_key(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    other = Secret("n" * 43)
    fresh = file.seal_anew(other)
    assert fresh.accounts() == {"main": ACCOUNT}
    with pytest.raises(SealedKey):
        file.accounts()


def test_what_a_killed_write_left_goes_with_the_next(file: SealedFile) -> None:
    file.put("main", ACCOUNT)
    left = file.path.with_name(f"{file.path.name}-tmp-0123456789ab")
    left.write_bytes(b"half")
    file.put("main", ACCOUNT)
    assert not left.exists()
