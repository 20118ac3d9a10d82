"""The section of the schedule: every choice is a command, and every command can be undone."""

from __future__ import annotations

from app.ui.pages.settings.plan import Kind, Plan
from app.ui.pages.settings.schedule import Schedule
from app.ui.widgets.times import TimesRow
from tests.ui.pretend import PretendController
from tests.ui.screenshots import settle
from tests.ui.settings.support import Open, card, choose, last


def test_a_choice_is_saved_at_once_and_undone_by_one_click(
    show: Open, controller: PretendController
) -> None:
    page = show("schedule")
    card(page, Kind.OFF).radio.setChecked(True)
    settle()
    assert last(controller)[:3] == ("schedule", "set", "--off")
    assert page.saving.words.text() == "Saved."
    assert page.saving.undo.isVisible()
    page.saving.undo.click()
    settle()
    undone = next(each for each, _key in reversed(controller.told) if each[1] == "set")
    assert undone == Plan().command()
    assert not page.saving.undo.isVisible()
    assert card(page, Kind.AT).chosen


def test_times_come_and_go(show: Open, controller: PretendController) -> None:
    page = show("schedule")
    assert page.section is not None
    (times,) = page.section.findChildren(TimesRow)
    choose(times.fields[0], "06:30")
    assert last(controller)[2:6] == ("--at", "06:30", "--at", "18:00")
    times._take([*times._times, "23:00"])
    assert last(controller)[2:8:2] == ("--at", "--at", "--at")
    times._take(times._times[:1])
    assert last(controller)[2:5] == ("--at", "06:30", "--not-at-start")


def test_a_week_without_a_day_is_refused(show: Open, controller: PretendController) -> None:
    page = show("schedule")
    section = page.section
    assert isinstance(section, Schedule)
    for day in ("mon", "tue", "wed", "thu", "fri", "sat"):
        section._set_day(day, on=False)
    assert last(controller)[6:8] == ("--on", "sun")
    settle()
    before = len([each for each, _key in controller.told if each[1] == "set"])
    section._set_day("sun", on=False)
    settle()
    assert len([each for each, _key in controller.told if each[1] == "set"]) == before
    assert "One day at least" in page.saving.words.text()


def test_cron_is_saved_only_when_it_says_something(
    show: Open, controller: PretendController
) -> None:
    page = show("schedule")
    section = page.section
    assert isinstance(section, Schedule)
    card(page, Kind.CRON).radio.setChecked(True)
    settle()
    assert all(each[1] != "set" for each, _key in controller.told)
    section.cron.setText("0 */6 * * *")
    section.cron.editingFinished.emit()
    assert last(controller)[2:4] == ("--cron", "0 */6 * * *")
