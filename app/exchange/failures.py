"""What to do when a call fails, by HTTP status, body and ccxt's class, in this order.

ccxt's classes alone do not tell: the same broken body raises different ones, several exchanges
report a missing right as a wrong key, a clock error is a kind of network error, and a 200 with
rubbish in it may raise nothing at all. The exchange's own codes stand in its table's
`app.exchange.tables` module where the general rule is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.exchange.evidence import Http


class Action(StrEnum):
    """What the pager does about a failed call."""

    RETRY = "retry"  # wait, ask again, at most TRIES times
    WAIT = "wait"  # asked too often: wait as told, without limit of tries but of time
    CLOCK = "clock"  # measure the exchange's clock anew, then ask again
    MAINTENANCE = "maintenance"  # leave it to the next run
    DENIED = "denied"  # the key may not see this stream
    STOP = "stop"  # the key is wrong or the account closed: nothing more of this account
    REDIRECTED = "redirected"  # somebody between us and the exchange sends us elsewhere
    UNSUPPORTED = "unsupported"
    OTHER_MODE = "other-mode"  # only another kind of account has this stream
    NO_SUCH_MARKET = "no-such-market"  # nor any order of that id
    NARROWER = "narrower"  # the exchange does not take this window


TRIES = 6
CLOCK_TRIES = 2
LONGEST_WAIT = 300.0  # seconds

_CLASSES: tuple[tuple[str, Action], ...] = (
    # The first class that is found among the error's own classes decides.
    ("InvalidNonce", Action.CLOCK),
    ("OnMaintenance", Action.MAINTENANCE),
    ("RateLimitExceeded", Action.WAIT),
    ("DDoSProtection", Action.WAIT),
    ("PermissionDenied", Action.DENIED),
    ("AccountNotEnabled", Action.DENIED),
    ("AccountSuspended", Action.STOP),
    ("AuthenticationError", Action.STOP),
    ("BadSymbol", Action.NO_SUCH_MARKET),
    ("OrderNotFound", Action.NO_SUCH_MARKET),  # one that is asked about by its id
    ("NotSupported", Action.UNSUPPORTED),
    ("NullResponse", Action.RETRY),
    ("BadResponse", Action.RETRY),
    ("RequestTimeout", Action.RETRY),
    ("ExchangeNotAvailable", Action.RETRY),
    ("NetworkError", Action.RETRY),
    ("OperationFailed", Action.RETRY),
    ("BadRequest", Action.NARROWER),
    ("ArgumentsRequired", Action.UNSUPPORTED),
)
_WINDOW = re.compile(
    r"time ?range|time interval|search window|start ?time|end ?time|too (early|long|large)|"
    r"three months|within \d+|exceeds? .*(days|hours)",
    re.IGNORECASE,
)


class CallFailed(Exception):
    """A call that brought nothing usable. `reason` is for people, without any secret."""

    def __init__(self, action: Action, reason: str, *, wait: float | None = None) -> None:
        super().__init__(reason)
        self.action = action
        self.reason = reason
        self.wait = wait  # seconds that the exchange asked for


@dataclass(frozen=True, slots=True)
class Told:
    """An exchange's own codes: a pattern in the body, and what it means there."""

    pattern: str
    action: Action


def action_for(classes: tuple[str, ...], http: Http | None, told: tuple[Told, ...]) -> Action:
    """`classes` are the names of the error's classes, most special first. `http` None: there was
    no answer at all."""
    body = http.body.decode("utf-8", "replace") if http else ""
    for each in told:
        if body and re.search(each.pattern, body):
            return each.action
    if http is not None:
        by_status = _by_status(http.status, classes)
        if by_status is not None:
            return by_status
    for name, action in _CLASSES:
        if name in classes:
            return action
    if http is None:
        return Action.RETRY
    return Action.NARROWER if _WINDOW.search(body) else Action.RETRY


def _by_status(status: int, classes: tuple[str, ...]) -> Action | None:
    if status in (418, 429):
        return Action.WAIT
    if status >= 500:
        return Action.MAINTENANCE if "OnMaintenance" in classes else Action.RETRY
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the exchange asked us to wait, at most two days; None if it did not."""
    named = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    return min(float(named), 2 * 86_400.0) if named.isdigit() else None


def backoff(failure: CallFailed, attempt: int, jitter: float) -> float:
    """Seconds until the next try: what the exchange asked for, else doubling, at most five
    minutes. `jitter` in [0, 1) spreads accounts that were refused together."""
    if failure.wait is not None:
        return failure.wait + jitter
    return min(2.0**attempt, LONGEST_WAIT) * (1 + jitter / 2)
