"""What the settings of the databases have more where a server keeps these: connection, common folder, losses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from ..base.texts import _
from ..config.document import Value
from ..config.draft import ASIDE, Draft
from .guard import guarded
from .server_asked import Seen
from .server_words import Advice, advice
from .settings_advice import AdviceCard
from .settings_meeting import HERE, THERE, MeetingCard
from .settings_server import PASSWORD, USER, ConnectionCard
from .settings_writing import WritingCard

if TYPE_CHECKING:
    from ..base.records import Finding
    from ..engines.sqlserver_look import SeenServer
    from .settings_section import Section

OWNS = ("engine", "sqlserver", f"{ASIDE}.{USER}", f"{ASIDE}.{PASSWORD}")
"""Keys of the settings that are changed there."""


def kinds() -> list[tuple[Value, str]]:
    """Kinds of databases, as one chooses them."""
    return [("sqlite", _("Files of this application (SQLite)")), ("sqlserver", _("SQL Server"))]


class ServerPart(QObject):
    """Four cards that are there for a server alone. What they show goes with the section they belong to."""

    looked = Signal()
    """More is known of the server, or nothing any more."""

    def __init__(self, section: Section) -> None:
        super().__init__(section)
        self._section = section
        self._seen: Seen | None = None
        self.connection, self.meeting, self.writing = (
            ConnectionCard(section),
            MeetingCard(section),
            WritingCard(section),
        )
        self.advice = AdviceCard(self.connection.copy, self._on_plan)
        self.connection.looked.connect(self._on_looked)
        self.connection.edited.connect(self.forget)

    @property
    def server(self) -> SeenServer | None:
        """The server as it was seen last with these settings; None: not yet."""
        return self._seen.look.server if self._seen is not None else None

    def findings(self, name: str) -> tuple[Finding, ...]:
        """What is to be said of a database."""
        return self._seen.look.of.get(name, ()) if self._seen is not None else ()

    def has(self, location: str) -> bool | None:
        """Whether the server has such a database; None: not known."""
        if self.server is None:
            return None
        return location.casefold() in {one.name.casefold() for one in self.server.databases}

    def fill(self, draft: Draft, *, free: bool) -> None:
        """Show what the settings say; nothing of it where the databases are files."""
        on = draft.get(("engine",)) == "sqlserver"
        self._seen = None
        for card in (self.connection, self.meeting, self.writing):
            card.setVisible(on)
        for filled in (self.connection, self.meeting):
            filled.fill(draft, free=free)
        self.advice.tell(())

    def judge(self, draft: Draft) -> str:
        """Say what is wrong; the name of the first field that can't be so, empty: none."""
        if draft.get(("engine",)) != "sqlserver":
            return ""
        self.writing.judge(draft)
        return self.connection.judge(draft) or self.meeting.judge(draft)

    def edited(self, key: tuple[str, ...], draft: Draft) -> None:
        """Somebody changed the setting at ``key``."""
        if key in (THERE, HERE):
            self.meeting.changed(draft)
        elif key[0] == "sqlserver":
            self.forget()

    @guarded
    def forget(self) -> None:
        """Somebody changed the server: what was seen is of another one."""
        self.connection.forget()
        draft = self._section.draft
        if draft is not None:
            self.meeting.changed(draft)
        if self._seen is not None:
            self._seen = None
            self.looked.emit()

    def advise(self, places: dict[str, str]) -> None:
        """Say of each database how much of it would be lost; ``places`` are their names on the server."""
        seen, server = self._seen, self.server
        if seen is None or server is None:
            self.advice.tell(())
            return
        there = {one.name.casefold(): one for one in server.databases}
        now, told = datetime.now(UTC), list[Advice]()
        for name, place in places.items():
            told.append(advice(name, there.get(place.casefold()), seen.gap_s, seen.logs.get(name), now))
        self.advice.tell(told)

    @guarded
    def _on_plan(self) -> None:
        if self._section.desk is not None:
            self._section.desk.go("settings", section="times", plan="log")

    @guarded
    def _on_looked(self, seen: Seen) -> None:
        self._seen = seen
        draft, found = self._section.draft, seen.look.of_folder
        if found and draft is not None and seen.folders == (draft.get(THERE), draft.get(HERE)):
            self.meeting.show_found(found)
        self.looked.emit()
