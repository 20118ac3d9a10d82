"""What the rail says: the pages, which of them have something open, and the state of the whole in
two lines. Pure; must not know Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.messages import _, plural
from app.ui import words
from app.ui.shown import PageShown
from app.ui.situation import Situation
from app.ui.tokens import Tone


@dataclass(frozen=True, slots=True)
class RailShown:
    """`open` counts problems by the name of their page; `icon`, `title`, `hint` are the state of
    the whole."""

    tone: Tone
    icon: str
    title: str
    hint: str
    open: tuple[tuple[str, int], ...] = ()

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return words.titled(self.title, self.hint)


def rail(situation: Situation, shown: PageShown) -> RailShown:
    """The rail for a situation and the Overview that follows from it."""
    count = len(shown.needs) + len(shown.problems)
    head = shown.running or shown.verdict
    assert head is not None
    if count and shown.running is None:
        title = plural("{count} problem", "{count} problems", count)
        return RailShown(head.tone, head.icon, title, _next(situation), _counts(count, situation))
    return RailShown(head.tone, head.icon, head.title, _next(situation), _counts(count, situation))


def _counts(count: int, situation: Situation) -> tuple[tuple[str, int], ...]:
    """Problems on the Overview, and locked years that are not as they were."""
    years = situation.status.years if situation.status is not None else ()
    found = (("overview", count), ("records", sum(year.differs for year in years)))
    return tuple(each for each in found if each[1])


def _next(situation: Situation) -> str:
    status = situation.status
    if status is None or status.next is None:
        return ""
    return _("Next {when}").format(when=words.moment(status.next, situation.now))
