"""What is done about each failure is decided by status and body before ccxt's class."""

from __future__ import annotations

import pytest

from app.exchange.evidence import Http, body_without_signature, without_signature
from app.exchange.failures import Action, CallFailed, Told, action_for, backoff, retry_after


def http(status: int, body: bytes = b"{}") -> Http:
    return Http("GET", "https://example.com/x", "", 0, 0, status, body)


@pytest.mark.parametrize(
    ("classes", "status", "action"),
    [
        (("InvalidNonce", "ExchangeError"), 400, Action.CLOCK),
        (("InvalidNonce", "NetworkError"), 200, Action.CLOCK),
        (("DDoSProtection", "NetworkError"), 429, Action.WAIT),
        (("ExchangeNotAvailable", "NetworkError"), 429, Action.WAIT),  # an HTML 429 on okx
        (("ExchangeError",), 500, Action.RETRY),  # bybit's and okx's HTTP 500
        (("OnMaintenance", "ExchangeNotAvailable"), 503, Action.MAINTENANCE),
        (("AuthenticationError", "ExchangeError"), 502, Action.RETRY),  # a proxy's page
        (("PermissionDenied", "AuthenticationError"), 403, Action.DENIED),
        (("AuthenticationError", "ExchangeError"), 401, Action.STOP),
        (("BadSymbol", "BadRequest"), 400, Action.NO_SUCH_MARKET),
        (("BadRequest", "ExchangeError"), 400, Action.NARROWER),
        (("NotSupported", "ExchangeError"), 400, Action.UNSUPPORTED),
    ],
)
def test_the_action(classes: tuple[str, ...], status: int, action: Action) -> None:
    assert action_for(classes, http(status), ()) is action


def test_no_answer_at_all_is_tried_again() -> None:
    assert action_for(("RequestTimeout", "NetworkError"), None, ()) is Action.RETRY
    assert action_for(("ExchangeError",), None, ()) is Action.RETRY


def test_a_bare_error_about_the_window_asks_for_less() -> None:
    body = b'{"code":-4166,"msg":"Search window is restricted to recent 90 days only."}'
    assert action_for(("ExchangeError",), http(400, body), ()) is Action.NARROWER


def test_the_exchanges_own_codes_come_first() -> None:
    told = (Told(r'"code":"50120"', Action.DENIED),)
    body = b'{"code":"50120","msg":"no permission"}'
    assert action_for(("ExchangeError",), http(200, body), told) is Action.DENIED


def test_waits() -> None:
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"Retry-After": "Wed, 21 Oct"}) is None
    assert backoff(CallFailed(Action.WAIT, "", wait=7.0), 1, 0.0) == 7
    plain = CallFailed(Action.RETRY, "")
    assert [backoff(plain, attempt, 0.0) for attempt in (1, 2, 3)] == [2, 4, 8]
    assert backoff(plain, 30, 0.99) < 450


def test_nothing_that_signs_is_kept() -> None:
    url = "https://user:pass@api.example.com/v1/x?symbol=A&timestamp=1&signature=abc&apiKey=k"
    assert without_signature(url) == "https://api.example.com/v1/x?symbol=A&timestamp=1"
    assert body_without_signature('{"a":1,"sign":"abc","signature":"d"}') == '{"a":1}'
    assert body_without_signature("a=1&Signature=abc&AccessKeyId=k") == "a=1"
    assert body_without_signature(None) == ""
