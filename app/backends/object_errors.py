"""What an object store or a WebDAV server says, as what it means for a place (`BackendError`).

The library's exceptions tell an error's kind; what a person can act on stands in their text: the
store's own code, the answer's status, or why there was no answer.
"""

from __future__ import annotations

import re

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
_NO_BUCKET: _Meaning = (PlaceAway, "place-no-bucket")
_UNPROVEN: _Meaning = (PlaceAway, "place-unproven")
_KEY: _Meaning = (AccessDenied, "place-key-refused")
_CLOCK: _Meaning = (AccessDenied, "place-clock")
_DENIED: _Meaning = (AccessDenied, "place-denied")
_KEPT: _Meaning = (AccessDenied, "place-keeps")
_FULL: _Meaning = (NoSpace, "place-full")
_TOO_LARGE: _Meaning = (NoSpace, "place-file-too-large")
_BROKEN: _Meaning = (PlaceBroken, "place-broken")
_MISSING: _Meaning = (FileNotThere, "file-not-there")

# The codes of S3's error responses, and those that MinIO and others have added.
_CODES = {
    _NO_BUCKET: "NoSuchBucket InvalidBucketName PermanentRedirect",
    _KEY: "InvalidAccessKeyId SignatureDoesNotMatch InvalidToken ExpiredToken InvalidSecurity "
    "TokenRefreshRequired AuthorizationHeaderMalformed NotSignedUp InvalidClientTokenId",
    _CLOCK: "RequestTimeTooSkewed RequestExpired",
    _DENIED: "AccessDenied AllAccessDisabled AccountProblem InvalidObjectState MethodNotAllowed "
    "ObjectLocked InvalidRequest",
    _FULL: "QuotaExceeded XMinioAdminBucketQuotaExceeded XMinioStorageFull InsufficientStorage",
    _TOO_LARGE: "EntityTooLarge",
    # What arrived is not what was sent: the next try may do better.
    _BROKEN: "BadDigest IncompleteBody RequestTimeout SlowDown InternalError ServiceUnavailable",
    _MISSING: "NoSuchKey",
}
_BY_CODE = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
_BY_STATUS: dict[int, _Meaning] = {
    200: _UNPROVEN,  # an error all the same: a page of the web, as of whoever signs guests in
    301: _NO_BUCKET,
    302: _UNPROVEN,
    303: _UNPROVEN,
    401: _KEY,
    403: _DENIED,
    404: _MISSING,
    405: _DENIED,
    410: _MISSING,
    413: _TOO_LARGE,
    507: _FULL,
}

_CODE = re.compile(r'S3Error \{ code: "(\w+)", message: "((?:[^"\\]|\\.)*)"')
_STATUS = re.compile(r"response: Parts \{ status: (\d{3})")
_NO_ANSWER = re.compile(r"error sending request: (.+)")
_UNREACHED = re.compile(r"\(Connect\)|dns error|timed out")
_PAGE = re.compile(r"error following redirect: .+|propfind response is empty")
_CERTIFICATE = re.compile(r"certificate|InvalidContentType|HandshakeFailure", re.IGNORECASE)


class NotReached(Exception):
    """The folder that holds the repository is not there."""


class AnythingGoes(Exception):
    """A file is there that nobody can have written: every address is answered with some page."""


class Shortened(Exception):
    """Fewer bytes arrived than were sent."""


def is_foreign(error: Exception) -> bool:
    """Whether it comes from the place rather than from a mistake of ours."""
    ours = (AnythingGoes, NotReached, Shortened, TimeoutError)
    return isinstance(error, ours) or type(error).__module__ == "opendal.exceptions"


def is_missing(error: Exception) -> bool:
    """Whether the answer was that there is no such file."""
    return is_foreign(error) and _meaning(error)[0] is _MISSING


def status_of(error: Exception) -> int:
    """The status of the answer that an exception tells of; 0 without one."""
    found = _STATUS.search(str(error))
    return int(found[1]) if found else 0


def is_past_the_end(error: Exception) -> bool:
    """Whether more was asked for than the file has."""
    return status_of(error) == 416 or "reader got too little data" in str(error)


def as_backend_error(
    error: Exception, *, place: str, file: str, removing: bool = False
) -> BackendError:
    """What to raise for an exception of the library, or a `TimeoutError`."""
    (kind, message_id), reason = _meaning(error)
    if removing and message_id == "place-denied":
        kind, message_id = _KEPT
    return kind(message_id, place=place, file=file, reason=reason)


def _meaning(error: Exception) -> tuple[_Meaning, str]:
    if isinstance(error, TimeoutError | NotReached):
        return _AWAY, ""
    if isinstance(error, AnythingGoes):
        return _UNPROVEN, "HTTP 200"
    text = str(error)
    status = status_of(error)
    if code := _CODE.search(text):
        fallback = _BY_STATUS.get(status, _BROKEN)
        return _BY_CODE.get(code[1], fallback), _short(code[2] or code[1])
    if status:
        return _BY_STATUS.get(status, _BROKEN), f"HTTP {status}"
    if silence := _NO_ANSWER.search(text):
        if _CERTIFICATE.search(silence[1]):
            return _UNPROVEN, _short(silence[1])
        return (_AWAY if _UNREACHED.search(silence[1]) else _BROKEN), _short(silence[1])
    if page := _PAGE.search(text):
        return _UNPROVEN, _short(page[0])
    return _BROKEN, _short(text.partition("\n")[0])


def _short(text: str) -> str:
    return text[:200].rstrip(". ")
