"""`tradekeep report`: what was saved, practised and proven in a period, for whoever audits."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.context import Context, Quiet, json_option
from app.messages import _, plural
from app.messages.joined import beside


@click.command()
@click.option("--from", "since", metavar="DAY", help="From this day or time on (UTC).")
@click.option("--to", "until", metavar="DAY", help="Until before this day or time (UTC).")
@click.option(
    "--out", metavar="FOLDER", required=True, type=click.Path(path_type=Path, file_okay=False)
)
@json_option
@click.pass_obj
def report(context: Context, since: str | None, until: str | None, out: Path, as_json: bool) -> int:
    """Write a report into a new folder: a PDF, and its facts as JSON and CSV.

    It holds the backups and practised restores of the period with all their problems, the copies
    and what is proven of them, what is known of the exchanges with each gap, and whether the
    history is what it was. Without --from it begins with this year.

    Example: tradekeep report --from 2026-01-01 --to 2026-07-01 --out report-2026
    """

    def read(quiet: Quiet) -> dict[str, object]:
        from app.services.history import now
        from app.services.period import Period
        from app.services.report import gather
        from app.services.report_files import PDF, new_folder, write

        period = Period.named(since, until, now())
        folder = new_folder(out)
        told = gather(context.home, period, quiet)
        write(folder, told, context.environment, quiet)
        return {"path": str(folder), "pdf": (folder / PDF).exists(), **_brief(told)}

    return context.answer(as_json, read, _show)


def _brief(told: dict[str, object]) -> dict[str, object]:
    """What the report is about, in figures."""
    runs, archive = told["runs"], told["archive"]
    assert isinstance(runs, list)
    gaps = archive["gaps"] if isinstance(archive, dict) else []
    return {
        "since": told["since"],
        "until": told["until"],
        "runs": len(runs),
        "gaps": len(gaps),
    }


def _show(told: dict[str, object]) -> None:
    click.echo(_("Written: {file}").format(file=told["path"]))
    runs = plural("{count} run", "{count} runs", int(str(told["runs"])))
    gaps = plural("{count} gap", "{count} gaps", int(str(told["gaps"])))
    click.echo(beside((runs, gaps)))
