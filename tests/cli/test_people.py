"""The command line as a person meets it: menu, pipes, consoles, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from cli.command_line import PROGRAM, CommandLine
from support.world import World

POSIX = os.name == "posix"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=50).build()


@pytest.fixture
def run(world):
    return CommandLine(world.config)


def test_the_menu_backs_up_lists_verifies_and_leaves(run):
    ran = run("menu", typed="1\n2\n3\n5\n0\n6\n", **{"PYTHONIOENCODING": "utf-8"})

    assert ran.code == 0, ran.err
    assert "users" in ran.out
    assert "✓✓" in ran.out
    assert "02:00" in ran.out


@pytest.mark.parametrize("typed", ["", "9\nx\n\n", "6\n", "4\n1\n", "1"])
def test_the_menu_asks_again_and_ends_with_the_input(run, typed):
    ran = run("menu", typed=typed)

    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err


def test_the_menu_restores_beside_and_over(world, run):
    run.backup("--no-files")
    before = world.content("auditoria")
    world.add_row("auditoria")
    beside = run("menu", typed=f"4\n1\n3\n1\n{world.folder / 'copia.db'}\n6\n")
    unsure = run("menu", typed="4\n1\n3\n2\nno\n6\n")
    assert (beside.code, unsure.code) == (0, 0), beside.err + unsure.err
    assert (world.folder / "copia.db").is_file()
    assert world.content("auditoria") != before
    over = run("menu", typed="4\n1\n3\n2\nauditoria\n6\n")

    assert over.code == 0, over.err
    assert world.content("auditoria") == before


def test_the_worst_ending_is_the_menus(world, run):
    world.database("users").write_bytes(b"nada" * 100)
    ran = run("menu", "--json", typed="1\n6\n")

    assert ran.code == 2
    assert ran.json["problems"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850", "utf-8"])
def test_every_console_can_show_it(run, encoding):
    run.backup("--no-files")
    command = [sys.executable, str(PROGRAM), "--config", str(run.config)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for words in (["list"], ["verify"], ["show", "no-hay-ñandú"], ["--help"]):
        ran = subprocess.run([*command, *words], capture_output=True, check=False, env=environment)
        assert b"Traceback" not in ran.stderr
        assert ran.returncode in (0, 3)
        ran.stdout.decode(encoding)


def test_json_is_utf_8_whatever_the_console(world, run):
    told = run.backup()
    ran = run("show", told, "--json", PYTHONIOENCODING="ascii")

    assert any("núcleo" in one["source"] for one in ran.json["manifest"]["application"]["files"])


@pytest.mark.skipif(not POSIX, reason="a pipe closed by its reader")
def test_a_reader_who_leaves_early_is_no_error(run):
    run.backup("--no-files")
    command = [sys.executable, str(PROGRAM), "--config", str(run.config), "list", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        listing.stdout.close()
        said = listing.stderr.read()

    assert (listing.returncode, said) == (0, b"")


@pytest.mark.skipif(not POSIX, reason="signals")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_wish_to_stop_leaves_nothing_behind(tmp_path, number):
    world = World(tmp_path, rows=60_000).build()
    command = [sys.executable, str(PROGRAM), "--config", str(world.config), "backup", "--json"]
    wish = getattr(signal, number)

    def heard() -> None:  # whoever starts the tests in the background ignores them, and so would the program
        signal.signal(wish, signal.SIG_DFL)

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as running:  # noqa: PLW1509  it calls nothing but that
        assert running.stderr.readline(), "the first line of progress"
        running.send_signal(wish)
        out, err = running.communicate()

    assert running.returncode == 130, err
    assert b'"status":"cancelled"' in out
    assert b'"cancelled"' in out
    assert world.archives() == set()
    assert world.unfinished() == []


def test_a_wish_to_stop_beside_every_job_is_130_too(run, monkeypatch, capsys):
    from rexus.modules.backup.cli import dispatch, main, verbs_look

    def stopped(*_words, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(verbs_look, "settled", stopped)
        assert main.main(["--config", str(run.config), "list", "--json"]) == 130
    assert '"status":"cancelled"' in capsys.readouterr().out
    monkeypatch.setattr(dispatch, "print_human", stopped)
    assert main.main(["--config", str(run.config), "list"]) == 130


def test_ctrl_break_is_ctrl_c(monkeypatch):
    """Windows has SIGBREAK; the signal that stands in for it here is handled alike."""
    from rexus.modules.backup.cli.interrupts import breaking

    number = getattr(signal, "SIGBREAK", None) or signal.SIGTERM
    monkeypatch.setattr(signal, "SIGBREAK", number, raising=False)
    before = signal.getsignal(number)
    try:
        breaking()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


@pytest.mark.skipif(not POSIX, reason="a pseudo terminal")
@pytest.mark.parametrize("words", [["backup"], ["list"], ["verify", "--depth", "engine"], []])
def test_on_a_terminal_there_are_bars_tables_and_the_menu(run, words):
    import pty

    run.backup("--no-files")
    front, back = pty.openpty()
    command = [sys.executable, str(PROGRAM), "--config", str(run.config), *words]
    with subprocess.Popen(command, stdin=back, stdout=back, stderr=back) as running:
        os.close(back)
        os.write(front, b"6\n")
        shown = b""
        while True:
            try:
                piece = os.read(front, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
    os.close(front)

    assert running.returncode == 0, shown.decode()
    assert b"Traceback" not in shown
    assert (b"6." if not words else b"users") in shown
