"""Registro says sentences: codes and their values are for the file of the log."""

from __future__ import annotations

import pytest
from gui.world import GuiWorld, settle
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BackupError
from rexus.modules.backup.base.records import BackupRequest
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import log_said
from rexus.modules.backup.qt.page_log import LogPage


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "sweep.left {'path': '20261201_044954', 'why': 'Operation not permitted'}",
            "No se pudo recoger algo que dejó una ejecución anterior: 20261201_044954 (operación no permitida).",
        ),
        ("sweep.partials {'count': 1}", "Archivos sin terminar que se quitaron: 1."),
        ("users: source.missing (path='/a (b)/it')", "users: La base de datos /a (b)/it no existe."),
        ("verify 20261201_043953: failed", "Verificación 20261201_043953: fallida"),
        ("source.missing (path='cut off", "source.missing (path='cut off"),
        ("restore of 2026 refused: space.short", "restore of 2026 refused: space.short"),
        ("made by hand {'a': 1} nothing.known (x=1)", "made by hand {'a': 1} nothing.known (x=1)"),
    ],
)
def test_codes_become_sentences(line, told):
    use_language("es")
    assert log_said.said(line) == told


@given(st.text(max_size=60), st.text(max_size=40))
def test_any_line_is_told_and_values_come_through(path, before):
    log_said.said(before)
    told = log_said.said(str(BackupError("source.missing", path=path)))
    assert "source.missing" not in told or "source.missing" in path


def test_a_backup_that_failed_carries_a_cross_and_a_sentence(world: GuiWorld, qtbot):
    world.world.database("users").unlink()
    world.model.backup(BackupRequest(requested_by="marta"), lambda _event: None, CancelToken())
    page = LogPage()
    world.show(page)
    settle(qtbot, lambda: not page._asked)
    rows = page.live.shown
    (ended,) = [row for row in rows if row.message.startswith("Copia ") and row.message.endswith(": fallida")]
    assert ended.level == "error"
    assert "failed" in ended.raw, "the file says it in English, as support reads it"
    assert any("no existe" in row.message and row.base == "users" for row in rows)
    assert not any("source.missing" in row.message for row in rows)
