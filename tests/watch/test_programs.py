"""Programs of the operating system are its own, wherever one stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.watch import programs


def put(path: Path, said: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {said}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="PATH of other systems")
@pytest.mark.parametrize("path", ["", ".", ":", "::{there}", ".:{there}", "programas:{there}"])
def test_a_program_in_the_current_folder_is_never_meant(tmp_path, monkeypatch, path):
    put(tmp_path / "aquí/crontab", "intruso")
    put(tmp_path / "aquí/programas/crontab", "intruso")
    put(tmp_path / "sistema/crontab", "sistema")
    monkeypatch.chdir(tmp_path / "aquí")
    monkeypatch.setenv("PATH", path.format(there=tmp_path / "sistema"))

    if "there" not in path:
        assert not programs.is_there("crontab")
        with pytest.raises(Refused) as refused:
            programs.run(("crontab",))
        assert refused.value.code == "schedule.no_program"
    else:
        assert programs.run(("crontab",)).out == b"sistema\n"


def test_on_windows_only_the_systems_folder_is_looked_in(tmp_path, monkeypatch):
    put(tmp_path / "aquí/schtasks.exe", "intruso")
    monkeypatch.chdir(tmp_path / "aquí")
    monkeypatch.setenv("PATH", str(tmp_path / "aquí"))
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path / "Windows"))
    monkeypatch.setattr(programs, "WINDOWS", True)
    assert not programs.is_there("schtasks")

    put(tmp_path / "Windows/System32/schtasks.exe", "sistema")
    assert programs.is_there("schtasks")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_what_windows_says_in_utf_16_is_read(encoding):
    assert programs.decoded("<Task>ñandú</Task>".encode(encoding)) == "<Task>ñandú</Task>"
