"""The start scripts, the lock files, and what README promises."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
WINDOWS = os.name == "nt"
LOCKS = sorted(PROJECT.glob("requirements*.lock"))
STARTER = "ejecutar_backup.bat" if WINDOWS else "ejecutar_backup.sh"
ECHO = "import sys\nfor a in sys.argv[1:]: sys.stdout.buffer.write(a.encode() + b'\\n')\nsys.exit(7)\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The start script in a folder with blanks and accents, set up before; the program tells its arguments."""
    folder = tmp_path_factory.mktemp("sitio") / "Año nuevo & más"
    folder.mkdir()
    shutil.copy(PROJECT / STARTER, folder)
    shutil.copy(PROJECT / "requirements.lock", folder)
    (folder / "main_backup.py").write_text(ECHO, "utf-8")
    venv.create(folder / ".venv", with_pip=False, symlinks=not WINDOWS)
    shutil.copy(PROJECT / "requirements.lock", folder / ".venv/installed-run.lock")
    return folder


def start(program: Path, *arguments: str, cwd: Path) -> tuple[int, list[str]]:
    """Run the start script as a shell would; its exit code and the arguments that arrived."""
    command = [str(program / STARTER), *arguments]
    ran = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ran.returncode, ran.stdout.decode().splitlines()


def test_the_start_script_hands_on_arguments_and_exit_code(program: Path, tmp_path: Path) -> None:
    arguments = ["restore", "20250806_143052", "--to", "una carpeta/ñandú.db"]
    assert start(program, *arguments, cwd=tmp_path) == (7, arguments)


@pytest.mark.skipif(WINDOWS, reason="there the window is started on its own, and its end not waited for")
def test_without_arguments_it_hands_on_none(program: Path, tmp_path: Path) -> None:
    assert start(program, cwd=tmp_path) == (7, [])


@pytest.mark.skipif(WINDOWS, reason="a shell script")
def test_it_starts_through_a_link_too(program: Path, tmp_path: Path) -> None:
    link = tmp_path / "backup"
    link.symlink_to(program / STARTER)
    ran = subprocess.run([link, "list"], capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (7, b"list\n")


@pytest.mark.skipif(WINDOWS, reason="a shell script")
def test_a_missing_python_is_named_and_nothing_happens(tmp_path: Path) -> None:
    for name in (STARTER, "requirements.lock"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "scripts", tmp_path / "scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "cmp", "dirname", "env", "readlink"):  # neither a Python nor apt-get
        (tools / tool).symlink_to(shutil.which(tool) or "")
    ran = subprocess.run([tmp_path / STARTER], env={"PATH": str(tools)}, capture_output=True, text=True, check=False)
    assert ran.returncode == 3
    assert "Python 3.11" in ran.stderr
    assert "python3-venv" in ran.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_batch_file_is_plain_for_every_console() -> None:
    raw = (PROJECT / "ejecutar_backup.bat").read_bytes()
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n"), "cmd.exe loses labels in files with bare line feeds"


def needed(extra: str | None = None) -> set[str]:
    """Names of the packages that pyproject.toml asks for."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    return {re.split(r"[<>=;\[ ]", line)[0].lower().replace(".", "-").replace("_", "-") for line in asked}


def pinned(lock: Path) -> dict[str, str]:
    """Names and versions in a lock file."""
    return dict(re.findall(r"(?m)^([\w-]+)==(\S+)", lock.read_text("utf-8")))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_the_locks_pin_everything_and_name_no_place(lock: Path) -> None:
    extra = lock.stem.partition("-")[2] or None
    assert needed(extra) <= pinned(lock).keys(), "run: make lock"
    assert pinned(PROJECT / "requirements.lock").items() <= pinned(lock).items()
    text = lock.read_text("utf-8")
    assert all(len(block.split("--hash=sha256:")) > 1 for block in re.split(r"(?m)^(?=\w)", text) if block)
    assert not re.search(r"://|index|find-links|#", text)


def test_readme_names_the_commands_that_there_are() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8")))
    pages = "".join((PROJECT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"(?m)(?:^    |`)make ([a-z-]+)", pages))
    assert {"demo", "test"} <= named <= targets
    assert (PROJECT / ".ci/run").read_text("utf-8").rstrip().endswith("make test")
    for path in re.findall(r"\]\(([\w/.-]+)\)", pages):
        assert (PROJECT / path).is_file(), path


def test_the_pictures_of_readme_are_there_and_the_repository_stays_small() -> None:
    named = re.findall(r"!\[[^\]]+\]\((docs/screenshots/[\w.-]+)\)", (PROJECT / "README.md").read_text("utf-8"))
    assert len(named) == len(set(named)) >= 7
    for path in named:
        head = (PROJECT / path).read_bytes()[:24]
        wide, high = (int.from_bytes(head[at : at + 4]) for at in (16, 20))
        assert head.startswith(b"\x89PNG")
        assert path.endswith(f"-{wide}x{high}.png")
    folder = PROJECT / "docs/screenshots"
    taken = {one.name: one.stat().st_size for one in folder.iterdir()}
    assert sum(taken.values()) < 4 << 20
    both = {one.partition("-light-")[0] for one in taken if "-light-" in one}
    assert both == {one.partition("-dark-")[0] for one in taken if "-dark-" in one}


def test_the_python_in_use_is_one_we_promise() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert sys.version_info >= (3, 11)
