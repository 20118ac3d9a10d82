"""Which app of Dropbox signs in: its key is no secret, but somebody must have made it.

An own key in the environment comes before the one in the settings, and both before the one that
this build of Tradekeep may have.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum

import msgspec

from app.errors import WrongUsage

VARIABLE = "TRADEKEEP_DROPBOX_APP_KEY"
# Whoever packages Tradekeep with an app of their own writes its key here.
OF_THIS_BUILD = ""


class Origin(Enum):
    """Where an app key comes from."""

    ENVIRONMENT = "environment"
    SETTING = "setting"
    BUILD = "build"


class AppKey(msgspec.Struct, frozen=True):
    """The key of an app, and who has named it."""

    key: str
    origin: Origin


def find_app_key(
    setting: str = "",
    *,
    environment: Mapping[str, str] = os.environ,
    build: str = OF_THIS_BUILD,
) -> AppKey:
    """The app key to sign in with; `WrongUsage` with the steps to get one where there is none."""
    candidates = (
        (environment.get(VARIABLE, ""), Origin.ENVIRONMENT),
        (setting, Origin.SETTING),
        (build, Origin.BUILD),
    )
    for key, origin in candidates:
        if key.strip():
            return AppKey(key.strip(), origin)
    raise WrongUsage("dropbox-no-app-key")
