"""What does each control look like? One Qt stylesheet generated from the tokens.

Widgets opt in by object name, or by the dynamic property ``look``: such as primary, quiet, link, nav, tag, title,
heading, name, secondary, hint and caption.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.ui.theme.tokens import Tokens

_SHEET = Template("""
* { outline: 0; }
QWidget { color: $text_1; }
QMainWindow, QDialog, #page, #viewGrid, QSplitter, #startCentre { background: $bg; }
#bar, #rail, #panel, #panelPage, #statusLine, #toolbar, #timeline, #startNav, #preview { background: $surface; }
#topBar { background: $surface; border-bottom: 1px solid $line; }
#toolbar, #panelHead { background: $surface; border-bottom: 1px solid $line; }
#toolStrip { background: $surface; border-right: 1px solid $line; }
#timeline { border-top: 1px solid $line; }
#rail, #startNav { border-right: 1px solid $line; }
#panel, #preview { border-left: 1px solid $line; }
#statusLine { border-top: 1px solid $line; }
#section { border-bottom: 1px solid $line; }
#card { border-bottom: 1px solid $line; }
#card[selected="true"] { background: $sel; }
#rule { background: $line; max-height: 1px; min-height: 1px; border: 0; }
#upright { background: $line; max-width: 1px; min-width: 1px; border: 0; }
QSplitter::handle { background: $bg; }
QSplitter::handle:hover { background: $line_strong; }
QLabel { background: transparent; }
QLabel[look="title"] { font-size: 20px; font-weight: 600; }
QLabel[look="heading"] { font-weight: 600; }
QLabel[look="brand"] { font-size: 14px; font-weight: 600; }
QLabel[look="name"] { font-weight: 500; }
QLabel[look="secondary"] { font-size: 12px; color: $text_2; }
QLabel[look="sentence"] { color: $text_2; }
QLabel[look="hint"] { font-size: 12px; color: $text_3; }
QLabel[look="caption"] { font-size: 11px; font-weight: 600; color: $text_3; letter-spacing: 0.6px; }
QLabel[look="state"] { font-size: 12px; font-weight: 600; }
QLabel[look="column"] { font-size: 11px; color: $text_3; }
QLabel[look="tag"] { font-size: 11px; font-weight: 600; color: $text_2; border: 1px solid $line_strong;
  border-radius: 3px; padding: 1px 6px; }
QPushButton { background: $raised; border: 1px solid $line_strong; border-radius: 4px; padding: 0 10px;
  min-height: 26px; font-weight: 500; }
QPushButton:hover { background: $sel; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton:pressed { background: $accent_bg; }
QPushButton:disabled { color: $text_3; background: transparent; border-color: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 9px; min-height: 24px; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border-color: $accent; min-height: 30px;
  padding: 0 14px; font-weight: 600; }
QPushButton[look="primary"]:focus { border: 2px solid $text_1; min-height: 28px; padding: 0 13px; }
QPushButton[look="primary"]:disabled { background: transparent; color: $text_3; border-color: $line; }
QPushButton[look="timer"], QPushButton[look="timer"]:focus { min-height: 72px; padding: 0; border: 0; }
QLineEdit[look="timer"], QLineEdit[look="timer"]:focus { min-height: 68px; font-size: 20px; padding: 0 12px; }
QPushButton[look="quiet"] { background: transparent; border-color: transparent; color: $text_2; font-weight: 400; }
QPushButton[look="quiet"]:hover { background: $raised; }
QPushButton[look="quiet"]:disabled { color: $text_3; border-color: transparent; }
QPushButton[look="quiet"]:focus { border: 2px solid $accent; }
QPushButton[look="link"] { background: transparent; border: 1px solid transparent; color: $accent; font-weight: 400;
  font-size: 12px; padding: 0 4px; min-height: 26px; }
QPushButton[look="link"]:hover { text-decoration: underline; }
QPushButton[look="link"]:focus { border: 2px solid $accent; min-height: 24px; padding: 0 3px; }
QPushButton[look="link"]:disabled { color: $text_3; }
QPushButton[look="fold"] { background: transparent; border: 1px solid transparent; text-align: left; font-weight: 400;
  font-size: 12px; color: $text_2; padding: 0 2px; min-height: 24px; }
QPushButton[look="fold"]:hover { background: $raised; }
QPushButton[look="fold"]:focus { border: 2px solid $accent; padding: 0 1px; min-height: 22px; }
QPushButton[look="fold"]:disabled { color: $text_3; border-color: transparent; }
QPushButton[look="segment"] { color: $text_2; min-height: 30px; padding: 0 4px; border-radius: 3px; }
QPushButton[look="segment"]:checked { background: $accent_bg; border: 1px solid $accent; color: $text_1;
  font-weight: 600; }
QPushButton[look="iconMenu"] { padding: 0; min-width: 28px; max-width: 28px; }
QPushButton[look="iconMenu"]:focus { padding: 0; min-width: 26px; max-width: 26px; }
QPushButton[look="iconMenu"]::menu-indicator { image: none; width: 0; }
QPushButton[look="nav"] { background: transparent; border: 1px solid transparent; text-align: left; font-weight: 400;
  min-height: 34px; padding: 0 8px; }
QPushButton[look="nav"]:hover { background: $raised; }
QPushButton[look="nav"]:checked { background: $sel; font-weight: 500; }
QPushButton[look="nav"]:focus { border: 2px solid $accent; padding: 0 7px; min-height: 32px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; min-height: 26px;
  padding: 0 4px; }
QToolButton:hover { background: $raised; }
QToolButton:checked { background: $accent_bg; border: 1px solid $accent; }
QToolButton:focus { border: 2px solid $accent; padding: 0 3px; min-height: 24px; }
QToolButton:disabled { color: $text_3; }
QToolButton[look="text"], QToolButton[look="mode"] { padding: 0 8px; font-weight: 500; }
QToolButton[look="text"]:focus, QToolButton[look="mode"]:focus { padding: 0 7px; }
QToolButton[look="mode"]:checked { background: $sel; border-color: transparent; font-weight: 600; }
QToolButton[look="strip"] { font-size: 11px; color: $text_2; padding: 2px 0; min-height: 30px; }
QToolButton[look="strip"]:checked { color: $text_1; }
QToolButton[look="strip"]:disabled { color: $text_3; }
QToolButton[look="strip"]:focus { padding: 1px 0; min-height: 30px; }
QToolButton[look="menu"] { padding: 0 20px 0 8px; }
QToolButton[look="menu"]:focus { padding: 0 19px 0 7px; }
QToolButton::menu-indicator { subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }
QLineEdit, QComboBox, QAbstractSpinBox { background: $field; border: 1px solid $line_strong; border-radius: 3px;
  padding: 0 7px; min-height: 24px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border: 2px solid $accent; padding: 0 6px;
  min-height: 22px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $text_3; border-color: $line;
  background: $surface; }
QPlainTextEdit { background: $field; border: 1px solid $line_strong; border-radius: 3px; padding: 4px;
  selection-background-color: $accent; selection-color: $on_accent; }
QPlainTextEdit:focus { border: 2px solid $accent; padding: 3px; }
QLineEdit:read-only { background: $surface; color: $text_2; }
QLineEdit[refused="true"], QPlainTextEdit[refused="true"], QComboBox[refused="true"] { border-color: $fail; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { border: 0; padding: 0; background: transparent; min-height: 0; }
QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit:focus { border: 0; padding: 0; min-height: 0; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { padding: 0 6px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 1px; border: 0; subcontrol-origin: border; }
QComboBox::down-arrow { image: none; border: 0; width: 0; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line_strong; selection-background-color: $sel;
  selection-color: $text_1; }
QAbstractItemView { background: $surface; border: 0; alternate-background-color: $surface; gridline-color: $line;
  selection-background-color: $sel; selection-color: $text_1; }
QAbstractItemView:focus { border: 0; }
#iceLines { background: $raised; border: 1px solid $line_strong; }
#completions { background: $raised; border: 1px solid $line_strong; }
#completions::item { min-height: 26px; padding: 0 8px; }
QHeaderView { background: $surface; }
QHeaderView::section { background: $surface; color: $text_3; border: 0; border-bottom: 1px solid $line; padding: 0 8px;
  font-size: 11px; font-weight: 400; }
QTableView::item, QTreeView::item { padding: 0 8px; border-bottom: 1px solid $line; }
QTreeView::branch { background: transparent; }
QScrollArea, QScrollArea > QWidget > QWidget#scrolled { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line_strong; border-radius: 3px; min-height: 24px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $line_strong; border-radius: 3px; min-width: 24px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; border: 0;
  width: 0; height: 0; }
QMenu { background: $raised; border: 1px solid $line_strong; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 10px; border-radius: 3px; min-height: 20px; }
QMenu::item:selected { background: $sel; }
QMenu::item:disabled { color: $text_3; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QToolTip { background: $raised; color: $text_1; border: 1px solid $line_strong; padding: 4px 6px; font-size: 12px; }
QProgressBar { background: $line; border: 0; max-height: 3px; min-height: 3px; border-radius: 1px; }
QProgressBar::chunk { background: $accent; border-radius: 1px; }
QCheckBox { spacing: 6px; min-height: 24px; }
QCheckBox:disabled { color: $text_3; }
QCheckBox:focus { border: 2px solid $accent; border-radius: 3px; }
#fieldError { color: $fail; font-size: 12px; }
#banner[tone="check"] { background: $check_tint; border-bottom: 1px solid $line; }
#banner[tone="fail"] { background: $fail_tint; border-bottom: 1px solid $line; }
#banner[tone="not_assessed"] { background: $not_assessed_tint; border-bottom: 1px solid $line; }
#banner[tone="check"] QLabel[look="bannerWord"] { color: $check; font-weight: 600; }
#banner[tone="fail"] QLabel[look="bannerWord"] { color: $fail; font-weight: 600; }
#banner[tone="not_assessed"] QLabel[look="bannerWord"] { color: $not_assessed; font-weight: 600; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="check"] { color: $check; }
QLabel[tone="fail"] { color: $fail; }
QLabel[tone="not_assessed"] { color: $not_assessed; }
#viewFrame { background: #000000; border: 2px solid transparent; }
#viewFrame[active="true"] { border: 2px solid $accent; }
""")


def stylesheet(tokens: Tokens) -> str:
    """Return the whole stylesheet for one theme."""
    return _SHEET.substitute({name: str(value) for name, value in asdict(tokens).items()})
