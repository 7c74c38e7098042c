"""*He perdido datos* on a folder of SQL Server's own files: told without a server, and brought back by one."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from gui.world import GuiWorld, settle
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from support.lost import Story

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt.page_restore import RestorePage
from rexus.modules.backup.qt.restore_answers import Chosen, home_of


@pytest.fixture(autouse=True)
def _aside(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("DB_SERVER", raising=False)
    use_language("en")


@pytest.fixture
def page(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path / "here", build=False)
    made = RestorePage()
    world.show(made)
    made.world = world
    return made


def shown(page, qtbot, folder) -> list[list[str]]:
    page.folder.look_at(folder)
    settle(qtbot, lambda: page.folder.looked is not None)
    model = page.folder.table.model()
    return [[str(model.index(row, column).data() or "") for column in range(6)] for row in range(model.rowCount())]


def onward(page) -> None:
    assert page.footer.onward.isEnabled()
    QTest.mouseClick(page.footer.onward, Qt.MouseButton.LeftButton)


def test_chains_gaps_and_files_of_no_use_are_told_without_a_server(tmp_path, page, qtbot):
    folder = tmp_path / "rescate"
    story = Story(folder)
    story.full("full.bak")
    story.log("1.trn")
    story.lose_log()
    story.log("2.trn")
    story.full("full2.bak", packed=True)
    Story(folder, "auditoria").full("otra.bak")
    (folder / "vacaciones.bak").write_bytes(b"no es una copia" * 999)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rows = shown(page, qtbot, folder)
    told = page.folder.notes.text()

    assert {row[3] for row in rows} == {"erp", "auditoria"}
    assert len(rows) == 5
    assert page.folder.notes.isVisible()
    assert "erp: every instant from 2026-03-10 02:00:07" in told
    assert "auditoria: as it was at 2026-03-10 02:00:07" in told
    assert "erp: gap from 2026-03-10 02:10:00" in told
    assert "vacaciones.bak" in told
    assert "DB_SERVER" in told
    assert not page.footer.onward.isEnabled()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_log_behind_the_gap_can_not_be_chosen(tmp_path, page, qtbot):
    folder = tmp_path / "rescate"
    story = Story(folder)
    story.full("full.bak")
    story.lose_log()
    story.log("2.trn")
    shown(page, qtbot, folder)
    model = page.folder.table.model()
    usable = [bool(model.index(row, 5).flags() & Qt.ItemFlag.ItemIsSelectable) for row in range(2)]

    assert usable == [False, True]


def test_notes_are_gone_with_the_folder_they_are_of(tmp_path, page, qtbot):
    Story(tmp_path / "rescate").full("full.bak")
    shown(page, qtbot, tmp_path / "rescate")
    assert page.folder.notes.isVisible()
    page.folder.look_at(tmp_path / "no-hay")
    settle(qtbot, lambda: page.folder.folder.property("invalid") is True)

    assert not page.folder.notes.isVisible()


def test_with_a_server_named_beside_the_files_the_database_comes_back(tmp_path, page, qtbot):
    pytest.importorskip("pyodbc", reason="no libodbc on this system")
    from sqlserver_double.world import SA_PASSWORD
    from support.sqlserver import FOLDER, ROWS, company

    folder = tmp_path / "rescate"
    with company(tmp_path / "servidor", "odbc") as firm:
        firm.sql("BACKUP DATABASE users TO DISK = N'C:\\Backup\\users.bak' WITH INIT, CHECKSUM")
        firm.world.clock.advance(timedelta(minutes=5))
        firm.add("users", 1000)
        firm.world.clock.advance(timedelta(minutes=5))
        firm.sql("BACKUP LOG users TO DISK = N'C:\\Backup\\users.trn' WITH INIT, CHECKSUM")
        folder.mkdir()
        for path in firm.share.iterdir():
            shutil.move(path, folder / path.name)
        firm.sql("DROP DATABASE users")
        lines = (
            f"DB_SERVER=127.0.0.1,{firm.server.port}",
            "DB_USERNAME=sa",
            f"DB_PASSWORD={SA_PASSWORD}",
            "REXUS_CLIENT=odbc",
            "REXUS_ENCRYPT=optional",
            "REXUS_TRUST_CERTIFICATE=yes",
            f"REXUS_SERVER_BACKUP_DIR={FOLDER}",
            f"REXUS_CLIENT_BACKUP_DIR={firm.share}",
        )
        (folder / ".env").write_text("\n".join(lines) + "\n", "utf-8")
        shown(page, qtbot, folder)
        assert "DB_SERVER" not in page.folder.notes.text()
        onward(page)
        settle(qtbot, lambda: page.at == "what" and page.what.choice is not None)
        onward(page)
        settle(qtbot, lambda: page.at == "where" and page.footer.onward.isEnabled())
        assert page.where.path.text() == "users"
        onward(page)
        settle(qtbot, lambda: page.plan.ready)
        onward(page)
        settle(qtbot, lambda: page.at not in ("plan", "run"))

        assert page.at == "proof"
        assert firm.count("users") == ROWS + 1
        assert firm.leftovers() == []


@pytest.mark.parametrize("place", ["the process", ".env"])
def test_the_server_that_shall_bring_it_back_is_called_by_whatever_names_it(tmp_path, monkeypatch, place):
    folder = tmp_path / "rescate"
    Story(folder).full("full.bak")
    if place == ".env":
        (folder / ".env").write_text("DB_SERVER=SRV9\n", "utf-8")
    else:
        monkeypatch.setenv("DB_SERVER", "SRV9")
    model = BackupModel.open(folder)
    (made,) = model.listing().sets
    home = home_of(model, Chosen(set=made.set, database=next(iter(made.databases))))

    assert home.server == "SRV9"
