"""What Dropbox, its SDK and the network answer, as what it means for a place (`BackendError`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from dropbox import exceptions
from stone.backends.python_rsrc.stone_validators import ValidationError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from app.backends.contract import (
    AccessDenied,
    BackendError,
    FileNotThere,
    NoSpace,
    PlaceAway,
    PlaceBroken,
)

_Meaning = tuple[type[BackendError], str]
_AWAY: _Meaning = (PlaceAway, "place-away")
_BROKEN: _Meaning = (PlaceBroken, "place-broken")
_BUSY: _Meaning = (PlaceBroken, "dropbox-busy")
_NOT_ITSELF: _Meaning = (PlaceAway, "dropbox-not-itself")
_SIGN_IN: _Meaning = (AccessDenied, "dropbox-sign-in")
_PERMISSION: _Meaning = (AccessDenied, "dropbox-permission")

_BY_MEANING: dict[_Meaning, str] = {
    (FileNotThere, "file-not-there"): "not_found",
    (NoSpace, "place-full"): "insufficient_space team_folder_insufficient_space "
    "member_folder_insufficient_space",
    (NoSpace, "place-file-too-large"): "payload_too_large too_large",
    (AccessDenied, "place-denied"): "no_write_permission access_restricted restricted_content "
    "team_folder locked disallowed_name malformed_path operation_suppressed",
    (AccessDenied, "place-not-a-file"): "folder not_file",
    (AccessDenied, "place-not-a-folder"): "file file_ancestor not_folder",
    _BUSY: "too_many_write_operations upload_traffic_limit_reached",
}
# The tags of the SDK's errors; where one stands in another, the innermost that is known decides.
_BY_TAG = {tag: meaning for meaning, tags in _BY_MEANING.items() for tag in tags.split()}

# So much of what Dropbox says of a call that it does not understand.
_WORDS = 200

# What the SDK trips over when the answer is none of Dropbox's: a page of HTML, for example.
_NO_ANSWER_OF_DROPBOX = (
    AssertionError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    ValidationError,
)


@contextmanager
def translated(place: str, file: str) -> Iterator[None]:
    """Around calls of the SDK, and nothing else: its errors come out as `BackendError`s."""
    try:
        yield
    except BackendError:
        raise
    except (
        exceptions.DropboxException,
        requests.RequestException,
        OSError,
        *_NO_ANSWER_OF_DROPBOX,
    ) as error:
        raise _translate(error, place, file) from error


def as_backend_error(tags: tuple[str, ...], *, place: str, file: str) -> BackendError:
    """What an error with these tags, outermost first, means."""
    known = [_BY_TAG[tag] for tag in tags if tag in _BY_TAG]
    kind, message_id = known[-1] if known else _BROKEN
    return kind(message_id, place=place, file=file, reason="/".join(tags))


def tags_of(error: Any) -> tuple[str, ...]:  # a union or a structure that the SDK generates
    """The tags of an error, outermost first. The SDK has a method for each tag to ask with, but
    none that tells it."""
    tags: list[str] = []
    while error is not None:
        tag = getattr(error, "_tag", None)
        if tag is None:  # a failed write says what happened in its `reason`
            error = getattr(error, "reason", None)
        else:
            tags.append(tag)
            error = error._value
    return tuple(tags)


def _translate(error: Exception, place: str, file: str) -> BackendError:
    if isinstance(error, exceptions.ApiError):
        return as_backend_error(tags_of(error.error), place=place, file=file)
    if isinstance(error, exceptions.RateLimitError):
        wait = math.ceil(error.backoff or 0)
        kind, message_id = _BUSY
        return kind(message_id, place=place, file=file, reason="HTTP 429", retry_after=wait)
    (kind, message_id), reason = _meaning(error)
    return kind(message_id, place=place, file=file, reason=reason)


def _meaning(error: Exception) -> tuple[_Meaning, str]:
    if isinstance(error, exceptions.AuthError):
        tags = tags_of(error.error)
        if "missing_scope" in tags:
            return _PERMISSION, str(error.error.get_missing_scope().required_scope)
        return _SIGN_IN, "/".join(tags)
    if isinstance(error, exceptions.BadInputError):
        return _BROKEN, str(error.message)[:_WORDS]
    if isinstance(error, exceptions.HttpError):
        return _BROKEN, f"HTTP {error.status_code}"
    if isinstance(error, requests.exceptions.SSLError):
        return _NOT_ITSELF, _innermost(error)
    if isinstance(error, _NO_ANSWER_OF_DROPBOX):
        return _NOT_ITSELF, "no JSON"
    return (_AWAY if _is_away(error) else _BROKEN), _innermost(error)


def _is_away(error: Exception) -> bool:
    """Whether no connection came about at all."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _innermost(error: BaseException) -> str:
    """The system's words at the bottom of what libraries have wrapped around them."""
    inner: BaseException = error
    while (below := inner.__cause__ or inner.__context__) is not None:
        inner = below
    text = inner.strerror if isinstance(inner, OSError) else None
    return text or str(inner) or type(inner).__name__
