"""What whoever started a job wishes, where several threads look at it."""

from __future__ import annotations

import os
import threading

import pytest

from app.cli import control
from app.cli.control import Control
from app.errors import Cancelled


def test_two_threads_that_look_at_once_do_not_wait_for_each_others_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the lock at a copy was taken, its room was asked in a thread: where that had to try
    again, both saw a line on the input, and who came second waited for another one for ever."""
    here, there = os.pipe()
    kept = os.dup(0)
    os.dup2(here, 0)
    try:
        job = Control()
        job.listen_to_stdin()
        read = os.read
        other = threading.Thread(target=job._poll_stdin, daemon=True)

        def slow(descriptor: int, count: int) -> bytes:
            monkeypatch.setattr(control.os, "read", read)
            other.start()
            other.join(0.5)
            return read(descriptor, count)

        os.write(there, b"cancel\n")
        monkeypatch.setattr(control.os, "read", slow)
        first = threading.Thread(target=job._poll_stdin, daemon=True)
        first.start()
        first.join(5)
        assert not first.is_alive()
        with pytest.raises(Cancelled):
            job.checkpoint()
    finally:
        os.write(there, b"\n")
        os.dup2(kept, 0)
        for descriptor in (here, there, kept):
            os.close(descriptor)
