"""Asked within the window when it is to close: on running work, and on settings that are not saved."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

from ..base.texts import _, n_
from . import words, work_words
from .guard import alive, calling
from .sheet import Sheet
from .work import Work

Answered = Callable[[str], None]


class ClosingQuestion:
    """Asks over ``parent``, one question at a time; the answer is heard once."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._sheet: Sheet | None = None

    @property
    def sheet(self) -> Sheet | None:
        """The question that is being asked, if one is."""
        return self._sheet if self._sheet is not None and alive(self._sheet) and self._sheet.isVisible() else None

    def ask(self, work: Work, answered: Answered, waiting: int = 0) -> None:
        """Close while this runs, and others wait? Answers ``go_on``, ``cancel`` or ``back``.

        After ``cancel`` the sheet stays, for stopping takes a moment; ``back`` can still be answered then.
        """
        if self.sheet is not None:
            return
        backup = work.verb == "backup"
        title = (
            _("The copy goes on even if you close the window.")
            if backup
            else _("The work goes on even if you close the window.")
        )
        sheet = self._new(title, answered)
        sheet.body.addWidget(words.label(_what(work), "strong", wrap=True))
        if waiting:
            told = n_("{count} more is waiting and goes on too.", "{count} more are waiting and go on too.", waiting)
            sheet.body.addWidget(words.label(told.format(count=waiting), wrap=True))
        note = words.label(_("How it ended is seen when the program is opened again."), "muted", wrap=True)
        sheet.body.addWidget(note)
        stop = sheet.add_button(_("Cancel the copy") if backup else _("Cancel the work"), lambda: None, icon="stop")
        main = sheet.add_main(_("Close and go on"), lambda: answered("go_on"))

        def stopping() -> None:
            if not stop.isEnabled():
                return
            stop.setEnabled(False)
            main.setEnabled(False)
            main.hide()
            words.retitle(sheet.cancel, _("Leave the window open"))
            sheet.title.setText(_("Stopping…"))
            note.setText(_("This can't be taken back; nothing unfinished is left. Then the window closes."))
            sheet.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
            answered("cancel")

        stop.clicked.connect(calling(sheet, stopping))
        sheet.ask(main)

    def ask_unsaved(self, count: int, answered: Answered) -> None:
        """Close with changed settings? Answers ``save``, ``discard`` or ``back``."""
        if self.sheet is not None:
            return
        told = n_("{count} change is not saved", "{count} changes are not saved", count).format(count=count)
        sheet = self._new(told, answered)
        sheet.body.addWidget(words.label(_("They are lost if you close without saving."), "muted", wrap=True))
        discard = sheet.add_button(_("Discard changes"), lambda: None)

        def discarded() -> None:
            sheet.hide()
            sheet.deleteLater()
            answered("discard")

        discard.clicked.connect(calling(sheet, discarded))
        sheet.ask(sheet.add_main(_("Save and close"), lambda: answered("save")))

    def _new(self, title: str, answered: Answered) -> Sheet:
        sheet = Sheet(self._parent, title)
        words.retitle(sheet.cancel, _("Back"))
        sheet.cancelled.connect(calling(sheet, lambda: answered("back")))
        self._sheet = sheet
        return sheet


def _what(work: Work) -> str:
    """What runs, and how long it still takes."""
    title = work_words.title(work)
    if work_words.is_nearly_done(work):
        return _("{title}: almost done").format(title=title)
    if work.left_s is None or work.left_s < work_words.SOON_S:
        return title
    told = n_("{title}: about {time} left", "{title}: about {time} left", work_words.left_count(work.left_s))
    return told.format(title=title, time=work_words.left(work.left_s))
