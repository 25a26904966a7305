"""What is typed of one archive? Two forms, one for DICOM's own protocol and one for HTTP; each says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from planner.domain.errors import InputRefused
from planner.domain.peer import Peer, WebPeer
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

    from planner.domain.peer import Archive

_LABEL_PX = 128
_DICOM, _WEB = "DICOM", "DICOMweb"
_KINDS = {_DICOM: "DICOM (C-FIND, C-GET, C-MOVE, C-STORE)", _WEB: "DICOMweb (HTTP)"}


class ArchiveForm(QWidget):
    """Fields of one archive. ``name`` and ``kind`` stand above those of the kind."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.name = text_field(name="Name of the archive", hint="what you call it")
        self.kind = ChoiceField()
        self.kind.setAccessibleName("Protocol")
        for key, words in _KINDS.items():
            self.kind.addItem(words, key)
        column.addLayout(field_row("Name", self.name, width_px=_LABEL_PX))
        column.addLayout(field_row("Protocol", self.kind, width_px=_LABEL_PX))
        self._dicom, self._web = _DicomFields(), _WebFields()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._dicom)
        self._stack.addWidget(self._web)
        self.kind.currentIndexChanged.connect(self._stack.setCurrentIndex)
        column.addWidget(self._stack)
        column.addStretch(1)

    def show_archive(self, archive: Archive | None) -> None:
        """Show an archive's fields, or empty ones."""
        self.name.setText("" if archive is None else archive.name)
        is_web = isinstance(archive, WebPeer)
        self.kind.setCurrentIndex(1 if is_web else 0)
        self._dicom.show_peer(archive if isinstance(archive, Peer) else None)
        self._web.show_peer(archive if isinstance(archive, WebPeer) else None)

    def archive(self) -> Archive:
        """Return what is typed; raises InputRefused with what cannot be."""
        name = self.name.text().strip()
        return self._web.peer(name) if self.kind.currentData() == _WEB else self._dicom.peer(name)


class _DicomFields(QWidget):
    def __init__(self) -> None:
        super().__init__()
        column = _column(self)
        self.host = text_field(name="Host", hint="pacs.example, or an address")
        self.port = text_field(name="Port", hint="104 or 11112, as its administrator says")
        self.theirs = text_field(name="AE title of the archive", hint="its own title")
        self.ours = text_field(name="Our AE title", hint="under which it knows us")
        self.receive = text_field(name="Port where we receive", hint="empty: fetched over our own connection")
        self.tls = TickBox("Encrypted with TLS")
        self.certificates = text_field(
            name="Certificates", hint="file of who signed its certificate; empty: the system's"
        )
        for words, field in (
            ("Host", self.host),
            ("Port", self.port),
            ("Its AE title", self.theirs),
            ("Our AE title", self.ours),
            ("Receive at port", self.receive),
            ("", self.tls),
            ("Certificates", self.certificates),
        ):
            column.addLayout(field_row(words, field, width_px=_LABEL_PX))
        self.tls.toggled.connect(self.certificates.setEnabled)
        said = (
            "With a port to receive at, the archive sends what is fetched by a connection of its own (C-MOVE): have "
            "our title, this machine and that port entered there. We listen only while something is fetched."
        )
        column.addWidget(label(said, "hint", wrap=True))
        column.addStretch(1)

    def show_peer(self, peer: Peer | None) -> None:
        self.host.setText(peer.host if peer else "")
        self.port.setText(str(peer.port) if peer else "")
        self.theirs.setText(peer.ae_title if peer else "")
        self.ours.setText(peer.our_ae_title if peer else "FROSTLINE")
        self.receive.setText(str(peer.receive_port) if peer and peer.receive_port else "")
        self.tls.setChecked(bool(peer and peer.uses_tls))
        self.certificates.setEnabled(self.tls.isChecked())
        self.certificates.setText(peer.certificate_file if peer else "")

    def peer(self, name: str) -> Peer:
        return Peer(
            name=name,
            host=self.host.text().strip(),
            port=_port(self.port, "port"),
            ae_title=self.theirs.text().strip(),
            our_ae_title=self.ours.text().strip(),
            uses_tls=self.tls.isChecked(),
            certificate_file=_path(self.certificates) if self.tls.isChecked() else "",
            receive_port=_port(self.receive, "port where we receive") if self.receive.text().strip() else 0,
        )


class _WebFields(QWidget):
    def __init__(self) -> None:
        super().__init__()
        column = _column(self)
        self.url = text_field(name="Address", hint="https://pacs.example/dicom-web")
        self.user = text_field(name="User", hint="empty where it asks for nobody")
        self.password_file = text_field(name="File of the password", hint="file whose first line is the password")
        self.certificates = text_field(
            name="Certificates", hint="file of who signed its certificate; empty: the system's"
        )
        for words, field in (
            ("Address", self.url),
            ("User", self.user),
            ("Password in file", self.password_file),
            ("Certificates", self.certificates),
        ):
            column.addLayout(field_row(words, field, width_px=_LABEL_PX))
        said = (
            "No password is kept in the settings: the file is read when the archive is asked. With https the "
            "certificate is checked, by name too; without, names and pictures cross the network readable."
        )
        column.addWidget(label(said, "hint", wrap=True))
        column.addStretch(1)

    def show_peer(self, peer: WebPeer | None) -> None:
        self.url.setText(peer.url if peer else "")
        self.user.setText(peer.user if peer else "")
        self.password_file.setText(peer.password_file if peer else "")
        self.certificates.setText(peer.certificate_file if peer else "")

    def peer(self, name: str) -> WebPeer:
        return WebPeer(
            name, self.url.text().strip(), self.user.text().strip(), _path(self.password_file), _path(self.certificates)
        )


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return column


def _port(field: QLineEdit, what: str) -> int:
    text = field.text().strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InputRefused(f"A {what} is a number from 1 to 65535, not “{text[:20]}”.", code="peer-port")
    return int(text)


def _path(field: QLineEdit) -> str:
    from pathlib import Path

    text = field.text().strip()
    if text and not Path(text).is_absolute():
        raise InputRefused(f"A file is given with its whole path, not “{text[:80]}”.", code="peer-certificates")
    return text
