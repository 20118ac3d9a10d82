"""A secret in memory: its repr and str are `***`, so that it cannot slip into a log or an error.

Equality compares in constant time. There is no way to its text but `reveal`, which reviewers can
search for. And what finds a login in an address, for whoever shows addresses.
"""

from __future__ import annotations

import hmac
import re

# A login in an address, behind its first group. A password may hold a slash or an @ where somebody
# forgot to write them as %2F and %40: then all up to the last @ of the word is taken for it.
LOGIN = re.compile(
    r"""(\w://)(?:[^/\s"'<>:@]{0,200}:[^\s"'<>]{0,2000}|[^/\s"'<>]{0,2000})@""", re.ASCII
)


class Secret:
    """Text that must not be shown. Immutable; hashable by identity only."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a set of secrets would be a mistake

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not pickled")
