"""The device key: one contract for keyring and file, and what keyrings answer when they refuse."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.core
import keyring.errors
import pytest

from app.errors import AppError
from app.secret import Secret
from app.settings.keyring import (
    Backend,
    DeviceKeys,
    KeyringAbsent,
    KeyringDenied,
    KeyringEmpty,
    KeyringError,
    KeyringKeys,
    KeyringLocked,
    KeyringMismatch,
    KeyringUnsafe,
    PasswordFileKeys,
    find,
    system_keyring,
)

ONE, TWO = "11" * 32, "22" * 32
KEY = Secret("kO3-u_" * 7)


class MemoryKeyring:
    """A keyring in memory. `answer` is raised by every call, as a locked or absent one does."""

    priority: float = 5

    def __init__(self, answer: Exception | None = None) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.answer = answer

    def _refuse(self) -> None:
        if self.answer is not None:
            raise self.answer

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._refuse()
        if (service, username) not in self.entries:
            raise keyring.errors.PasswordDeleteError("No such password!")
        del self.entries[service, username]


class PlaintextKeyring(MemoryKeyring):
    priority = 5


PlaintextKeyring.__module__ = "keyrings.alt.file"


class Inherits(PlaintextKeyring):
    """A plaintext keyring under a name that does not say so."""


class BelowTheLine(MemoryKeyring):
    priority = 0.5


class CannotWorkHere:
    @property
    def priority(self) -> float:
        raise RuntimeError("The Secret Service daemon is not running")

    get_password = set_password = delete_password = MemoryKeyring.get_password


def keys(backend: object) -> KeyringKeys:
    return KeyringKeys(lambda: backend)  # type: ignore[arg-type,return-value]


def chained(monkeypatch: pytest.MonkeyPatch, *links: object) -> KeyringKeys:
    """Keys over keyring's own chainer."""
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: list(links))
    return keys(keyring.backends.chainer.ChainerBackend())


@pytest.fixture(params=["keyring", "file"])
def device_keys(request: pytest.FixtureRequest, tmp_path: Path) -> DeviceKeys:
    if request.param == "file":
        return PasswordFileKeys(tmp_path / "key")
    return keys(MemoryKeyring())


def test_nothing_is_stored_at_first(device_keys: DeviceKeys) -> None:
    assert device_keys.get(ONE) is None


def test_what_is_stored_comes_back(device_keys: DeviceKeys) -> None:
    device_keys.put(ONE, KEY)
    assert device_keys.get(ONE) == KEY
    device_keys.put(ONE, KEY)
    assert device_keys.get(ONE) == KEY


def test_removing_what_is_not_there(device_keys: DeviceKeys) -> None:
    device_keys.remove(ONE)
    assert device_keys.get(ONE) is None


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_key_is_never_stored(device_keys: DeviceKeys, empty: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        device_keys.put(ONE, Secret(empty))
    assert device_keys.get(ONE) is None


def test_no_key_in_a_repr(device_keys: DeviceKeys) -> None:
    device_keys.put(ONE, KEY)
    assert KEY.reveal() not in repr(device_keys) + repr(device_keys.get(ONE))


def test_repositories_have_keys_of_their_own() -> None:
    memory = MemoryKeyring()
    keys(memory).put(ONE, KEY)
    keys(memory).put(TWO, Secret("another"))
    assert memory.entries == {("tradekeep", ONE): KEY.reveal(), ("tradekeep", TWO): "another"}
    keys(memory).remove(ONE)
    assert keys(memory).get(ONE) is None
    assert keys(memory).get(TWO) == Secret("another")


def test_putting_replaces() -> None:
    memory = MemoryKeyring()
    keys(memory).put(ONE, Secret("old"))
    keys(memory).put(ONE, KEY)
    assert keys(memory).get(ONE) == KEY


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def _secret_service(name: str) -> Exception:
    exceptions = pytest.importorskip("secretstorage.exceptions")
    error: Exception = getattr(exceptions, name)("said by the service")
    return error


def _d_bus(name: str) -> Exception:
    jeepney = pytest.importorskip("jeepney")
    call = jeepney.new_method_call(jeepney.DBusAddress("/", "a.b", "a.b"), "Get")
    call.header.serial = 1
    error: Exception = jeepney.DBusErrorResponse(jeepney.new_error(call, name, "s", ("why",)))
    return error


def _windows(code: int) -> Exception:
    error = Exception("CredRead")
    error.winerror = code  # type: ignore[attr-defined]
    return error


def _macos(name: str, code: int) -> Exception:
    kind = type(name, (Exception,), {"__module__": "keyring.backends.macOS.api"})
    return kind(code, "said by the keychain")


LOCKED, ABSENT, DENIED = KeyringLocked, KeyringAbsent, KeyringDenied
ANSWERS: dict[str, tuple[Callable[[], Exception], type[KeyringError]]] = {
    "still locked": (lambda: keyring.errors.KeyringLocked("Failed to unlock"), LOCKED),
    "locked meanwhile": (lambda: _secret_service("LockedException"), LOCKED),
    "locked, said by D-Bus": (lambda: _d_bus("org.freedesktop.Secret.Error.IsLocked"), LOCKED),
    "no one can unlock the keychain": (lambda: _macos("Error", -25308), LOCKED),
    "no backend": (lambda: keyring.errors.NoKeyringError("none"), ABSENT),
    "no collection": (lambda: keyring.errors.InitError("Failed to create"), ABSENT),
    "no service": (lambda: _secret_service("SecretServiceNotAvailableException"), ABSENT),
    "no service behind": (
        lambda: _caused(
            keyring.errors.InitError("Failed"),
            _secret_service("SecretServiceNotAvailableException"),
        ),
        ABSENT,
    ),
    "nobody answers": (lambda: _d_bus("org.freedesktop.DBus.Error.NoReply"), ABSENT),
    "the bus went away": (lambda: ConnectionResetError(104, "reset by peer"), ABSENT),
    "no session on Windows": (lambda: _windows(1312), ABSENT),
    "prompt dismissed": (lambda: _secret_service("PromptDismissedException"), DENIED),
    "prompt dismissed behind": (
        lambda: _caused(
            keyring.errors.InitError("Failed"), _secret_service("PromptDismissedException")
        ),
        DENIED,
    ),
    "keychain denied": (
        lambda: _caused(keyring.errors.KeyringLocked("Can't get"), _macos("KeychainDenied", -128)),
        DENIED,
    ),
    "wallet cancelled": (lambda: keyring.errors.PasswordSetError("Cancelled by user"), DENIED),
    "bus forbids": (lambda: _d_bus("org.freedesktop.DBus.Error.AccessDenied"), DENIED),
    "cancelled on Windows": (lambda: _windows(1223), DENIED),
    "something else": (lambda: ZeroDivisionError("a plugin's bug"), KeyringError),
    "nothing said": (Exception, KeyringError),
}


@pytest.mark.parametrize(("make", "kind"), ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("call", ["get", "put", "remove"])
def test_every_answer_is_an_error_of_its_own(
    make: Callable[[], Exception], kind: type[KeyringError], call: str
) -> None:
    answering = keys(MemoryKeyring(make()))
    with pytest.raises(AppError) as caught:
        answering.put(ONE, KEY) if call == "put" else getattr(answering, call)(ONE)
    assert type(caught.value) is kind
    assert caught.value.sentence.hint
    assert "{" not in str(caught.value)


def test_the_three_answers_have_their_ids() -> None:
    ids = {}
    for make, kind in ANSWERS.values():
        with pytest.raises(kind) as caught:
            keys(MemoryKeyring(make())).get(ONE)
        ids.setdefault(kind, set()).add(caught.value.message_id)
    assert ids[KeyringLocked] == {"keyring-locked"}
    assert ids[KeyringAbsent] == {"keyring-absent"}
    assert ids[KeyringDenied] == {"keyring-denied"}
    assert ids[KeyringError] == {"keyring-failed"}


def test_what_the_caller_was_busy_with_does_not_count() -> None:
    """An error that is being handled elsewhere is the context of ours, not its cause."""
    try:
        raise PermissionError("of another file")
    except PermissionError:
        with pytest.raises(KeyringLocked):
            keys(_Raising()).get(ONE)


class _Raising(MemoryKeyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("now, and not before")


@pytest.mark.parametrize("stored", ["", "  "])
def test_an_empty_entry_is_no_key(stored: str) -> None:
    memory = MemoryKeyring()
    memory.entries["tradekeep", ONE] = stored
    with pytest.raises(KeyringEmpty) as caught:
        keys(memory).get(ONE)
    assert ONE in str(caught.value)
    keys(memory).remove(ONE)
    assert keys(memory).get(ONE) is None


def test_a_keyring_that_forgets_is_noticed() -> None:
    class Forgetful(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            pass

    class Cutting(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password[:8])

    for backend in (Forgetful(), Cutting()):
        with pytest.raises(KeyringMismatch):
            keys(backend).put(ONE, KEY)


def test_no_key_in_an_error() -> None:
    class Telling(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise keyring.errors.PasswordSetError(f"could not store {password!r}")

    with pytest.raises(KeyringDenied) as caught:
        keys(Telling()).put(ONE, KEY)
    assert KEY.reveal() not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


NOTHING = [keyring.backends.null.Keyring, keyring.backends.fail.Keyring]
READABLE = [PlaintextKeyring, Inherits, BelowTheLine]


@pytest.mark.parametrize("kind", NOTHING)
def test_backends_that_keep_nothing_are_absent(kind: Callable[[], object]) -> None:
    refusing = keys(kind())
    for call in (refusing.get, refusing.remove, lambda name: refusing.put(name, KEY)):
        with pytest.raises(KeyringAbsent) as caught:
            call(ONE)
        assert type(caught.value) is KeyringAbsent


@pytest.mark.parametrize("kind", READABLE)
def test_backends_that_store_readably_are_refused(kind: type[MemoryKeyring]) -> None:
    backend = kind()
    with pytest.raises(KeyringUnsafe) as caught:
        keys(backend).put(ONE, KEY)
    assert backend.entries == {}
    assert kind.__name__ in str(caught.value)
    with pytest.raises(KeyringAbsent):  # who knows what to do without a keyring knows this too
        keys(backend).get(ONE)


def test_a_backend_that_cannot_work_here_is_absent() -> None:
    with pytest.raises(KeyringAbsent, match="daemon is not running"):
        keys(CannotWorkHere()).get(ONE)


def test_a_chain_of_unusable_backends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = PlaintextKeyring()
    with pytest.raises(KeyringUnsafe):
        chained(monkeypatch, plain, keyring.backends.null.Keyring(), BelowTheLine()).put(ONE, KEY)
    assert plain.entries == {}
    with pytest.raises(KeyringAbsent):
        chained(monkeypatch).get(ONE)


def test_a_chain_uses_its_safe_links_only(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, first, second = PlaintextKeyring(), MemoryKeyring(), MemoryKeyring()
    plain.priority, second.priority = 9, 4
    second.entries["tradekeep", TWO] = "of another desktop"
    several = chained(monkeypatch, second, plain, first)
    several.put(ONE, KEY)
    assert (len(plain.entries), len(first.entries), len(second.entries)) == (0, 1, 1)
    assert several.get(TWO) == Secret("of another desktop")
    several.remove(ONE)
    several.remove(TWO)
    assert first.entries == second.entries == {}


@pytest.mark.parametrize("named", ["no.such.Backend", "keyring.backends.null.Nothing", "x", ""])
def test_a_keyring_configured_wrongly_is_absent(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", named)
    with pytest.raises(KeyringAbsent):
        KeyringKeys().get(ONE)


def test_a_disabled_keyring_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(KeyringAbsent):
        find({}).get(ONE)


def test_where_the_key_lies_is_said_by_the_environment(tmp_path: Path) -> None:
    assert find({"TRADEKEEP_PASSWORD_FILE": str(tmp_path / "key")}) == PasswordFileKeys(
        tmp_path / "key"
    )
    assert find({}) == find({"TRADEKEEP_PASSWORD_FILE": ""}) == KeyringKeys(system_keyring)


def test_errors_cross_processes() -> None:
    with pytest.raises(KeyringLocked) as caught:
        keys(MemoryKeyring(keyring.errors.KeyringLocked("no"))).get(ONE)
    again: Any = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (KeyringLocked, str(caught.value))


def test_the_library_fits_the_contract() -> None:
    """mypy reads this: keyring's own backends are what we call a backend."""

    def takes(backend: Backend) -> Backend:
        return backend

    with contextlib.suppress(RuntimeError):
        takes(keyring.backends.fail.Keyring()).get_password("a", "b")
