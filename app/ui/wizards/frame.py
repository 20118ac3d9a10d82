"""The frame of a wizard: the rail left, one question at a time right, the foot below it.

The frame knows the order of the pages and keeps their answers; what a page means is its own affair
(`app.ui.wizards.page`). Leaving keeps the answers: nothing is asked, and the next start goes on at
the page that was seen last. Enter goes on, Esc leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.messages import _
from app.ui.look import Look
from app.ui.tokens import Size, Space, Tone, Type
from app.ui.widgets.basic import button, clear, column_of, line, row_of, text
from app.ui.widgets.scrolling import Scrolling
from app.ui.wizards.answers import AnswerFile, Kept
from app.ui.wizards.filling import Filling
from app.ui.wizards.page import WizardPage
from app.ui.wizards.rail import StepShown, StepState, WizardRail


class Wizard(Filling):
    """See the module. `info` stands at the foot of the rail: what holds on every page."""

    finished = Signal()  # the last page is done; the answers are forgotten
    closed = Signal()  # left before that; the answers are kept

    def __init__(
        self,
        look: Look,
        title: str,
        pages: Sequence[WizardPage],
        answers: AnswerFile,
        *,
        info: str = "",
    ) -> None:
        super().__init__()
        self._look, self._title, self._info = look, title, info
        self._pages, self._answers = tuple(pages), answers
        self._at = self._reached = 0
        self._open = True
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self._outside = row_of(spacing=0)
        self.setLayout(self._outside)
        for page in self._pages:
            page.setParent(self)
            page.changed.connect(self._tell)
            page.done.connect(self._page_done)
        self._take_up()
        self._make()
        self._show()

    @property
    def page(self) -> WizardPage:
        """The page that is seen."""
        return self._pages[self._at]

    def dress(self, look: Look) -> None:
        """Put on another appearance; the page stays."""
        self._look = look
        clear(self._outside)
        self._make()
        self._fill()

    # --- what is seen ------------------------------------------------------------------------

    def _make(self) -> None:
        look = self._look
        self._rail = WizardRail(
            look, self._title, self._info, lambda step: self.go_back_to(self._asked()[step])
        )
        self._outside.addWidget(self._rail)
        right = QWidget()
        column = column_of()
        right.setLayout(column)
        scroll = Scrolling(Size.WIZARD_MOST)
        scroll.column.setContentsMargins(0, Space.CARD, 0, 0)
        scroll.column.setSpacing(Space.SMALL)
        self._title_label = text(
            look, "", factor=Type.TITLE_WIZARD, weight=Type.SEMIBOLD, wraps=True
        )
        self._title_label.setObjectName("wizard-title")
        self._why = text(look, "", wraps=True)
        self._why.setProperty("role", "caption")
        self._holder = column_of()
        self._holder.setContentsMargins(0, Space.CARD, 0, 0)
        scroll.column.addWidget(self._title_label)
        scroll.column.addWidget(self._why)
        scroll.column.addLayout(self._holder, 1)
        column.addWidget(scroll, 1)
        foot = self._make_foot()
        column.addLayout(foot)
        sides = Space.PAGE, 0, Space.PAGE, Space.CARD_WIDE

        def follow(_least: int, most: int) -> None:
            """The foot ends where what is above it ends."""
            foot.setContentsMargins(*sides[:2], sides[2] + Size.SCROLL * bool(most), sides[3])

        scroll.verticalScrollBar().rangeChanged.connect(follow)
        self._outside.addWidget(right, 1)

    def _make_foot(self) -> QHBoxLayout:
        look = self._look
        self._cancel = button(look, _("Cancel"), "quiet")
        self._cancel.clicked.connect(self.leave)
        self._missing = text(look, "", caption=True, tone=Tone.BAD, wraps=True)
        self._missing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._back = button(look, _("Back"), "tall")
        self._back.clicked.connect(lambda: self.go_back_to(self._next_to(-1)))
        self._next = QPushButton()
        foot = QWidget()
        foot.setMaximumWidth(Size.WIZARD_MOST)
        column = column_of(spacing=Space.MEDIUM + 2)
        column.addWidget(line())
        self._buttons = row_of(spacing=Space.SMALL + 2)
        self._buttons.addWidget(self._cancel)
        self._buttons.addWidget(self._missing, 1)
        self._buttons.addWidget(self._back)
        self._buttons.addWidget(self._next)
        column.addLayout(self._buttons)
        foot.setLayout(column)
        side = row_of()
        side.setContentsMargins(Space.PAGE, 0, Space.PAGE, Space.CARD_WIDE)
        side.addWidget(foot)
        return side

    def _fill(self) -> None:
        """The page's own widgets, and a button that says its deed."""
        clear(self._holder)
        body = self.page.body(self._look)
        tall = body.sizePolicy().verticalPolicy() is QSizePolicy.Policy.Expanding
        self._holder.addWidget(body, int(tall))
        if not tall:
            self._holder.addStretch(1)
        self._missing.setText("")
        self._tell()

    def _show(self) -> None:
        self._fill()
        self.page.entered()
        # Whoever was clicked still gets its focus first.
        QTimer.singleShot(0, self, self._focus)

    def _focus(self) -> None:
        field = self.page.first_field()
        # As by Tab: what stands in a field is chosen, and typing replaces it.
        (field or self._next).setFocus(Qt.FocusReason.TabFocusReason)

    def _tell(self) -> None:
        """Everything that follows from the page's state, but its body."""
        page = self.page
        self._title_label.setText(page.title)
        self._why.setText(page.why)
        self._why.setVisible(bool(page.why))
        self._rail.show_steps(self._steps())
        self._rail.show_info(on=not page.under_way)
        back = page.may_go_back or not page.under_way  # else it would never be enabled again
        self._back.setVisible(back and self._next_to(-1) >= 0)
        self._back.setEnabled(page.may_go_back)
        self._cancel.setVisible(page.may_cancel)
        self._say_deed(page.deed)
        self._next.setEnabled(not page.busy)
        if self._missing.text():
            self._missing.setText(page.missing)

    def _say_deed(self, deed: str) -> None:
        if self._next.accessibleName() == deed:
            return
        focus = self._next.hasFocus()
        made = button(self._look, deed, "main")
        made.clicked.connect(self.go_on)
        self._buttons.replaceWidget(self._next, made)
        self._next.hide()
        self._next.deleteLater()
        self._next = made
        QWidget.setTabOrder(self._back, made)
        if focus:
            made.setFocus()

    def _steps(self) -> list[StepShown]:
        back = self.page.may_go_back
        return [
            StepShown(
                page.step,
                page.answer() if at != self._at and at <= self._reached else "",
                _state(at, self._at, achieved=page.achieved),
                reachable=at < self._at and back,
            )
            for at in self._asked()
            for page in (self._pages[at],)
        ]

    def _asked(self) -> list[int]:
        """The numbers of the pages that apply; the one that is seen does."""
        return [at for at, page in enumerate(self._pages) if page.applies or at == self._at]

    def _next_to(self, way: int) -> int:
        """The page that comes next (1) or before (-1); -1 or their count at the end."""
        at = self._at + way
        while 0 <= at < len(self._pages) and not self._pages[at].applies:
            at += way
        return at

    # --- going -------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Continue: the next page, or what is missing on this one."""
        page = self.page
        if page.busy or not self._open:
            return
        self._missing.setText(page.missing)
        if page.complete:
            page.go_on()
            return
        field = page.wrong_field()
        if field is not None:
            field.setFocus(Qt.FocusReason.TabFocusReason)

    def _page_done(self) -> None:
        if self.sender() is not self.page or not self._open:
            return
        following = self._next_to(1)
        if following == len(self._pages):
            self._open = False
            self.page.left()
            self._answers.forget()
            self.finished.emit()
            return
        self._go(following)

    def go_back_to(self, at: int) -> None:
        """An earlier page; the answers stay."""
        if 0 <= at < self._at and self.page.may_go_back and self._pages[at].applies:
            self._go(at)

    def _go(self, at: int) -> None:
        before = self.page
        self._at, self._reached = at, max(at, self._reached)
        before.left()
        self.keep()
        self._show()

    def leave(self) -> None:
        """Close, keeping the answers."""
        if self._open:
            self.keep()
            self._open = False
            self.page.left()
            self.closed.emit()

    # --- the answers -------------------------------------------------------------------------

    def _take_up(self) -> None:
        kept = self._answers.load()
        for page in self._pages:
            page.take(kept.answers.get(page.name, {}))
        names = [page.name for page in self._pages]
        wanted = names.index(kept.page) if kept.page in names else 0
        # Not behind a page that lacks something: what it had may not have been kept.
        pages = enumerate(self._pages)
        first_lack = next((at for at, p in pages if p.applies and not p.complete), wanted)
        self._at = self._reached = min(wanted, first_lack)

    def keep(self) -> None:
        """Keep the answers as they are, for another start; not those of a wizard that is done."""
        if not self._open:
            return
        answers = {page.name: dict(page.keep()) for page in self._pages}
        self._answers.save(Kept(page=self.page.name, answers=answers))

    # --- keys --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        key = Qt.Key(event.key())
        if key is Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            else:
                self.go_on()
        else:
            super().keyPressEvent(event)


def _state(at: int, now: int, *, achieved: bool) -> StepState:
    if at == now:
        return StepState.DONE if achieved else StepState.NOW
    return StepState.ANSWERED if at < now else StepState.AHEAD
