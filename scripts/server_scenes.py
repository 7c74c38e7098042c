"""The pictures of what the window has for a SQL Server. Used by `pictures.py`."""

from __future__ import annotations

import functools
import shutil
import threading
from datetime import timedelta
from pathlib import Path

from camera import PATIENCE_S, Stage, until
from qtpy.QtWidgets import QScrollArea, QWidget
from server_company import USER, ServerCompany, server_company
from sqlserver_double.world import SA_PASSWORD

from rexus.modules.backup.base.records import BackupKind, BackupRequest
from rexus.modules.backup.base.timeline_view import Stretch
from rexus.modules.backup.qt import backup_kind, theme
from rexus.modules.backup.qt.page_first import FirstPage
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.page_sets import SetsPage
from rexus.modules.backup.qt.page_settings import SettingsPage
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.settings_databases import DatabasesSection


def _scroll_to(widget: QWidget) -> None:
    """Let a card be seen from its top."""
    above: QWidget | None = widget
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if isinstance(above, QScrollArea):
        inner = above.widget()
        bar = above.verticalScrollBar()
        if inner is not None and bar is not None:
            bar.setValue(widget.mapTo(inner, widget.rect().topLeft()).y() - 16)


def _section(stage: Stage) -> DatabasesSection:
    """The settings of the databases, after the look that they take by themselves."""
    page = stage.go("settings", section="databases")
    assert isinstance(page, SettingsPage)
    section = page.book.current
    assert isinstance(section, DatabasesSection)
    until(lambda: section.server.server is not None, "a look at the server")
    stage.settle()
    return section


def connecting(stage: Stage) -> None:
    """How the server is reached, by a login that may not do all: what is found, and what to do about it."""
    section = _section(stage)
    stage.take("server-settings", arrange=functools.partial(_scroll_to, section.server.connection))


def settings(stage: Stage) -> None:
    """The folder that both see, proven; how much would be lost; when which kind is made."""
    section = _section(stage)
    section.server.meeting.prove()
    stage.settle()
    stage.take("server-folder", arrange=functools.partial(_scroll_to, section.server.meeting))
    stage.take("server-losses", arrange=functools.partial(_scroll_to, section.server.advice))
    stage.go("settings", section="times")
    stage.take("server-times")


def looking(stage: Stage) -> None:
    """Copies of three kinds."""
    sets = stage.go("sets")
    assert isinstance(sets, SetsPage)
    sets.table.choose(sets.table.shown[1].name)
    stage.settle()
    stage.take("server-sets")


def asking_kind(stage: Stage) -> None:
    """Which copy is to be made; of one database there is none of the log."""
    page = stage.go("summary")
    backup_kind.wanted(page, stage.desk)
    (sheet,) = page.findChildren(backup_kind.KindSheet)
    sheet.cards[BackupKind.LOG].choose()
    sheet.cards[BackupKind.LOG].radio.setFocus()
    until(lambda: bool(sheet.told) and sheet.main is not None and sheet.main.isEnabled(), "what it comes to")
    stage.settle()
    stage.take("server-kind")
    sheet.give_up()
    stage.settle()


def restoring(stage: Stage) -> None:
    """An instant between two copies of the log, up to the last question."""
    page = stage.go("restore", database="inventario")
    assert isinstance(page, RestorePage)
    until(lambda: page.what.choice is not None, "a choice")
    timeline = page.what._card.timeline
    page.what._card.button(Stretch.ALL).click()
    line = page.what._line
    assert line is not None
    assert line.latest is not None
    wanted = line.latest - timedelta(minutes=100)
    timeline.stand(wanted)
    timeline.stood.emit(timeline.instant)
    stage.settle()
    stage.take("server-restore-1-what")
    page.footer.onward.click()
    until(lambda: page.at == "where", "the second step")
    page.where._replace.choose()
    until(page.footer.onward.isEnabled, "a place")
    page.footer.onward.click()
    until(lambda: page.at == "plan" and page.answers.plan is not None, "a plan")
    stage.settle()
    stage.take("server-restore-3-plan")
    page.footer.onward.click()
    until(lambda: page.at == "confirm" and page.confirm.sessions.count > 0, "who is in it")
    stage.settle()
    page.confirm.name.setText("inventario")
    until(page.footer.onward.isEnabled, "the answer")
    stage.take("server-restore-4-confirm")
    page.end()
    stage.settle()


def proving(stage: Stage, company: ServerCompany) -> None:
    """A copy beside what is there, and its proof."""
    page = stage.go("restore", database="users")
    assert isinstance(page, RestorePage)
    until(lambda: page.what.choice is not None, "a choice")
    before = set(company.world.databases)
    for step in ("where", "plan"):
        until(page.footer.onward.isEnabled, step)
        page.footer.onward.click()
        until(lambda wanted=step: page.at == wanted, step)
        stage.settle()
    until(lambda: page.answers.plan is not None and page.footer.onward.isEnabled(), "a plan")
    page.footer.onward.click()
    until(lambda: page.at == "proof", "the proof")
    stage.settle()
    stage.take("server-restore-6-proof")
    page.end()
    for name in set(company.world.databases) - before:
        company.sql(f"DROP DATABASE [{name}]")


def cancelling(stage: Stage, company: ServerCompany) -> None:
    """A backup that is stopped in its middle: the server was asked to, and has not answered yet."""
    half, answered = threading.Event(), threading.Event()

    def hold(_session: object) -> None:
        half.set()
        answered.wait(PATIENCE_S)

    company.world.faults.do("backup.half", hold, "inventario")
    stage.go("summary")
    stage.desk.order("backup", BackupRequest(databases=("inventario",), requested_by=stage.desk.who))
    until(half.is_set, "half a backup")
    work = the_runner().running()
    assert work is not None
    the_runner().cancel(work.id)
    until(_is_asked_to_stop, "a server that was asked to stop")
    stage.take("server-cancel")
    answered.set()
    until(lambda: the_runner().running() is None, "the end of the work")
    company.world.faults.clear()
    stage.settle()


def _is_asked_to_stop() -> bool:
    work = the_runner().running()
    return work is not None and any(part.phase == "cancel_asked" for part in work.parts)


def beginning(folder: Path, company: ServerCompany, look: str, wanted: frozenset[str]) -> None:
    """The first run, with an Express edition of which databases are chosen."""
    theme.system_prefers_dark = lambda: look == "dark"
    stage = Stage(folder / "nuevo" / "backup_config.json", look, wanted)
    page = stage.view.made["first"]
    assert isinstance(page, FirstPage)
    page.button_next.click()
    until(lambda: page.course.step == "databases", "the databases")
    stage.settle()
    page.databases.of_server.click()
    server = page.databases.server
    for field, text in (
        (server.address.host, "localhost"),
        (server.address.port, str(company.port)),
        (server.user, "sa"),
        (server.password, SA_PASSWORD),
    ):
        field.box.setText(text)
        field.box.textEdited.emit(text)
    server.trust.mark.setChecked(True)
    server.button_look.setFocus()
    server.look()
    until(lambda: bool(server.boxes) and not server.is_looking, "the databases of the server")
    stage.settle()
    stage.take("server-first")
    stage.leave()


def of_server(folder: Path, wanted: frozenset[str]) -> None:
    """All of them, in both themes, in a folder that is made and removed."""
    if wanted and not any(name.startswith("server-") for name in wanted):
        return
    try:
        with server_company(folder) as company:
            company.configure("light")
            company.half_a_day()
            for host, program in (("VENTAS-02", "Rexus.app"), ("VENTAS-02", "Rexus.app"), ("CAJA-1", "Excel")):
                company.enter("inventario", host, program)
            for look in ("light", "dark"):
                company.configure(look, USER)
                stage = Stage(company.config, look, wanted)
                connecting(stage)
                stage.leave()
                company.configure(look)
                stage = Stage(company.config, look, wanted)
                settings(stage)
                looking(stage)
                asking_kind(stage)
                restoring(stage)
                proving(stage, company)
                stage.leave()
            for look in ("light", "dark"):  # what was cancelled stands in the lists from then on
                company.configure(look)
                stage = Stage(company.config, look, wanted)
                cancelling(stage, company)
                stage.leave()
        shutil.rmtree(folder)
        with server_company(folder, "express2022") as company:
            for look in ("light", "dark"):
                beginning(folder, company, look, wanted)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
