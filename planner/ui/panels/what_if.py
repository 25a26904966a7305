"""What if one thing were otherwise? The table of variations in the Freeze step, what a row changes, and adopting it.

The rows are told on 2 mm cells and compare with one another; a verdict of the plan comes with its own 1 mm result
after adopting (H-26). Nothing here changes the plan but "Adopt", which is one edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.ui.panels.panel import SIDE_PX
from planner.ui.panels.what_if_loop import WhatIfLoop
from planner.ui.panels.what_if_rows import WhatIfHeads, WhatIfLine, WhatIfList
from planner.ui.panels.what_if_words import AS_PLANNED, detail_of, fine_words, lines_of
from planner.ui.theme.tokens import StateStyle
from planner.ui.widgets.folded_text import FoldedText
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, rule_line
from planner.ui.widgets.row_list import RowListModel

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from planner.domain.what_if import WhatIfRow, WhatIfTable
    from planner.ui.desk import Desk

STALE = StateStyle("STALE", "warning", "check", "check_tint")
_WHAT = "One change at a time, on 2 mm cells. Rows compare with one another, not with the 1 mm result."
_STALE_WORDS = "The plan or its rules changed after these rows. Compare again."
_DETAIL_PX, _DETAIL_LOW_PX, _LOW_PX = 176, 128, 760


class WhatIfView(QWidget):
    """Button, progress, list, and what is said of the selected row."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("What if")
        self.loop = WhatIfLoop(desk)
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head())
        self._model: RowListModel[WhatIfLine] = RowListModel()
        self.list = WhatIfList(self._model)
        self.heads = WhatIfHeads(self.list)
        column.addWidget(self.heads)
        column.addWidget(self.list, 1)
        self._empty = label("", "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(SIDE_PX, 24, SIDE_PX, 24)
        column.addWidget(self._empty, 1)
        self._left_out = FoldedText("What is not offered")
        self._left_out.setContentsMargins(SIDE_PX, 4, SIDE_PX, 4)
        column.addWidget(self._left_out)
        column.addWidget(self._make_detail())
        self.list.selectionModel().currentChanged.connect(lambda _new, _old: self._show_detail())
        self.list.go_pressed.connect(lambda _key: self._ask_fine())
        adopt = QShortcut(QKeySequence("Ctrl+Return"), self.list, self._adopt)
        adopt.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.loop.changed.connect(self.show_all)
        self.show_all()

    def _make_head(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 8)
        column.setSpacing(8)
        column.addWidget(label(_WHAT, "secondary", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.compare = QPushButton("Compare variations")
        self.compare.clicked.connect(self.loop.compare)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._cancel)
        self._progress_words = label("", "secondary")
        row.addWidget(self.compare)
        row.addWidget(self.cancel)
        row.addWidget(self._progress_words, 1)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Variations compared")
        column.addWidget(self._bar)
        self._stale = QWidget()
        stale = QHBoxLayout(self._stale)
        stale.setContentsMargins(0, 0, 0, 0)
        stale.setSpacing(8)
        stale.addWidget(StateBadge(STALE))
        stale.addWidget(label(_STALE_WORDS, "secondary", wrap=True), 1)
        column.addWidget(self._stale)
        return column

    def _make_detail(self) -> QWidget:
        self._detail = QWidget()
        self._detail.setFixedHeight(_DETAIL_PX)
        whole = QVBoxLayout(self._detail)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(rule_line())
        column = QVBoxLayout()
        column.setContentsMargins(SIDE_PX, 8, SIDE_PX, 8)
        column.setSpacing(6)
        whole.addLayout(column, 1)
        self._name = ElidedLabel("heading")
        column.addWidget(self._name)
        self._said = label("", "secondary", wrap=True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._said)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName("What this variation changes")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._scroll, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.adopt = QPushButton("Adopt")
        self.adopt.clicked.connect(self._adopt)
        self.fine = QPushButton("Compute at 1 mm")
        self.fine.clicked.connect(self._ask_fine)
        row.addWidget(self.adopt)
        row.addWidget(self.fine)
        row.addStretch(1)
        column.addLayout(row)
        return self._detail

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Show what there is, how far it is, and whether it is of the plan on the desk."""
        loop = self.loop
        table, job, missing = loop.table, loop.job, loop.missing()
        running: tuple[QWidget, ...] = (self.cancel, self._bar)
        for widget in running:
            widget.setVisible(job is not None)
        self.compare.setVisible(job is None)
        self.compare.setText("Compare again" if table is not None else "Compare variations")
        self.compare.setEnabled(not missing)
        self.compare.setToolTip(missing)
        self._progress_words.setText("" if job is None else _progress(job.done, job.total))
        if job is not None:
            self._bar.setRange(0, max(job.total, 1))
            self._bar.setValue(job.done)
        self._stale.setVisible(loop.is_stale)
        for widget in (self.list, self.heads, self._left_out, self._detail):
            widget.setVisible(table is not None)
        self._empty.setVisible(table is None)
        self._empty.setText(loop.refusal or missing or "Nothing compared yet.")
        if table is not None:
            self._show_table(table)

    def _show_table(self, table: WhatIfTable) -> None:
        if self._shown != (id(table), self.loop.is_stale):
            self._shown = (id(table), self.loop.is_stale)
            self.list.show_lines(lines_of(table, is_stale=self.loop.is_stale))
            if not self.list.currentIndex().isValid():
                self.list.setCurrentIndex(self._model.index(0))
            self._left_out.show_text(f"Not offered: {' '.join(table.left_out)}" if table.left_out else "")
        self._left_out.setVisible(bool(table.left_out))
        self._show_detail()

    def _show_detail(self) -> None:
        table, row = self.loop.table, self._row()
        if table is None or row is None:
            return
        variation = row.variation
        self._name.show_text(AS_PLANNED if variation is None else variation.words)
        said = detail_of(table, row)
        fine = self.loop.fine_of(row.key)
        session = self._desk.session
        if fine is not None and session is not None:
            planned = session.assessment if session.result_is_current and not self.loop.is_stale else None
            said = (*fine_words(fine, planned), *(f"On 2 mm cells: {sentence}" for sentence in said[:1]))
        self._said.setText("\n".join(said))
        stale = _STALE_WORDS if self.loop.is_stale else ""
        reason = stale or ("This is the plan as it is." if variation is None else row.reason)
        self.adopt.setEnabled(not reason)
        self.adopt.setToolTip(reason or "One edit of the plan, which undo takes back; Ctrl+Enter in the list")
        pending = self.loop.is_fine_pending(row.key)
        done = "It is computed." if fine is not None else ""
        self.fine.setEnabled(not (reason or pending or done))
        self.fine.setText("Computing …" if pending else "Compute at 1 mm")
        self.fine.setToolTip(
            reason or done or "As the plan would be computed and judged once adopted; Enter in the list"
        )

    def _row(self) -> WhatIfRow | None:
        table, key = self.loop.table, self.list.chosen_key()
        return None if table is None or key is None else table.row(key)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave a low panel to the list; the selected row stays in sight."""
        super().resizeEvent(event)
        self._detail.setFixedHeight(_DETAIL_LOW_PX if self.height() < _LOW_PX else _DETAIL_PX)
        QTimer.singleShot(0, lambda: self.list.scrollTo(self.list.currentIndex()))

    # --- acting ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Give the list the keyboard, or the button that fills it; compute when there is nothing of this plan."""
        if self.loop.job is None and (self.loop.table is None or self.loop.is_stale):
            self.loop.compare()
        (self.list if self.loop.table is not None else self.compare).setFocus()

    def _cancel(self) -> None:
        self.loop.cancel()
        self._desk.say("Comparing variations: cancelled.")

    def _ask_fine(self) -> None:
        row = self._row()
        if row is not None and row.variation is not None and self.fine.isEnabled():
            self.loop.ask_fine(row.variation)

    def _adopt(self) -> None:
        row = self._row()
        if row is not None and row.variation is not None and self.adopt.isEnabled():
            self.loop.adopt(row.variation)


def _progress(done: int, total: int) -> str:
    return f"{done} of {total}" if total else "Laying out the plan"
