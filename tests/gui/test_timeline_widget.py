"""The timeline as a control: keys, mouse, zoom, what it says and what it draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from gui.world import under_root
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from qtpy.QtGui import QHelpEvent, QImage, QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication, QToolTip, QWidget
from support.chains import Server, a_day

from rexus.modules.backup.base.records import Depth
from rexus.modules.backup.base.timeline import Line, chain
from rexus.modules.backup.base.timeline_view import Stretch, day_start
from rexus.modules.backup.base.watching import Occurrence
from rexus.modules.backup.qt import theme, timeline_words, words
from rexus.modules.backup.qt.timeline import Timeline
from rexus.modules.backup.qt.timeline_card import TimelineCard
from rexus.modules.backup.qt.timeline_paint import AXIS, BAND, MARKS, Painter, placed

Key, Mod = Qt.Key, Qt.KeyboardModifier
MIDNIGHT = day_start(date(2025, 10, 23))
"""A day on which no clock is changed anywhere."""


@pytest.fixture
def day() -> Server:
    """The day of the pictures: choosable from 02:00 to 09:12 and from 10:03 to 14:30, now it is 14:44."""
    return a_day(MIDNIGHT)


def line_of(server: Server, now: float = 14 + 44 / 60, planned: tuple[float, ...] = (18,)) -> Line:
    runs = [Occurrence(schedule="s", action="backup", wall="", at=server.at(h), utc=server.at(h)) for h in planned]
    return chain(server.sets, server.database, server.at(now), runs)


@pytest.fixture
def shown(qtbot: QtBot, day: Server) -> Iterator[Timeline]:
    """It, shown, with the focus, at 14:05."""
    made = Timeline()
    root = under_root(made, (780, 220))
    root.show()
    qtbot.addWidget(root)
    made.show_line(line_of(day), day.at(14 + 5 / 60))
    made.setFocus()
    yield made
    root.hide()


def fulls(days: int, *, newest: datetime = MIDNIGHT) -> Server:
    """A full backup a day, as the embedded engine makes them."""
    server = Server(newest)
    for number in range(-days + 1, 1):
        server.full(24 * number + 2, checks=((Depth.CONTENT, True),))
    return server


def press(qtbot: QtBot, widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Mod.NoModifier) -> None:
    qtbot.keyClick(widget, key, modifier)


def mouse(widget: QWidget, kind: QEvent.Type, x: float, y: float = BAND + 10) -> None:
    """A press or a drag, exactly there."""
    button = Qt.MouseButton.LeftButton
    place = QPointF(x, y)
    event = QMouseEvent(kind, place, QPointF(widget.mapToGlobal(place.toPoint())), button, button, Mod.NoModifier)
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize(
    ("pressed", "hours"),
    [
        ((Key.Key_Left, Mod.NoModifier), 14 + 4 / 60),
        ((Key.Key_Right, Mod.NoModifier), 14 + 6 / 60),
        ((Key.Key_Left, Mod.ControlModifier), 13 + 5 / 60),
        ((Key.Key_Right, Mod.ShiftModifier), 14 + 5 / 60 + 1 / 3600),
        ((Key.Key_Right, Mod.ControlModifier), 14 + 5 / 60),  # 15:05 is after the end: it stays
        ((Key.Key_Home, Mod.NoModifier), 2),
        ((Key.Key_End, Mod.NoModifier), 14.5),
        ((Key.Key_PageUp, Mod.NoModifier), 12),
        ((Key.Key_PageDown, Mod.NoModifier), 14 + 5 / 60),  # there is no later copy
    ],
)
def test_keys_move_the_cursor(qtbot, shown, day, pressed, hours):
    press(qtbot, shown, *pressed)

    assert shown.instant == day.at(hours)


def test_the_cursor_jumps_over_the_gap_both_ways(qtbot, shown, day):
    shown.stand(day.at(10.05))

    press(qtbot, shown, Key.Key_Left)
    assert shown.instant == day.at(9.2)

    press(qtbot, shown, Key.Key_Right)
    assert shown.instant == day.at(10.05)


def test_every_move_is_told_and_spoken(qtbot, shown, day):
    spoken = []
    shown.stood.connect(spoken.append)

    press(qtbot, shown, Key.Key_Right)

    assert spoken == [day.at(14.1)]
    assert shown.accessibleName() == timeline_words.moved(shown.line, day.at(14.1), with_day=False)
    assert "14:06:00" in shown.accessibleName() and "38" in shown.accessibleName()


def test_a_move_to_another_day_is_spoken_with_its_day(qtbot):
    server = fulls(3)
    made = Timeline()
    qtbot.addWidget(made)
    made.show_line(line_of(server))

    press(qtbot, made, Key.Key_PageUp)

    assert made.accessibleName() == timeline_words.moved(made.line, made.instant, with_day=True)
    assert made.accessibleName() != timeline_words.moved(made.line, made.instant, with_day=False)


def test_without_logs_every_arrow_goes_to_the_next_copy(qtbot):
    server = fulls(5)
    made = Timeline()
    qtbot.addWidget(made)
    made.show_line(line_of(server))

    press(qtbot, made, Key.Key_Left)
    assert made.instant == server.at(-22)
    press(qtbot, made, Key.Key_Left, Mod.ControlModifier)
    assert made.instant == server.at(-46)
    press(qtbot, made, Key.Key_Right, Mod.ShiftModifier)
    assert made.instant == server.at(-22)
    assert made.view.holds(made.instant), "what is seen follows"


def test_other_keys_go_on_to_whoever_is_around(qtbot, day):
    heard = []

    class Around(QWidget):
        def keyPressEvent(self, event: object) -> None:
            heard.append(event.key())

    around = Around()
    qtbot.addWidget(around)
    made = Timeline()
    words.column(made, parent=around)
    made.show_line(line_of(day))

    press(qtbot, made, Key.Key_Return)
    press(qtbot, made, Key.Key_Left)

    assert heard == [Key.Key_Return]


def test_the_mouse_puts_and_drags_the_cursor(shown, day):
    mouse(shown, QEvent.Type.MouseButtonPress, shown.x_of(day.at(5)))
    assert abs(shown.instant - day.at(5)) <= timedelta(minutes=2)
    assert shown.instant.second == 0, "whole minutes where a pixel is longer"

    mouse(shown, QEvent.Type.MouseMove, shown.x_of(day.at(7)))
    assert abs(shown.instant - day.at(7)) <= timedelta(minutes=2)

    mouse(shown, QEvent.Type.MouseMove, shown.x_of(day.at(9.5)))
    assert shown.instant == day.at(9.2), "never in the gap"

    mouse(shown, QEvent.Type.MouseMove, shown.width() + 500)
    assert shown.instant == day.at(14.5)


def test_the_mouse_catches_a_mark_that_is_near(shown, day):
    mouse(shown, QEvent.Type.MouseButtonPress, shown.x_of(day.at(12)) + 5, MARKS)

    assert shown.instant == day.at(12)


def wheel(widget: QWidget, x: float, turns: int) -> None:
    place = QPointF(x, BAND + 10)
    event = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Mod.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_zooms_around_the_mouse_and_never_beyond_what_there_is(qtbot):
    server = fulls(400)
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(780, 184)
    made.show_line(line_of(server), stretch=Stretch.ALL)
    there = made.view
    x = 300.0
    below = made.view.at((x - 20) / 740)

    for _ in range(20):
        wheel(made, x, 1)
    assert made.view.seconds < there.seconds / 50
    assert abs(made.x_of(below) - x) < 40
    assert made.view.stretch is Stretch.OWN

    for _ in range(60):
        wheel(made, x, -1)
    assert (made.view.start, made.view.end) == (there.start, there.end)


def test_plus_and_minus_zoom_too(qtbot, shown):
    seconds = shown.view.seconds

    press(qtbot, shown, Key.Key_Plus)
    assert shown.view.seconds < seconds
    press(qtbot, shown, Key.Key_Minus)
    assert shown.view.seconds == pytest.approx(seconds)


def test_nothing_to_choose_is_said_and_breaks_nothing(qtbot, day):
    made = Timeline()
    qtbot.addWidget(made)
    made.show()
    made.grab()  # nothing is known yet
    server = Server(MIDNIGHT)
    server.full(2, missing=True)

    made.show_line(line_of(server))
    made.grab()

    assert made.instant is None
    assert made.accessibleName() == f"{timeline_words.name(made.line)}: " + made.accessibleName().partition(": ")[2]
    for key in (Key.Key_Left, Key.Key_Home, Key.Key_PageDown):
        press(qtbot, made, key)
    mouse(made, QEvent.Type.MouseButtonPress, 100)
    assert made.instant is None


# ---- what is drawn -------------------------------------------------------------------------------------------------


def pixels(widget: QWidget) -> Callable[[float, float], str]:
    """The colour of a pixel."""
    image: QImage = widget.grab().toImage()
    ratio = image.devicePixelRatio()
    return lambda x, y: image.pixelColor(round(x * ratio), round(y * ratio)).name()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_band_gap_and_loss_are_in_the_colours_of_the_theme(qtbot, day, name):
    theme.use(name)
    made = Timeline()
    root = under_root(made, (780, 220))
    qtbot.addWidget(root)
    root.show()
    made.show_line(line_of(day), day.at(13))
    colors = theme.current()
    at, middle = pixels(made), BAND + 14

    assert at(made.x_of(day.at(5)), middle) == colors["accent_soft"]
    assert at(made.x_of(day.at(14)), middle) == colors["surface"], "after the cursor: what would be lost"
    assert at(made.x_of(day.at(20)), middle) == colors["raised"]
    left, right = made.x_of(day.at(9.3)), made.x_of(day.at(10))
    seen = {at(left + n, middle + m) for n in range(int(right - left)) for m in range(-6, 6)}
    assert colors["warn"] in seen and colors["accent_soft"] not in seen
    assert at(made.x_of(day.at(2)), MARKS + 2) == colors["text"], "a full copy"


def test_the_theme_can_change_while_it_is_shown(shown):
    before = shown.grab().toImage()

    theme.use("dark")
    shown.retheme()

    assert shown.grab().toImage() != before


def said_at(widget: Timeline, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, QRectF]]:
    """Every text that is drawn, with its place."""
    found: list[tuple[str, QRectF]] = []
    write = Painter._write

    def noted(self: Painter, x: float, y: float, text: str, token: str, **more: object) -> None:
        found.append((text, QRectF(x, y, more["width"], 18)))
        write(self, x, y, text, token, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Painter, "_write", noted)
        widget.grab()
    return found


def test_the_reason_of_a_gap_avoids_the_cursor_and_the_edges(shown, day, monkeypatch):
    gap = timeline_words.gap(shown.line.gaps[0], shown.line)
    seen = 0
    for minute in range(121, 870, 7):
        shown.stand(day.at(minute / 60))
        x = shown.x_of(shown.instant)
        for text, place in said_at(shown, monkeypatch):
            if text == gap:
                seen += 1
                assert not place.left() < x < place.right() - 4
                assert place.left() >= 0 and place.right() - 4 <= shown.width()

    assert seen > 90, "nearly everywhere there is room for it"


def test_the_legend_names_what_is_seen_and_nothing_else(qtbot, shown, monkeypatch):
    everything = [text for text, place in said_at(shown, monkeypatch) if place.top() > AXIS + 30]
    assert len(everything) == 6

    made = Timeline()
    qtbot.addWidget(made)
    made.resize(780, 184)
    made.show_line(line_of(fulls(2), planned=()))
    without_logs = [text for text, place in said_at(made, monkeypatch) if place.top() > AXIS + 30]
    assert len(without_logs) == 2
    assert without_logs[0] == everything[0]


def test_the_bubble_stays_inside_at_both_ends(qtbot, monkeypatch):
    server = fulls(400)
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(780, 184)
    made.show_line(line_of(server), stretch=Stretch.ALL)
    for key in (Key.Key_Home, Key.Key_End):
        press(qtbot, made, key)
        _text, place = said_at(made, monkeypatch)[-1]
        assert place.left() >= 0 and place.right() <= made.width()


def test_thousands_of_marks_are_drawn_as_few_with_the_usable_ones_first():
    server = fulls(3000)
    line = line_of(server, planned=())
    bounds = (line.marks[0].at, line.marks[-1].at)
    made = Timeline()
    made.resize(780, 184)
    made.show_line(line, stretch=Stretch.ALL)

    found = placed(line, made.view, 780)

    assert 20 < len(found) < 780 / 10
    assert all(bounds[0] <= one.mark.at <= bounds[1] for one in found)
    made.deleteLater()


def test_tooltips_tell_of_marks_and_gaps_as_plain_text(shown, day):
    mark = shown.told_at(QPoint(round(shown.x_of(day.at(2))), MARKS))
    assert mark == timeline_words.mark(shown.line.marks[0], shown.line.now)
    gap = QPoint(round(shown.x_of(day.at(9.6))), BAND + 10)
    assert shown.told_at(gap) == timeline_words.gap(shown.line.gaps[0], shown.line)

    server = Server(MIDNIGHT, database="<b>x</b>")
    other = Timeline()
    other.resize(780, 184)
    other.show_line(line_of(server))
    shown.told_at = lambda _place: "<b>x</b>\n& more"
    QApplication.sendEvent(shown, QHelpEvent(QEvent.Type.ToolTip, gap, shown.mapToGlobal(gap)))
    assert QToolTip.text() == "&lt;b&gt;x&lt;/b&gt;<br>&amp; more"
    QToolTip.hideText()
    other.deleteLater()


def test_the_hour_that_occurs_twice_is_told_with_its_offset(monkeypatch):
    import time

    if not hasattr(time, "tzset"):
        pytest.skip("the process can't change its zone here")
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    try:
        once = timeline_words.clock(datetime(2025, 10, 25, 23, 30, tzinfo=UTC))
        first = timeline_words.clock(datetime(2025, 10, 26, 0, 30, tzinfo=UTC))
        second = timeline_words.clock(datetime(2025, 10, 26, 1, 30, tzinfo=UTC))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert (once, first, second) == ("01:30:00", "02:30:00 (UTC+2)", "02:30:00 (UTC+1)")


# ---- the card around it --------------------------------------------------------------------------------------------


def test_spans_and_arrows_change_what_is_looked_at_and_not_what_is_chosen(qtbot):
    server = fulls(30)
    card = TimelineCard()
    qtbot.addWidget(card)
    card.timeline.show_line(line_of(server))
    chosen = card.timeline.instant
    before, after = card.arrows()

    titles = [card.title()]
    before.click()
    titles.append(card.title())
    for stretch in (Stretch.WEEK, Stretch.ALL, Stretch.HOUR, Stretch.DAY):
        card.button(stretch).click()
        assert [card.button(one).isChecked() for one in (Stretch.HOUR, Stretch.DAY, Stretch.WEEK, Stretch.ALL)].count(
            True
        ) == 1
        assert card.timeline.view.stretch is stretch
        titles.append(card.title())

    assert card.timeline.instant == chosen
    assert "23" in titles[0] and "22" in titles[1]
    assert len(set(titles)) >= 5
    card.button(Stretch.ALL).click()
    assert not before.isEnabled() and not after.isEnabled(), "there is nothing beside all"

    card.timeline.zoom(0.5)
    assert not any(card.button(one).isChecked() for one in Stretch if one is not Stretch.OWN)


def test_every_control_of_the_card_has_a_name(qtbot, day):
    card = TimelineCard()
    qtbot.addWidget(card)
    card.timeline.show_line(line_of(day))

    assert all(one.accessibleName() for one in (*card.arrows(), *map(card.button, list(Stretch)[:4]), card.timeline))
    assert [one.accessibleName() for one in card.arrows()] == [one.toolTip() for one in card.arrows()]
