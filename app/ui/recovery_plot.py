"""The plot of the Copies page: how long everything would take to come back, from each place, as
restores that were practised there tell. Pure; must not know Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from app.messages import _
from app.ui.overview_plots import time_unit
from app.ui.painted import MOST_SERIES, PlotShown, Point, SeriesShown
from app.ui.report import Drilled, Status

_Told = list[tuple[datetime, Decimal]]


def recovery_plot(status: Status, now: datetime, zone: tzinfo | None = None) -> PlotShown | None:
    """A line for each place, the oldest first; None while nothing was practised twice."""
    own = status.repository
    if own is None:
        return None
    places = [(_("This computer"), own.trend), *((copy.name, copy.trend) for copy in status.copies)]
    told = [(name, found) for name, trend in places if (found := _told(trend))][:MOST_SERIES]
    if not any(len(found) > 1 for _name, found in told):
        return None
    power, unit = time_unit(max(value for _name, found in told for _when, value in found))
    title = _("Time until everything is back")
    lines = (
        SeriesShown(name, tuple(Point(when, value / power) for when, value in found))
        for name, found in told
    )
    note = _("Estimated from the restores that were practised.")
    return PlotShown(title, tuple(lines), now, unit=unit, places=1, note=note, zone=zone)


def _told(trend: Sequence[Drilled]) -> _Told:
    return [(each.time, Decimal(str(each.seconds))) for each in trend if each.seconds is not None]
