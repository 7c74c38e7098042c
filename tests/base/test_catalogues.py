"""The catalogues hold every sentence of the code, and every code that is raised has its sentences."""

import ast
import functools
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import Finding, Problem, Severity

PACKAGE = Path(texts.__file__).parents[1]
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2)}

Id = str | tuple[str, ...]
each_language = pytest.mark.parametrize("language", texts.LANGUAGES)


@pytest.fixture(autouse=True)
def _language_as_before() -> Iterator[None]:
    before = texts.language()
    yield
    texts.use_language(before)


@functools.cache
def trees() -> dict[Path, ast.Module]:
    """Every file of the program, parsed."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def catalogue_path(language: str, suffix: str) -> Path:
    return texts.LOCALE / language / "LC_MESSAGES" / f"{texts.DOMAIN}.{suffix}"


def catalogue(language: str) -> Catalog:
    with catalogue_path(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def parts(text: Id) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def keyed(message: Message) -> tuple[str, ...]:
    """The texts of a message as a key: a compiled catalogue gives plurals as lists."""
    return parts(message.id)


def gaps(text: str) -> set[str]:
    return {name for _before, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def in_code() -> set[Id]:
    found = extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords=KEYWORDS)
    return {id_ for _file, _line, id_, _comments, _context in found}


@each_language
def test_the_catalogue_holds_what_the_code_says_and_no_more(language: str, in_code: set[Id]) -> None:
    held = {message.id for message in messages(language)}
    assert held - in_code == set(), "run: make catalogues"
    assert in_code - held == set(), "run: make catalogues"
    assert not catalogue(language).obsolete


def test_nothing_is_hidden_from_the_reader_of_the_catalogue() -> None:
    """On Python 3.11 it does not see what is marked inside an f-string, which then stays English."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path, tree in trees().items()
        for text in ast.walk(tree)
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and name_of(call) in ("_", "n_") and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


@each_language
def test_everything_is_translated_with_the_same_gaps(language: str) -> None:
    read = catalogue(language)
    for message in read:
        if not message.id:
            continue
        ids, told = parts(message.id), parts(message.string)
        assert not message.fuzzy, message.id
        assert len(told) == (read.num_plurals if message.pluralizable else 1), message.id
        assert all(one.strip() for one in told), message.id
        for number, one in enumerate(told):
            assert gaps(one) == gaps(ids[min(number, len(ids) - 1)]), message.id


def test_english_says_what_the_code_says() -> None:
    assert [message.id for message in messages("en") if parts(message.id) != parts(message.string)] == []


@each_language
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    with catalogue_path(language, "mo").open("rb") as file:
        compiled = {keyed(message): parts(message.string) for message in read_mo(file) if message.id}
    written = {keyed(message): parts(message.string) for message in messages(language)}
    assert compiled == written, "run: make catalogues"


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def error_classes() -> set[str]:
    """`BackupError` and everything below it, in whatever room it is defined."""
    known = {"BackupError"}
    classes = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if {ast.unparse(base) for base in one.bases} & known} - known:
        known |= more
    return known


def takers(tree: ast.Module) -> set[str]:
    """Functions of a module whose first parameter is the code of a problem."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args if one.arg not in ("self", "cls")]
            found |= {node.name} if names[:1] == ["code"] else set()
    return found


def constants(node: ast.expr) -> set[str]:
    """The strings an expression may be; none where it is made at run time."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def raised() -> dict[str, bool]:
    """Every code that the source raises or tells; true where it is told as mere information everywhere."""
    errors, found = error_classes(), {}
    for tree in (one for path, one in trees().items() if not path.name.startswith("sentences_")):
        helpers = takers(tree)
        initial = {
            call
            for owner in ast.walk(tree)
            if isinstance(owner, ast.ClassDef) and owner.name in errors
            for call in ast.walk(owner)
            if isinstance(call, ast.Call) and name_of(call) == "__init__"
        }
        for node in ast.walk(tree):
            codes: set[str] = set()
            if isinstance(node, ast.Call):
                if node.args and (name_of(node) in errors | helpers or node in initial):
                    codes = constants(node.args[0])
                elif name_of(node) in {"Problem", "Finding"}:
                    codes = {c for one in node.keywords if one.arg == "code" for c in constants(one.value)}
            elif isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["code"]:
                codes = constants(node.value)
            for code in codes:
                found[code] = found.get(code, True) and "Severity.INFO" in ast.unparse(node)
    return found


def test_the_codes_of_the_source_are_found() -> None:
    assert {"cancelled", "root.busy", "files.exists", "check.root_ok", "archive.corrupt"} <= raised().keys()


def test_every_code_has_its_sentences() -> None:
    assert sorted(raised().keys() - texts._all().keys()) == []


def test_errors_say_what_happened_what_is_safe_and_what_to_do() -> None:
    only_told = {code for code, informs in raised().items() if informs}
    for code, text in texts._all().items():
        assert text.message, code
        assert code in only_told or (text.safe and text.fix), code


def test_no_code_is_told_in_two_rooms() -> None:
    rooms = [path for path in trees() if path.name.startswith("sentences_")]
    keys = [
        key.value
        for path in rooms
        for node in ast.walk(trees()[path])
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize(
    ("language", "message", "safe"),
    [
        ("es", "La base de datos /d/ñ.db no existe.", "No se tocó nada; las copias anteriores están como estaban."),
        ("en", "The database /d/ñ.db does not exist.", "Nothing was touched; earlier backups are as they were."),
    ],
)
def test_a_sentence_is_filled_and_translated(language: str, message: str, safe: str) -> None:
    texts.use_language(language)
    told = texts.sentence(Problem(code="source.missing", values={"path": "/d/ñ.db"}))
    assert (told.code, told.severity, told.message, told.safe) == ("source.missing", "error", message, safe)
    assert told.fix


@each_language
def test_every_sentence_can_be_filled_in_every_language(language: str) -> None:
    texts.use_language(language)
    for code in texts._all():
        told = texts.sentence(Finding(code=code, severity=Severity.WARNING))
        assert told.message
        assert "{" not in told.message + told.safe + told.fix, code


def test_an_unknown_code_and_a_missing_value_still_give_a_sentence() -> None:
    texts.use_language("es")
    assert texts.sentence(Problem(code="no.such")).message == "Un problema inesperado: no.such."
    assert texts.sentence(Problem(code="source.missing")).message == "La base de datos ? no existe."


def test_an_unknown_language_is_spanish_and_plurals_count() -> None:
    texts.use_language("fr")
    assert texts.language() == "es"
    assert [texts.n_("{count} day ago", "{count} days ago", n) for n in (1, 2)] == [
        "hace {count} día",
        "hace {count} días",
    ]
