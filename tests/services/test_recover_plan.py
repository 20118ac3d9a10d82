"""What a recovery brings back where, and what is left to say when its backup is not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import WrongUsage
from app.services.recover_paths import free_name, mapped, read_rule


def test_the_longest_rule_decides() -> None:
    rules = [read_rule("/home/a=/home/b"), read_rule("/home/a/bots=/srv/bots")]
    assert mapped(Path("/home/a/bots/trend"), rules) == Path("/srv/bots/trend")
    assert mapped(Path("/home/a/notes"), rules) == Path("/home/b/notes")
    assert mapped(Path("/home/ab"), rules) == Path("/home/ab")
    assert mapped(Path("/home/a"), rules) == Path("/home/b")


@pytest.mark.parametrize("bad", ["", "=", "/a", "/a=", "=/b", "a=/b", "/a=b"])
def test_a_rule_has_two_absolute_paths(bad: str) -> None:
    with pytest.raises(WrongUsage):
        read_rule(bad)


def test_a_taken_name_gets_a_number() -> None:
    assert free_name("USB", {"nas"}) == "USB"
    assert free_name("USB", {"usb", "usb 2"}) == "USB 3"
