"""Somebody else's word for when a locked year was there: a time stamp after RFC 3161.

The service is sent a hash of the manifest and nothing else. Its answer is verified before it is
kept: that it is about this manifest, answers our question (nonce), and is signed by a certificate
for time stamps under a root that the user named or that this computer's libraries know.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import AppError, WrongUsage
from app.files import write_atomic
from app.services.years import MANIFEST, STAMP, STAMP_ROOT, Lock

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PATIENCE = 30  # seconds
_LARGEST = 1 << 20  # an answer has a few kilobytes
_QUERY = "application/timestamp-query"
_END = b"-----END CERTIFICATE-----\n"


@dataclass(frozen=True, slots=True)
class Stamped:
    """When the service says that it saw the manifest, and who it is (the certificate's subject)."""

    time: datetime
    authority: str


def refuse_address(url: str) -> None:
    """Raise for what is no address of the web."""
    if not url.startswith(("https://", "http://")):
        raise WrongUsage("stamp-address", url=url)


def stamp(lock: Lock, url: str, root: Path | None) -> Stamped:
    """Ask for a time stamp and keep it beside the manifest. Raises `AppError`; then nothing is
    kept."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    refuse_address(url)
    roots = _roots(root)
    manifest = (lock.folder / MANIFEST).read_bytes()
    asked = TimestampRequestBuilder().data(manifest).hash_algorithm(HashAlgorithm.SHA512).build()
    answer = _ask(url, asked.as_bytes())
    try:
        made, signed_under = _verified(answer, manifest, roots, nonce=asked.nonce)
    except _Wrong as error:
        raise AppError("stamp-wrong", url=url, reason=str(error)) from error
    try:
        write_atomic(lock.folder / STAMP_ROOT, _pem(signed_under))
        write_atomic(lock.folder / STAMP, answer)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("year-unwritable", path=str(lock.folder), reason=reason) from error
    return made


def read(lock: Lock) -> Stamped | None:
    """The time stamp that lies beside a manifest, verified against the root that lies beside it,
    too; None if there is none. Raises `AppError` for one that does not fit."""
    file = lock.folder / STAMP
    try:
        answer, manifest = file.read_bytes(), (lock.folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("year-unreadable", path=str(file), reason=reason) from error
    try:
        return _verified(answer, manifest, _roots(lock.folder / STAMP_ROOT))[0]
    except _Wrong as error:
        raise AppError("year-stamp-wrong", year=lock.label, reason=str(error)) from error


class _Wrong(Exception):
    """What is wrong with a time stamp, in the library's words."""


def _ask(url: str, question: bytes) -> bytes:
    import urllib.request  # each pull imports this module, and hardly ever asks
    from http.client import HTTPException

    request = urllib.request.Request(  # noqa: S310  # `refuse_address` has looked
        url, data=question, headers={"Content-Type": _QUERY}
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            return bytes(answer.read(_LARGEST))
    except (OSError, ValueError, HTTPException) as error:
        reason = str(getattr(error, "reason", "") or error)
        raise AppError("stamp-away", url=url, reason=reason) from error


def _verified(
    answer: bytes, manifest: bytes, roots: Sequence[Certificate], *, nonce: int | None = None
) -> tuple[Stamped, Certificate]:
    """What the answer says, and the root that its signature leads to; raises `_Wrong`."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    wrong: Exception = ValueError("no root certificate")
    try:
        told = decode_timestamp_response(answer)
    except ValueError as error:
        raise _Wrong(str(error)) from error
    for root in roots:
        try:
            VerifierBuilder(roots=[root], nonce=nonce).build().verify_message(told, manifest)
        except (VerificationError, ValueError) as error:
            wrong = error
            continue
        return Stamped(told.tst_info.gen_time, root.subject.rfc4514_string()), root
    raise _Wrong(str(wrong)) from wrong


def _roots(file: Path | None) -> list[Certificate]:
    """Those of the file, or those that this computer's libraries know."""
    if file is None:
        import certifi

        file = Path(certifi.where())
    try:
        parts = file.read_bytes().split(_END)[:-1]
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError("stamp-root-unreadable", path=str(file), reason=reason) from error
    found = [root for part in parts if (root := _certificate(part + _END)) is not None]
    if not found:
        raise AppError("stamp-root-unreadable", path=str(file), reason="PEM")
    return found


def _certificate(text: bytes) -> Certificate | None:
    """None for one that is not after the rules: a root among many need not spoil the others."""
    from cryptography.utils import CryptographyDeprecationWarning
    from cryptography.x509 import load_pem_x509_certificate

    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            return load_pem_x509_certificate(text)
        except (ValueError, CryptographyDeprecationWarning):
            return None


def _pem(root: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return root.public_bytes(Encoding.PEM)
