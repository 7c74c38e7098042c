"""The module in a host's tree: laid, looked at, started by it, and taken out to the last byte."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command_line import Ran

from rexus.modules.backup.base import host_files, host_lines, hosting
from rexus.modules.backup.base.clock import SystemClock
from rexus.modules.backup.base.errors import Failed
from rexus.modules.backup.base.files import RealFiles, Writing
from rexus.modules.backup.base.hosting import START, Hosting, State
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.cli import verbs_host
from rexus.modules.backup.cli.dispatch import run as dispatch

HOST = Path(__file__).parents[1] / "gui"
FORMER = """\
from pathlib import Path


def initialize_backup_system():
    Path("respaldo_iniciado").write_text("sí", "utf-8")
    return True
"""
START_TEXT = (HOST / "stand_in_host.py").read_text("utf-8")


def make_tree(folder: Path, *, ending: str = "\n") -> Path:
    """A tree that looks like a host's; its start-up can really be started."""
    texts = {
        "main.py": "from rexus.main.app import main\n\nmain()\n",
        "rexus/__init__.py": "",
        "rexus/main/__init__.py": "",
        START: START_TEXT,
        "rexus/core/__init__.py": "",
        "rexus/core/backup_integration.py": FORMER,
        "rexus/core/module_manager.py": (HOST / "stand_in_loader.py").read_text("utf-8"),
        "rexus/modules/__init__.py": "# español: módulos\n",
        "resources/icons/lock.svg": "<svg/>",
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.replace("\n", ending).encode("utf-8"))
    return folder


def seen(tree: Path) -> dict[str, object]:
    """Every file and folder of a tree, with all that must come back."""
    found: dict[str, object] = {}
    for path in tree.rglob("*"):
        facts = path.stat()
        found[path.relative_to(tree).as_posix()] = (
            (path.read_bytes(), facts.st_mode, facts.st_mtime_ns) if path.is_file() else facts.st_mode
        )
    return found


class Hasty(RealFiles):
    """Does not wait for the medium, file by file: hundreds are written here, again and again."""

    def create(self, path: Path, *, private: bool = True) -> Writing:
        writing = super().create(path, private=private)
        writing.sync = lambda: None
        return writing

    def sync_folder(self, path: Path) -> None:
        pass


class Here:
    """The command line in this process."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capfdbinary

    def __call__(self, *words: str) -> Ran:
        self._captured.readouterr()
        code = dispatch(list(words))
        told = self._captured.readouterr()
        return Ran(code, told.out.decode("utf-8"), told.err.decode("utf-8"))

    def json(self, *words: str, code: int = 0) -> dict[str, object]:
        ran = self(*words, "--json")
        assert ran.code == code, ran.out + ran.err
        return ran.json


@pytest.fixture
def run(capfdbinary, monkeypatch):
    monkeypatch.setattr(verbs_host, "RealFiles", Hasty)
    yield Here(capfdbinary)
    use_language("es")


FEW = ("__init__.py", "view.py", "base/errors.py", "base/files.py", "config/settings.py", "resources/qss/tokens.json")


@pytest.fixture
def whole_tree(tmp_path):
    """A tree that all of the module is laid into."""
    return make_tree(tmp_path / "Rexus.app ñ")


@pytest.fixture
def tree(whole_tree, monkeypatch):
    """A tree that only some files of the module are laid into."""
    every = host_files.wanted()
    names = ("main_backup.py", *(f"rexus/modules/backup/{one}" for one in FEW))
    monkeypatch.setattr(host_files, "wanted", lambda: {name: every[name] for name in names})
    return whole_tree


def of(tree: Path, files: object = None) -> Hosting:
    return Hosting(tree, files or Hasty(), SystemClock(), verbs_host.__version__)


def started(tree: Path) -> list[str]:
    """What the host tells when it is started by its own main.py, outside of our folder."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "main.py"], cwd=tree, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_what_is_installed_is_taken_out_to_the_last_byte(run, tmp_path, ending):
    tree = make_tree(tmp_path / "host", ending=ending)
    (tree / START).chmod(0o664)
    before = seen(tree)
    told = run.json("host", "install", str(tree))

    assert told["changed"] is True
    assert {"path": START, "action": "edit"} in told["files"]
    assert (tree / "main_backup.py").is_file()
    assert (tree / "rexus/modules/backup/resources/qss/tokens.json").is_file()
    assert (tree / "resources/icons/lock.svg").read_text("utf-8") == "<svg/>", "the host's own resources"
    start = (tree / START).read_bytes()
    assert start.count(b"\n") == start.count(ending.encode())
    assert run.json("host", "check", str(tree))["state"] == "installed"

    run.json("host", "remove", str(tree))
    assert seen(tree) == before


def test_the_host_starts_the_module_and_no_longer_its_former_scheduler(run, whole_tree):
    assert "página QLabel " in started(whole_tree)
    (whole_tree / "respaldo_iniciado").unlink()
    run.json("host", "install", str(whole_tree))
    told = started(whole_tree)

    assert "Backups True" in told
    assert "página BackupView RexusBackups" in told
    assert not (whole_tree / "respaldo_iniciado").exists()

    run.json("host", "remove", str(whole_tree))
    assert not (whole_tree / "rexus/modules/backup").exists(), "the interpreter's caches too"
    assert "página QLabel " in started(whole_tree)
    assert (whole_tree / "respaldo_iniciado").exists()


def test_a_library_that_is_missing_keeps_no_host_from_starting(run, whole_tree):
    run.json("host", "install", str(whole_tree))
    (whole_tree / "msgspec.py").write_text("raise ImportError('no hay msgspec')\n", "utf-8")
    told = started(whole_tree)

    assert "Backups True" not in told
    assert "Configuración True" in told


def test_a_plan_touches_nothing(run, tree):
    before = seen(tree)
    told = run.json("host", "install", str(tree), "--plan")
    assert (told["changed"], told["plan"]) == (False, True)
    assert told["files"][-1] == {"path": START, "action": "edit"}
    assert seen(tree) == before

    run.json("host", "install", str(tree))
    installed = seen(tree)
    assert run.json("host", "remove", str(tree), "--plan")["files"][0] == {"path": START, "action": "restore"}
    assert seen(tree) == installed


def test_a_second_installation_finds_nothing_to_do(run, tree):
    run.json("host", "install", str(tree))
    before = seen(tree)
    assert run.json("host", "install", str(tree))["changed"] is False
    assert seen(tree) == before
    run.json("host", "remove", str(tree))
    assert run.json("host", "remove", str(tree))["files"] == []


STRANGE = {
    "no start-up": lambda tree: (tree / START).unlink(),
    "no loader": lambda tree: (tree / "rexus/core/module_manager.py").unlink(),
    "a loader without what we need": lambda tree: (tree / "rexus/core/module_manager.py").write_text("x = 1\n"),
    "no window": lambda tree: edit(tree, "class MainWindow(", "class Ventana("),
    "no method": lambda tree: edit(tree, "def show_module(", "def mostrar("),
    "no place": lambda tree: edit(tree, "main_window = MainWindow(", "main_window = make("),
    "two places": lambda tree: edit(tree, "def main()", "def otra():\n    w = MainWindow({}, [])\n\n\ndef main()"),
    "a scheduler that is used": lambda tree: edit(tree, "def logged_in(", "print(started)\n\n    def logged_in("),
    "a scheduler started otherwise": lambda tree: edit(tree, "if started:", "if started and sys.exit():"),
    "no Python": lambda tree: edit(tree, "class MainWindow(", "clase MainWindow("),
}


def edit(tree: Path, old: str, new: str) -> None:
    path = tree / START
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("how", STRANGE)
def test_a_tree_that_is_not_known_is_refused_and_named(run, tree, how):
    STRANGE[how](tree)
    before = seen(tree)
    for action in ("install", "check"):
        ran = run("host", action, str(tree), "--json")
        assert (ran.code, ran.codes) == (3, {"host.unknown_tree"})
        assert ran.json["problems"][0]["values"]["what"]
    assert seen(tree) == before


def test_a_folder_that_is_none_is_refused(run, tmp_path):
    assert run("host", "install", str(tmp_path / "nada"), "--json").codes == {"host.unknown_tree"}


def test_a_host_without_a_former_scheduler_is_known_too(tree):
    text = (tree / START).read_text("utf-8")
    begin, end = text.index("    # Inicializar el respaldo"), text.index("    def logged_in")
    (tree / START).write_text(text[:begin] + text[end:], "utf-8")
    of(tree).install()
    assert of(tree).check().state is State.INSTALLED


@pytest.mark.parametrize("name", ["rexus/modules/backup/view.py", "rexus/modules/backup/ajeno.txt", "main_backup.py"])
def test_files_of_others_in_our_place_are_named_and_stay(run, tree, name):
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("de otra persona\n", "utf-8")
    before = seen(tree)
    ran = run("host", "install", str(tree), "--json")
    assert (ran.code, ran.codes) == (3, {"host.occupied"})
    assert name in ran.json["problems"][0]["values"]["what"]
    assert seen(tree) == before


@pytest.mark.parametrize("name", [START, "rexus/modules/backup/view.py"])
def test_what_was_changed_since_is_named_and_nothing_is_removed(run, tree, name):
    run.json("host", "install", str(tree))
    with (tree / name).open("ab") as file:
        file.write(b"# cambio de alguien\n")
    before = seen(tree)
    for action in ("remove", "install"):
        ran = run("host", action, str(tree), "--json")
        assert (ran.code, ran.codes) == (3, {"host.changed"})
        assert ran.json["problems"][0]["values"]["what"] == name
    told = run("host", "check", str(tree), "--json")
    assert (told.code, told.json["state"]) == (1, "changed")
    assert seen(tree) == before


def test_a_start_up_that_an_update_replaced_is_told_and_hooked_again(run, tree):
    run.json("host", "install", str(tree))
    newer = START_TEXT.replace("def main() ->", "VERSION = 2\n\n\ndef main() ->")
    (tree / START).write_text(newer, "utf-8")
    told = run.json("host", "check", str(tree), code=1)
    assert (told["state"], told["problems"][0]["code"]) == ("unhooked", "host.unhooked")

    run.json("host", "install", str(tree))
    assert run.json("host", "check", str(tree))["state"] == "installed"
    run.json("host", "remove", str(tree))
    assert (tree / START).read_text("utf-8") == newer


def test_another_version_is_replaced_by_this_one(run, tree):
    before = seen(tree)
    of(tree).install()
    receipt = json.loads((tree / ".rexus-backups-host.json").read_text("utf-8"))
    old = tree / "rexus/modules/backup/antiguo.py"
    old.write_bytes(b"x = 1\n")
    entry = {"path": "rexus/modules/backup/antiguo.py", "after": hosting.sha(b"x = 1\n")}
    (tree / ".rexus-backups-host.json").write_text(
        json.dumps({**receipt, "entries": [entry, *receipt["entries"]]}), "utf-8"
    )
    assert run.json("host", "check", str(tree), code=1)["state"] == "outdated"

    planned = run.json("host", "install", str(tree), "--plan")["files"]
    assert {"path": "rexus/modules/backup/antiguo.py", "action": "remove"} in planned
    run.json("host", "install", str(tree))
    assert not old.exists()
    assert run.json("host", "check", str(tree))["state"] == "installed"
    run.json("host", "remove", str(tree))
    assert seen(tree) == before


def test_files_of_others_that_came_later_stay_and_are_told(run, tree):
    run.json("host", "install", str(tree))
    mine = tree / "rexus/modules/backup/config/mio.txt"
    mine.write_text("mío", "utf-8")
    told = run.json("host", "remove", str(tree))
    assert [one["code"] for one in told["problems"]] == ["host.left"]
    assert [one for one in (tree / "rexus/modules/backup").rglob("*") if one.is_file()] == [mine]


class Failing(Hasty):
    """A disk that is full, or somebody pulls the plug, at the change number ``at``."""

    def __init__(self, at: int, error: type[BaseException] = OSError) -> None:
        self._left, self._error = at, error

    def replace(self, source: Path, target: Path) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error(28, "No space left on device")
        super().replace(source, target)


@pytest.mark.parametrize("at", [1, 2, 5, -1, -2])
def test_whatever_fails_is_undone(tree, at):
    before = seen(tree)
    writes = len(of(tree).plan_install()) + 2  # and the receipt, twice
    files = Failing(at if at > 0 else writes + 1 + at)
    with pytest.raises(Failed) as told:
        of(tree, files).install()
    assert told.value.code == "host.write_failed"
    assert seen(tree) == before


class Death(BaseException):
    """The process is gone: nothing more is done."""


class Dying(Failing):
    """From the change number ``at`` on nothing happens any more."""

    def __init__(self, at: int) -> None:
        super().__init__(at, Death)
        self._dead = False

    def replace(self, source: Path, target: Path) -> None:
        if self._dead:
            raise OSError(5, "gone")
        try:
            super().replace(source, target)
        except Death:
            self._dead = True
            raise

    def unlink(self, path: Path) -> None:
        if self._dead:
            raise OSError(5, "gone")
        super().unlink(path)

    def remove_folder(self, path: Path) -> None:
        if self._dead:
            raise OSError(5, "gone")
        super().remove_folder(path)


@pytest.mark.parametrize("at", [2, 5, -1])
@pytest.mark.parametrize("then", ["install", "remove"])
def test_an_installation_that_died_is_finished_or_undone(run, tree, at, then):
    before = seen(tree)
    writes = len(of(tree).plan_install()) + 2
    with pytest.raises(Death):
        of(tree, Dying(at if at > 0 else writes + 1 + at)).install()
    assert run.json("host", "check", str(tree), code=1)["state"] == "incomplete"
    run.json("host", then, str(tree))
    if then == "install":
        assert run.json("host", "check", str(tree))["state"] == "installed"
        run.json("host", "remove", str(tree))
    assert seen(tree) == before, "what was half written too"


def test_a_damaged_receipt_is_refused(run, tree):
    run.json("host", "install", str(tree))
    receipt = tree / ".rexus-backups-host.json"
    whole = receipt.read_text("utf-8")
    for broken in (
        "{",
        whole.replace('"main_backup.py"', '"../fuera.txt"'),
        whole.replace('"version": 1', '"version": 9'),
    ):
        receipt.write_text(broken, "utf-8")
        ran = run("host", "remove", str(tree), "--json")
        assert (ran.code, ran.codes) == (3, {"host.receipt_broken"})


def test_the_installed_program_knows_and_removes_itself(whole_tree):
    before = seen(whole_tree)
    of(whole_tree).install()
    inside = [sys.executable, "-B", str(whole_tree / "main_backup.py"), "host"]
    state = subprocess.run([*inside, "check", ".", "--json"], cwd=whole_tree, capture_output=True, check=True)
    assert json.loads(state.stdout)["state"] == "installed"
    gone = subprocess.run([*inside, "remove", "."], cwd=whole_tree, capture_output=True, text=True, check=False)
    assert (gone.returncode, gone.stderr) == (0, "")
    assert seen(whole_tree) == before
    own = subprocess.run(
        [sys.executable, "main_backup.py", "host", "install", ".", "--json"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert json.loads(own.stdout)["problems"][0]["code"] == "host.own_tree"


def test_what_the_hosts_python_lacks_is_named(run, tree):
    import venv

    venv.create(tree / ".venv", with_pip=False, symlinks=os.name != "nt")
    told = run.json("host", "install", str(tree), code=1)
    (problem,) = told["problems"]
    assert problem["code"] == "host.libraries"
    assert "msgspec" in problem["values"]["packages"]


def test_the_libraries_asked_for_are_those_of_the_project():
    import tomllib

    from rexus.modules.backup.base.host_python import LIBRARIES

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {one.split(">")[0].split(";")[0].strip().lower() for one in project["dependencies"]}
    assert {one.lower() for one in LIBRARIES.values()} | {"pyside6-essentials"} == asked, "the host brings its own Qt"


def test_people_read_sentences(run, tree):
    before = shutil.copytree(tree, tree.with_name("otra"))
    for words in (("check",), ("install", "--plan"), ("install",), ("check",), ("remove",)):
        for language in ("es", "en"):
            target = tree if language == "es" else before
            ran = run("host", words[0], str(target), *words[1:], "--lang", language)
            assert ran.code in (0, 1)
            assert ran.out.strip()


def test_the_lines_stand_where_the_window_is_made_and_are_valid():
    source = START_TEXT.encode()
    edited = host_lines.edited(source)
    ast.parse(edited)
    lines = edited.decode().splitlines()
    made = next(number for number, line in enumerate(lines) if "main_window = MainWindow(" in line)
    assert [line.strip() for line in lines[made + 1 : made + 3]] == [
        "from rexus.modules.backup import register  # Rexus Backups",
        "register(main_window)  # Rexus Backups",
    ]
    assert host_lines.is_ours(edited)
    assert not host_lines.is_ours(source)
    bom = host_lines.edited(b"\xef\xbb\xbf" + source)
    assert bom == b"\xef\xbb\xbf" + edited


def test_a_window_made_in_the_last_line_of_the_file(tmp_path):
    source = START_TEXT.encode().replace(b"main_window = MainWindow(", b"main_window = make(")
    source = source.rstrip() + b"\nventana = MainWindow(\n    {},\n    [],\n)"
    assert host_lines.missing(source) == ()
    assert host_lines.edited(source).endswith(
        b")\n" + b"from rexus.modules.backup import register  # Rexus Backups\nregister(ventana)  # Rexus Backups\n"
    )
