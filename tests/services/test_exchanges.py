"""Accounts in the settings and the sealed file: foreign servers, and what happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import AppError, WrongUsage
from app.exchange import client
from app.exchange.client import Client
from app.exchange.tables import told_by
from app.exchange.throttle import Throttle
from app.monitor import Recorder
from app.secret import Secret
from app.services import exchanges
from app.services.connections import (
    Connection,
    connection,
    needed,
    sealed_anew,
    sealed_file,
    tables,
    throttles,
)
from app.services.home import Home
from app.settings.mistakes import BrokenSettings
from app.settings.sealed import SealedAccount, SealedFile
from app.settings.settings import Environment, RepositorySettings, add_exchange, set_repository
from tests.cli.exchange_support import Place, sample_exchange
from tests.services.exchange_home import SECRETS, add, home_at


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with sample_exchange(fills=5) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


@pytest.fixture
def elsewhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever server an account names, the sample exchange answers: names are not looked up."""

    def connect(each: Connection, throttle: Throttle) -> Client:
        told = told_by(each.settings.exchange)
        settings = {"address": place.server.address}
        return client.connect(each.table, each.secrets, throttle, settings=settings, told=told)

    monkeypatch.setattr(exchanges, "connect", connect)


def request(**options: str) -> exchanges.AddRequest:
    return exchanges.AddRequest(name="main", exchange="binanceusdm", options=options)


@pytest.mark.usefixtures("elsewhere")
def test_a_foreign_server_is_asked_only_once_it_was_confirmed(home: Home, place: Place) -> None:
    foreign = request(address="https://mirror.example.org")
    before = len(place.server.log)
    with pytest.raises(WrongUsage) as caught:
        exchanges.draft(home, foreign)
    assert caught.value.message_id == "exchange-host-foreign"
    assert "--allow-host mirror.example.org" in str(caught.value)
    assert len(place.server.log) == before

    confirmed = exchanges.AddRequest(
        name=foreign.name,
        exchange=foreign.exchange,
        options=foreign.options,
        allow_hosts=frozenset({"mirror.example.org", "never.used.org"}),
    )
    exchanges.add(home, exchanges.draft(home, confirmed), SECRETS, Recorder())
    assert sealed_file(home).accounts()["main"].hosts == {"mirror.example.org"}
    exchanges.check(home.fresh(), "main", Recorder())  # it is remembered


@pytest.mark.usefixtures("elsewhere")
def test_it_is_asked_again_after_a_recovery(home: Home, place: Place) -> None:
    home = add(home, place)
    file = home.paths.settings_file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("http://127.0.0.1", "https://example.org"), encoding="utf-8")
    home = home.fresh()
    kept = sealed_file(home).accounts()["main"]
    for again in (exchanges.check, exchanges.check):
        with pytest.raises(WrongUsage) as caught:
            again(home, "main", Recorder())
        assert caught.value.message_id == "exchange-host-foreign"
    exchanges.check(home, "main", Recorder(), ["example.org"])
    exchanges.check(home, "main", Recorder())
    # Another computer: the settings came back, the sealed file did not.
    home.paths.sealed_file.unlink()
    with pytest.raises(AppError) as missing:
        exchanges.check(home, "main", Recorder())
    assert missing.value.message_id == "exchange-no-key"
    with pytest.raises(WrongUsage):
        exchanges.replace_key(home, "main", kept.secrets, Recorder())
    exchanges.replace_key(home, "main", kept.secrets, Recorder(), ["example.org"])
    exchanges.check(home, "main", Recorder())


@pytest.mark.usefixtures("elsewhere")
def test_a_proxys_login_is_sealed_and_used(home: Home) -> None:
    login = "http://somebody:ProxyWord5k@p.example.org:1"
    wanted = exchanges.AddRequest(
        name="main",
        exchange="binanceusdm",
        options={"httpsProxy": login},
        allow_hosts=frozenset({"p.example.org"}),
    )
    exchanges.add(home, exchanges.draft(home, wanted), SECRETS, Recorder())
    home = home.fresh()
    for each in home.paths.data.parent.rglob("*"):
        assert not each.is_file() or b"ProxyWord5k" not in each.read_bytes(), each
    kept = sealed_file(home).accounts()["main"]
    made = connection(home.settings.exchanges[0], kept)
    assert made.checked.settings["httpsProxy"] == login
    assert "httpsProxy" not in made.secrets
    assert "ProxyWord5k" not in repr(made.secrets)
    exchanges.replace_key(home, "main", SECRETS, Recorder())
    assert sealed_file(home).accounts()["main"].secrets["httpsProxy"] == Secret(login)


def test_what_leads_to_practice_is_another_account(home: Home) -> None:
    wanted = exchanges.AddRequest(name="main", exchange="binanceusdm", options={"demo": True})
    assert exchanges.draft(home, wanted).settings.environment is Environment.DEMO
    plain = exchanges.AddRequest(name="main", exchange="binanceusdm")
    assert exchanges.draft(home, plain).settings.environment is Environment.LIVE


def test_settings_that_cannot_be_written_leave_no_key_behind(
    home: Home, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AppError("settings-unwritable", path="x", reason="y")

    monkeypatch.setattr(exchanges, "add_exchange", refuse)
    with pytest.raises(AppError):
        add(home, place)
    assert sealed_file(home).accounts() == {}


def test_what_was_prepared_meanwhile_by_somebody_else_is_not_overwritten(
    home: Home, place: Place
) -> None:
    draft = exchanges.draft(home, request(address=place.server.address))
    add(home, place)
    with pytest.raises(WrongUsage):
        exchanges.add(home, draft, SECRETS, Recorder())
    assert sealed_file(home).accounts()["main"].secrets


def test_a_clock_that_is_off_is_a_problem(home: Home, place: Place) -> None:
    ours = place.wire.clock
    place.wire.clock = lambda: ours() + 60_000
    try:
        recorder = Recorder()
        wanted = request(address=place.server.address)
        exchanges.add(home, exchanges.draft(home, wanted), SECRETS, recorder)
    finally:
        place.wire.clock = ours
    (problem,) = recorder.problems
    assert problem.message_id == "exchange-clock-off"
    assert problem.params["seconds"] in (59, 60)


def test_all_accounts_of_an_exchange_share_the_slowest_pace(home: Home) -> None:
    file = home.paths.settings_file
    for name, share in (("a", None), ("b", 0.25), ("c", 1.0)):
        add_exchange(file, exchanges.ExchangeSettings(name, "binanceusdm", share=share))
    kept = SealedAccount(SECRETS)
    made = [connection(each, kept) for each in home.fresh().settings.exchanges]
    paces = [each.interval for each in made]
    assert paces == [0.1, 0.2, 0.05]  # ccxt: 50 ms between requests of cost 1
    assert throttles(made)["binanceusdm"].interval == 0.2


def test_secrets_move_with_the_device_key(home: Home, place: Place, tmp_path: Path) -> None:
    """A rekeyed repository has a device key of its own: what is sealed follows before it is
    this machine's, and an interrupted run may do it twice."""
    home = add(home, place)
    before = sealed_file(home)
    keys = {"a1" * 32: before.key, "c3" * 32: Secret("e" * 43)}

    class Keys:
        def get(self, repository_id: str) -> Secret | None:
            return keys.get(repository_id)

        def put(self, repository_id: str, secret: Secret) -> None:
            raise AssertionError

        def remove(self, repository_id: str) -> None:
            raise AssertionError

    home.__dict__["device_keys"] = Keys()
    accounts = before.accounts()
    with pytest.raises(BrokenSettings), sealed_anew(home, "c3" * 32):
        raise BrokenSettings.of(home.paths.settings_file, [])  # somebody edits them just now
    assert before.accounts() == accounts
    for _ in range(2):
        with sealed_anew(home, "c3" * 32):
            pass
    assert SealedFile(home.paths.sealed_file, Secret("e" * 43)).accounts() == accounts
    set_repository(
        home.paths.settings_file, RepositorySettings(tmp_path / "r", "c3" * 32, "d4" * 32)
    )


def test_every_exchange_asks_for_a_key_that_its_client_takes() -> None:
    from ccxt.async_support import exchanges as every

    for exchange in every:
        _table, about = tables(exchange)
        assert set(needed(exchange)) <= about.may_need, exchange
        assert about.hosts, exchange
        assert about.domain, exchange
        assert all(about.owns(host) for host in about.hosts), exchange
    assert needed("hyperliquid") == ("walletAddress",)  # enough to read
    assert needed("coinmate") == ("apiKey", "secret", "uid")


def test_a_private_key_that_is_not_needed_is_refused(home: Home) -> None:
    wanted = exchanges.AddRequest(name="main", exchange="hyperliquid")
    given = {"walletAddress": Secret("0x00"), "privateKey": Secret("0x11")}
    with pytest.raises(WrongUsage) as caught:
        exchanges.add(home, exchanges.draft(home, wanted), given, Recorder())
    assert caught.value.message_id == "credentials-unknown"
    assert "privateKey" in str(caught.value)


def test_one_that_an_exchange_cannot_do_without_is_warned_of(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(each: Connection) -> exchanges.Examined:
        return exchanges.Examined(each.settings, False, None, 0, frozenset())

    monkeypatch.setattr(exchanges, "ask", ask)
    wanted = exchanges.AddRequest(name="main", exchange="paradex")
    given = {"walletAddress": Secret("0x00"), "privateKey": Secret("0x11")}
    recorder = Recorder()
    exchanges.add(home, exchanges.draft(home, wanted), given, recorder)
    assert [problem.message_id for problem in recorder.problems] == ["exchange-key-private"]
