"""What screens may ask and order: the controller's face towards them."""

from __future__ import annotations

import logging
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QApplication

from ..base.clock import SystemClock
from ..base.errors import BackupError
from ..base.files import RealFiles
from ..base.identity import Identity, account_name
from ..base.records import BackupKind, BackupRequest, Origin, Problem, Record
from ..base.saying import N_
from ..base.texts import _
from ..config.roles import Right, least, role_of, within_account
from ..config.salvage import roles_left
from ..config.settings import Roles
from ..model import BackupModel
from . import asking
from .judgement import Judgement
from .runner import the_runner
from .work import Work

T = TypeVar("T")
log = logging.getLogger(__name__)
_RIGHTS = {"backup": Right.BACKUP, "verify": Right.VERIFY, "drill": Right.DRILL, "restore": Right.RESTORE}
PROGRAM = Path(__file__).resolve().parents[4] / "main_backup.py"
READING, UNUSABLE, UNSET, RESCUE, DENIED = "reading", "unusable", "unset", "rescue", "denied"
"""Why nothing can be backed up: settings not read yet or of no use, none at all, a mere folder, the person's role."""
_NOTHING_HERE = {
    READING: N_("The settings are still being read"),
    UNSET: N_("Nothing is set up yet"),
    RESCUE: N_("Only a folder of copies is looked at: nothing is backed up from here"),
}


@dataclass(frozen=True, slots=True)
class _Opened:
    """What was read of a configuration."""

    mark: object = None
    """What told this file from an earlier or later one."""
    model: BackupModel | None = None
    trouble: Problem | None = None
    roles: Roles = field(default_factory=Roles)


class Desk(QObject):
    """One configuration and whoever sits before it; made by the controller, in the thread of the screens."""

    refreshed = Signal()
    """Data changed: whoever shows some reads again."""
    reopened = Signal()
    """The settings were read anew: the model is another one."""
    going = Signal(str, object)
    """A screen is to be shown, with what it is to show."""
    told = Signal(object, str, object)
    """A problem to be shown on top, the words of the button that mends it, what that button does."""
    mended = Signal(str)
    """Problems of this code are over."""
    backup_wanted = Signal()
    judged = Signal(object)
    """The `Health` of this moment, whoever asked for it."""
    said = Signal(str)
    """A short remark that needs no answer, as: copied."""

    def __init__(self, config: Path, identity: Identity | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = config
        self.identity = identity
        self.model: BackupModel | None = None
        self.trouble: Problem | None = None
        """Why there is no model, where there is a configuration."""
        self._mark: object = None
        """The file as it was when it was read last."""
        self._was_read = False
        """Whether the settings were looked for yet."""
        self._roles = Roles()
        """Who may do what while the settings can't be used."""
        self.language: str | None = None
        """Spoken whatever the settings say."""
        self.rescue = False
        """Whether only a folder with backups is looked at, with nothing configured."""
        self.turn = 0
        """How often the data changed, as far as was told: whoever has read since then has the newest."""
        self.judgement = Judgement()
        """Whether all is well, for whoever asks of the present turn."""

    @property
    def who(self) -> str:
        """The person, for records."""
        return self.identity.name if self.identity is not None else account_name()

    def may(self, right: Right) -> bool:
        """Whether the person's role allows it. Asks nothing of the disk."""
        roles = self.model.loaded.settings.roles if self.model is not None else self._roles
        return right in role_of(within_account(self.identity, roles), roles).rights

    def may_stop(self, work: Work) -> bool:
        """Whether the person may stop a work: whoever may not order it may not end it, whoever ordered it."""
        return self.may(_RIGHTS.get(work.verb, Right.DELETE))

    def open(self) -> None:
        """Read the settings here and now. Trouble with them is kept in ``trouble``, not raised."""
        self._take(_read(self.config, self.language, self.identity))

    def reopen(
        self, config: Path | None = None, *, rescue: bool = False, then: Callable[[], None] | None = None
    ) -> None:
        """Read the settings anew, or those of another file (or folder, with ``rescue``).

        That is done elsewhere, for a disk may be slow. Until then all is as it was; afterwards ``then`` is called.
        """
        place, language, identity = config if config is not None else self.config, self.language, self.identity

        def take(found: _Opened) -> None:
            self.config, self.rescue = place, rescue
            self._take(found)
            if self.model is not None and not rescue:
                the_runner().watch(self.config)
            self.reopened.emit()
            self.refreshed.emit()
            if then is not None:
                then()

        asking.ask(self, lambda: _read(place, language, identity), take, self.tell)

    def look_again(self, *, refresh: bool) -> None:
        """Take up settings that somebody changed in the file; ``refresh``: else read at least the data anew.

        Settings that can't be used are read again whenever somebody asks for it.
        """
        place = self.config

        def compared(mark: object) -> None:
            if place == self.config and (mark != self._mark or (refresh and self.trouble is not None)):
                self.reopen(rescue=self.rescue)
            elif refresh:
                self.refresh()

        if self._was_read:
            asking.ask(self, lambda: _mark(place), compared, self.tell, key="look")

    def _take(self, found: _Opened) -> None:
        from ..model import later_log

        self.model, self.trouble, self._roles = found.model, found.trouble, found.roles
        self._mark = found.mark
        later_log.keep_later(self.config, self.model.loaded if self.model else None, SystemClock(), RealFiles())
        self._was_read = True
        self._begin_turn()

    def _begin_turn(self) -> None:
        self.turn += 1
        self.judgement = Judgement()

    def ask(
        self,
        owner: QObject,
        work: Callable[[BackupModel], T],
        then: Callable[[T], None],
        failed: Callable[[Problem], None] | None = None,
        key: str = "",
    ) -> None:
        """Ask the model elsewhere, hear the answer here; nothing is asked while there is none."""
        model = self.model
        if model is not None:
            asking.ask(owner, lambda: work(model), then, failed or self.tell, key)

    def order(self, verb: str, request: Record) -> str:
        """Have work done by a process of its own; returns the work's id."""
        return the_runner().order(verb, request, self.config, self.identity)

    def back_up(self) -> None:
        """Back everything up now, where the person may, something is configured and no backup is under way.

        A key that is held, or pressed twice, means one backup.
        """
        if self.can_back_up():
            self.backup_wanted.emit()

    def back_up_as(self, kind: BackupKind) -> None:
        """The same with a kind that somebody chose."""
        if self.can_back_up():
            self.order("backup", BackupRequest(kind=kind, origin=Origin.MANUAL, requested_by=self.who))

    @property
    def barred(self) -> str:
        """Why nobody here can order a backup, whatever runs; empty: it can be done. Asks nothing."""
        if self.model is None:
            return UNUSABLE if self.trouble is not None else UNSET if self._was_read else READING
        if self.rescue:
            return RESCUE
        return "" if self.may(Right.BACKUP) else DENIED

    def can_back_up(self) -> bool:
        """Whether a backup can be ordered now; why not is told."""
        why = self.barred
        if why == DENIED and self.model is not None:
            self.tell(self.denied("backup", Right.BACKUP, self.model.loaded.settings.roles))
        elif why == UNUSABLE and self.trouble is not None:
            self.tell(self.trouble)
        elif why:
            self.said.emit(_(_NOTHING_HERE[why]))
        if why:
            return False
        here = self.config.absolute()
        works = (one for one in the_runner().works() if one.config == here and one.verb == "backup")
        if any(one.state != "ended" for one in works):
            self.said.emit(_("A copy is being made already"))
            return False
        return True

    def denied(self, what: str, right: Right, roles: Roles) -> Problem:
        """Why the person, by these roles, may not do what the command ``what`` does."""
        hosted = self.identity is not None and self.identity.host_role is not None
        values: dict[str, str | int] = {
            "who": self.who,
            "role": role_of(within_account(self.identity, roles), roles).value,
            "what": what,
            "needs": least(right),
        }
        return Problem(code="role.denied_by_host" if hosted else "role.denied", values=values)

    @property
    def has_kinds(self) -> bool:
        """Whether there are several kinds of backups to choose from. Asks nothing."""
        return self.model is not None and not self.rescue and self.model.loaded.settings.engine == "sqlserver"

    def refresh(self) -> None:
        """Data changed."""
        self._begin_turn()
        self.refreshed.emit()

    def go(self, page: str, **what: object) -> None:
        """Show a screen."""
        self.going.emit(page, what)

    def tell(self, problem: Problem, *, mend: str = "", act: Callable[[], None] | None = None) -> None:
        """Show a problem on top of the page, with a button that mends it."""
        self.told.emit(problem, mend, act)

    def solved(self, code: str) -> None:
        """Take what was told by that code away: it is over."""
        self.mended.emit(code)

    def command_line(self, *words: str) -> str:
        """The exact line that does the same, for the shell of this system."""
        line = [sys.executable, str(PROGRAM), "--config", str(self.config), *words]
        return subprocess.list2cmdline(line) if sys.platform == "win32" else shlex.join(line)

    def copy_command(self, *words: str) -> None:
        """Put that line on the clipboard."""
        self.copy(self.command_line(*words))

    def copy(self, text: str) -> None:
        """Put a text on the clipboard and say so."""
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            self.said.emit(_("Copied to the clipboard"))


def _mark(config: Path) -> object:
    """What tells the file from an earlier or later one. A folder is opened as it is: what is in it is no setting."""
    try:
        found = config.stat()
    except OSError as error:
        return error.errno
    return None if stat.S_ISDIR(found.st_mode) else (found.st_mtime_ns, found.st_size, found.st_ino)


def _read(config: Path, language: str | None, identity: Identity | None) -> _Opened:
    """Read the settings; where they can't be used, who may do what is still looked for in them."""
    mark = _mark(config)
    try:
        if not config.exists():
            return _Opened(mark)
        return _Opened(mark, BackupModel.open(config, language=language, identity=identity))
    except BackupError as error:
        trouble = error.problem
    except OSError as error:
        trouble = Problem(code="config.unreadable", values={"path": str(config), "why": str(error)})
    return _Opened(mark, trouble=trouble, roles=roles_left(config))
