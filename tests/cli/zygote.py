"""Commands in processes of their own that need not import everything first.

Starting Python and importing Tradekeep is most of what a short command costs, and tests run
thousands of them. So one process of each test worker imports it all and then forks for each
command: what runs is the program's own `main`, with arguments, environment, folder, input and
output of its own, and an end of its own. What reads its environment while it is imported is not
imported beforehand.

`run` is the client. The server is this module as a program, with a socket's path.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

_PACKAGES = (
    "app", "app.bots", "app.cli", "app.copies", "app.exchange", "app.hotcopy", "app.messages",
    "app.repository", "app.services", "app.settings",
)  # fmt: skip
# They look at the environment, or start threads, when they are imported.
_LATER = frozenset({"app.settings.keyring", "app.services.alert_sending", "app.__main__"})
_NEVER = ("keyring.core", "dropbox", "opendal", "apprise", "pyarrow", "PySide6")
_ENVIRONMENT = ("LC_", "LANG", "PYTHON", "LD_", "TZ")
_LENGTH = 4


class Refused(Exception):
    """The server did not come up."""


def can_run(more: Mapping[str, str]) -> bool:
    """Whether a command with these variables is like one that was imported without them."""
    return os.name == "posix" and not any(name.startswith(_ENVIRONMENT) for name in more)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, stdin: str | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """As `subprocess.run` of `python -m app`, its output captured; raises `TimeoutExpired`."""
    request = json.dumps(
        {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
    ).encode()
    with (
        tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err, socket.socket(socket.AF_UNIX) as server,
    ):  # fmt: skip
        given.write((stdin or "").encode())
        given.seek(0)
        server.connect(_address())
        files = [given.fileno(), out.fileno(), err.fileno()]
        socket.send_fds(server, [len(request).to_bytes(_LENGTH)], files)
        server.sendall(request)
        code = _outcome(server, arguments, timeout)
        out.seek(0)
        err.seek(0)
        texts = [each.read().decode().replace("\r\n", "\n") for each in (out, err)]
    return subprocess.CompletedProcess(list(arguments), code, *texts)


def _outcome(server: socket.socket, arguments: Sequence[str], timeout: float) -> int:
    pid = _number(server)
    server.settimeout(timeout)
    try:
        return _number(server)
    except TimeoutError as error:
        os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired(list(arguments), timeout) from error


def _number(server: socket.socket) -> int:
    data = server.recv(_LENGTH, socket.MSG_WAITALL)
    return int.from_bytes(data, signed=True)


_served: dict[int, str] = {}


def _address() -> str:
    """Of this process's server, which is started when it is first needed."""
    found = _served.get(os.getpid())
    if found is None:
        folder = Path(tempfile.mkdtemp(prefix="tradekeep-zygote-"))
        found = str(folder / "socket")
        command = [sys.executable, "-m", "tests.cli.zygote", found]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout is not None
        if not server.stdout.readline():
            raise Refused
        _served[os.getpid()] = found
        atexit.register(_stop, server, folder)
    return found


def _stop(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.kill()
    server.communicate()
    with contextlib.suppress(OSError):
        (folder / "socket").unlink()
        folder.rmdir()


# --- the server -------------------------------------------------------------------------------


def _import_all() -> None:
    for package in _PACKAGES:
        importlib.import_module(package)
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            name = f"{package}.{found.name}"
            if name not in _LATER and not found.ispkg:
                importlib.import_module(name)
    early = [name for name in _NEVER if name in sys.modules]
    if early:
        raise AssertionError(f"imported too early: {early}")


def serve(address: str) -> None:
    """Fork for each request, until the worker is gone and with it our input."""
    _import_all()
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    while select.select([listener, sys.stdin], [], [])[0] == [listener]:
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _attend(client)
        client.close()


def _attend(client: socket.socket) -> None:
    """One request: starts the command, waits for its end, tells its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _flags, _from = socket.recv_fds(client, _LENGTH, 3)
    request = b""
    while len(request) < int.from_bytes(size):
        request += client.recv(1 << 16)
    pid = os.fork()
    if pid == 0:
        client.close()
        _become(json.loads(request), files)
    for each in files:
        os.close(each)
    client.sendall(pid.to_bytes(_LENGTH))
    _pid, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(OSError):
        client.sendall(code.to_bytes(_LENGTH, signed=True))
    os._exit(0)


def _become(request: dict[str, object], files: list[int]) -> None:
    """The command, in this process."""
    arguments, environment = request["arguments"], request["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    code = 1
    try:
        for place, file in enumerate(files):
            os.dup2(file, place)
            os.close(file)
        os.chdir(str(request["folder"]))
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        random.seed()
        sys.argv = ["app", *arguments]
        sys.stdin, sys.stdout, sys.stderr = _streams()
        code = _main()
    finally:
        os._exit(code)


def _streams() -> Iterator[TextIO]:
    """On the new files, each as the interpreter has made the old one."""
    for old, mode in ((sys.stdin, "rb"), (sys.stdout, "wb"), (sys.stderr, "wb")):
        file = os.fdopen(old.fileno(), mode, closefd=False)
        lines = old is sys.stderr
        yield io.TextIOWrapper(file, old.encoding, old.errors, line_buffering=lines)


def _main() -> int:
    """The program to its end, as the interpreter would run it."""
    code = 1
    try:
        from app.__main__ import main

        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001  # as the interpreter does
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve(sys.argv[1])
