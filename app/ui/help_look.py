"""How a help text looks: what Qt makes of Markdown, in the fonts, colours and distances of the
window, with a table of keys at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextFrameFormat,
    QTextLength,
    QTextTableFormat,
)

from app.ui.look import Look
from app.ui.tokens import Space, Type

_LINE = 135  # per cent of a line's height
_HEADS = {1: Type.TITLE, 2: Type.SECTION}
_KEYS_LEVEL = 2


def dress(
    document: QTextDocument, look: Look, keys_title: str, keys: Sequence[tuple[str, str]]
) -> None:
    """Dress a document that was just made from Markdown, and add its keys."""
    document.setDefaultFont(look.font())
    document.setDocumentMargin(Space.CARD)
    document.setIndentWidth(Space.PAGE)
    block = document.begin()
    while block.isValid():
        _dress_block(block, look)
        block = block.next()
    if keys:
        _add_keys(document, look, keys_title, keys)


def _dress_block(block: QTextBlock, look: Look) -> None:
    cursor = QTextCursor(block)
    level = block.blockFormat().headingLevel()
    shape = QTextBlockFormat()
    if level:
        _head_shape(shape, first=not block.previous().isValid())
    else:
        shape.setLineHeight(_LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        shape.setTopMargin(0)
        inside = block.textList() and block.next().textList()  # another item follows
        shape.setBottomMargin(Space.TINY if inside else Space.SMALL)
    cursor.mergeBlockFormat(shape)
    cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
    cursor.mergeCharFormat(_plain(look))
    for fragment in list(_fragments(block)):
        _dress_fragment(fragment, block, look, level)


def _head_shape(shape: QTextBlockFormat, *, first: bool) -> None:
    shape.setTopMargin(0 if first else Space.CARD)
    shape.setBottomMargin(Space.SMALL)


def _plain(look: Look) -> QTextCharFormat:
    plain = QTextCharFormat()
    plain.setForeground(QColor(look.palette.text))
    return plain


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    at = block.begin()
    while not at.atEnd():
        yield at.fragment()
        at += 1


def _dress_fragment(fragment: QTextFragment, block: QTextBlock, look: Look, level: int) -> None:
    cursor = QTextCursor(block)
    cursor.setPosition(fragment.position())
    end = fragment.position() + fragment.length()
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    if level:
        cursor.setCharFormat(_head(look, level))  # merged, Qt's own size of headings would stay
        return
    told, made = fragment.charFormat(), QTextCharFormat()
    if told.fontFixedPitch():
        fixed = look.fixed()
        made.setFont(fixed)
        made.setBackground(QColor(look.palette.sunken))
    elif told.fontWeight() > Type.MEDIUM:
        made.setFontWeight(Type.SEMIBOLD)
    if told.isAnchor():
        made.setForeground(QColor(look.palette.accent))
        made.setFontUnderline(True)
    cursor.mergeCharFormat(made)


def _head(look: Look, level: int) -> QTextCharFormat:
    head = _plain(look)
    head.setFont(look.font(_HEADS.get(level, Type.BODY), Type.SEMIBOLD))
    return head


def _add_keys(
    document: QTextDocument, look: Look, title: str, keys: Sequence[tuple[str, str]]
) -> None:
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    shape = QTextBlockFormat()
    _head_shape(shape, first=False)
    shape.setHeadingLevel(_KEYS_LEVEL)
    cursor.insertBlock(shape, _head(look, _KEYS_LEVEL))
    cursor.insertText(title)
    cursor.insertBlock(QTextBlockFormat(), _plain(look))
    medium = QFontMetrics(look.font(weight=Type.MEDIUM))
    widest = max(medium.horizontalAdvance(key) for key, _does in keys)
    table = cursor.insertTable(len(keys), 2, _bare_table(widest + Space.PAGE))
    caption = _plain(look)
    caption.setForeground(QColor(look.palette.text2))
    key_format = _plain(look)
    key_format.setFontWeight(Type.MEDIUM)
    for row, (key, does) in enumerate(keys):
        table.cellAt(row, 0).firstCursorPosition().insertText(key, key_format)
        table.cellAt(row, 1).firstCursorPosition().insertText(does, caption)


def _bare_table(first: int) -> QTextTableFormat:
    """Without lines; its first column is that wide."""
    shape = QTextTableFormat()
    shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    shape.setBorder(0)
    shape.setCellSpacing(0)
    shape.setCellPadding(Space.TINY / 2)
    fixed = QTextLength(QTextLength.Type.FixedLength, first)
    shape.setColumnWidthConstraints([fixed, QTextLength()])
    return shape
