"""The pane beside the table of sets: nothing in it is wider than the pane, whatever the texts are."""

from __future__ import annotations

import msgspec
import pytest
from gui.sets_page import choose, shown, texts
from gui.sets_sample import Sample, change
from gui.world import settle
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QLabel, QPushButton

from rexus.modules.backup.base.records import Problem, SetStatus, Severity
from rexus.modules.backup.qt import words

LONG = "/tmp/trialwin/copias/databases/users_20261201_045105_with_a_very_long_name_indeed_and_more.bak.gz"

UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060"))
"""Where lines may and may not end."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("sets"))


def refuse(world, name, path):
    """The set has failed, and says why with a long path for each base."""
    held = world.model.show(name).databases
    problem = Problem(code="store.denied", severity=Severity.ERROR, values={"path": path, "why": "x" * 60})
    failed = {
        key: msgspec.structs.replace(one, status=SetStatus.FAILED, file=None, problem=problem)
        for key, one in held.items()
    }
    change(world, name, databases=failed, status=SetStatus.FAILED)


@pytest.mark.parametrize("size", [(1054, 706), (1366, 768)])
def test_no_text_of_the_pane_is_cut(sample, tmp_path, qapp, qtbot, size):
    world = sample.copy(tmp_path)
    refuse(world, sample.last, LONG)
    page = shown(world, qtbot)
    page.window().resize(*size)
    choose(page, qtbot, sample.last)
    settle(qtbot, lambda: page.detail.facts is not None)
    qtbot.wait(50)
    pane = page.detail
    port = pane._area.viewport()
    assert pane._inner.width() <= port.width()
    held = [one for kind in (QLabel, QPushButton) for one in pane._inner.findChildren(kind) if one.isVisible()]
    assert len(held) > 10
    for one in held:
        right = one.mapTo(port, QPoint(one.width(), 0)).x()
        assert right <= port.width(), one.text()
        if isinstance(one, QPushButton) or one.text() == "fallida":
            assert one.width() >= one.sizeHint().width(), one.text()
    told = next(one for one in held if LONG in one.accessibleName())
    assert told.minimumSizeHint().width() <= told.width()
    assert told.text().translate(UNSEEN) == told.accessibleName()
    assert texts(pane)


def test_short_words_stay_as_they_are():
    assert words.breakable("La base users no está.") == "La base users no está."
    assert "\u200b" in words.breakable("x" * 40)
    assert words.breakable(LONG).translate(UNSEEN) == LONG
