"""Shortcuts: written where desktops look, startable as written, and taken away again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command_line import CommandLine

from rexus.modules.backup.base import shortcut, windows_link
from rexus.modules.backup.base.errors import Failed, Refused
from rexus.modules.backup.base.files import RealFiles

WINDOWS = os.name == "nt"
PROJECT = Path(__file__).parents[2]
linux = pytest.mark.skipif(WINDOWS, reason="desktops of Windows have other shortcuts")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person with a desktop, whose language calls it otherwise."""
    folder = tmp_path / "casa"
    (folder / "Escritorio").mkdir(parents=True)
    (folder / ".config").mkdir()
    (folder / ".config/user-dirs.dirs").write_text('# x\nXDG_DESKTOP_DIR="$HOME/Escritorio"\n', "utf-8")
    monkeypatch.setenv("HOME", str(folder))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / 'Año 100% "nuevo" & $más\\`' if not WINDOWS else tmp_path / "Año 100% & más"
    folder.mkdir()
    return folder / "backup_config.json"


@pytest.fixture
def run(config):
    return CommandLine(config)


def entry(path: Path) -> dict[str, str]:
    """The keys of a desktop entry, their values as the specification reads them."""
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    pairs = (line.partition("=") for line in lines[1:])
    return {key: value.replace("\\\\", "\\") for key, _sign, value in pairs}


@linux
def test_the_window_stands_in_the_menu_and_on_the_desktop(run, home):
    told = run.json("shortcut")
    paths = {one["kind"]: Path(one["path"]) for one in told["shortcuts"]}

    assert paths["menu"] == home / ".local/share/applications/rexus-backups.desktop"
    assert paths["desktop"] == home / "Escritorio/rexus-backups.desktop"
    assert paths["desktop"].stat().st_mode & 0o111, "desktops start only what may be run"
    for one in (paths["menu"], paths["desktop"]):
        keys = entry(one)
        assert (keys["Type"], keys["Name"], keys["Terminal"]) == ("Application", "Rexus Backups", "false")
        assert Path(keys["Icon"]) == paths["icon"]
    assert paths["icon"].read_text("utf-8").startswith("<svg")


@linux
def test_what_it_starts_is_this_program_on_this_configuration(run, home, config):
    run.json("shortcut")
    line = entry(home / "Escritorio/rexus-backups.desktop")["Exec"]
    read = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, encoding="utf-8", check=True)
    words = [word.replace("%%", "%") for word in read.stdout.splitlines()]

    assert words == [sys.executable, str(PROJECT / "main_backup.py"), "--config", str(config)]
    ran = subprocess.run([*words, "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@linux
def test_removed_they_leave_nothing(run, home):
    before = {one for one in home.rglob("*") if one.is_file()}
    run.json("shortcut")
    told = run.json("shortcut", "--remove")
    assert {one["kind"] for one in told["shortcuts"]} == {"menu", "desktop", "icon"}
    assert {one for one in home.rglob("*") if one.is_file()} == before
    assert run.json("shortcut", "--remove")["shortcuts"] == []


@linux
@pytest.mark.parametrize("said", ['XDG_DESKTOP_DIR="$HOME/"\n', 'XDG_DESKTOP_DIR="/no/existe"\n'])
def test_who_has_no_desktop_is_told_so(run, home, said):
    (home / ".config/user-dirs.dirs").write_text(said, "utf-8")
    told = run.json("shortcut")
    assert {one["kind"] for one in told["shortcuts"]} == {"menu", "icon"}
    assert [one["code"] for one in told["problems"]] == ["shortcut.no_folder"]


@linux
def test_folders_may_be_elsewhere(home, config, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "datos"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nada"))
    (home / "Desktop").mkdir()
    found = {one.kind: Path(one.path) for one in shortcut.install(config, "x", RealFiles())}
    assert found["menu"].parent == tmp_path / "datos/applications"
    assert found["desktop"].parent == home / "Desktop"


@linux
def test_what_can_not_be_written_is_named(home, config):
    (home / ".local").write_text("no es una carpeta", "utf-8")
    with pytest.raises(Failed) as told:
        shortcut.install(config, "x", RealFiles())
    assert told.value.code == "shortcut.write_failed"
    assert "applications" in str(told.value.values["path"]) or "icons" in str(told.value.values["path"])


@linux
def test_a_system_without_shortcuts_that_we_know_is_refused(config, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    for what in (lambda: shortcut.install(config, "x", RealFiles()), lambda: shortcut.remove(config, RealFiles())):
        with pytest.raises(Refused) as told:
            what()
        assert told.value.code == "shortcut.no_desktop"
        assert "main_backup.py" in str(told.value.values["command"])


def test_the_icons_that_they_name_are_there():
    from rexus.modules.backup.base.host_files import resources

    ico = (resources() / "icons/app.ico").read_bytes()
    assert ico[:4] == b"\0\0\1\0"
    assert {ico[6 + 16 * number] for number in range(ico[4])} >= {0, 16, 32, 48}, "0 stands for 256 pixels"
    assert (resources() / "icons/app.png").read_bytes().startswith(b"\x89PNG")


def test_people_read_sentences(run, request):
    if not WINDOWS:
        request.getfixturevalue("home")
    for language in ("es", "en"):
        for words in (("shortcut",), ("shortcut", "--remove"), ("shortcut", "--remove")):
            ran = run(*words, "--lang", language)
            assert (ran.code, ran.err) == (0, "")
            assert ran.out


@pytest.mark.skipif(not WINDOWS, reason="a matter of Windows")
def test_a_link_of_windows_starts_the_window_without_a_console(run, config):
    told = run.json("shortcut")
    try:
        paths = [Path(one["path"]) for one in told["shortcuts"]]
        assert {one.name for one in paths} == {"Rexus Backups.lnk"}
        for one in paths:
            target, arguments = windows_link.read(one)
            assert Path(target).name.lower() in ("pythonw.exe", "python.exe")
            assert arguments == subprocess.list2cmdline([str(PROJECT / "main_backup.py"), "--config", str(config)])
    finally:
        gone = run.json("shortcut", "--remove")
    assert len(gone["shortcuts"]) == len(paths)
    assert not any(one.exists() for one in paths)
