"""What keyrings answer when they do not give: every backend's exceptions, in our three words.

Backends are plugins that raise what they like (their own D-Bus library's errors, for one), so
they are known by name and need not be installed. What was raised first counts most: the library
wraps "the prompt was dismissed" into "could not be initialised".
"""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import AppError
from app.secret import Secret


class KeyringError(AppError):
    """The keyring did not do what it was asked, for any of the reasons below or another."""


class KeyringLocked(KeyringError):
    """The keyring is there, and stayed locked."""


class KeyringAbsent(KeyringError):
    """There is no keyring, or its service does not answer."""


class KeyringUnsafe(KeyringAbsent):
    """There are only backends that would store the key readably, or not at all."""


class KeyringDenied(KeyringError):
    """A person dismissed the keyring's question, or the system refused access."""


class KeyringEmpty(KeyringError):
    """An entry without a password in it. Never handed out as a key."""


class KeyringMismatch(KeyringError):
    """What was stored does not read back."""


_LOCKED = (KeyringLocked, "keyring-locked")
_ABSENT = (KeyringAbsent, "keyring-absent")
_DENIED = (KeyringDenied, "keyring-denied")
_OTHER = (KeyringError, "keyring-failed")

_ANSWERS: dict[str, tuple[type[KeyringError], str]] = {
    "secretstorage.exceptions.PromptDismissedException": _DENIED,
    "secretstorage.exceptions.LockedException": _LOCKED,
    "secretstorage.exceptions.SecretServiceNotAvailableException": _ABSENT,
    "keyring.backends.macOS.api.KeychainDenied": _DENIED,
    "keyring.backends.macOS.api.SecAuthFailure": _DENIED,
    "macos -25308": _LOCKED,  # errSecInteractionNotAllowed: nobody there who could unlock it
    "org.freedesktop.Secret.Error.IsLocked": _LOCKED,
    "org.freedesktop.DBus.Error.AccessDenied": _DENIED,
    "org.freedesktop.DBus.Error.ServiceUnknown": _ABSENT,
    "org.freedesktop.DBus.Error.NameHasNoOwner": _ABSENT,
    "org.freedesktop.DBus.Error.NoReply": _ABSENT,
    "org.freedesktop.DBus.Error.Disconnected": _ABSENT,
    "windows 5": _DENIED,  # ERROR_ACCESS_DENIED
    "windows 1223": _DENIED,  # ERROR_CANCELLED
    "windows 1312": _ABSENT,  # ERROR_NO_SUCH_LOGON_SESSION: a service, ssh
    "builtins.ConnectionError": _ABSENT,
    "builtins.PermissionError": _DENIED,
    "keyring.errors.KeyringLocked": _LOCKED,
    "keyring.errors.NoKeyringError": _ABSENT,
    "keyring.errors.InitError": _ABSENT,
    "keyring.errors.PasswordSetError": _DENIED,
    "keyring.errors.PasswordDeleteError": _DENIED,
}


def translate(error: Exception, secret: Secret | None = None) -> KeyringError:
    """The error for people. A reason that contains the secret is left out."""
    kind, message_id = next((_ANSWERS[n] for n in _names(error) if n in _ANSWERS), _OTHER)
    reason = str(error).strip(" .") or type(error).__name__
    if secret is not None and secret.reveal() in reason:
        reason = type(error).__name__
    return kind(message_id, reason=reason)


def _names(error: Exception) -> Iterator[str]:
    """What an error and its causes are called, the first cause first, each with its bases."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__  # not __context__: the caller may be handling something else
    for each in reversed(chain):
        # jeepney and dbus-python name D-Bus errors, GLib's lie in the message.
        for attribute in ("name", "_dbus_error_name"):
            yield str(getattr(each, attribute, ""))
        yield f"windows {getattr(each, 'winerror', None)}"
        if type(each).__module__ == "keyring.backends.macOS.api":
            yield f"macos {each.args[0] if each.args else None}"
        for base in type(each).__mro__:
            yield f"{base.__module__}.{base.__qualname__}"
