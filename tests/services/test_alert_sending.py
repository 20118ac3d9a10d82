"""What reaches a service, what does not and why, and what messages say."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import WrongUsage
from app.repository.times import rfc3339
from app.schedule import Verdict
from app.secret import Secret
from app.services import alert_rules as rules
from app.services.alert_post import Letter, post
from app.services.alert_rules import Kind, Seen
from app.services.alert_sending import NotSent, call, host_of, send, service_of
from app.services.alert_texts import CopyTold, Facts, message, shortened
from app.services.due import Due
from app.services.history import Job, Outcome, RunRecord, Told
from tests.services.alert_server import HOOK, TOPIC, AlertServer, MailServer

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TEXT = "One line\nAnother & <b>one</b>"


@pytest.fixture
def server() -> Iterator[AlertServer]:
    with AlertServer() as made:
        yield made


@pytest.fixture
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def heard() -> Iterator[list[logging.LogRecord]]:
    """What libraries tell the log of a run, which listens at the root."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    records: list[logging.LogRecord] = []
    ear = Ear()
    logging.getLogger().addHandler(ear)
    yield records
    logging.getLogger().removeHandler(ear)


# --- sending --------------------------------------------------------------------------------------


def test_messages_arrive_as_they_were_written(server: AlertServer) -> None:
    send(Secret(server.ntfy), "A title", TEXT)
    send(Secret(server.hook), "Ein Titel: größer", TEXT)
    assert server.received.ntfy == [("A title", TEXT)]
    assert server.received.hook == [("Ein Titel: größer", TEXT)]
    assert server.received.refused == []


def test_mail_arrives_as_it_was_written_and_a_refusal_is_one() -> None:
    with MailServer("me@example.org") as mail:
        send(Secret(mail.url("me@example.org")), "Titel: größer", TEXT)
        (found,) = mail.mails
        with pytest.raises(NotSent) as caught:
            send(Secret(mail.url("nobody@example.org")), "A title", TEXT)
    assert found["Subject"] == "Titel: größer"
    assert found.get_content_type() == "text/plain"
    assert found.get_content().splitlines() == TEXT.splitlines()
    assert caught.value.message_id == "alert-failed"


def test_the_switch_is_called_by_its_address_and_with_fail_behind_it(server: AlertServer) -> None:
    call(Secret(server.check), good=True)
    call(Secret(server.check), good=False)
    call(Secret(server.check + "/?rid=1"), good=False)
    assert server.received.calls == ["ok", "fail", "fail"]


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_refusal_says_its_code_and_nothing_of_the_address(
    server: AlertServer, status: int, heard: list[logging.LogRecord]
) -> None:
    for address in (server.ntfy, server.hook):
        server.faults.append(status)
        with pytest.raises(NotSent) as caught:
            send(Secret(address), "A title", TEXT)
        assert caught.value.message_id == "alert-refused"
        assert caught.value.params == {"code": status}
        assert TOPIC not in repr(caught.value)
    assert [record.name for record in heard if record.name.startswith("apprise")] == []
    server.faults.append(status)
    with pytest.raises(NotSent) as caught:
        call(Secret(server.check), good=True)
    assert caught.value.params == {"code": status}


def test_a_login_page_that_answers_for_the_switch_is_no_answer(server: AlertServer) -> None:
    server.faults.append(302)
    with pytest.raises(NotSent) as caught:
        call(Secret(server.check), good=True)
    assert caught.value.message_id == "alert-refused"
    assert server.received.calls == []


def test_without_a_network_it_is_said_so(nobody: str) -> None:
    for address in (f"ntfy://{nobody}/topic", f"http://{nobody}/hook"):
        with pytest.raises(NotSent) as caught:
            send(Secret(address), "A title", TEXT)
        assert caught.value.message_id == "alert-unreachable"
    with pytest.raises(NotSent) as caught:
        call(Secret(f"http://{nobody}/check"), good=True)
    assert caught.value.message_id == "alert-unreachable"


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("tgram://123456789:AAGoodtokenabcdefghijklmnopqrstuvwx/12345", "Telegram"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord"),
        ("mailtos://user:pass@gmail.com", "Mail"),
        ("ntfys://ntfy.sh/topic", "ntfy"),
        ("jsons://example.org/hook", "Webhook"),
        ("HTTPS://example.org/hook?key=1", "Webhook"),
    ],
)
def test_only_the_services_name_is_told(address: str, service: str) -> None:
    assert service_of(Secret(address)) == service


@pytest.mark.parametrize("address", ["nonsense", "foo://bar", "tgram://", "https://", "", "a b"])
def test_an_address_that_leads_nowhere_is_refused(address: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        service_of(Secret(address))
    assert caught.value.message_id == "alert-address-unknown"


@pytest.mark.parametrize("address", ["ntfy://x/y", "https://", "http:///path", "https://a b/", "["])
def test_a_switch_is_an_address_of_the_web(address: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        host_of(Secret(address))
    assert caught.value.message_id == "alert-address-no-web"
    assert host_of(Secret("https://hc-ping.com/5b8e")) == "hc-ping.com"


def test_a_host_that_is_itself_the_secret_is_not_shown() -> None:
    address = Secret("https://eo7f3k2m9q4x8z1b5c6d.hooks.example.org/x")
    assert host_of(address) == "***.hooks.example.org"


# --- side by side ---------------------------------------------------------------------------------


def test_one_that_hangs_holds_neither_the_others_nor_the_run_up(server: AlertServer) -> None:
    server.faults.append("hang")
    slow, good = {"a": [Letter(Kind.TEST, "T", "x")]}, {"b": [Letter(Kind.GOOD)]}
    began = time.monotonic()
    assert [(each, error) for each, _kind, error in post({}, {})] == []
    answers = post(slow, {"a": Secret(server.hook)}, patience=0.5)
    (answer,) = answers
    assert answer[2] is not None
    assert answer[2].message_id == "alert-slow"
    assert post(good, {"b": Secret(server.check)}) == [("b", Kind.GOOD, None)]
    assert time.monotonic() - began < 10


def test_after_a_failure_the_rest_of_an_alert_stays_and_others_are_sent(
    server: AlertServer, nobody: str
) -> None:
    two = [Letter(Kind.FAILED, "T", "x"), Letter(Kind.WEEKLY, "W", "x")]
    letters = {"a": two, "b": two, "c": two}
    addresses = {"a": Secret(f"http://{nobody}{HOOK}"), "b": Secret(server.hook)}
    answers = post(letters, addresses)
    told = {(each, kind, error.message_id if error else "") for each, kind, error in answers}
    assert told == {
        ("a", Kind.FAILED, "alert-unreachable"),
        ("b", Kind.FAILED, ""),
        ("b", Kind.WEEKLY, ""),
        ("c", Kind.FAILED, "alert-address-missing"),
    }
    assert server.received.hook == [("T", "x"), ("W", "x")]


# --- what messages say ----------------------------------------------------------------------------


def run(outcome: Outcome, *problems: Told, error: Told | None = None) -> RunRecord:
    return RunRecord(
        run="r1", job=Job.BACKUP, started=rfc3339(NOW - timedelta(hours=1)), seconds=60.0,
        outcome=outcome, problems=list(problems), error=error,
    )  # fmt: skip


def facts(last: RunRecord, *copies: CopyTold, due: Due | None = None) -> Facts:
    schedule = due or Due(Verdict(None, None))
    seen = rules.look([last], schedule, (), NOW)
    good = last if last.outcome is not Outcome.FAILED else None
    return Facts(seen, schedule, good, rules.week_of([last], NOW), copies)


def unreadable(path: str, reason: str = "Permission denied") -> Told:
    return Told("file-unreadable", {"path": path, "reason": reason}, "", "")


def test_a_failure_says_why_with_the_name_only() -> None:
    params: dict[str, str | int] = {"path": "/home/mara/x/settings.toml", "reason": "r"}
    error = Told("settings-unwritable", params, "", "")
    title, text = message(Kind.FAILED, facts(run(Outcome.FAILED, error=error)))
    assert title.startswith("Tradekeep on ")
    assert title.endswith(": Backup failed")
    assert text.splitlines() == [
        "The settings in settings.toml could not be written: r.",
        "There is no good backup yet.",
    ]


def test_problems_are_named_a_few_of_them() -> None:
    many = [unreadable(f"/home/mara/bot/{number}.db") for number in range(5)]
    _title, text = message(Kind.PROBLEMS, facts(run(Outcome.PROBLEMS, *many)))
    lines = text.splitlines()
    assert len(lines) == 4
    assert "2.db" in lines[2]
    assert lines[3] == "2 more"
    assert "/" not in text


def test_the_week_counts_backups_and_names_copies() -> None:
    copies = (
        CopyTold("KEEP-1", 0, "2026-11-25T09:00:00Z"),
        CopyTold("NAS", 3, "2026-11-20T09:00:00Z"),
        CopyTold("box", 0, None),
    )
    _title, text = message(Kind.WEEKLY, facts(run(Outcome.PROBLEMS, unreadable("/a")), *copies))
    lines = text.splitlines()
    assert lines[:2] == ["1 backup in seven days.", "1 met problems."]
    assert lines[-3].startswith("KEEP-1 was brought up to date yesterday")
    assert lines[-2:] == ["NAS is owed 3 snapshots.", "box was never filled."]
    assert "There is no copy yet." in message(Kind.WEEKLY, facts(run(Outcome.OK)))[1]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("/home/mara/bots/trend/tradesv3.sqlite", "tradesv3.sqlite"),
        (r"C:\Users\Mara\bots\my bot.db", "my bot.db"),
        (r"\\nas\share\x", "x"),
        ("KEEP-1", "KEEP-1"),
        ("Permission denied", "Permission denied"),
        ("12,345.67 USDT", "…"),
        ("0.5", "…"),
        ("no route to https://api.example.org/v1?key=abc", "…"),
        ("mara@example.org", "…"),
        ("refused KkX82ns0Qpz71LLmBv55qqTr", "refused ***"),
    ],
)
def test_what_must_not_leave_the_computer_stays(told: str, wanted: str) -> None:
    assert shortened({"x": told, "count": 3}) == {"x": wanted, "count": 3}


def test_every_kind_of_message_has_its_words() -> None:
    found = facts(
        run(Outcome.FAILED, unreadable("/a")),
        due=Due(Verdict(NOW, None, overdue=NOW - timedelta(days=1))),
    )
    messages = {kind: message(kind, found) for kind in Kind if kind not in (Kind.GOOD, Kind.BAD)}
    assert all(title and text for title, text in messages.values())
    assert len({title for title, _text in messages.values()}) == len(messages)


def test_overdue_without_a_look_at_the_clock_says_since_when() -> None:
    seen = Seen(NOW, rules.State.OVERDUE, overdue=NOW - timedelta(hours=20))
    _title, text = message(Kind.OVERDUE, Facts(seen, Due(), None, rules.Week(0, 0, 0)))
    assert text.splitlines()[0] == "A backup is due since yesterday at 16:00."
