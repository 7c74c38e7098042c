"""The icon beside the clock: state, orders, notices that don't repeat themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from qtpy.QtWidgets import QSystemTrayIcon, QWidget

from rexus.modules.backup.base.records import BackupRequest, Outcome, Problem, Severity, Status
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.base.watching import DatabaseHealth, Health, Level, Occurrence
from rexus.modules.backup.qt.tray import Tray, drawn
from rexus.modules.backup.qt.work import Part, Work

NOW = datetime.now(UTC)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def said(monkeypatch):
    """What the system was asked to tell, on a desktop that has a tray."""
    told = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _icon: None)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", staticmethod(lambda: True))
    monkeypatch.setattr(Tray, "is_there", lambda self: True)
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, *words: told.append(words[:3]))
    return told


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tray(window, clock):
    made = Tray(window, clock)
    yield made
    made.hide()


def well(**databases):
    one = DatabaseHealth(
        name="users", protected_until=NOW - timedelta(minutes=5), ok=True, because=problem("health.protected")
    )
    return Health(level=Level.WELL, said=problem("health.well"), databases={"users": one, **databases}, at=NOW)


def ill(*alarms, level=Level.ATTENTION):
    return msgspec.structs.replace(well(), level=level, alarms=alarms)


def problem(code, severity=Severity.INFO, **values):
    return Problem(code=code, severity=severity, values=values)


def work(number="1", state="ended", status=Status.OK, problems=(), verb="backup"):
    proof = ("users:content:0",) if status in (Status.OK, Status.WARNINGS) else ()
    outcome = Outcome(status=status, proof=proof, problems=problems) if state == "ended" else None
    parts = (Part("users"), Part("inventario"))
    return Work(number, verb, BackupRequest(), Path("c"), state=state, outcome=outcome, parts=parts)


LATE = problem("health.untested", Severity.WARNING, database="users")


def test_the_menu_tells_state_and_next_run_and_offers_the_orders(tray):
    due = NOW + timedelta(hours=2)
    occurrence = Occurrence(schedule="daily", action="backup", wall="2026-01-01T18:00", at=due, utc=due)
    tray.tell(well(), (occurrence,), ())
    state, coming, *orders = tray.lines()

    assert state.startswith("Protegido hasta ")
    assert coming.startswith("Próxima copia: ")
    assert orders == ["Respaldar ahora", "Restaurar…", "Abrir Copias de seguridad", "Salir"]
    assert [one.isEnabled() for one in tray._menu.actions() if one.text() in (state, coming)] == [False, False]


def test_what_is_not_known_is_not_told(tray):
    assert len(tray.lines()) == 5
    assert tray.tone == "mute"
    tray.tell(well(), None, ())
    assert tray.tone == "ok"
    tray.tell(None, None, ())
    assert tray.tone == "ok", "no new state is no change"


@pytest.mark.parametrize(
    ("health", "tone"), [(well(), "ok"), (ill(LATE), "warn"), (ill(LATE, level=Level.UNPROTECTED), "danger")]
)
def test_every_state_has_a_colour_and_a_word_of_its_own(tray, health, tone):
    tray.tell(health, (), ())
    assert tray.tone == tone
    assert tray.lines()[0] in tray.icon.toolTip()


def test_every_state_has_a_shape_of_its_own(qapp):
    shapes = set()
    for tone in ("ok", "warn", "danger", "mute"):
        image = drawn(tone).pixmap(32, 32).toImage()
        side = range(image.width())
        shapes.add(
            tuple(
                (image.pixelColor(x, y).alpha() > 128, image.pixelColor(x, y).lightness() > 200)
                for y in side
                for x in side
            )
        )
    assert len(shapes) == 4


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Respaldar ahora", "backup_wanted"),
        ("Restaurar…", "restore_wanted"),
        ("Abrir Copias de seguridad", "open_wanted"),
        ("Salir", "quit_wanted"),
    ],
)
def test_each_order_is_handed_on(qtbot, tray, text, signal):
    action = next(one for one in tray._menu.actions() if one.text() == text)
    with qtbot.waitSignal(getattr(tray, signal), timeout=2000):
        action.trigger()


@pytest.fixture
def english():
    use_language("en")


def order_to_back_up(tray):
    return next(one for one in tray._menu.actions() if one.text().startswith("Back up now"))


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("denied", "your role does not allow it"),
        ("unusable", "the settings can't be used"),
        ("unset", "nothing is set up yet"),
        ("rescue", "only a folder is looked at"),
        ("reading", "the settings are being read"),
    ],
)
def test_an_order_that_nobody_can_give_says_why(qtbot, english, tray, why, said):
    tray.bar(why)
    assert order_to_back_up(tray).text() == f"Back up now ({said})"
    assert not order_to_back_up(tray).isEnabled()
    with qtbot.assertNotEmitted(tray.backup_wanted):
        order_to_back_up(tray).trigger()
    tray.tell(well(), (), ())
    assert not order_to_back_up(tray).isEnabled()
    tray.bar("")
    assert order_to_back_up(tray).text() == "Back up now"
    assert order_to_back_up(tray).isEnabled()


def test_what_was_well_is_not_said_any_more_once_the_settings_can_not_be_used(english, tray):
    due = NOW + timedelta(hours=2)
    tray.tell(well(), (Occurrence(schedule="d", action="backup", wall="2026-01-01T18:00", at=due, utc=due),), ())
    tray.bar("unusable")
    assert (tray.tone, tray.lines()[0]) == ("danger", "The settings can't be used")
    assert len(tray.lines()) == 5, "nor when the next copy would be"
    tray.bar("")
    assert tray.tone == "mute", "nobody has judged it anew"


def test_a_click_opens_the_window_and_so_does_one_on_a_notice(qtbot, tray):
    with qtbot.waitSignal(tray.open_wanted, timeout=2000):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    with qtbot.waitSignal(tray.open_wanted, timeout=2000):
        tray.icon.messageClicked.emit()
    with qtbot.assertNotEmitted(tray.open_wanted):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)


def test_an_ended_backup_is_told_once(tray, said):
    running = work(state="running")
    tray.tell(None, None, (running,))
    assert "Respaldando…" in tray.lines()
    assert said == []
    tray.tell(None, None, (work(),))
    tray.tell(None, None, (work(),))

    assert [one[:2] for one in said] == [("La copia terminó", "Comprobado: users, inventario")]
    assert "Respaldando…" not in tray.lines()


def test_a_failed_one_is_told_with_its_reason_and_its_alarm_adds_nothing(tray, said, clock):
    failed = problem("source.unreadable", Severity.ERROR, path="users.db", why="x")
    tray.tell(well(), None, (work(state="running"),))
    tray.tell(None, None, (work(status=Status.FAILED, problems=(failed,)),))
    tray.tell(
        ill(problem("health.latest_failed", Severity.WARNING, database="users")), None, (work(status=Status.FAILED),)
    )

    assert len(said) == 1
    assert said[0][0] == "La copia falló"
    assert said[0][1]


def test_what_had_ended_before_is_no_news(tray, said):
    tray.tell(None, None, (work(),))
    assert said == []
    tray.tell(None, None, (work(), work("2", status=Status.CANCELLED)))
    assert said == [], "the person stopped it"


def test_alarms_are_told_once_while_they_last(tray, said, clock):
    tray.tell(well(), None, ())
    tray.tell(ill(LATE), None, ())
    tray.tell(ill(msgspec.structs.replace(LATE, values={"database": "users", "days": 12})), None, ())
    assert len(said) == 1

    other = problem("health.too_old", Severity.ERROR, database="inventario", since="2026-01-01", age_h=3)
    tray.tell(ill(LATE, other, level=Level.UNPROTECTED), None, ())
    assert [one[0] for one in said[1:]] == ["Una base no está protegida"]


def test_an_alarm_that_comes_and_goes_does_not_nag(tray, said, clock):
    for _turn in range(5):
        tray.tell(ill(LATE), None, ())
        tray.tell(well(), None, ())
        clock.now += 600
    assert len(said) == 1
    clock.now += 7 * 3600
    tray.tell(ill(LATE), None, ())
    assert len(said) == 2


def test_several_alarms_are_one_notice(tray, said):
    tray.tell(ill(LATE, problem("health.untested", Severity.WARNING, database="inventario")), None, ())
    assert len(said) == 1
    assert "1" in said[0][1].splitlines()[-1]


def test_whoever_looks_at_the_window_needs_no_notice(tray, said, window, monkeypatch):
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    monkeypatch.setattr(window, "isVisible", lambda: True)
    tray.tell(ill(LATE), None, ())
    monkeypatch.undo()
    tray.tell(ill(LATE), None, ())
    assert said == []


def test_without_a_tray_nothing_is_told_and_nothing_breaks(window, monkeypatch):
    told = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda *words: told.append(words))
    tray = Tray(window)
    tray.tell(ill(LATE, level=Level.UNPROTECTED), (), (work(),))
    assert not tray.is_there()
    assert (tray.tone, told) == ("danger", [])


def test_names_from_elsewhere_are_shown_in_one_line(tray):
    bad = DatabaseHealth(name="a&b", ok=False, because=problem("health.never", Severity.ERROR, database="a&b"))
    tray.tell(msgspec.structs.replace(well(**{"a&b": bad}), level=Level.UNPROTECTED), (), ())
    assert "a&&b" in tray.lines()[0], "an ampersand would be a key of the menu"
    assert "a&b" in tray.icon.toolTip()
