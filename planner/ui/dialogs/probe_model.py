"""What is known of this probe, and from where? Catalogue, published isotherms, the fit, and the site's own figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.persistence.resources import probe_models, read_probe_models, resources_dir, sources
from planner.persistence.site_probes import EXAMPLE, check_site_file
from planner.ui.dialogs.probe_model_rows import Row, fit_rows, fit_words, isotherm_rows, source_ids, value_rows
from planner.ui.widgets.labels import ElidedLabel, label, rule_line, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.probe import ProbeModel

_SIZE_PX = (760, 680)
_NARROW_PX = 96


class ProbeModelDialog(QDialog):
    """One model, read only. What a site enters is shown with its folder and checked on demand."""

    def __init__(self, parent: QWidget, model_id: str) -> None:
        super().__init__(parent)
        model = next((one for one in probe_models() if one.id == model_id), None)
        self.setWindowTitle("About this probe")
        self.resize(_SIZE_PX[0], min(_SIZE_PX[1], max(320, parent.height() - _NARROW_PX)))
        self._inner = QWidget()
        self._inner.setObjectName("scrolled")
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(24, 20, 24, 16)
        self._column.setSpacing(8)
        if model is None:
            self._column.addWidget(label(f"Unknown model {model_id}", "title"))
            said = "The catalogue of this computer has no probe of that name. Choose another, or enter it below."
            self._column.addWidget(label(said, "sentence", wrap=True))
        else:
            self._show_model(model)
        self._make_site()
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidget(self._inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("What is known of this probe")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.setContentsMargins(24, 8, 24, 12)
        buttons.rejected.connect(self.reject)
        whole.addWidget(rule_line())
        whole.addWidget(buttons)
        self.check_site()

    # --- the model ---------------------------------------------------------------------------------------------------

    def _show_model(self, model: ProbeModel) -> None:
        self._column.addWidget(label(model.label, "title", wrap=True))
        kind = "A generic probe for demonstration, no product" if model.is_generic else model.manufacturer
        self._column.addWidget(label(f"{kind} · {model.cryogen}", "sentence", wrap=True))
        self._head("Values")
        self._table(("", "Value", "Status", "Source"), value_rows(model), stretch=(0, 0, 4, 1))
        self._head("Surface temperature")
        self._column.addWidget(label(model.boundary_words, wrap=True))
        if model.calibration is not None:
            self._column.addWidget(label(fit_words(model.calibration), "secondary", wrap=True))
            self._table(("Isotherm", "Measured", "Fitted", "Difference"), fit_rows(model.calibration))
        self._head("Published isotherms")
        if model.isotherms:
            heads = ("Isotherm", "Width", "Length", "In what, from, after", "Source")
            self._table(heads, isotherm_rows(model.isotherms), stretch=(0, 0, 0, 3, 2))
        else:
            self._column.addWidget(label("None is in the catalogue.", "secondary"))
        # Readings and remarks; the isotherms, which the catalogue puts among the notes too, have their own table.
        notes = [note for note in model.notes if " isotherm: " not in note]
        if notes:
            self._head("Notes")
            for note in notes:
                self._column.addWidget(label(note, "secondary", wrap=True))
        named = source_ids(model)
        if named:
            self._head("Sources")
            for source_id in named:
                self._column.addWidget(label(f"{source_id}: {sources()[source_id]}", "secondary", wrap=True))

    def _head(self, words: str) -> None:
        self._column.addSpacing(8)
        self._column.addWidget(label(words, "heading"))

    def _table(self, heads: Sequence[str], rows: Sequence[Row], *, stretch: Sequence[int] = ()) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for column, head in enumerate(heads):
            grid.addWidget(label(head, "column"), 0, column)
            grid.setColumnStretch(column, stretch[column] if stretch else 1)
        for at, row in enumerate(rows, start=1):
            grid.addWidget(rule_line(), 2 * at - 1, 0, 1, len(heads))
            for column, (text, tone) in enumerate(row):
                cell = label(text or "—", "secondary" if column else "name", wrap=column > 0)
                cell.setAccessibleName(f"{heads[column]}: {text or 'not known'}".removeprefix(": "))
                if tone:
                    set_tone(cell, tone)
                grid.addWidget(cell, 2 * at, column, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(grid)

    # --- the site's own ----------------------------------------------------------------------------------------------

    def _make_site(self) -> None:
        self._head("Figures of your site")
        said = (
            "A file of your own fills in what the catalogue lacks, or adds a probe. Every figure needs the number of "
            "the document it was read in. The shipped catalogue is never changed; a changed file counts from the next "
            "start."
        )
        self._column.addWidget(label(said, "secondary", wrap=True))
        self._path = ElidedLabel("name", mode=Qt.TextElideMode.ElideMiddle)
        self._column.addWidget(self._path)
        self._state = label("", wrap=True)
        self._column.addWidget(self._state)
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, act in (
            ("Open folder", self._open_folder),
            ("Check the file", self.check_site),
            ("Copy an example", self._copy_example),
        ):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        self._column.addLayout(row)

    def check_site(self) -> None:
        """Read the site's file as it is now, and say what was found."""
        check = check_site_file(read_probe_models(resources_dir()))
        self._path.show_text(str(check.path))
        if not check.is_there:
            words, tone = "There is no such file yet.", ""
        elif check.finding:
            words, tone = check.finding, "fail"
        elif check.entered:
            words, tone = f"The file can be used. It has figures for {', '.join(check.entered)}.", ""
        else:
            words, tone = "The file can be used, and changes nothing.", ""
        self._state.setText(words)
        set_tone(self._state, tone)

    @property
    def site_words(self) -> str:
        """What is said of the site's file."""
        return self._state.text()

    def _open_folder(self) -> None:
        folder = check_site_file(read_probe_models(resources_dir())).path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._state.setText(f"The folder cannot be made: {error.strerror}.")
            set_tone(self._state, "fail")
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _copy_example(self) -> None:
        QGuiApplication.clipboard().setText(EXAMPLE)
        self._state.setText("The example is on the clipboard; fill in its figures and its document.")
        set_tone(self._state, "")
