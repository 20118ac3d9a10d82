"""`tradekeep schedule`, `pause` and `resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.context import Context, Quiet, json_option
from app.cli.text import local
from app.errors import WrongUsage
from app.messages import _

if TYPE_CHECKING:
    from app.settings.model import PowerSettings, ScheduleSettings


@click.group()
def schedule() -> None:
    """When backups begin by themselves.

    Example: tradekeep schedule set --at 12:00 --at 18:00
    """


@schedule.command()
@json_option
@click.pass_obj
def show(context: Context, as_json: bool) -> int:
    """Show when backups begin by themselves.

    Example: tradekeep schedule show
    """

    def read(_quiet: Quiet) -> dict[str, object]:
        from app.services.scheduling import told

        return told(context.home)

    return context.answer(as_json, read, _show)


@schedule.command("set")
@click.option("--off", is_flag=True, help="Only when you start a backup.")
@click.option("--every", "minutes", metavar="MINUTES", type=click.IntRange(5, 1440))
@click.option("--at", "times", multiple=True, metavar="HH:MM", help="A time of day; may repeat.")
@click.option("--on", "weekdays", multiple=True, metavar="DAY", help="mon … sun, with --at.")
@click.option("--cron", metavar="TEXT", help='Five fields, as "0 */6 * * *".')
@click.option("--at-start/--not-at-start", default=None, help="Also after switching on.")
@click.option("--on-drive/--not-on-drive", default=None, help="Fill a drive that is plugged in.")
@click.option("--battery", metavar="PERCENT", type=click.IntRange(0, 100), help="Wait below it.")
@click.option("--metered", type=click.Choice(["wait", "use"]), help="On a network paid by use.")
@json_option
@click.pass_obj
def set_(
    context: Context,
    off: bool,
    minutes: int | None,
    times: tuple[str, ...],
    weekdays: tuple[str, ...],
    cron: str | None,
    at_start: bool | None,
    on_drive: bool | None,
    battery: int | None,
    metered: str | None,
    as_json: bool,
) -> int:
    """Say when backups begin by themselves. What is not named stays as it is.

    Example: tradekeep schedule set --at 12:00 --at 18:00
    """
    if sum((off, minutes is not None, bool(times), cron is not None)) > 1:
        raise click.UsageError(_("Give one of --off, --every, --at and --cron."))

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services.scheduling import changed

        plan = _plan(context, off=off, minutes=minutes, times=times, days=weekdays, cron=cron)
        plan = _with_flags(plan, at_start=at_start, on_drive=on_drive)
        return changed(context.home, plan, _power(context, battery, metered))

    return context.answer(as_json, write, _show)


def _plan(
    context: Context,
    *,
    off: bool,
    minutes: int | None,
    times: tuple[str, ...],
    days: tuple[str, ...],
    cron: str | None,
) -> ScheduleSettings:
    from msgspec.structs import replace

    from app.settings.fields import SCHEDULE, Wrong
    from app.settings.model import ScheduleKind

    plan = context.home.settings.schedule
    if off:
        return replace(plan, kind=ScheduleKind.OFF)
    if minutes is not None:
        return replace(plan, kind=ScheduleKind.EVERY, minutes=minutes)
    try:
        if cron is not None:
            SCHEDULE["cron"].read(cron)
            return replace(plan, kind=ScheduleKind.CRON, cron=cron)
        if times:
            SCHEDULE["times"].read(list(times))
            SCHEDULE["weekdays"].read([day.lower() for day in days])
            chosen = tuple(day.lower() for day in days)
            return replace(plan, kind=ScheduleKind.AT, times=tuple(sorted(times)), weekdays=chosen)
    except Wrong as wrong:
        raise WrongUsage("schedule-unreadable", text=cron or " ".join((*times, *days))) from wrong
    return plan


def _with_flags(
    plan: ScheduleSettings, *, at_start: bool | None, on_drive: bool | None
) -> ScheduleSettings:
    from msgspec.structs import replace

    flags = {"at_start": at_start, "on_drive": on_drive}
    given = {name: flag for name, flag in flags.items() if flag is not None}
    return replace(plan, **given)


def _power(context: Context, battery: int | None, metered: str | None) -> PowerSettings | None:
    from msgspec.structs import replace

    from app.settings.model import Metered

    if battery is None and metered is None:
        return None
    power = context.home.settings.power
    if battery is not None:
        enough = min(100, battery + 10) if battery else power.battery_enough
        power = replace(power, battery_least=battery, battery_enough=enough)
    return replace(power, metered=Metered(metered)) if metered is not None else power


def _show(report: dict[str, object]) -> None:
    plan, power = report["schedule"], report["power"]
    assert isinstance(plan, dict)
    assert isinstance(power, dict)
    click.echo(report["words"])
    if plan["kind"] == "off":  # then nothing begins by itself, whatever the rest says
        return
    if plan["at_start"]:
        click.echo(_("Also after the computer was switched on."))
    if plan["on_drive"]:
        click.echo(_("A drive that is plugged in is brought up to date at once."))
    if power["battery_least"]:
        words = _("Waits on battery below {least} %, until {enough} % or until it is plugged in.")
        click.echo(words.format(least=power["battery_least"], enough=power["battery_enough"]))
    if power["metered"] == "wait":
        click.echo(_("On a network that is paid by use, exchanges are left out."))


@click.command()
@click.option("--for", "span", metavar="1h", help="So long: hours (h) and days (d).")
@click.option("--until", metavar="TIME", help="Until a moment, as 2026-11-26T15:30.")
@json_option
@click.pass_obj
def pause(context: Context, span: str | None, until: str | None, as_json: bool) -> int:
    """Let nothing begin by itself for a while: an hour, unless you say so. By hand it still does.

    Example: tradekeep pause --for 1d
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.repository.times import rfc3339
        from app.services import pausing
        from app.services.history import now
        from app.services.scheduling import until as end

        at = now()
        moment = end(until, span, at)
        pausing.pause(context.home, moment, at)
        return {"paused_until": rfc3339(moment)}

    def show(report: dict[str, object]) -> None:
        when = local(str(report["paused_until"]))
        click.echo(_("Paused until {when}. Go on earlier: tradekeep resume").format(when=when))

    return context.answer(as_json, write, show)


@click.command()
@json_option
@click.pass_obj
def resume(context: Context, as_json: bool) -> int:
    """End a pause: the schedule holds again.

    Example: tradekeep resume
    """

    def write(_quiet: Quiet) -> dict[str, object]:
        from app.services import pausing

        pausing.go_on(context.home)
        return {"paused_until": None}

    return context.answer(as_json, write, lambda _report: click.echo(_("The schedule holds.")))
