"""Out into the world: a message through apprise, a call of a dead man's switch.

The only module that knows apprise and requests; both are loaded when something is sent, since they
take a third of a second and 40 MB. An address is a secret: apprise's own log quotes parts of it, so
that goes nowhere but the code that a server answered with, which tells why.

Must not know: settings, what is told and when.
"""

from __future__ import annotations

import logging
import re
import threading
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from app.errors import AppError, WrongUsage
from app.redact import without_random
from app.secret import Secret

if TYPE_CHECKING:
    from apprise import NotifyBase

SECONDS = 10.0  # for one message
_CONNECT = 5.0
_WEB = ("https://", "http://")
_CODE = re.compile(r"\berror=(\d{3})\b")
_NAMES = {"JSON": "Webhook", "E-Mail": "Mail"}
_AGENT = "Tradekeep"
_NO_WAY = "Connection error"


class NotSent(AppError):
    """A message did not get through; `alert-…` with `name` and `service` still to be filled in."""


def service_of(address: Secret) -> str:
    """What an address leads to, as people call it; raises `WrongUsage` where nothing is known."""
    plugin = _plugin(address)
    if plugin is None:
        raise WrongUsage("alert-address-unknown")
    name = str(plugin.service_name)
    return _NAMES.get(name, name)


def host_of(address: Secret) -> str:
    """The host of a dead man's switch, as it may be shown: some services make the secret a part of
    it. Raises `WrongUsage` where it is no address of the web."""
    try:
        host = urlsplit(address.reveal()).hostname
    except ValueError:
        host = None
    if not _is_web(address) or not host or re.search(r"\s", address.reveal()):
        raise WrongUsage("alert-address-no-web")
    return without_random(host)


def send(address: Secret, title: str, text: str) -> None:
    """Send a message. Raises `NotSent`. To be called in a thread of its own, see `_Codes`."""
    from apprise import NotifyFormat

    plugin = _plugin(address)
    if plugin is None:
        raise NotSent("alert-failed")
    _CODES.forget()
    if not plugin.notify(body=text, title=title, body_format=NotifyFormat.TEXT):
        raise _CODES.why()


def call(address: Secret, *, good: bool) -> None:
    """Call a dead man's switch: its address, or that and "/fail". Raises `NotSent`.

    A redirection is no answer: a network's log-in page would count as the switch otherwise.
    """
    import requests

    parts = urlsplit(address.reveal())
    path = parts.path if good else parts.path.rstrip("/") + "/fail"
    where = urlunsplit(parts._replace(path=path))
    try:
        answer = requests.get(
            where,
            headers={"User-Agent": _AGENT},
            timeout=(_CONNECT, SECONDS),
            allow_redirects=False,
        )
    except requests.Timeout:
        raise NotSent("alert-slow") from None  # their reasons quote the address
    except (requests.RequestException, ValueError):
        raise NotSent("alert-unreachable") from None
    if answer.status_code // 100 != 2:
        raise NotSent("alert-refused", code=answer.status_code)


# --- apprise ----------------------------------------------------------------------------------


def _is_web(address: Secret) -> bool:
    return address.reveal().lower().startswith(_WEB)


def _known(address: Secret) -> NotifyBase | None:
    """What apprise makes of an address: its own kinds, and the addresses that some services give
    out (of a channel in Discord, a topic of ntfy)."""
    _quiet()
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id=_AGENT,
        app_desc=_AGENT,
        image_url_mask="",  # a picture from elsewhere, which the phone would fetch
        image_url_logo="",
        secure_logging=True,
    )
    found = Apprise.instantiate(address.reveal(), asset=asset)
    if found is None or isinstance(found, dict):
        return None
    found.verify_certificate = True  # an address may say "?verify=no", and would send to anybody
    return found


def _plugin(address: Secret) -> NotifyBase | None:
    """The service behind an address; any other address of the web takes JSON."""
    found = _known(address)
    if found is not None or not _is_web(address):
        return found
    scheme, rest = address.reveal().split("://", 1)
    return _known(Secret(f"json{'s' if scheme.lower() == 'https' else ''}://{rest}"))


class _Codes(logging.Handler):
    """Takes apprise's log: of each thread the code of the last refusal, and nothing else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._of = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        found = _CODE.search(said)
        self._of.code = int(found[1]) if found else None
        self._of.away = _NO_WAY.lower() in said.lower()

    def forget(self) -> None:
        self._of.code, self._of.away = None, False

    def why(self) -> NotSent:
        """Why the last message of this thread did not get through."""
        if self._of.code is not None:
            return NotSent("alert-refused", code=self._of.code)
        return NotSent("alert-unreachable" if self._of.away else "alert-failed")


_CODES = _Codes()


@cache
def _quiet() -> None:
    logger = logging.getLogger("apprise")
    logger.addHandler(_CODES)
    logger.propagate = False
