"""The real program on a screen of its own, driven by keys and mouse as a person would; files tell what came of it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.world import World, rows_of

from rexus.modules.backup.base.records import SetStatus, Tick
from rexus.modules.backup.config.load import load
from rexus.modules.backup.jobs.running import running

PROJECT = Path(__file__).parents[2]
WIDE, HIGH = 1366, 768
PATIENCE_S = 60.0
"""On a busy machine all takes long; nothing waits so long where it need not."""
LOOK_S = 0.05
CLIENT_MESSAGE = 33
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="there is no second screen there"),
    pytest.mark.skipif(sys.platform != "linux" and not shutil.which("Xvfb"), reason="Xvfb shows the window"),
]


class Event(ctypes.Structure):
    """What X11 calls XClientMessageEvent, as long as any event."""

    _fields_ = (
        ("kind", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("sent", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message", ctypes.c_ulong),
        ("form", ctypes.c_int),
        ("wish", ctypes.c_long),
        ("rest", ctypes.c_long * 20),
    )


def until(met: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + patience_s
    while not met():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(LOOK_S)


def becomes(met: Callable[[], object], patience_s: float) -> bool:
    """Whether it becomes true so soon."""
    end = time.monotonic() + patience_s
    while not met() and time.monotonic() < end:
        time.sleep(LOOK_S)
    return bool(met())


class Person:
    """Keys and a mouse at the window of one program."""

    def __init__(self, display: str, program: subprocess.Popen[bytes]) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self.program = program
        until(self._find, "the window")
        self._do("windowmove", self.window, "0", "0")
        self._do("windowsize", self.window, str(WIDE), str(HIGH))
        self._do("windowfocus", "--sync", self.window)

    def press(self, *keys: str) -> None:
        """Press one key after the other."""
        self._do("key", "--clearmodifiers", *keys)

    def press_until(self, met: Callable[[], object], what: str, *keys: str, each_s: float = 3.0) -> None:
        """Press them, again where nothing was there yet to hear them, until it is done."""
        end = time.monotonic() + PATIENCE_S
        while not met():
            assert time.monotonic() < end, f"pressed in vain for {what}: {keys}"
            self.press(*keys)
            becomes(met, each_s)

    def click(self, x: int, y: int) -> None:
        """With the mouse."""
        self._do("mousemove", str(x), str(y), "click", "1")

    def close(self) -> None:
        """Close the window; while it still asks whether work is to go on, go back and close it again."""
        end = time.monotonic() + PATIENCE_S
        while not self._is_over():
            assert time.monotonic() < end, "it does not end"
            self._wish_it_closed()
            if not becomes(self._is_over, 2.0):
                self.press("Escape")

    def _is_over(self) -> bool:
        return self.program.poll() is not None

    def _wish_it_closed(self) -> None:
        """As the cross of a window manager does."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        screen = ctypes.c_void_p(x11.XOpenDisplay(self._environment["DISPLAY"].encode()))
        kind, wish = (x11.XInternAtom(screen, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        window = int(self.window)
        event = Event(kind=CLIENT_MESSAGE, window=window, message=kind, form=32, wish=wish)
        x11.XSendEvent(screen, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
        x11.XCloseDisplay(screen)

    def _find(self) -> bool:
        assert self.program.poll() is None, f"it ended with {self.program.returncode}"
        told = self._do("search", "--onlyvisible", "--pid", str(self.program.pid), check=False)
        self.window = told.split()[0] if told else ""
        return bool(told)

    def _do(self, *words: str, check: bool = True) -> str:
        ran = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert ran.returncode == 0 or not check, ran.stderr
        return ran.stdout


@pytest.fixture
def display() -> Iterator[str]:
    """A screen that nobody sees."""
    read, write = os.pipe()
    size = f"{WIDE}x{HIGH}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture
def company(tmp_path: Path) -> World:
    """Three databases, and nothing backed up yet."""
    return World(tmp_path, language="es").build()


@pytest.fixture
def person(company: World, display: str, tmp_path: Path) -> Iterator[Person]:
    """Somebody before the window of the program that was just started."""
    (tmp_path / "home").mkdir(mode=0o700)
    home = str(tmp_path / "home")
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": home, "XDG_RUNTIME_DIR": home}
    environment.pop("WAYLAND_DISPLAY", None)
    command = [sys.executable, str(PROJECT / "main_backup.py"), "--config", str(company.config)]
    with (tmp_path / "said.txt").open("wb") as said:
        program = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield Person(display, program)
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        program.wait(10)


def status_of(company: World, number: int) -> SetStatus | None:
    """How the set stands that was made as that one of all."""
    sets = company.model().listing().sets
    return sets[-number].status if len(sets) >= number else None


def done(company: World) -> list[str]:
    """What the trail tells of, oldest first."""
    return [one.what for one in company.model().audit().tail(50)]


def test_a_day_at_the_window(person: Person, company: World, tmp_path: Path) -> None:
    person.press("ctrl+b")
    until(lambda: status_of(company, 1) is SetStatus.COMPLETED, "the first backup")
    (first,) = company.model().listing().sets
    assert set(first.databases) == {"users", "inventario", "auditoria"}
    assert all(company.root.joinpath(one.file).is_file() for one in company.model().show(first.set).databases.values())

    def tick() -> Tick:
        return company.model().listing().sets[-1].tick

    person.press_until(lambda: tick() is Tick.ENGINE, "the check", "ctrl+2", "ctrl+k", "Return")

    live = {name: company.content(name) for name in first.databases}
    company.add_row("inventario")

    person.press("ctrl+2", "ctrl+r")
    person.press_until(lambda: "restore" in done(company), "the copy", "Return", each_s=0.3)
    (copy,) = company.app.glob("*_restored_*.db")
    name = copy.name.partition("_restored_")[0]
    assert rows_of(copy) == live[name]
    assert len(company.content("inventario")) == len(live["inventario"]) + 1, "the living ones are as they were"

    before = load(company.config).settings.theme
    to_the_look = ("ctrl+4", "End", "Up", "Tab", "Tab")
    to_save = (*["shift+Tab"] * 6, "space")  # round by the header: the end of the restore may still stand in between
    person.press(*to_the_look, "Down", *to_save)
    until(lambda: load(company.config).settings.theme != before, "the settings")
    assert load(company.config).settings.databases == {one: f"app/{one}.db" for one in first.databases}

    company.database("auditoria").rename(tmp_path / "auditoria.db")
    person.click(50, 26)  # the tab Resumen
    person.press("ctrl+b")
    until(lambda: status_of(company, 2) not in (None, SetStatus.IN_PROGRESS), "the second backup")
    until(lambda: running(company.root) is None, "its end")
    held = company.model().show(company.model().listing().sets[0].set).databases
    assert held["auditoria"].file is None
    assert held["users"].file is not None
    assert held["inventario"].file is not None
    (tmp_path / "auditoria.db").rename(company.database("auditoria"))

    assert person.program.poll() is None
    person.close()
    assert person.program.returncode == 0
    assert "Traceback" not in (tmp_path / "said.txt").read_text("utf-8", "replace")
    assert company.unfinished() == []
    assert {"backup", "verify", "restore"} <= set(done(company))
