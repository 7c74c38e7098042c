"""How the timeline is drawn: band, marks, gaps, axis, legend, cursor."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from ..base.records import BackupKind, Tick
from ..base.texts import _
from ..base.timeline import Line, Mark
from ..base.timeline_view import View, labels
from . import telling, timeline_words
from .theme import Theme

HEIGHT = 184
SIDE = 20
"""Left and right of the axis, so that the bubble and the first label have room."""
BUBBLE_TOP, BUBBLE_HEIGHT = 4, 24
MARKS = 49
BAND, BAND_HEIGHT = 62, 26
SAID = 93
AXIS = 116
LEGEND = 155
CLOSE = 13
"""Marks nearer than this are drawn as one."""
LABEL_ROOM = 58
APART, FAR = 4, 90
"""How near words may come to a line, and how far they may be from what they are about."""
_MIDDLE = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class Place(Enum):
    """Where a tick stands by its mark."""

    BESIDE = "beside"
    ABOVE = "above"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Placed:
    """A mark where it is drawn."""

    x: float
    mark: Mark
    tick: Place = Place.NOWHERE
    """Where its tick has room."""


@dataclass(frozen=True)
class Scene:
    """All that is to be drawn."""

    line: Line
    view: View
    cursor: datetime | None
    width: int
    focused: bool
    marks: tuple[Placed, ...]
    unstarted: bool = False
    """Whether nobody starts what is planned."""

    def x(self, instant: datetime) -> float:
        """Where an instant is, in pixels."""
        return SIDE + (self.width - 2 * SIDE) * self.view.share(instant)

    def clipped(self, instant: datetime) -> float:
        """The same, but never beyond the band."""
        return min(max(self.x(instant), SIDE), self.width - SIDE)


def placed(line: Line, view: View, width: int) -> tuple[Placed, ...]:
    """The marks that are seen; of those too near to each other a usable one, full before differential, the newest."""
    inner = width - 2 * SIDE
    marks = line.marks_between(view.start, view.end)
    found: list[tuple[float, Mark]] = []
    left = len(marks)
    while left:
        newest = marks[left - 1]
        x = inner * view.share(newest.at)
        since = bisect_right(marks, view.at((x - CLOSE) / inner), hi=left - 1, key=_at)
        best = newest if _weight(newest) == (True, True) else max(reversed(marks[since:left]), key=_weight)
        found.append((x, best))
        left = since
    found.reverse()
    xs = [SIDE + inner * view.share(mark.at) for _x, mark in found]
    rights = sorted([*xs, *(SIDE + inner * view.share(at) for at in line.planned[:20]), width + 8.0])
    return tuple(
        Placed(x, mark, _tick_place(mark, rights[bisect_right(rights, x)] - x))
        for x, (_x, mark) in zip(xs, found, strict=True)
    )


def _at(mark: Mark) -> datetime:
    return mark.at


def _tick_place(mark: Mark, room: float) -> Place:
    """Beside it; where that is too narrow, the deepest proof stands above."""
    if mark.wrong is not None or mark.piece.tick is Tick.NONE:
        return Place.NOWHERE
    if room >= 34:
        return Place.BESIDE
    return Place.ABOVE if mark.piece.tick is Tick.RESTORED else Place.NOWHERE


def _weight(mark: Mark) -> tuple[bool, bool]:
    return (mark.wrong is None, mark.kind is BackupKind.FULL)


class Painter:
    """Draws a scene in a theme."""

    def __init__(self, painter: QPainter, scene: Scene, theme: Theme, font: QFont) -> None:
        self._p, self._scene, self._theme = painter, scene, theme
        self._font = QFont(font)
        self._font.setPixelSize(12)
        self._font.setWeight(QFont.Weight.Normal)
        self._metrics = QFontMetricsF(self._font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)

    def draw(self) -> None:
        """Everything, the cursor on top."""
        if self._scene.line.has_logs:
            self._band()
        else:
            self._lane()
        self._gaps()
        self._axis()
        self._planned()
        self._marks()
        self._now(self._say_gaps())
        self._legend()
        self._cursor()

    def _band(self) -> None:
        scene = self._scene
        self._bar(SIDE, scene.width - SIDE, "border", "raised")
        for span in scene.line.spans:
            if span.end < scene.view.start or span.start > scene.view.end:
                continue
            left, right = scene.clipped(span.start), scene.clipped(span.end)
            if right - left < 3:
                self._p.fillRect(QRectF(left - 1, BAND + 1, 3, BAND_HEIGHT - 1), self._color("accent"))
                continue
            cut = right if scene.cursor is None else min(max(scene.clipped(scene.cursor), left), right)
            if right - cut >= 1:
                self._bar(cut, right, "accent", "surface")
            if cut - left >= 1:
                self._bar(left, cut, "accent", "accent_soft")

    def _lane(self) -> None:
        """Without logs: a thread with a bead for every copy that can be chosen."""
        scene, middle = self._scene, BAND + BAND_HEIGHT / 2 + 0.5
        self._line(SIDE, middle, scene.width - SIDE, middle, "border_strong")
        for one in scene.marks:
            if one.mark.wrong is not None:
                continue
            past = scene.cursor is None or one.mark.at <= scene.cursor
            self._p.setPen(QPen(self._color("accent"), 1.5))
            self._p.setBrush(QBrush(self._color("accent" if past else "surface")))
            self._p.drawEllipse(QPointF(one.x, middle), 4, 4)

    def _gaps(self) -> None:
        scene = self._scene
        for gap in scene.line.gaps:
            if gap.end > scene.view.start and gap.start < scene.view.end:
                left, right = scene.clipped(gap.start), scene.clipped(gap.end)
                self._bar(left, max(right, left + 3), "warn", "surface", hatched=True)

    def _axis(self) -> None:
        scene = self._scene
        most = max(2, int((scene.width - 2 * SIDE) // LABEL_ROOM))
        right = -100.0
        for one in labels(scene.view, most):
            x, text = scene.x(one.at), timeline_words.axis(one, scene.view)
            self._line(x, AXIS, x, AXIS + 5, "border_strong")
            half = self._metrics.horizontalAdvance(text) / 2
            if x - half > right + 6:
                self._write(x - 50, AXIS + 8, text, "text2", width=100, align=_MIDDLE)
                right = x + half
        self._line(SIDE, AXIS + 0.5, scene.width - SIDE, AXIS + 0.5, "border_strong")

    def _planned(self) -> None:
        scene = self._scene
        last = -100.0
        for at in scene.line.planned:
            x = scene.x(at)
            if scene.view.holds(at) and x - last >= CLOSE:
                self._triangle(x, MARKS, filled=False, future=True)
                last = x

    def _marks(self) -> None:
        for one in self._scene.marks:
            if one.mark.wrong is not None:
                self._p.drawPixmap(QPointF(round(one.x - 8), MARKS - 8), self._theme.pixmap("cross", "danger", 16))
                continue
            self._triangle(one.x, MARKS, filled=one.mark.kind is BackupKind.FULL)
            icon, token = telling.tick_icon(one.mark.piece.tick)
            if one.tick is Place.BESIDE:
                self._p.drawPixmap(QPointF(round(one.x + 9), MARKS - 8), self._theme.pixmap(icon, token, 16))
            elif one.tick is Place.ABOVE:
                self._p.drawPixmap(QPointF(round(one.x - 6), MARKS - 20), self._theme.pixmap(icon, token, 12))

    def _say_gaps(self) -> list[QRectF]:
        """The reason of each gap below it, beside the cursor; wide gaps first. Returns what is taken by now."""
        scene = self._scene
        seen = [gap for gap in scene.line.gaps if gap.end > scene.view.start and gap.start < scene.view.end]
        full = [self._upright(at) for at in (scene.cursor,) if at is not None and scene.view.holds(at)]
        now = [self._upright(scene.line.now)] if scene.view.holds(scene.line.now) else []
        for gap in sorted(seen, key=lambda one: one.start - one.end)[:6]:
            text = timeline_words.gap(gap, scene.line)
            wide = self._metrics.horizontalAdvance(text)
            middle = (scene.clipped(gap.start) + scene.clipped(gap.end)) / 2
            for taken in ([*full, *now], full):
                left = _free(middle - wide / 2, wide, middle, taken, scene.width)
                if left is not None:
                    self._write(left, SAID, text, "warn_text", width=wide + 4)
                    full.append(QRectF(left, SAID, wide, 18))
                    break
        return full

    def _upright(self, instant: datetime) -> QRectF:
        return QRectF(self._scene.x(instant) - 2, SAID, 4, 18)

    def _now(self, taken: Sequence[QRectF]) -> None:
        """The present; in words where there is room."""
        scene = self._scene
        if not scene.view.holds(scene.line.now):
            return
        x, text = scene.x(scene.line.now), _("now {time}").format(time=f"{scene.line.now.astimezone():%H:%M}")
        self._line(x, BAND - 4, x, AXIS, "text3", style=Qt.PenStyle.DashLine)
        wide = self._metrics.horizontalAdvance(text)
        full = [*taken, self._upright(scene.line.now)]
        left = _free(x + 6, wide, x, full, scene.width)
        if left is not None:
            self._write(left, SAID, text, "text2", width=wide + 4)

    def _legend(self) -> None:
        at = float(SIDE)
        for kind, text in _occurring(self._scene):
            self._legend_mark(kind, at)
            self._write(at + 21, LEGEND, text, "text2", width=self._metrics.horizontalAdvance(text) + 4)
            at += 21 + self._metrics.horizontalAdvance(text) + 16

    def _legend_mark(self, kind: str, at: float) -> None:
        if kind in ("chosen", "gap"):
            look = ("accent", "accent_soft") if kind == "chosen" else ("warn", "surface")
            self._bar(at, at + 14, *look, hatched=kind == "gap", top=LEGEND + 3, high=12)
        elif kind in ("full", "differential", "planned"):
            self._triangle(at + 7, LEGEND + 9, filled=kind == "full", future=kind == "planned")
        else:
            icon, token = ("cross", "danger") if kind == "wrong" else telling.tick_icon(Tick(kind))
            self._p.drawPixmap(QPointF(at - 1, LEGEND + 1), self._theme.pixmap(icon, token, 16))

    def _cursor(self) -> None:
        scene = self._scene
        if scene.cursor is None or not scene.view.holds(scene.cursor):
            return
        x, text = scene.x(scene.cursor), timeline_words.bubble(scene.cursor, scene.view)
        bold = QFont(self._font)
        bold.setWeight(QFont.Weight.DemiBold)
        wide = max(72.0, QFontMetricsF(bold).horizontalAdvance(text) + 20)
        left = min(max(x - wide / 2, 1.0), scene.width - wide - 1)
        self._line(x, BUBBLE_TOP + BUBBLE_HEIGHT, x, AXIS, "accent", width=2)
        self._p.setPen(QPen(self._color("focus"), 2) if scene.focused else Qt.PenStyle.NoPen)
        self._p.setBrush(QBrush(self._color("primary")))
        self._p.drawRoundedRect(QRectF(left, BUBBLE_TOP, wide, BUBBLE_HEIGHT), 6, 6)
        self._p.setFont(bold)
        self._write(left, BUBBLE_TOP + 3, text, "on_primary", width=wide, align=_MIDDLE)
        self._p.setFont(self._font)

    def _color(self, token: str) -> QColor:
        return self._theme.color(token)

    def _bar(  # noqa: PLR0913  where, and how it looks
        self,
        left: float,
        right: float,
        edge: str,
        fill: str,
        *,
        hatched: bool = False,
        top: float = BAND,
        high: float = BAND_HEIGHT,
    ) -> None:
        rect = QRectF(round(left) + 0.5, top + 0.5, round(right - left), high)
        self._p.setPen(QPen(self._color(edge), 1))
        self._p.setBrush(QBrush(self._color(fill)))
        self._p.drawRect(rect)
        if hatched:
            self._p.fillRect(rect, QBrush(self._color(edge), Qt.BrushStyle.BDiagPattern))

    def _triangle(self, x: float, y: float, *, filled: bool, future: bool = False) -> None:
        ink = self._color("text3" if future else "text")
        self._p.setPen(QPen(ink, 1.5, Qt.PenStyle.DotLine if future else Qt.PenStyle.SolidLine))
        self._p.setBrush(QBrush(ink) if filled else QBrush())
        self._p.drawPolygon(QPolygonF([QPointF(x, y - 6), QPointF(x + 6.5, y + 6), QPointF(x - 6.5, y + 6)]))

    def _line(  # noqa: PLR0913  from, to and how it looks
        self,
        x: float,
        y: float,
        to_x: float,
        to_y: float,
        token: str,
        *,
        width: float = 1,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
    ) -> None:
        self._p.setPen(QPen(self._color(token), width, style))
        self._p.drawLine(QPointF(x, y), QPointF(to_x, to_y))

    def _write(  # noqa: PLR0913  where, what and how
        self, x: float, y: float, text: str, token: str, *, width: float, align: Qt.AlignmentFlag = _LEFT
    ) -> None:
        self._p.setPen(self._color(token))
        self._p.drawText(QRectF(x, y, width, 18), align, text)


def _free(left: float, wide: float, middle: float, full: Sequence[QRectF], width: int) -> float | None:
    """The place nearest to ``left`` where ``wide`` pixels of words touch nothing; None: too far from ``middle``."""
    places = [left, *(one.left() - APART - wide for one in full), *(one.right() + APART for one in full)]
    places = [min(max(place, 2.0), max(2.0, width - wide - 2)) for place in places]
    clear = [
        place
        for place in places
        if place - FAR <= middle <= place + wide + FAR
        and not any(place < one.right() + 4 and one.left() - 4 < place + wide for one in full)
    ]
    return min(clear, key=lambda place: abs(place - left), default=None)


def _occurring(scene: Scene) -> list[tuple[str, str]]:
    """Shapes and words of the legend: what is seen and nothing else."""
    line = scene.line
    kinds = {one.mark.kind for one in scene.marks if one.mark.wrong is None}
    ticks = {one.mark.piece.tick for one in scene.marks if one.tick is not Place.NOWHERE}
    gaps = any(gap.end > scene.view.start and gap.start < scene.view.end for gap in line.gaps)
    planned = _("Planned, but nothing starts it") if scene.unstarted else _("Planned")
    shown = [
        ("full", _("Full"), BackupKind.FULL in kinds),
        ("differential", _("Differential"), BackupKind.DIFFERENTIAL in kinds),
        ("chosen", _("Can be chosen"), line.has_logs),
        ("gap", _("Gap without logs"), gaps),
        ("restored", _("Restored in a test"), Tick.RESTORED in ticks),
        ("engine", _("Checked by the engine"), Tick.ENGINE in ticks),
        ("content", _("Checked"), Tick.CONTENT in ticks),
        ("wrong", _("Can't be restored"), any(one.mark.wrong is not None for one in scene.marks)),
        ("planned", planned, any(scene.view.holds(at) for at in line.planned)),
    ]
    return [(kind, text) for kind, text, occurs in shown if occurs]
