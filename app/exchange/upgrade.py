"""What an exchange's table says of accounts that were upgraded to another kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OneByOne:
    """A list that is asked about markets one by one: `asks` which of those that rows name,
    `lacks` of which it tells nothing; `most`: it tells of the others when asked for all."""

    asks: Callable[[str], bool]
    lacks: Callable[[str], bool] = lambda _market: False
    most: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """How the lists of the time before (streams of the mode `BEFORE_UPGRADE`) are asked.

    old       the mode of accounts that were not upgraded
    newest    modes that come after a second upgrade
    late      titles of lists of what stayed in an old wallet until that one
    wallets   the old kind's wallets, as transfers name them
    probes    titles of the lists that are asked about one week
    markets   by title, those that have to be asked for
    """

    old: str
    newest: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    wallets: frozenset[str] = frozenset()
    probes: Sequence[str] = ()
    markets: Mapping[str, OneByOne] = field(default_factory=dict)
