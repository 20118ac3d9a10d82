"""Every full exchange, connected as a person connects it: added, checked, with a wrong key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault
from app.errors import AppError
from app.monitor import Recorder
from app.secret import Secret
from app.services import exchanges
from app.services.connections import needed
from tests.exchange.harness import CASES, Lab, case_of, lab
from tests.services.exchange_home import home_at


@pytest.fixture(params=CASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made = lab(case_of(request.param), tmp_path, count=5, days=2)
    with made.server:
        yield made


def test_an_account_is_added_and_checked_and_a_wrong_key_is_told(
    place: Lab, tmp_path: Path
) -> None:
    home, monitor, case = home_at(tmp_path), Recorder(), place.case
    given = {**case.settings, **case.secrets}
    secrets = {name: Secret(str(given.pop(name))) for name in needed(case.exchange)}
    options = {"address": place.server.address, **given}
    made = exchanges.draft(
        home, exchanges.AddRequest(name="main", exchange=case.exchange, options=options)
    )
    added = exchanges.add(home, made, secrets, monitor)
    home = home.fresh()
    assert added.verified
    assert added.rights is None or not (added.rights.withdraw or added.rights.trade)
    checked = exchanges.check(home, "main", monitor)
    assert replace(checked, clock_offset=None) == replace(added, clock_offset=None)
    asked = {problem.message_id for problem in monitor.problems}
    assert asked <= {"exchange-key-private"}
    status, body = case.broken["key"]
    place.server.faults.append(
        Fault(status=status, body=json.dumps(body).encode(), times=1000, but=case.public)
    )
    if case.secrets.keys() & {"apiKey"}:
        with pytest.raises(AppError) as refused:
            exchanges.check(home, "main", monitor)
        assert refused.value.message_id == "exchange-key-refused"
