"""How many files share a flush."""

from __future__ import annotations

from app.backends.flushes import Flushes

MIB = 1 << 20


class Drive:
    def __init__(self) -> None:
        self.now = 0.0
        self.flushes = Flushes(lambda: self.now)

    def flush(self, seconds: float) -> None:
        with self.flushes.timed():
            self.now += seconds

    @property
    def shared(self) -> int:
        """So many small files share the next flush."""
        return next(count for count in range(1, 100) if self.flushes.is_due(count, count))


def test_a_quick_drive_is_given_more_at_a_time_up_to_eight() -> None:
    drive = Drive()
    shared = []
    for _ in range(3):
        shared.append(drive.shared)
        drive.flush(0.01)
    assert shared == [4, 8, 8]


def test_on_a_slow_stick_nobody_waits_for_more_than_one_file() -> None:
    """64 MiB at 10 MB/s are more than six seconds, in which nobody can cancel."""
    drive = Drive()
    shared = []
    for seconds in (6.7, 3.3, 1.6, 0.5, 0.5):
        shared.append(drive.shared)
        drive.flush(seconds)
    assert shared == [4, 2, 1, 1, 1]
    assert drive.flushes.is_due(1, 100)


def test_what_was_slow_once_is_tried_again_with_more() -> None:
    drive = Drive()
    drive.flush(3.0)
    assert drive.shared == 2
    drive.flush(0.1)
    assert drive.shared == 4


def test_large_packs_are_flushed_one_at_a_time() -> None:
    drive = Drive()
    assert drive.flushes.is_due(1, 128 * MIB)
    assert not drive.flushes.is_due(3, 48 * MIB)
    assert drive.flushes.is_due(4, 64 * MIB)
