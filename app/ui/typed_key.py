"""A recovery key while it is typed: nine groups, each checked as soon as it is complete.

Holds the only copy of what was typed. Must not know Qt; has no repr that tells anything.
"""

from __future__ import annotations

from enum import StrEnum

from app.repository.recovery_key import GROUP, GROUPS, clean, group_is_right
from app.secret import Secret


class GroupState(StrEnum):
    """How a group stands."""

    EMPTY = "empty"
    BEGUN = "begun"
    RIGHT = "right"
    WRONG = "wrong"


class TypedKey:
    """See the module. With `expected`, a group is right only if it is that key's."""

    def __init__(self, expected: Secret | None = None) -> None:
        self._groups = [""] * GROUPS
        self._expected = expected

    def expect(self, expected: Secret) -> None:
        """It is to be this key."""
        self._expected = expected

    def group(self, number: int) -> str:
        """What was typed into a group (from 0)."""
        return self._groups[number]

    def type(self, number: int, text: str) -> int:
        """Take text for a group and, where there is more, for those behind it, whatever its case,
        blanks and hyphens; returns the number of the group that typing goes on in."""
        typed = clean(text)
        self._groups[number] = typed[:GROUP]
        rest = typed[GROUP:]
        while rest and number < GROUPS - 1:
            number += 1
            self._groups[number] = rest[:GROUP]
            rest = rest[GROUP:]
        full = len(self._groups[number]) == GROUP
        return min(number + 1, GROUPS - 1) if full else number

    def forget(self) -> None:
        """Forget what was typed, and what it was to be."""
        self.clear()
        self._expected = None

    def clear(self) -> None:
        """Forget what was typed."""
        self._groups = [""] * GROUPS

    def state(self, number: int) -> GroupState:
        typed = self._groups[number]
        if not typed:
            return GroupState.EMPTY
        if len(typed) < GROUP:
            return GroupState.BEGUN
        right = group_is_right(number, typed) and self._is_expected(number)
        return GroupState.RIGHT if right else GroupState.WRONG

    def _is_expected(self, number: int) -> bool:
        if self._expected is None:
            return True
        return Secret(self._groups[number]) == Secret(self._expected.reveal().split("-")[number])

    @property
    def wrong(self) -> int | None:
        """The first group that is wrong."""
        return self._first(GroupState.WRONG)

    @property
    def next_empty(self) -> int | None:
        """The first group that is not complete."""
        begun, empty = self._first(GroupState.BEGUN), self._first(GroupState.EMPTY)
        return min((n for n in (begun, empty) if n is not None), default=None)

    def _first(self, state: GroupState) -> int | None:
        return next((number for number in range(GROUPS) if self.state(number) is state), None)

    @property
    def complete(self) -> bool:
        return all(self.state(number) is GroupState.RIGHT for number in range(GROUPS))

    @property
    def key(self) -> Secret:
        """The key as it stands on the paper."""
        return Secret("-".join(self._groups))
