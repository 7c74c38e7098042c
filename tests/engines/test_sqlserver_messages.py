"""Numbers of the server become problems with values, in whatever language the server speaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines.sqlserver_said import SAID, cannot_open
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.errors import SourceFailed
from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.engines import messages
from rexus.modules.backup.engines.messages import Message
from rexus.modules.backup.engines.sqlserver_numbers import BY_NUMBER, BY_OS_ERROR, TRAILERS

KNOWN = {"database": "users", "login": "rexus", "server": "srv"}


@pytest.fixture(autouse=True)
def _language_as_before() -> Iterator[None]:
    before = texts.language()
    yield
    texts.use_language(before)


def error(number: int, text: str, severity: int = 16) -> Message:
    return Message(number=number, severity=severity, text=text)


@pytest.mark.parametrize(("number", "text", "code", "values"), SAID, ids=lambda one: str(one)[:40])
def test_a_message_becomes_its_problem(number: int, text: str, code: str, values: dict[str, str | int]) -> None:
    known = {name: value for name, value in KNOWN.items() if name not in values}
    problem = messages.problem_of([error(number, text)], **known)
    assert problem is not None
    assert problem.code == f"sqlserver.{code}"
    assert problem.engine_number == number
    assert {name: problem.values[name] for name in values} == values


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize(("number", "text", "code", "values"), SAID, ids=lambda one: str(one)[:40])
def test_its_sentences_have_no_gaps(
    number: int, text: str, code: str, values: dict[str, str | int], language: str
) -> None:
    texts.use_language(language)
    problem = messages.problem_of([error(number, text)], **KNOWN)
    assert problem is not None
    told = texts.sentence(problem)
    assert told.message and told.safe and told.fix, code
    assert "?" not in told.message + told.safe + told.fix
    assert "[?]" not in told.fix


def test_every_code_has_its_sentences() -> None:
    codes = {known.code for known in BY_NUMBER.values()} | set(BY_OS_ERROR.values()) | set(messages.RIGHTS.values())
    assert codes - texts._all().keys() == set()


SPANISH = [
    (
        3201,
        "No se puede abrir el dispositivo de copia de seguridad 'D:\\b'. Error del sistema operativo "
        "5(Acceso denegado.).",
        "path_denied",
    ),
    (262, "Permiso BACKUP DATABASE denegado en la base de datos 'users'.", "backup_right"),
    (911, "La base de datos 'nope' no existe. Compruebe que el nombre está escrito correctamente.", "no_database"),
    (
        3257,
        "No hay espacio suficiente en el volumen de disco «C:\\» … 42 bytes …, solo hay 7 bytes disponibles.",
        "no_room",
    ),
]


@pytest.mark.parametrize(("number", "text", "code"), SPANISH)
def test_the_language_of_the_server_does_not_matter(number: int, text: str, code: str) -> None:
    problem = messages.problem_of([error(number, text)], login="rexus")
    assert problem is not None
    assert problem.code == f"sqlserver.{code}"
    assert "?" not in {str(problem.values[name]) for name in BY_NUMBER[number].names}


def test_the_cause_is_the_first_error_that_is_none_of_the_trailers() -> None:
    stream = [
        Message(number=5060, text="Nonqualified transactions are being rolled back."),
        error(3119, "Problems were identified while planning for the RESTORE statement."),
        error(1834, "The file '/d/u.mdf' cannot be overwritten.  It is being used by database 'o'."),
        error(3156, "File 'u' cannot be restored to '/d/u.mdf'."),
        error(3013, "RESTORE DATABASE is terminating abnormally."),
    ]
    cause = messages.cause_of(stream)
    assert cause is not None
    assert cause.number == 1834


@pytest.mark.parametrize("number", sorted(TRAILERS))
def test_a_trailer_alone_is_told_as_it_is(number: int) -> None:
    problem = messages.problem_of([error(number, "It failed.")])
    assert problem is not None
    assert problem.engine_number == number


def test_what_only_informs_is_no_problem() -> None:
    stream = [Message(number=4035, text="Processed 8 pages"), Message(text="hello"), Message(number=3014, text="…")]
    assert messages.problem_of(stream) is None
    assert messages.cause_of(stream) is None
    assert messages.warnings_of(stream) == ()


def test_a_history_that_could_not_be_written_is_a_warning() -> None:
    """3009 has the severity of an error, yet the backup is made."""
    stream = [error(3009, "Could not insert a backup or restore history/detail record in the msdb database.")]
    assert messages.problem_of(stream) is None
    (warning,) = messages.warnings_of(stream, **KNOWN)
    assert (warning.code, warning.severity, warning.engine_number) == ("sqlserver.no_history", Severity.WARNING, 3009)


@pytest.mark.parametrize("number", sorted(messages.DAMAGE_NOTICES))
def test_damage_is_told_though_the_server_calls_it_a_success(number: int) -> None:
    (warning,) = messages.warnings_of([Message(number=number, text="some damage was encountered")], **KNOWN)
    assert warning.code == "sqlserver.damaged_content"


def test_statements_to_paste_are_quoted() -> None:
    text = "BACKUP DATABASE permission denied in database 'x'."
    problem = messages.problem_of([error(262, text)], database="a]b", login="DOM\\us]er")
    assert problem is not None
    texts.use_language("en")
    assert "USE [a]]b]; ALTER ROLE db_backupoperator ADD MEMBER [DOM\\us]]er];" in texts.sentence(problem).fix


def test_it_is_raised_as_what_it_is() -> None:
    problem = messages.problem_of([error(3201, cannot_open("5(Access is denied.)"))])
    assert problem is not None
    raised = messages.failure_of(problem)
    assert isinstance(raised, SourceFailed)
    assert (raised.code, raised.values["os_error"]) == ("sqlserver.path_denied", 5)


@pytest.mark.parametrize(
    ("text", "percent"),
    [("10 percent processed.", 10), ("43 por ciento procesado.", 43), ("101 percent", 100), ("no", None)],
)
def test_how_far_it_is(text: str, percent: int | None) -> None:
    assert Message(number=3211, text=text).percent == percent
    assert Message(number=4035, text=text).percent is None


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("BACKUP DATABASE successfully processed 338 pages in 0.1 seconds (2 MB/sec).", "BACKUP DATABASE"),
        ("BACKUP DATABASE WITH DIFFERENTIAL successfully processed 1 pages", "BACKUP DATABASE WITH DIFFERENTIAL"),
        ("BACKUP LOG successfully processed 1 pages", "BACKUP LOG"),
        ("RESTORE LOG procesó correctamente 1 páginas", "RESTORE LOG"),
        ("RESTORE DATABASE successfully processed 1 pages", "RESTORE DATABASE"),
        ("Something else", ""),
    ],
)
def test_for_which_statement_the_verdict_is(text: str, verb: str) -> None:
    assert messages.verb_of(Message(number=3014, text=text)) == verb


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("CHECKDB found 0 allocation errors and 0 consistency errors in database 'users2024'.", 0),
        ("CHECKDB found 1 allocation errors and 12 consistency errors in database 'x 7'.", 13),
        ("CHECKDB encontró 0 errores de asignación y 3 errores de coherencia en la base de datos 'x'.", 3),
    ],
)
def test_errors_that_checkdb_counted(text: str, count: int) -> None:
    assert messages.found_errors(Message(number=8989, text=text)) == count


@given(
    st.integers(0, 60_000), st.text(st.sampled_from("'\"«»()0123456789 .:\\/ñxX\n"), max_size=80), st.integers(11, 25)
)
def test_no_text_is_too_odd(number: int, text: str, severity: int) -> None:
    problem = messages.problem_of([error(number, text, severity)], **KNOWN)
    if number == 3009:
        assert problem is None
        return
    assert problem is not None
    assert all(isinstance(value, str) or abs(value) < 2**53 for value in problem.values.values())
