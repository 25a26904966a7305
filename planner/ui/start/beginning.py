"""What lies between a chosen series and its plan? Its findings, each accepted by name, before and after loading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.series import SeriesVerdict
from planner.ui.dialogs.acknowledge import AcknowledgeDialog
from planner.ui.opening import findings_to_accept

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.domain.review import Acknowledgement, Finding
    from planner.domain.series import SeriesSummary
    from planner.ui.desk import Desk
    from planner.ui.opening import Accepted, CaseOpener


class PlanBeginning:
    """Starts plans. A series that cannot be used is told why; nothing is accepted without a person (H-19)."""

    def __init__(self, window: QWidget, desk: Desk, opener: CaseOpener) -> None:
        self._window, self._desk, self._opener = window, desk, opener

    def start(self, series: SeriesSummary, *, folder: str) -> None:
        """Start a plan on a series of a folder, after what its checks ask for."""
        if series.verdict is SeriesVerdict.NOT_USABLE:
            self._desk.say(series.sentence)
            return

        def load(accepted: tuple[Acknowledgement, ...]) -> None:
            def ask_again(findings: tuple[Finding, ...], go_on: Accepted) -> None:
                self._ask(findings, go_on, is_loaded=True)

            self._opener.start_plan(series, folder=folder, acknowledgements=accepted, ask=ask_again)

        findings = findings_to_accept(series.findings)
        if findings:
            self._ask(findings, load, is_loaded=False)
        else:
            load(())

    def _ask(self, findings: tuple[Finding, ...], go_on: Accepted, *, is_loaded: bool) -> None:
        dialog = AcknowledgeDialog(self._window, findings, who=self._desk.who, is_loaded=is_loaded)

        def accept() -> None:
            self._desk.who = dialog.who
            go_on(dialog.acknowledgements())

        dialog.accepted.connect(accept)
        dialog.rejected.connect(lambda: self._desk.say("Nothing was accepted, so no plan was started."))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
