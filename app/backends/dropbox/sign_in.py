"""Signing in to Dropbox: a person says yes in a browser and brings a code, or a redirect does.

OAuth 2 with PKCE: there is no secret of ours that could leak, and the code is worthless to anyone
but the process that has made the address. What comes back is a refresh token, which lasts until
somebody takes it back; it goes into the sealed secrets, never into a plain file or a log.
"""

from __future__ import annotations

import msgspec
import requests
from dropbox import Dropbox, DropboxOAuth2FlowNoRedirect

from app.backends.contract import AccessDenied
from app.backends.dropbox.errors import translated
from app.secret import Secret

# What a repository needs, and not more.
SCOPES = ("account_info.read", "files.metadata.read", "files.content.read", "files.content.write")
_PLACE = "dropbox:"
_TIMEOUT = (20, 60)
_BAD_REQUEST = 400


class Account(msgspec.Struct, frozen=True):
    """Whose Dropbox it is, and the token that opens the app's folder in it."""

    token: Secret
    account_id: str
    name: str
    email: str


class SignIn:
    """One attempt to sign in. `address` is to be opened in a browser."""

    def __init__(self, app_key: str) -> None:
        self._app_key = app_key
        self._flow = DropboxOAuth2FlowNoRedirect(
            app_key,
            use_pkce=True,
            token_access_type="offline",  # noqa: S106  # a kind of token
            scope=list(SCOPES),
            timeout=_TIMEOUT,
        )
        self.address: str = self._flow.start()

    def finish(self, code: str) -> Account:
        """Exchange the code that Dropbox has shown. Raises `AccessDenied` for a wrong or an old
        one (begin anew: the address is used up), or another `BackendError`."""
        with translated(_PLACE, _PLACE):
            try:
                given = self._flow.finish(code.strip())
            except requests.HTTPError as error:
                if error.response is not None and error.response.status_code == _BAD_REQUEST:
                    raise AccessDenied("dropbox-code") from None  # the request holds the code
                raise
        return self._account(Secret(given.refresh_token), given.access_token)

    def _account(self, token: Secret, access_token: str) -> Account:
        with (
            translated(_PLACE, _PLACE),
            Dropbox(
                access_token,
                max_retries_on_error=1,
                max_retries_on_rate_limit=1,
                timeout=_TIMEOUT,
                user_agent="Tradekeep",
            ) as sdk,
        ):
            found = sdk.users_get_current_account()
            return Account(token, found.account_id, found.name.display_name, found.email)


def begin(app_key: str) -> SignIn:
    """Begin to sign in with this app."""
    return SignIn(app_key)
