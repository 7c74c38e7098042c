"""The rooms of the house: who may enter which, how big things may be, and what the map says."""

import ast
import functools
import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "rexus/modules/backup"
NAME = "rexus.modules.backup"
QT = {"qtpy", "PyQt5", "PyQt6", "PySide2", "PySide6"}

WORK = {"engines", "archive", "stores", "catalog"}
MAY_USE = {
    "base": set(),
    "config": {"base"},
    "engines": {"base", "config"},
    "archive": {"base", "config"},
    "stores": {"base", "config"},
    "catalog": {"base", "config"},
    "jobs": {"base", "config", *WORK},
    "watch": {"base", "config", "catalog", "jobs"},
    "parts": {"base", "config", *WORK, "jobs", "watch"},
    "model": {"base", "config", *WORK, "jobs", "watch", "parts"},
    "cli": {"base", "config", "model"},
    "qt": {"base", "config", "model"},
    "view": {"base", "config", "qt"},
    "controller": {"base", "config", "model", "view", "qt"},
}
BELOW_THE_DOOR = {"base", "config", *WORK, "jobs", "watch", "parts", "model"}
HAS_QT = {"qt", "view", "controller"}
ENTRANCES = {"app.py", "window.py", "host.py"}
"""Files of the screens that put view and controller into a window, a program or a host."""
VAGUE = {"utils", "util", "common", "misc", "helpers", "helper", "manager", "managers"}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.name != "__init__.py")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    """What a file says, parsed."""
    return ast.parse(path.read_text("utf-8"))


def room(path: Path) -> str:
    """The room a file is in; a file outside all rooms is one itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


ROOMS = {name: list(files) for name, files in itertools.groupby(sorted(FILES, key=room), key=room)}


def each_file(judge: Callable[[Path], None]) -> Callable[[str], None]:
    """One test for each room, of every file in it."""

    @pytest.mark.parametrize("inside", ROOMS)
    def judged(inside: str) -> None:
        for path in ROOMS[inside]:
            try:
                judge(path)
            except AssertionError as error:
                error.add_note(f"in {path.relative_to(PACKAGE).as_posix()}")
                raise

    judged.__doc__ = judge.__doc__
    return judged


def only_for_types(tree: ast.Module) -> set[ast.AST]:
    """Everything below ``if TYPE_CHECKING``, which never runs."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING"))
    return {inner for block in blocks for statement in block.body for inner in ast.walk(statement)}


def imports(path: Path, *, types: bool) -> set[str]:
    """Absolute names of what the file imports, wherever that stands: when it runs, or for types alone."""
    here = [*NAME.split("."), *path.relative_to(PACKAGE).with_suffix("").parts]
    typed, found = only_for_types(tree_of(path)), set()
    for node in ast.walk(tree_of(path)):
        if (node in typed) != types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            stem = ".".join(here[: len(here) - node.level]) if node.level else ""
            base = ".".join(filter(None, [stem, node.module]))
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def rooms_used(path: Path, *, types: bool) -> set[str]:
    """Other rooms that a file imports from."""
    inside = {name.removeprefix(NAME + ".").split(".")[0] for name in imports(path, types=types) if NAME + "." in name}
    return (inside & set(MAY_USE)) - {room(path)}


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Name and length, without its docstring, of every function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            doc = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - doc


def above(path: Path) -> set[str]:
    """What an entrance may use beyond its room."""
    return {"view", "controller"} if room(path) == "qt" and path.name in ENTRANCES else set()


@each_file
def test_a_room_enters_only_the_rooms_it_may(path: Path) -> None:
    assert room(path) in MAY_USE, "a room that is not on the map"
    assert rooms_used(path, types=False) <= MAY_USE[room(path)] | above(path)


@each_file
def test_types_are_named_downwards_only(path: Path) -> None:
    """What the door hands out may be named by those before it; neighbours stay strangers even so."""
    allowed = MAY_USE[room(path)] | above(path) | (BELOW_THE_DOOR if room(path) in {"cli", *HAS_QT} else set())
    assert rooms_used(path, types=True) <= allowed


@each_file
def test_only_the_screens_know_qt(path: Path) -> None:
    used = {name.split(".")[0] for types in (True, False) for name in imports(path, types=types)} & QT
    assert used <= ({"qtpy"} if room(path) in HAS_QT else set())


def test_the_command_line_runs_where_qt_is_not_installed() -> None:
    program = (
        "import runpy, sys\n"
        "class No:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name.split('.')[0] in {QT!r}: raise ImportError('blocked ' + name)\n"
        "sys.meta_path.insert(0, No())\n"
        f"import {NAME}.cli.main, {NAME}.model\n"
        "sys.argv = ['main_backup.py', '--version']\n"
        "runpy.run_path('main_backup.py', run_name='__main__')\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_version_costs_no_library_that_only_one_verb_needs() -> None:
    program = (
        "import sys\n"
        f"import {NAME}.cli.main as cli\n"
        "try: code = cli.main(['--version'])\n"
        "except SystemExit as stop: code = stop.code\n"
        "heavy = {'rich', 'psutil', 'isal', 'sqlite3', 'backports.zstd', 'dotenv', 'humanize'} & set(sys.modules)\n"
        "sys.exit(f'{code} {sorted(heavy)}' if code or heavy else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@each_file
def test_no_file_and_no_function_is_too_long(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= 400
    assert {name: size for name, size in functions(tree_of(path)) if size > 50} == {}


@each_file
def test_names_are_of_the_trade(path: Path) -> None:
    assert not {part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts} & VAGUE
    assert len(path.relative_to(PACKAGE).parts) <= 2, "rooms are one level deep"
    classes = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if re.search(r"(Manager|Helper|Util)s?$", name)]


HANDLERS = re.compile(r"\w+Event|eventFilter|event|focusNextPrevChild|paint|initStyleOption|stepBy")
"""What Qt calls by name: an exception in one of them ends the process under PyQt6, as one in a slot does."""


def decorators(node: ast.FunctionDef) -> set[str]:
    """Names of what a function is wrapped in."""
    return {ast.unparse(one).partition("(")[0].split(".")[-1] for one in node.decorator_list}


def methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Every method of every class."""
    for one in ast.walk(tree):
        if isinstance(one, ast.ClassDef):
            yield from (each for each in one.body if isinstance(each, ast.FunctionDef))


@each_file
def test_whatever_qt_calls_by_its_name_is_guarded(path: Path) -> None:
    if room(path) in HAS_QT:
        found = [one for one in methods(tree_of(path)) if HANDLERS.fullmatch(one.name)]
        assert [one.name for one in found if not decorators(one) & {"guarded", "guarded_or"}] == []


@each_file
def test_whatever_is_connected_is_guarded(path: Path) -> None:
    """Methods of the class by `guarded`, anything that is made on the spot by `calling`."""
    if room(path) not in HAS_QT:
        return
    guarded = {one.name for one in methods(tree_of(path)) if "guarded" in decorators(one)}
    own = {one.name for one in methods(tree_of(path))} - guarded
    bare = []
    for function in (one for one in ast.walk(tree_of(path)) if isinstance(one, ast.FunctionDef)):
        inner = {one.name for one in ast.walk(function) if isinstance(one, ast.FunctionDef) and one is not function}
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            places = {"connect": 0, "singleShot": 1}
            place = places.get(ast.unparse(call.func).split(".")[-1], len(call.args))
            given = call.args[place] if place < len(call.args) else None
            is_made_here = isinstance(given, ast.Lambda) or (isinstance(given, ast.Name) and given.id in inner)
            is_method = isinstance(given, ast.Attribute) and ast.unparse(given.value) == "self" and given.attr in own
            bare += [ast.unparse(call)] if is_made_here or is_method else []
    assert bare == []


def speaks(path: Path) -> bool:
    """Whether sentences for people may stand in the file."""
    return room(path) in {"cli", *HAS_QT} or path.name == "texts.py" or path.name.startswith("sentences_")


def unspoken(tree: ast.Module) -> set[ast.AST]:
    """Texts that document the code or the settings, or go to the log: docstrings, descriptions, log calls."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg == "description":
            found |= set(ast.walk(node.value))
        elif isinstance(node, ast.Call) and re.match(
            r"_?log(ger)?\.|AssertionError|assert_never", ast.unparse(node.func)
        ):
            found |= set(ast.walk(node))
    return found


@each_file
def test_sentences_for_people_stand_in_their_place_only(path: Path) -> None:
    if speaks(path):
        return
    tree = tree_of(path)
    silent = unspoken(tree)
    texts = [
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n not in silent
    ]
    assert [text for text in texts if re.fullmatch(r"(?s)\s*[A-ZÁÉÍÓÚÑ¿¡«]\w*(\s\S+){3,}[.!?]\s*", text)] == []
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"print", "input", "click.echo", "_", "n_", "sys.exit"}


def raised_codes() -> dict[str, str]:
    """Every literal code that is raised or reported, with the file it stands in."""
    errors = {"Refused", "BadInput", "Busy", "Failed", "SourceFailed", "StoreFailed", "Damaged", "BackupError"}
    found = {}
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func).split(".")[-1]
            given = node.args[:1] if name in errors else []
            given += [k.value for k in node.keywords if k.arg == "code"] if name in {"Problem", "Finding"} else []
            codes = {g.value for g in given if isinstance(g, ast.Constant) and isinstance(g.value, str)}
            found |= {code: path.name for code in codes}
    return found


def told() -> dict[str, ast.Call]:
    """Every code that has sentences, with the call that holds them."""
    found = {}
    for path in FILES:
        if path.name.startswith("sentences_"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.Dict):
                    pairs = zip(node.keys, node.values, strict=True)
                    found |= {k.value: v for k, v in pairs if isinstance(k, ast.Constant) and isinstance(v, ast.Call)}
    return found


def test_every_code_has_its_sentences() -> None:
    codes = raised_codes()
    assert {code: where for code, where in codes.items() if code not in told()} == {}
    assert [code for code in codes if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", code)] == []


def test_every_sentence_is_used() -> None:
    source = "\n".join(p.read_text("utf-8") for p in FILES if not p.name.startswith("sentences_"))
    parts = {code: code.rpartition(".")[2] for code in told()}
    unused = [code for code, last in parts.items() if f'"{code}"' not in source and f'}}.{last}"' not in source]
    assert unused == []


def test_the_map_names_the_rooms_and_files_that_there_are() -> None:
    rooms: dict[str, set[str]] = {}
    for line in (PROJECT / "docs/house.md").read_text("utf-8").splitlines():
        if heading := re.match(r"### `(\w+)`", line):
            rooms[heading[1]] = set()
        elif row := re.match(r"\| `(\w+)` \|", line):
            rooms[list(rooms)[-1]].add(row[1])
    there: dict[str, set[str]] = {}
    for path in FILES:
        names = there.setdefault(room(path), set())
        if path.parent != PACKAGE and path.name != "__init__.py":
            names.add(path.stem)
    assert rooms == there, "run: make house"


def test_the_map_draws_the_doors_as_they_are_held_here() -> None:
    text = (PROJECT / "docs/house.md").read_text("utf-8")
    for name in {room(path) for path in FILES}:
        line = re.search(rf"^### `{name}`.*\n\n.*Enters: (.+)\.$", text, re.MULTILINE)
        assert line, name
        assert set(re.findall(r"`(\w+)`", line[1])) == MAY_USE[name] & {room(path) for path in FILES}
