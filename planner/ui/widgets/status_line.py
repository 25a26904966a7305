"""What is under the cursor, and what is being worked on? The line at the foot of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton

from planner.ui.theme.tokens import STATUS_PX
from planner.ui.widgets.accessible import announce
from planner.ui.widgets.labels import ElidedLabel, label, upright_line

if TYPE_CHECKING:
    from planner.ui.jobs import Jobs

CONVENTION = "Radiological convention"
DISCLAIMER = "For research and training, not for clinical use"
_SHOW_AFTER_MS = 1000
_SENTENCE_MS = 8000


class StatusLine(QFrame):
    """24 px: read-out, grade, sentence, jobs with Cancel, convention and disclaimer."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setFixedHeight(STATUS_PX)
        self.setAccessibleName("Status line")
        self._jobs = jobs
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(12)
        self.readout = ElidedLabel("secondary")
        self.grade = label("", "secondary")
        self.sentence = ElidedLabel("secondary")
        self.job_words = label("Jobs: none running", "secondary")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(90)
        self._bar.setAccessibleName("Progress")
        self._cancel = QPushButton("Cancel")
        self._cancel.setProperty("look", "link")
        self._cancel.setFixedHeight(STATUS_PX - 2)
        self._cancel.clicked.connect(self._cancel_shown)
        row.addWidget(self.readout, 3)
        for widget, stretch in ((self.grade, 0), (self.sentence, 3), (self.job_words, 0)):
            row.addWidget(upright_line(14))
            row.addWidget(widget, stretch)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        row.addStretch(1)
        row.addWidget(label(f"{CONVENTION}  ·  {DISCLAIMER}", "secondary"))
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_SHOW_AFTER_MS)
        self._late.timeout.connect(self.show_jobs)
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(_SENTENCE_MS)
        self._fade.timeout.connect(lambda: self.sentence.show_text(""))
        jobs.changed.connect(self.show_jobs)
        self.show_jobs()

    def say(self, sentence: str) -> None:
        """Show a sentence for a while and have it spoken."""
        self.sentence.show_text(sentence)
        self._fade.start()
        announce(self, sentence)

    def show_readout(self, text: str) -> None:
        """Show what lies under the cursor."""
        self.readout.show_text(text)

    def show_jobs(self) -> None:
        """Show the oldest job that has lasted a second; nothing moves for shorter ones."""
        loud = [job for job in self._jobs.running if not job.is_quiet]
        old = [job for job in loud if job.age_s * 1000 >= _SHOW_AFTER_MS]
        if loud and not old:
            self._late.start()
        self._bar.setVisible(bool(old))
        self._cancel.setVisible(bool(old))
        if not old:
            self.job_words.setText("Jobs: none running" if not loud else f"{loud[0].verb} …")
            return
        job = old[0]
        more = f", {len(old) - 1} more" if len(old) > 1 else ""
        self.job_words.setText(job.words + more)
        self._bar.setRange(0, job.total)
        self._bar.setValue(job.done)

    def _cancel_shown(self) -> None:
        loud = [job for job in self._jobs.running if not job.is_quiet]
        if loud:
            self._jobs.cancel(loud[0])
            self.say(f"{loud[0].verb}: cancelled.")
