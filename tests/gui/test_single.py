"""One window for each person and configuration, however the first one ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rexus.modules.backup.qt.single import Single

PROJECT = Path(__file__).parents[2]
FIRST = """\
import sys
from pathlib import Path
from qtpy.QtCore import QCoreApplication
from rexus.modules.backup.qt.single import Single
application = QCoreApplication([])
single = Single(sys.argv[1], Path(sys.argv[2]))
single.raised.connect(application.quit)
first = single.is_first()
print(first, flush=True)
if first:
    application.exec()
    print("raised", flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "propio"


def process(folder, name="config"):
    command = [sys.executable, "-c", FIRST, name, str(folder)]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env={**os.environ})


def test_a_second_start_raises_the_first(qtbot, folder):
    first = Single("config", folder)
    assert first.is_first()
    assert first.is_first(), "it stays the first"
    with qtbot.waitSignal(first.raised, timeout=10000):
        second = Single("config", folder)
        assert not second.is_first()
    first.close()


def test_the_same_between_two_processes(folder):
    first = process(folder)
    assert first.stdout.readline() == "True\n"
    second = process(folder)
    assert second.communicate(timeout=30)[0] == "False\n"
    assert first.communicate(timeout=30)[0] == "raised\n"


def test_another_configuration_has_a_window_of_its_own(qtbot, folder):
    first, other = Single("a", folder), Single("b", folder)
    assert first.is_first()
    assert other.is_first()
    for one in (first, other):
        one.close()


def test_the_claim_can_be_given_up(qtbot, folder):
    first = Single("config", folder)
    assert first.is_first()
    first.close()
    second = Single("config", folder)
    assert second.is_first()
    second.close()


def test_one_that_was_killed_stands_in_nobodys_way(qtbot, folder):
    died = process(folder)
    assert died.stdout.readline() == "True\n"
    died.kill()
    died.communicate()
    left = {one.suffix for one in folder.iterdir()}
    assert ".lock" in left
    second = Single("config", folder)
    assert second.is_first()
    with qtbot.waitSignal(second.raised, timeout=10000):
        assert not Single("config", folder).is_first()
    second.close()


def test_one_that_does_not_answer_keeps_nobody_from_a_window(qtbot, folder, monkeypatch):
    from rexus.modules.backup.qt import single

    monkeypatch.setattr(single, "_WAIT_MS", 1)
    deaf = Single("config", folder)
    assert deaf.is_first()
    assert deaf._server is not None
    deaf._server.close()
    second = Single("config", folder)
    assert second.is_first()
    for one in (second, deaf):
        one.close()


def test_a_folder_that_can_not_be_is_no_reason_to_open_nothing(qtbot, folder):
    folder.write_text("no es una carpeta", "utf-8")
    first = Single("config", folder)
    assert first.is_first()
    first.close()


@pytest.mark.skipif(os.name == "nt", reason="pipes leave nothing behind")
def test_a_socket_left_behind_is_used_again(qtbot, folder):
    folder.mkdir()
    first = Single("config", folder)
    (folder / Path(first._address()).name).write_text("resto", "utf-8")
    assert first.is_first()
    with qtbot.waitSignal(first.raised, timeout=10000):
        assert not Single("config", folder).is_first()
    first.close()
