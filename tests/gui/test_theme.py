"""Colours can be told apart, the sheet is understood by Qt, every icon it names is there."""

from __future__ import annotations

import json
import re

import pytest
from gui.world import under_root
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QLabel, QWidget

from rexus.modules.backup.qt import theme, words

TOKENS = json.loads((theme.resources() / "qss/tokens.json").read_text("utf-8"))
TEMPLATE = (theme.resources() / "qss/theme.qss.tmpl").read_text("utf-8")


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.1)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", theme.NAMES)
def test_what_stands_on_what_can_be_read(name):
    tokens = TOKENS[name]
    pairs = [(front, back, least, contrast(tokens[front], tokens[back])) for front, back, least in TOKENS["pairs"]]
    assert len(pairs) > 60
    assert [one for one in pairs if one[3] < one[2]] == []


def test_text_on_every_ground_is_among_the_pairs():
    """A rule of the sheet that sets both colours names a pair that is measured."""
    measured = {(front, back) for front, back, _ in TOKENS["pairs"]}
    rules = re.findall(r"\{([^{}]*)\}", re.sub(r"/\*.*?\*/|\$\{[^}]*\}", "", TEMPLATE, flags=re.S))
    found = set()
    for rule in rules:
        ground = re.search(r"(?<![-\w])background: \$(\w+)", rule)
        text = re.search(r"(?<![-\w])color: \$(\w+)", rule)
        if ground and text:
            found.add((text[1], ground[1]))
    assert len(found) > 5
    assert found <= measured


def test_both_themes_have_the_same_tokens():
    assert TOKENS["light"].keys() == TOKENS["dark"].keys()
    rules = re.sub(r"/\*.*?\*/", "", TEMPLATE, flags=re.S)
    used = set(re.findall(r"\$([a-z]\w*)", rules)) | set(re.findall(r":(\w+)\}", rules))
    assert used - {"font_ui", "font_mono"} <= TOKENS["light"].keys()


@pytest.mark.parametrize("name", theme.NAMES)
def test_qt_understands_the_sheet(qtbot, name):
    theme.use(name)
    root = under_root(words.label("texto"))
    qtbot.addWidget(root)
    root.show()
    assert root.grab().toImage().pixelColor(2, 2) == QColor(TOKENS[name]["page"])


@pytest.mark.parametrize("name", theme.NAMES)
def test_hostile_sheets_do_not_reach_inside(qtbot, name):
    """What the host's frame and stack paint on every label inside (reference of the host, traps of the content)."""
    theme.use(name)
    label = words.label("texto", "h1")
    root = under_root(words.card())
    root.layout().addWidget(label)
    outside = QWidget()
    outside.setStyleSheet("QFrame { background-color: #ff0000; border-radius: 0 } QWidget { color: #00ff00 }")
    words.column(root, parent=outside)
    qtbot.addWidget(outside)
    outside.resize(400, 300)
    outside.show()
    image = outside.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, 400, 5) for y in range(0, 300, 5)}
    assert "#ff0000" not in seen
    assert label.palette().windowText().color() != QColor("#00ff00")


def test_icons_are_redrawn_with_the_theme(qtbot):
    button = words.button("Respaldar", icon="play")
    root = under_root(button)
    qtbot.addWidget(root)
    light = button.icon().pixmap(18, 18).toImage()
    theme.use("dark")
    words.reicon(root)
    assert button.icon().pixmap(18, 18).toImage() != light


def test_every_icon_is_drawn_in_the_one_colour():
    for path in (theme.resources() / "icons").glob("*.svg"):
        if path.stem != "app":
            assert "currentColor" in path.read_text("utf-8"), path.name


def test_markup_in_a_name_stays_text(qtbot):
    label = words.label("<b>users</b>")
    qtbot.addWidget(label)
    assert isinstance(label, QLabel)
    plain = words.label("users")
    qtbot.addWidget(plain)
    assert label.sizeHint().width() > plain.sizeHint().width()
