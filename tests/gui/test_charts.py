"""The charts of the summary: what they say, and that they say nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from gui.world import GuiWorld, settle, under_root
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QWidget
from watch.health_world import made

from rexus.modules.backup.base.records import Origin, Problem, SetStatus, Severity
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.qt import canvas, chart_data, charts, summary_facts, theme
from rexus.modules.backup.qt.chart_data import Line, Picture
from rexus.modules.backup.qt.summary_facts import Bar, Overview, bars_of, overview

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
TWO = Picture(
    title="Tamaño",
    value="3,74 GB",
    lines=(
        Line(name="users", token="series1", points=((0.0, 0.2), (1.0, 1.95))),
        Line(name="inventario", token="series2", points=((0.0, 1.0), (1.0, 2.0))),
        Line(name="auditoria", token="series3", points=((1.0, 2.0),)),
    ),
    left=0.0,
    right=1.0,
    top=2.2,
    x_marks=((0.2, "1 mar"), (0.8, "9 mar")),
    y_marks=((0.0, "0"), (1.0, "1"), (2.0, "2 GB")),
)


@pytest.fixture(scope="module")
def facts(tmp_path_factory, qapp) -> Overview:
    """Of a real place with one real set."""
    world = GuiWorld(tmp_path_factory.mktemp("charts"), rows=50, health={"free_bytes": 0})
    world.backup()
    return overview(world.model)


def drawn(qtbot, picture: Picture) -> tuple[charts.ChartCard, QWidget]:
    """A card that shows this, and its window."""
    card = charts.ChartCard()
    root = under_root(card, (340, 280))
    root.show()
    charts.library().want()
    card.tell(picture)
    qtbot.waitUntil(lambda: card.plot.is_drawn, timeout=30_000)
    return card, root


@pytest.mark.parametrize("highest", [0, 1, 7, 999, 1000, 8_192, 99_999, 1e6, 3.14e8, 2.01e9, 9.99e11, 5e15])
def test_three_marks_on_an_axis_in_three_different_words(highest):
    marks = chart_data.marks_of(highest, chart_data._bytes)
    words = [text for _at, text in marks]
    assert len(set(words)) == len(words) == 3
    assert marks[0] == (0.0, "0")
    assert marks[1][0] * 2 == pytest.approx(marks[2][0])
    assert 0.85 * highest <= marks[2][0] <= max(2.2 * highest, 2)
    assert words[1].replace(",", "").isdigit(), "the unit stands at the top alone"


@pytest.mark.parametrize("highest", [0.1, 0.4, 3, 59, 80, 240, 3600, 7200, 90_000])
def test_durations_have_a_unit_that_suits_them(highest):
    words = [text for _at, text in chart_data.marks_of(highest, chart_data._seconds)]
    assert len(set(words)) == 3
    assert words[2].rpartition("\u00a0")[2] == ("h" if highest >= 7200 else "min" if highest >= 240 else "s")


@pytest.mark.parametrize("days", [0.05, 0.5, 1.5, 4, 29, 40])
def test_days_on_the_axis_are_different_ones(days):
    right = NOW.timestamp() / 86_400
    marks = chart_data.day_marks(right - days, right)
    words = [text for _at, text in marks]
    assert marks
    assert len(set(words)) == len(words)
    assert all(right - days - 0.5 <= at <= right + 0.5 for at, _text in marks)


def test_names_at_line_ends_do_not_cover_each_other():
    assert canvas.apart([1.0, 5.0], 2.0, 9.0) == [1.0, 5.0]
    assert canvas.apart([1.0, 1.0, 1.5], 2.0, 9.0) == [1.0, 3.0, 5.0]
    assert canvas.apart([8.8, 8.9, 9.0], 2.0, 9.0) == [5.0, 7.0, 9.0]


@given(st.floats(3, 60), st.floats(0, 1))
def test_days_on_the_axis_are_evenly_apart_and_within_it(days, begun):
    right = NOW.timestamp() // 86_400 + begun
    places = [at for at, _text in chart_data.day_marks(right - days, right)]
    assert len(places) == 3
    assert places[1] - places[0] == places[2] - places[1]
    assert right - days <= places[0] and places[2] <= right


WORDS = st.lists(st.tuples(st.floats(-50, 400), st.floats(1, 90)), max_size=8).map(sorted)


@given(WORDS, st.floats(60, 350))
def test_days_that_are_shown_can_be_read_whole(words, wide):
    shown = [words[number] for number in canvas.fitting(words, wide)]
    edges = [edge for middle, width in shown for edge in (middle - width / 2, middle + width / 2)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= wide for edge in edges)
    if any(middle - width / 2 >= 0 and middle + width / 2 <= wide for middle, width in words):
        assert shown, "the last that has room is there"


def few(facts: Overview, count: int) -> Overview:
    """As it is after so many copies, one a day."""
    when = [NOW - timedelta(days=count - 1 - number) for number in range(count)]
    held = {
        name: msgspec.structs.replace(one, sizes=tuple((at, 3_000_000) for at in when))
        for name, one in facts.health.databases.items()
    }
    return msgspec.structs.replace(
        facts,
        health=msgspec.structs.replace(facts.health, at=NOW, databases=held),
        bars=tuple(Bar(at=at, seconds=0.2, odd=False) for at in when),
        free=tuple((at, 9e10) for at in when),
    )


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("chart", [chart_data.sizes, chart_data.durations, chart_data.space])
def test_with_few_copies_all_that_is_written_can_be_read(facts, qtbot, chart, count):
    drawn(qtbot, chart(few(facts, count)))
    sheet = paper()
    assert marks("bottom"), "some day is told"
    high = sheet._box.height()
    for place in sheet.name_places:
        assert canvas._LINE_HIGH / 2 - 0.1 <= place <= high - canvas._LINE_HIGH / 2 + 0.1
    (left, right), _high = sheet._box.viewRange()
    for one in sheet.items:
        if type(one).__name__ == "ScatterPlotItem":
            xs, _ys = one.getData()
            scale = sheet._box.width() / (right - left)
            assert 3.5 <= (xs[0] - left) * scale <= sheet._box.width() - 3.5, "the whole dot"


def paper() -> canvas.Canvas:
    """What all charts are drawn on."""
    found = canvas.library().canvas()
    assert found is not None
    return found


def marks(side: str) -> list[str]:
    return [text for level in paper()._axes[side]._tickLevels for _at, text in level]


def colours(card: charts.ChartCard) -> set[str]:
    """Every colour that more than a few pixels of a chart have."""
    image = card.plot.grab().toImage()
    every = Counter(image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()))
    return {name for name, count in every.items() if count > 20}


def test_lines_are_drawn_with_their_names_and_three_hairlines(qtbot):
    card, _root = drawn(qtbot, TWO)
    kinds = [type(one).__name__ for one in paper().items]
    assert (kinds.count("PlotCurveItem"), kinds.count("InfiniteLine"), kinds.count("TextItem")) == (3, 3, 3)
    assert kinds.count("ScatterPlotItem") == 1, "what was measured once is a dot"
    assert (marks("left"), marks("bottom")) == (["0", "1", "2 GB"], ["1 mar", "9 mar"])
    places = paper().name_places
    assert all(high - low >= 13 for low, high in pairwise(places))
    assert card.accessibleName() == "Tamaño: 3,74 GB"
    now = theme.current()
    assert {now["series1"], now["series2"], now["border"]} <= colours(card)
    corner = card.grab(card.plot.geometry()).toImage().pixelColor(card.plot.width() - 2, 1)
    assert corner.name() == now["surface"], "the ground is that of the card"


def test_it_takes_no_mouse_and_has_no_menu(qtbot):
    drawn(qtbot, TWO)
    assert paper()._box.menu is None
    assert paper()._box.state["mouseEnabled"] == [False, False]
    assert not paper()._view.isVisible()


def test_another_picture_another_size_and_another_theme_replace_the_old_one(qtbot):
    card, root = drawn(qtbot, TWO)
    bars = Picture(title="Duración", bars=((1.0, "accent"), (3.0, "warn")), left=-1, right=8, top=4)
    card.tell(bars)
    qtbot.waitUntil(lambda: card.plot.is_drawn)
    light = theme.current()
    assert {light["accent"], light["warn"]} <= colours(card)
    assert light["series2"] not in colours(card), "nothing is left of what was there"
    theme.use("dark")
    card.plot.retheme()
    assert not card.plot.is_drawn
    qtbot.waitUntil(lambda: card.plot.is_drawn)
    assert theme.current()["warn"] in colours(card)
    root.resize(500, 400)
    qtbot.waitUntil(lambda: card.plot.width() > 400 and card.plot.is_drawn)
    assert card.plot._pixmap.deviceIndependentSize().toSize() == card.plot.size()


def test_where_there_is_nothing_to_draw_it_says_so(qtbot):
    card = charts.ChartCard()
    root = under_root(card, (340, 280))
    root.show()
    card.tell(Picture(title="Espacio"))
    assert card.nothing.isVisible()
    assert card.plot.isHidden()


def test_charts_may_go_at_any_moment(qtbot):
    charts.library().want()
    for turns in range(6):
        card = charts.ChartCard()
        root = under_root(card, (340, 280))
        root.show()
        card.tell(TWO)
        for _turn in range(turns):
            QCoreApplication.processEvents()
        root.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(qtbot)


def ended(days: float, seconds: float, **of_each: object):
    return msgspec.structs.replace(made(NOW - timedelta(days=days), **of_each), seconds=seconds)


def test_a_copy_that_takes_much_longer_is_marked():
    usual = [ended(number, 47.0 + number % 2) for number in range(1, 20)]
    assert not any(one.odd for one in bars_of([ended(0, 55.0), *usual])), "that is nothing"
    slow = bars_of([ended(0, 90.0), *usual])
    assert [one.odd for one in slow[-2:]] == [False, True]
    assert len(slow) == summary_facts.BARS


def test_what_says_nothing_of_the_duration_is_left_out():
    sets = [
        ended(0, 5.0, names=("users",)),
        ended(1, 40.0),
        ended(2, 1.0, status=SetStatus.FAILED),
        ended(3, 2.0, origin=Origin.SAFETY),
        ended(4, 41.0),
    ]
    assert [one.seconds for one in bars_of(sets)] == [41.0, 40.0]
    assert bars_of([]) == ()


def test_the_newest_duration_is_told_with_its_meaning(facts):
    bars = tuple(Bar(at=NOW - timedelta(days=9 - number), seconds=40.0, odd=False) for number in range(9))
    well = chart_data.durations(msgspec.structs.replace(facts, bars=bars))
    slow = chart_data.durations(msgspec.structs.replace(facts, bars=(*bars, Bar(at=NOW, seconds=90.0, odd=True))))
    assert well.value == _("{time}, as usual").format(time="40\u00a0s")
    assert (slow.tone, slow.bars[-1]) == ("warn", (90.0, "warn"))
    assert len(well.x_marks) == 3


def test_the_free_space_goes_on_dashed(facts):
    at = facts.health.at
    free = tuple((at - timedelta(days=20 - number), 90_000_000_000 - number * 10**9) for number in range(21))
    health = msgspec.structs.replace(facts.health, full_on=(at + timedelta(days=160)).date(), free_bytes=free[-1][1])
    told = chart_data.space(msgspec.structs.replace(facts, free=free, health=health))
    measured, ahead = told.lines
    assert ahead.dashed and ahead.points[0] == measured.points[-1]
    assert 0 < ahead.points[1][1] < measured.points[-1][1]
    assert told.right > measured.points[-1][0]
    assert "5" in told.value


def test_when_space_runs_out_the_chart_is_a_warning(facts):
    at = facts.health.at
    alarm = Problem(code="health.low_space", severity=Severity.WARNING, values={"free": 5, "bytes": 9, "path": "/x"})
    soon = (at + timedelta(days=3)).date()
    health = msgspec.structs.replace(facts.health, alarms=(alarm,), full_on=soon, free_bytes=3 * 10**9)
    told = chart_data.space(msgspec.structs.replace(facts, free=((at, 3 * 10**9),), health=health))
    assert told.tone == "warn"
    assert {one.token for one in told.lines} == {"warn"}
    assert str(soon.day) in told.value
    assert told.lines[1].points[1][1] == 0.0, "it ends where nothing is left"


def test_free_space_is_measured_with_every_copy(tmp_path, qapp):
    world = GuiWorld(tmp_path, rows=5, health={"free_bytes": 0})
    for _number in range(2):
        world.backup()
    found = overview(world.model)
    assert len(found.free) == 3, "two copies, and now"
    assert all(free > 0 for _at, free in found.free)
    assert [at for at, _free in found.free] == sorted(at for at, _free in found.free)


def test_sizes_keep_the_colour_of_their_database(facts):
    told = chart_data.sizes(facts)
    assert [(one.name, one.token) for one in told.lines] == [
        ("users", "series1"),
        ("inventario", "series2"),
        ("auditoria", "series3"),
    ]
    assert told.top >= max(y for one in told.lines for _x, y in one.points)
