"""A report as rich text: one page that says it all, then the facts. Must not know Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from app.messages import _, mark, plural
from app.messages.stream_names import stream_name
from app.ui import words
from app.ui.activity import word
from app.ui.audit_facts import (
    Archive,
    Audit,
    Gap,
    agreement_words,
    binds,
    chain_words,
    grouped,
    since_then,
    summary,
)
from app.ui.report import Copy, LockedYear, Run
from app.ui.tokens import Paper

MARK = "mark"  # the name of the picture
_MARKETS = 6  # that are named of one gap
_STATES = {
    "complete": mark("complete"),
    "empty": mark("empty"),
    "partial": mark("has gaps"),
    "source-gap": mark("has gaps at the exchange"),
    "expired": mark("older part is gone"),
    "unsupported": mark("not offered"),
    "denied": mark("key may not see it"),
    "imported": mark("imported"),
}
_GAPS = {
    "not-asked": mark("not fetched yet"),
    "partial": mark("not fetched to its end"),
    "source-gap": mark("missing at the exchange"),
    "expired": mark("the exchange had forgotten it"),
    "denied": mark("the key may not see it"),
}
Row = Sequence[str]


def audit_html(audit: Audit, fixed: str = "monospace") -> str:
    """The whole report; `fixed` is the family of the fixed font."""
    archive = _archive(audit.archive) if audit.archive else ""
    return f"""
<body style="color:{Paper.INK}; font-size:{Paper.BODY}px;">
{_head(audit)}
{_rule()}
{_summary(audit)}
{_note()}
{_runs(audit.runs)}
{_copies(audit.copies)}
{_years(audit.years, fixed)}
{archive}
</body>"""


def period(audit: Audit) -> str:
    """The time that it is about."""
    told = _("{first} to {last} (UTC)")
    first, last = (words.day_and_year(each) for each in (audit.since, audit.until))
    return told.format(first=first, last=last)


def _head(audit: Audit) -> str:
    aside = _("Made on {day} on {machine}")
    made = aside.format(day=words.day_and_year(audit.made), machine=audit.machine)
    return f"""
<table width="100%" cellspacing="0" cellpadding="0"><tr>
<td width="{Paper.MARK + Paper.GAP}"><img src="{MARK}" width="{Paper.MARK}"
 height="{Paper.MARK}"></td>
<td style="vertical-align:middle; font-size:{Paper.TITLE}px; font-weight:600;">
{escape(_("Tradekeep report"))}</td>
<td align="right" style="vertical-align:middle; color:{Paper.SOFT};">{escape(made)}</td>
</tr></table>
<p style="margin-top:10px; margin-bottom:0px; font-size:{Paper.SECTION}px;">
{escape(period(audit))}</p>"""


def _summary(audit: Audit) -> str:
    rows = "".join(
        f'<tr><td style="padding:7px 18px 7px 0px; font-weight:600;">{escape(name)}</td>'
        f'<td style="padding:7px 0px 7px 0px;">{escape(said)}</td></tr>'
        for name, said in summary(audit)
    )
    return f'<table width="100%" cellspacing="0" cellpadding="0">{rows}</table>'


def _note() -> str:
    said = _(
        "This report tells what Tradekeep recorded on this computer, all of it: also what failed. "
        "It binds nobody who controls the computer. What snapshots and copies elsewhere hold, and "
        "a locked year with the time stamp of somebody else, bind more."
    )
    more = _("The same facts, each run among them, are in report.json and the tables beside it.")
    style = f"color:{Paper.SOFT}; margin-top:{Paper.GAP}px; margin-bottom:6px;"
    return f'{_rule()}<p style="{style}">{escape(said)}</p><p style="{style}">{escape(more)}</p>'


# --- what was done ----------------------------------------------------------------------------


def _runs(runs: Sequence[Run]) -> str:
    checks = [run for run in runs if run.job in ("drill", "verify")]
    failed = [run for run in runs if run.outcome in ("failed", "cancelled")]
    parts = [_new_page(), _months(runs)]
    if checks:
        parts.append(_run_table(_("Practised restores and verified places"), checks))
    if failed:
        parts.append(_run_table(_("What did not come to its end"), failed))
    problems = grouped(runs)
    if problems:
        rows = [_problem(str(told.sentence), at) for told, at in problems]
        parts.append(_under(_("Problems"), "", rows, 1))
    return "".join(parts)


def _months(runs: Sequence[Run]) -> str:
    found: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        found.setdefault((run.started.year, run.started.month), []).append(run)
    head = (_("Month"), _("Backups"), _("Fetched"), _("Copied"), _("Verifications"),
            _("Practised restores"),
            _("With problems"), _("Failed"))  # fmt: skip
    rows = []
    for (year, month), inside in sorted(found.items()):
        jobs = (_count(inside, job) for job in ("backup", "pull", "sync", "verify", "drill"))
        ended = (
            words.count(sum(run.outcome == each for run in inside))
            for each in ("problems", "failed")
        )
        rows.append((f"{year}-{month:02}", *jobs, *ended))
    title = _("What was done")
    if not rows:
        return _told(title, _("None in this time."))
    return _table(title, head, rows, right=range(1, len(head)))


def _count(runs: Iterable[Run], job: str) -> str:
    return words.count(sum(run.job == job for run in runs))


def _run_table(title: str, runs: Sequence[Run]) -> str:
    head = (_("Started"), _("Run"), _("Took"), _("Problems"))
    rows = [
        (
            _moment(run.started),
            word(run.job, run.outcome, run.place),
            words.duration(run.seconds) if run.seconds else "",
            words.count(len(run.problems)) if run.problems else "",
        )
        for run in runs
    ]
    return _table(title, head, rows, right=(2, 3))


def _problem(sentence: str, runs: Sequence[Run]) -> str:
    first, last = _moment(runs[0].started), _moment(runs[-1].started)
    if len(runs) == 1:
        when = words.beside((last, word(runs[0].job, runs[0].outcome, runs[0].place)))
    else:
        when = plural(
            "{count} time, from {first} to {last}", "{count} times, from {first} to {last}",
            len(runs), first=first, last=last,
        )  # fmt: skip
    small = f"color:{Paper.SOFT}; font-size:{Paper.SMALL}px;"
    return (
        f'<tr><td style="padding-bottom:8px;">{escape(sentence)}<br>'
        f'<span style="{small}">{escape(when)}</span></td></tr>'
    )


# --- copies, exchanges ------------------------------------------------------------------------


def _copies(copies: Sequence[Copy]) -> str:
    if not copies:
        return ""
    head = (
        _("Copy"),
        _("Newest"),
        _("Snapshots"),
        _("Size"),
        _("Last verified"),
        _("Restored from"),
    )
    rows = [
        (
            copy.name,
            _day(copy.newest),
            words.count(copy.snapshots),
            words.size(copy.size),
            _day(copy.verified),
            _day(copy.drilled),
        )
        for copy in copies
    ]
    title = _("Copies and their proofs")
    found = [str(one.sentence) for c in copies for one in (*c.findings, *c.drill_findings)]
    more = _told(_("What was found at copies"), *found) if found else ""
    return _table(title, head, rows, right=(2, 3)) + more


def _years(years: Sequence[LockedYear], fixed: str) -> str:
    if not years:
        return ""
    rows = [_year(year, fixed) for year in years]
    rows.append(f'<tr><td style="color:{Paper.SOFT};">{escape(binds())}</td></tr>')
    return _under(_("Locked years"), "", rows, 1)


def _year(year: LockedYear, fixed: str) -> str:
    head = _("{year}, lock {lock}, made {day}: {rows} rows, {gaps} gaps")
    told = head.format(
        year=year.label, lock=year.lock, day=_day(year.made), rows=words.count(year.rows),
        gaps=words.count(year.gaps),
    )  # fmt: skip
    stamp = _("with a time stamp") if year.stamped else _("without a time stamp")
    key = _("Public key: {key}").format(key=year.public_key)
    digest = _("SHA-256 of the manifest: {hash}").format(hash=year.sha256)
    small = f"font-family:'{fixed}'; font-size:{Paper.SMALL - 1}px;"
    lines = (words.beside((told, stamp)), since_then(year), *year.missing)
    said = "<br>".join(escape(line) for line in lines)
    typed = "<br>".join(f'<span style="{small}">{escape(line)}</span>' for line in (key, digest))
    return f'<tr><td style="padding-bottom:10px;">{said}<br>{typed}</td></tr>'


def _archive(archive: Archive) -> str:
    head = (_("Account"), _("History"), _("Market"), _("Rows"), _("From"), _("To"), _("State"))
    rows = [
        (
            each.account,
            _stream(each.stream, each.wallet),
            each.market or words.UNKNOWN,
            words.count(each.rows),
            _day(each.since),
            _day(each.until),
            _(_STATES.get(each.state, each.state)),
        )
        for each in archive.series
    ]
    chain, agreement = archive.chain, archive.reconciled
    seen = [words.labelled(head.origin, words.count(head.count)) for head in chain.heads]
    return "".join(
        [
            _gaps(archive.gaps),
            _told(_("Evidence"), chain_words(chain), *seen, *chain.found),
            _told(_("Agreement"), agreement_words(agreement), *agreement.found),
            _table(_("What is known of the exchanges"), head, rows, right=(3,)),
        ]
    )


def _gaps(gaps: Sequence[Gap]) -> str:
    title = _("What is missing from the exchanges")
    if not gaps:
        return _told(title, _("No gap in this time."))
    head = (_("Account"), _("History"), _("Market"), _("From"), _("To"), _("Why"))
    rows = [
        (
            each.account,
            _stream(each.stream, each.wallet),
            _markets(each.markets),
            _moment(each.start),
            _moment(each.stop),
            why(each),
        )
        for each in gaps
    ]
    return _table(title, head, rows)


def why(gap: Gap) -> str:
    """What a gap is called."""
    said = _(_GAPS.get(gap.state, gap.state))
    return f"{said} ({gap.reason})" if gap.reason else said


def _markets(names: Sequence[str]) -> str:
    if not names:
        return words.UNKNOWN
    shown = words.listed(names[:_MARKETS])
    rest = len(names) - _MARKETS
    if rest <= 0:
        return shown
    return plural("{shown} and {count} more", "{shown} and {count} more", rest, shown=shown)


def _stream(stream: str, wallet: str) -> str:
    return words.beside((stream_name(stream), wallet))


# --- pieces -----------------------------------------------------------------------------------


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"


def _day(when: datetime | None) -> str:
    return words.UNKNOWN if when is None else f"{when:%Y-%m-%d}"


def _table(title: str, head: Row, rows: Sequence[Row], *, right: Iterable[int] = ()) -> str:
    """A table under its title."""
    aligned = frozenset(right)

    def line(cells: Row, style: str, tag: str) -> str:
        made = ""
        for at, each in enumerate(cells):
            side, gap = ("right", 18) if at in aligned else ("left", 8)
            cell = f"padding:3px {gap}px 3px 0px; font-size:{Paper.SMALL}px; {style}"
            made += f'<{tag} align="{side}" style="{cell}">{escape(each)}</{tag}>'
        return f"<tr>{made}</tr>"

    titles = line(head, f"color:{Paper.SOFT}; font-weight:500;", "th")
    return _under(title, titles, [line(row, "", "td") for row in rows], len(head))


def _told(title: str, *sentences: str) -> str:
    """Sentences under their title."""
    cell = '<tr><td style="padding-bottom:4px;">'
    return _under(title, "", [f"{cell}{escape(each)}</td></tr>" for each in sentences], 1)


def _under(title: str, head: str, rows: Sequence[str], columns: int) -> str:
    """Rows under a title, which never stands alone at the foot of a page, and stands again above
    what goes on to the next one."""
    above = (
        f'<tr><th colspan="{columns}" align="left" style="padding:{Paper.GAP}px 0px 6px 0px;'
        f' font-size:{Paper.SECTION}px; font-weight:600;">{escape(title)}</th></tr>'
    )
    return (
        '<table width="100%" cellspacing="0" cellpadding="0">'
        f"<thead>{above}{head}</thead>{''.join(rows)}</table>"
    )


def _new_page() -> str:
    return '<p style="page-break-before:always; margin:0px; font-size:1px;"></p>'


def _rule() -> str:
    return (
        '<table width="100%" cellspacing="0" cellpadding="0" style="margin-top:12px;'
        f' margin-bottom:12px;"><tr><td bgcolor="{Paper.RULE}"'
        ' style="font-size:1px; line-height:1px;">&nbsp;</td></tr></table>'
    )
