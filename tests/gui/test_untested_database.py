"""A restore test that could not be made is shown as that, and never as restored and checked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt import work_words
from rexus.modules.backup.qt.work import Part
from rexus.modules.backup.qt.work_rows import WorkRow, busiest

UNTESTED = Part("users", "untested", 0, 0, 1.0, seconds=1.0)


@pytest.fixture(autouse=True)
def english():
    use_language("en")


def test_the_row_of_it_is_a_warning_and_says_so(qtbot):
    row = WorkRow()
    qtbot.addWidget(row)
    row.tell(UNTESTED, "drill")

    assert (row.phase.text(), row.phase.property("tone"), row.bar.property("tone")) == ("Not tested", "warn", "warn")
    row.tell(replace(UNTESTED, phase="done"), "drill")
    assert (row.phase.text(), row.phase.property("tone")) == ("Restored and checked", "ok")
    row.tell(replace(UNTESTED, phase="failed"), "drill")
    assert row.phase.property("tone") == "danger"


def test_it_has_ended_and_is_shown_before_what_went_well():
    well = tuple(Part(name, "done", fraction=1.0) for name in "abc")

    assert UNTESTED.ended
    assert UNTESTED in busiest((*well, UNTESTED))
    use_language("es")
    assert work_words.phase(UNTESTED, "drill") == "Sin probar"
