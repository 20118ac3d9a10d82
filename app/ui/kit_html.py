"""The recovery kit as rich text for one sheet of A4 or Letter. Must not know Qt.

The text holds the recovery key in the clear: it is made where it is drawn, and not kept.
"""

from __future__ import annotations

from html import escape

from app.messages import _
from app.services import kit as content
from app.services.kit import Kit, Part
from app.ui import words
from app.ui.tokens import Paper

QR, MARK = "qr", "mark"  # names of the pictures
_COLUMNS = 3


def kit_html(kit: Kit, fixed: str) -> str:
    """The whole sheet; `fixed` is the family of the fixed font."""
    sections = "".join(_part(part, fixed) for part in content.parts(kit))
    return f"""
<body style="color:{Paper.INK}; font-size:{Paper.BODY}px;">
{_head(kit)}
{_rule()}
{_key(kit, fixed)}
{_rule()}
{_section(_("Where the backups are"))}
{_places(kit)}
{sections}
{_rule()}
{_typed_again()}
</body>"""


def _head(kit: Kit) -> str:
    purpose = _(
        "This paper opens your encrypted backups when the computer that made them is gone. "
        "Keep it like a passport."
    )
    made = words.day_and_year(kit.made)
    aside = _("Made on {day} on {machine}").format(day=made, machine=kit.machine)
    return f"""
<table width="100%" cellspacing="0" cellpadding="0"><tr>
<td width="{Paper.MARK + Paper.GAP}"><img src="{MARK}" width="{Paper.MARK}"
 height="{Paper.MARK}"></td>
<td style="vertical-align:middle; font-size:{Paper.TITLE}px; font-weight:600;">
{escape(_("Tradekeep recovery kit"))}</td>
<td align="right" style="vertical-align:middle; color:{Paper.SOFT};">{escape(aside)}</td>
</tr></table>
<p style="margin-top:10px; margin-bottom:0px;">{escape(purpose)}</p>"""


def _key(kit: Kit, fixed: str) -> str:
    facts = f"""
<table cellspacing="0" cellpadding="2" style="margin-top:10px;">
{_fact(_("Id of this key"), kit.hint, fixed)}
{_fact(_("Id of the repository"), kit.repository_id[:32], fixed)}
{_fact("", kit.repository_id[32:], fixed)}
</table>"""
    return f"""
<table width="100%" cellspacing="0" cellpadding="0"><tr>
<td style="vertical-align:top;">
<p style="margin:0px; font-size:{Paper.SECTION}px; font-weight:600;">
{escape(_("Recovery key"))}</p>
{_groups(kit, fixed)}
{facts}
</td>
<td width="{Paper.QR}" align="right" style="vertical-align:top;">
<img src="{QR}" width="{Paper.QR}" height="{Paper.QR}"></td>
</tr></table>"""


def _groups(kit: Kit, fixed: str) -> str:
    found = content.groups(kit)
    rows = []
    for start in range(0, len(found), _COLUMNS):
        cells = "".join(
            f'<td style="color:{Paper.SOFT}; font-size:{Paper.SMALL}px; vertical-align:middle;"'
            f' align="right">{number}</td>'
            f"<td style=\"font-family:'{fixed}'; font-size:{Paper.KEY}px; font-weight:600;"
            f' padding-left:5px; padding-right:22px;">{escape(group.reveal())}</td>'
            for number, group in enumerate(found[start : start + _COLUMNS], start=start + 1)
        )
        rows.append(f"<tr>{cells}</tr>")
    return f'<table cellspacing="0" cellpadding="2">{"".join(rows)}</table>'


def _fact(name: str, value: str, fixed: str) -> str:
    return (
        f'<tr><td style="color:{Paper.SOFT}; padding-right:12px;">{escape(name)}</td>'
        f"<td style=\"font-family:'{fixed}';\">{escape(value)}</td></tr>"
    )


def _places(kit: Kit) -> str:
    rows = "".join(
        f'<tr><td style="padding-right:16px; font-weight:500;">{escape(place.name)}</td>'
        f'<td style="color:{Paper.SOFT};">{escape(place.address)}</td></tr>'
        for place in content.places(kit)
    )
    if not kit.copies:
        none = _("There was no copy yet when this was printed. Write it down here:")
        rows += f'<tr><td colspan="2" style="color:{Paper.SOFT};">{escape(none)}</td></tr>'
    return f'<table cellspacing="0" cellpadding="1">{rows}</table>'


def _part(part: Part, fixed: str) -> str:
    steps = "".join(f'<li style="margin-bottom:1px;">{escape(step)}</li>' for step in part.steps)
    command = ""
    if part.command:
        style = f"margin:4px; margin-left:{Paper.INDENT}px; font-size:{Paper.SMALL + 1}px;"
        command = f"<p style=\"{style} font-family:'{fixed}';\">{escape(part.command)}</p>"
    after = f'<p style="margin:0px; margin-left:{Paper.INDENT}px;">{escape(part.after)}</p>'
    kind = "ol" if part.in_order else "ul"
    return f"""{_section(part.title)}
<{kind} style="margin-top:0px; margin-bottom:0px;">{steps}</{kind}>
{command}{after if part.after else ""}"""


def _section(title: str) -> str:
    return (
        f'<p style="margin-top:{Paper.GAP}px; margin-bottom:4px; font-size:{Paper.SECTION}px;'
        f' font-weight:600;">{escape(title)}</p>'
    )


def _rule() -> str:
    return (
        f'<table width="100%" cellspacing="0" cellpadding="0" style="margin-top:10px;'
        f' margin-bottom:10px;"><tr><td bgcolor="{Paper.RULE}"'
        f' style="font-size:1px; line-height:1px;">&nbsp;</td></tr></table>'
    )


def _typed_again() -> str:
    line = "_" * 18
    words_ = escape(_("Typed again, and it opened the backups, on:"))
    return (
        f'<p style="margin-top:4px; color:{Paper.SOFT};">{words_} &nbsp; {line} &nbsp; {line}</p>'
    )
