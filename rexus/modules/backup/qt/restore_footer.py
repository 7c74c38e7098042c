"""The buttons below the wizard: leaving at the left, going on at the right, one of them the main one."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QSizePolicy

from ..base.texts import _
from . import words
from .guard import guarded


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the buttons of a step are; empty words hide one."""

    cancel: str = ""
    back: str = ""
    onward: str = ""
    ready: bool = True
    danger: bool = False
    """Going on destroys something."""
    plain_cancel: bool = False
    """Leaving is what is offered first."""
    can_cancel: bool = True
    report: bool = False
    primary: bool = True


class Footer(QFrame):
    """As high as ever; only the words change."""

    cancelled = Signal()
    went_back = Signal()
    went_on = Signal()
    reported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rx", "footer")
        self.setFixedHeight(54)
        self.cancel, self.report = words.button("", "ghost"), words.button(_("Save report"), icon="download")
        self.back, self.onward = words.button(""), words.button("", "primary")
        words.row(self.cancel, self.report, ..., self.back, self.onward, margins=(20, 10, 20, 10), gap=8, parent=self)
        for one in (self.cancel, self.report, self.back, self.onward):
            one.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.cancel.clicked.connect(self._on_cancel)
        self.report.clicked.connect(self._on_report)
        self.back.clicked.connect(self._on_back)
        self.onward.clicked.connect(self._on_onward)

    def tell(self, buttons: Buttons) -> None:
        """Show these."""
        for one, text in ((self.cancel, buttons.cancel), (self.back, buttons.back), (self.onward, buttons.onward)):
            if text and one.accessibleName() != text:
                words.retitle(one, text)
            one.setVisible(bool(text))
        words.set_rx(self.cancel, "" if buttons.plain_cancel else "ghost")
        words.set_rx(self.onward, "danger" if buttons.danger else "primary" if buttons.primary else "")
        self.cancel.setEnabled(buttons.can_cancel)
        self.onward.setEnabled(buttons.ready)
        self.report.setVisible(buttons.report)

    @guarded
    def _on_cancel(self) -> None:
        self.cancelled.emit()

    @guarded
    def _on_back(self) -> None:
        self.went_back.emit()

    @guarded
    def _on_onward(self) -> None:
        self.went_on.emit()

    @guarded
    def _on_report(self) -> None:
        self.reported.emit()
