"""The page of sets as tests look at it: what is shown, what is chosen, what stands in a cell."""

from __future__ import annotations

from gui.world import settle
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from rexus.modules.backup.qt.page_sets import SetsPage

DISPLAY = Qt.ItemDataRole.DisplayRole


def shown(world, qtbot, **what):
    made = SetsPage()
    world.show(made, **what)
    settle(qtbot, lambda: not made._soon.isActive())
    return made


def column(page, key):
    return next(number for number, one in enumerate(page.table.columns) if one.key == key)


def cell(page, name, key, role=DISPLAY):
    return page.table.rows.index(page.table.rows.at[name], column(page, key)).data(role)


def names(page):
    return [row.name for row in page.table.shown]


def chosen(page):
    return [row.name for row in page.table.chosen()]


def choose(page, qtbot, *which):
    page.table.choose(*which)
    settle(qtbot, lambda: not page._soon.isActive())


def texts(widget):
    """Everything that stands in it, from top to bottom."""
    labels = [one for one in widget.findChildren(QLabel) if one.isVisible() and one.text()]
    labels.sort(key=lambda one: one.mapTo(widget, one.rect().topLeft()).y())
    return [getattr(one, "whole", one.text()) for one in labels]
