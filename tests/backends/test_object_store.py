"""An S3 bucket as a place: what it refuses, loses and is slow at, and what is sent to it."""

from __future__ import annotations

import base64
import hashlib
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator

import pytest

from app.backends.contract import (
    CONFIG,
    AccessDenied,
    Backend,
    BackendError,
    FileNotThere,
    Kind,
    NoSpace,
    PlaceAway,
    PlaceBroken,
)
from app.backends.object_shelves import CONNECTIONS
from app.backends.object_store import open_s3, open_webdav
from app.errors import Cancelled, WrongUsage
from app.secret import Secret
from app.services.own_place import prepare
from tests.backends.interceptor import Answer, Half, Interceptor, Request, intercepting
from tests.backends.object_servers import S3Server, free_port, s3_server
from tests.backends.places import file_of, numbered, retrying

SOME = file_of(b"some")
HIDDEN = Secret("hush-hush-hush")


@pytest.fixture(scope="module")
def server() -> S3Server:
    return s3_server()


@pytest.fixture
def between(server: S3Server) -> Iterator[Interceptor]:
    with intercepting(server.port) as interceptor:
        yield interceptor


@pytest.fixture
def place(server: S3Server, between: Interceptor) -> Backend:
    return server.open(endpoint=f"http://127.0.0.1:{between.port}", secret_key=HIDDEN)


# --- keys and rights -------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["access key", "secret key"])
def test_a_wrong_key_is_told_as_one(server: S3Server, wrong: str) -> None:
    access_key, secret_key = server.key_with("s3:*")
    if wrong == "access key":
        access_key = "AKIANOBODYHASTHISONE"
    else:
        secret_key = Secret("mistyped")
    place = server.open(access_key=access_key, secret_key=secret_key)
    with server.strict():
        for work in (lambda: place.save(SOME, b"some"), lambda: place.load(SOME)):
            with pytest.raises(AccessDenied) as caught:
                work()
            assert caught.value.message_id == "place-key-refused"
    assert "mistyped" not in "".join(traceback.format_exception(caught.value))


def test_a_policy_without_the_right_to_remove_says_so_and_the_file_stays(server: S3Server) -> None:
    access_key, secret_key = server.key_with("s3:Get*", "s3:Put*", "s3:List*")
    place = server.open("without removing", access_key=access_key, secret_key=secret_key)
    with server.strict():
        place.save(SOME, b"some")
        with pytest.raises(AccessDenied) as caught:
            place.remove(SOME)
        assert place.load(SOME) == b"some"
    assert caught.value.message_id == "place-keeps"
    assert caught.value.params["file"] == str(SOME)
    assert "does not let" in caught.value.sentence.title


def test_a_key_that_may_only_read_is_denied_to_write(server: S3Server) -> None:
    access_key, secret_key = server.key_with("s3:Get*", "s3:List*")
    place = server.open(access_key=access_key, secret_key=secret_key)
    with server.strict(), pytest.raises(AccessDenied) as caught:
        place.save(SOME, b"some")
    assert caught.value.message_id == "place-denied"


def test_a_bucket_with_object_lock_takes_files(server: S3Server) -> None:
    """It refuses a PUT that carries no checksum."""
    import boto3

    client = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1",
        aws_access_key_id="x", aws_secret_access_key="y",
    )  # fmt: skip
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    client.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    place = server.open(bucket="locked")
    place.save(SOME, b"some")
    assert place.load(SOME) == b"some"


# --- what is not there -----------------------------------------------------------------------


def test_a_missing_bucket_is_a_place_that_is_not_there(server: S3Server) -> None:
    place = server.open(bucket="nobody-has-made-it")
    for work in (
        place.create,
        lambda: list(place.list(Kind.CONFIG)),
        lambda: list(place.list(Kind.PACK)),
        lambda: place.save(SOME, b"some"),
        lambda: list(place.save_many(numbered(3))),
        lambda: place.load(SOME),
        lambda: place.size(SOME),
        lambda: place.remove(SOME),
    ):
        with pytest.raises(PlaceAway) as caught:
            work()
        assert caught.value.message_id == "place-no-bucket"


def test_a_server_that_is_away_is_a_normal_state(server: S3Server) -> None:
    place = server.open(endpoint=f"http://127.0.0.1:{free_port()}")
    for work in (
        place.create,
        lambda: list(place.list(Kind.PACK)),
        lambda: place.save(SOME, b"some"),
        lambda: place.load(SOME),
        lambda: place.remove(SOME),
    ):
        with pytest.raises(PlaceAway) as caught:
            work()
        assert caught.value.message_id == "place-away"


def test_what_answers_without_the_right_certificate_gets_nothing(server: S3Server) -> None:
    place = server.open(endpoint=f"https://127.0.0.1:{server.port}")
    with pytest.raises(PlaceAway) as caught:
        place.save(SOME, b"some")
    assert caught.value.message_id == "place-unproven"


def test_a_page_of_the_web_under_every_address_is_no_bucket_with_nothing_in_it(
    place: Backend, between: Interceptor
) -> None:
    between.rule = lambda _request: Answer(200, "Page", "Welcome. Please sign in.")
    for look in (place.create, lambda: list(place.list(Kind.KEY)), lambda: prepare(place)):
        with pytest.raises(PlaceAway) as caught:
            look()
        assert caught.value.message_id == "place-unproven"


@pytest.mark.parametrize("status", [200, 302])
def test_a_page_of_the_web_is_no_webdav_folder(between: Interceptor, status: int) -> None:
    between.rule = lambda _request: Answer(status, "Page", "Welcome. Please sign in.")
    address = f"http://127.0.0.1:{between.port}/dav"
    place = open_webdav(address, user="somebody", password=HIDDEN)
    for look in (place.create, lambda: place.size(CONFIG)):
        with pytest.raises(PlaceAway) as caught:
            look()
        assert caught.value.message_id == "place-unproven"


# --- what the service says -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "message_id"),
    [
        (Answer(403, "RequestTimeTooSkewed", "The difference is too large."), AccessDenied,
         "place-clock"),
        (Answer(403, "ExpiredToken", "Expired"), AccessDenied, "place-key-refused"),
        (Answer(400, "AuthorizationHeaderMalformed", "the region is wrong"), AccessDenied,
         "place-key-refused"),
        (Answer(403, "AccessDenied", "Access Denied"), AccessDenied, "place-denied"),
        (Answer(403), AccessDenied, "place-denied"),
        (Answer(403, "QuotaExceeded", "Quota exceeded"), NoSpace, "place-full"),
        (Answer(507), NoSpace, "place-full"),
        (Answer(413, "EntityTooLarge", "Too large"), NoSpace, "place-file-too-large"),
        (Answer(400, "BadDigest", "The MD5 did not match."), PlaceBroken, "place-broken"),
        (Answer(503, "SlowDown", "Please reduce your request rate."), PlaceBroken, "place-broken"),
        (Answer(500, "InternalError", "We encountered one."), PlaceBroken, "place-broken"),
        (Answer(502), PlaceBroken, "place-broken"),
        (Answer(429), PlaceBroken, "place-broken"),
    ],
)  # fmt: skip
def test_each_refusal_is_told_as_what_it_is(
    place: Backend,
    between: Interceptor,
    answer: Answer,
    error: type[BackendError],
    message_id: str,
) -> None:
    between.rule = lambda request: answer
    with pytest.raises(BackendError) as caught:
        place.save(SOME, b"some")
    assert type(caught.value) is error
    assert caught.value.message_id == message_id
    assert caught.value.params["reason"] == (answer.message.rstrip(".") or f"HTTP {answer.status}")
    assert caught.value.params["file"] == str(SOME)


def test_a_service_that_is_asked_too_fast_is_asked_again(
    place: Backend, between: Interceptor
) -> None:
    slow = Answer(503, "SlowDown", "Please reduce your request rate.")
    left = [slow] * 3
    between.rule = lambda request: left.pop() if left else None
    assert list(retrying(place).save_many(numbered(9))) == [file for file, _ in numbered(9)]
    assert {info.file: info.size for info in place.list(Kind.PACK)} == {
        file: len(content) for file, content in numbered(9)
    }


def test_a_refused_listing_is_no_empty_place(place: Backend, between: Interceptor) -> None:
    place.save(SOME, b"some")
    between.rule = lambda request: Answer(500)
    with pytest.raises(PlaceBroken):
        list(place.list(Kind.PACK))


# --- what is sent ----------------------------------------------------------------------------


def test_every_file_carries_the_md5_that_the_service_compares(
    place: Backend, between: Interceptor
) -> None:
    """So nobody has to read back what was sent: `checks_writes`."""
    assert place.checks_writes
    place.save(SOME, b"some")
    list(place.save_many(numbered(3)))
    place.replace(SOME, b"some")
    sent = [request for request in between.requests if request.method == "PUT"]
    assert len(sent) == 5
    for request in sent:
        digest = hashlib.md5(request.body, usedforsecurity=False).digest()
        assert request.headers["content-md5"] == base64.b64encode(digest).decode()


def test_a_connection_that_breaks_while_a_file_is_sent_leaves_nothing(
    place: Backend, between: Interceptor
) -> None:
    content = os.urandom(3 << 20)
    file = file_of(content)

    def halve(request: Request) -> Half | None:
        return Half() if request.method == "PUT" else None

    between.rule = halve
    with pytest.raises(PlaceBroken):
        place.save(file, content)
    assert list(place.list(Kind.PACK)) == []
    with pytest.raises(FileNotThere):
        place.load(file)
    between.rule = lambda request: None
    place.save(file, content)
    assert place.load(file) == content


def test_a_few_files_are_sent_at_once_and_no_more(place: Backend, between: Interceptor) -> None:
    between.delay = 0.02
    list(place.save_many(numbered(4 * CONNECTIONS)))
    assert between.most_at_once == CONNECTIONS


def test_one_request_sends_a_file_or_a_part_of_it(place: Backend, between: Interceptor) -> None:
    place.save(SOME, b"some")
    assert place.load(SOME) == b"some"
    assert place.load(SOME, 1, 2) == b"om"
    assert [info.size for info in place.list(Kind.PACK)] == [4]
    assert [request.method for request in between.requests] == ["PUT", "GET", "GET", "GET"]


def test_files_of_one_name_arrive_in_the_order_in_which_they_were_given(
    place: Backend, between: Interceptor
) -> None:
    """The config is replaced by several in one go: the last one must win."""
    between.delay = 0.01
    contents = [bytes([number]) * (9 - number) for number in range(9)]
    list(place.save_many((CONFIG, content) for content in contents))
    assert place.load(CONFIG) == contents[-1]


def test_whoever_waits_for_a_slow_place_can_stop(server: S3Server, between: Interceptor) -> None:
    asked = 0

    def checkpoint() -> None:
        nonlocal asked
        asked += 1
        place.size(SOME)  # as keeping a lock fresh does: used within
        if asked == 2:
            raise Cancelled

    place = server.open(endpoint=f"http://127.0.0.1:{between.port}", checkpoint=checkpoint)
    place.save(SOME, b"some")
    answered = threading.Event()

    def slow(request: Request) -> None:
        if request.method == "PUT":
            answered.wait(20)

    between.rule = slow
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        list(place.save_many(numbered(9)))
    assert time.monotonic() - begun < 2
    answered.set()


# --- addresses and secrets -------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "http://10.0.0.1:9000",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "example.org",
        "https://",
        "https://user:word@example.org",
        "https://user@example.org",
        "https://user:with/a/word@example.org",
        "https://example.org/?x=1",
        "https://[::1",
    ],
)
def test_an_address_without_tls_or_with_a_password_is_refused(address: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        open_webdav(address, user="somebody", password=HIDDEN)
    assert caught.value.message_id == "place-address"
    assert "word@" not in str(caught.value)
    with pytest.raises(WrongUsage):
        open_s3("b", "", endpoint=address, region="", access_key="a", secret_key=HIDDEN)


@pytest.mark.parametrize(
    "address",
    ["https://example.org/dav", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]"],
)
def test_an_address_with_tls_or_on_this_computer_is_taken(address: str) -> None:
    assert open_webdav(address, user="u", password=HIDDEN).place == f"webdav:{address}"


def test_a_place_is_named_as_restic_names_it() -> None:
    amazon = open_s3(
        "bucket", "/a/b/", endpoint="", region="eu-central-1", access_key="a", secret_key=HIDDEN
    )
    assert amazon.place == "s3:https://s3.eu-central-1.amazonaws.com/bucket/a/b"


def test_a_secret_is_shown_by_nothing(place: Backend, between: Interceptor) -> None:
    between.rule = lambda request: Answer(403, "AccessDenied", "Access Denied")
    with pytest.raises(AccessDenied) as caught:
        place.load(SOME)
    shown = "".join(traceback.format_exception(caught.value))
    shown += repr(place) + str(vars(place)) + place.place
    assert HIDDEN.reveal() not in shown
    with pytest.raises(TypeError):
        pickle.dumps(place)


# --- processes -------------------------------------------------------------------------------


def test_a_forked_process_is_told_rather_than_left_waiting(server: S3Server) -> None:
    place = server.open()
    place.save(SOME, b"some")
    assert not place.may_fork
    child = os.fork()
    if child == 0:
        try:
            place.size(SOME)
        except RuntimeError:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


_USE = """
import sys
from app.backends.contract import CONFIG
from app.backends.object_store import open_s3
from app.secret import Secret
place = open_s3("bucket", sys.argv[2], endpoint=sys.argv[1], region="", access_key="a",
                secret_key=Secret("s"))
assert "opendal" not in sys.modules
place.save(CONFIG, bytes(1 << 20))
assert "opendal" in sys.modules
place.load(CONFIG)
"""


def test_a_process_that_used_it_ends_without_an_abort(server: S3Server) -> None:
    """A thread of the library, still letting go of the last result, aborted one end in eight.
    The library is loaded at the first use only."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _USE, server.endpoint, f"end {n}"], stderr=subprocess.PIPE
        )
        for n in range(6)
    ]
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
