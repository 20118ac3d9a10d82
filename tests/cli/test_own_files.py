"""`tradekeep exchange file`: what an exchange tells no more, it makes files of (OKX's bills)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.demo.exchange.server import Fault, Request, SampleExchange
from app.demo.exchange.world import DAY, Script, World, play
from tests.cli.exchange_support import since
from tests.cli.support import Machine
from tests.exchange.cases.okx import CASE, markets
from tests.exchange.servers.okx import Okx
from tests.exchange.servers.okx_rows import error, good

LINK = "https://files.example.org/okx/2023Q1.zip?token=abc"
_PATH = "/api/v5/account/bills-history-archive"


@dataclass
class WithFiles(Okx):
    """OKX's files of bills: applied for with a signed body, made when `state` says so."""

    applied: set[tuple[str, str]] = field(default_factory=set)
    state: str = "ongoing"

    def answer(self, request: Request) -> object:
        if request.path == "/api/v5/account/config":
            self._authenticate(request)
            return good([{"perm": "read_only"}])
        if request.path != _PATH:
            return super().answer(request)
        self._authenticate(request)
        told = json.loads(request.body) if request.verb == "POST" else dict(request.query)
        if set(told) != {"year", "quarter"} or not told["quarter"].startswith("Q"):
            raise error("51000", "Parameter error")
        quarter = (told["year"], told["quarter"])
        if request.verb == "POST":
            self.applied.add(quarter)
            return good([{"result": "false", "ts": str(self.clock())}])
        if quarter not in self.applied:
            raise error("51620", "No such file")
        return good([{"fileHref": LINK, "state": self.state, "ts": "1"}])


@pytest.fixture
def wire() -> WithFiles:
    now = time.time_ns() // 1_000_000
    world = World()
    for market in markets():
        world.add_market(market)
    play(world, Script(start=now - 20 * DAY, stop=now, fills=20))
    return WithFiles(world, lambda: time.time_ns() // 1_000_000)


@pytest.fixture
def server(wire: WithFiles) -> Iterator[SampleExchange]:
    with SampleExchange(wire) as made:
        yield made


@pytest.fixture
def machine(tmp_path: Path, server: SampleExchange) -> Machine:
    made = Machine(tmp_path).set_up()
    options = tmp_path / "options.json"
    options.write_text(json.dumps({"address": server.address}), encoding="utf-8")
    made.run(
        *("exchange", "add", "main", "--exchange", "okx", "--credentials-stdin"),
        *("--options", options, "--since", since(200)),
        stdin=json.dumps(dict(CASE.secrets)),
    )
    return made


def test_a_file_is_applied_for_once_and_then_told_where_it_is(
    machine: Machine, wire: WithFiles, server: SampleExchange
) -> None:
    assert "makes the file now" in machine.run("exchange", "file", "main", "2023-q1").out
    assert wire.applied == {("2023", "Q1")}
    assert LINK not in machine.run("exchange", "file", "main", "2023Q1").out
    wire.state = "finished"
    told = machine.run("exchange", "file", "MAIN", "2023Q1").out
    assert "ready at files.example.org" in told
    assert LINK in told
    assert "tradekeep import csv FILE --account main --what ledger" in told
    report = machine.run("exchange", "file", "main", "2023Q1", "--json").report
    assert (report["link"], report["host"]) == (LINK, "files.example.org")
    posts = [each for each in server.log if each.path == _PATH and each.verb == "POST"]
    assert len(posts) == 1


def test_a_file_that_could_not_be_made_is_applied_for_again(
    machine: Machine, wire: WithFiles
) -> None:
    wire.applied.add(("2023", "Q1"))
    wire.state = "failed"
    assert machine.run("exchange", "file", "main", "2023Q1", "--json").report["link"] is None
    wire.applied.clear()
    machine.run("exchange", "file", "main", "2023Q1")
    assert wire.applied == {("2023", "Q1")}


def test_what_is_no_quarter_is_refused_before_anybody_is_asked(
    machine: Machine, server: SampleExchange
) -> None:
    before = len(server.log)
    for text in ("2023", "Q1", "2023Q5", "23Q1", "2023Q1x"):
        done = machine.run("exchange", "file", "main", text, "--json", code=2)
        assert done.error["id"] == "exchange-quarter-wrong"
    assert len(server.log) == before


def test_a_key_that_may_not_ask_for_the_file_is_said(
    machine: Machine, wire: WithFiles, server: SampleExchange
) -> None:
    body = json.dumps({"code": "50120", "msg": "No permission", "data": []}).encode()
    server.faults.append(Fault(path=_PATH, body=body))
    done = machine.run("exchange", "file", "main", "2023Q1", "--json", code=1)
    assert done.error["id"] == "exchange-key-refused"
    assert not wire.applied


def test_coverage_tells_of_the_files_where_the_older_part_is_gone(machine: Machine) -> None:
    machine.run("pull")
    told = machine.run("coverage").out
    assert "tradekeep exchange file main 2023Q1" in told
    assert machine.run("coverage", "--json").report["files"] == ["main"]


def test_an_exchange_that_makes_no_files_is_said(tmp_path: Path) -> None:
    made = Machine(tmp_path).set_up()
    settings = made.home / "config" / "settings.toml"
    more = '\n[[exchanges]]\nname = "main"\nexchange = "bybit"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    done = made.run("exchange", "file", "main", "2023Q1", "--json", code=2)
    assert done.error["id"] == "exchange-no-files"
