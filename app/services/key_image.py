"""The recovery key from a picture of its kit: a photograph or a scan of the paper.

A child reads the picture (`app.ui.key_image`): the libraries for that are loaded nowhere else.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from app.errors import AppError
from app.json_lines import NO_JSON
from app.secret import Secret
from app.services.kit import QrKey, read_qr
from app.settings.program import module

_CHILD = "app.ui.key_image"  # which has Qt behind it
_PATIENCE = 60  # seconds


class _Told(msgspec.Struct, frozen=True):
    codes: tuple[str, ...] = ()
    reason: str = ""


def key_in_image(path: Path, environment: Mapping[str, str]) -> QrKey:
    """What the kit's QR code in a picture says. Raises `AppError`."""
    told = _ask(path.expanduser().absolute(), environment)
    if told.reason:
        raise AppError("key-image-unreadable", path=str(path), reason=told.reason)
    for text in told.codes:
        found = read_qr(Secret(text))
        if found is not None:
            return found
    raise AppError("key-image-other" if told.codes else "key-image-none", path=str(path))


def _ask(path: Path, environment: Mapping[str, str]) -> _Told:
    offscreen = {**environment, "QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(
            [*module(_CHILD), str(path)],
            check=False, env=offscreen, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_PATIENCE,
        )  # fmt: skip
        return msgspec.json.decode(done.stdout, type=_Told)
    except (OSError, subprocess.TimeoutExpired, *NO_JSON) as error:
        # Not what it wrote: that may hold the key.
        reason = type(error).__name__
        raise AppError("key-image-unreadable", path=str(path), reason=reason) from None
