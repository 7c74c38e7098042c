"""What sqlcmd prints, of either kind and in any language, becomes messages and rows again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.engines.messages import Message
from rexus.modules.backup.engines.sqlcmd import decoded
from rexus.modules.backup.engines.sqlcmd_output import SEPARATOR, Output

HELLO = "Changed language setting to us_english."


def read(text: str) -> tuple[list[Message], Output]:
    output = Output()
    found = [message for line in text.split("\n") for message in output.line(line)]
    return found + output.end(), output


def told(text: str) -> list[tuple[int | None, int, str]]:
    return [(one.number, one.severity, one.text) for one in read(text)[0]]


FAILED = """Changed language setting to us_english.
10 percent processed.
Msg 3201, Level 16, State 1, Server TINY\\SQLEXPRESS, Line 3
Cannot open backup device 'D:\\b\\u.bak'. Operating system error 5(Access is denied.).
Msg 3013, Level 16, State 1, Server TINY\\SQLEXPRESS, Line 3
BACKUP DATABASE is terminating abnormally.
"""


def test_errors_come_with_all_that_is_said_of_them() -> None:
    _hello, _percent, cause, end = read(FAILED)[0]
    assert (cause.number, cause.severity, cause.state, cause.line) == (3201, 16, 1, 3)
    assert cause.text == r"Cannot open backup device 'D:\b\u.bak'. Operating system error 5(Access is denied.)."
    assert end.number == 3013


HEADERS = [
    "Msg 3201, Level 16, State 1, Server S, Line 3",
    "Msg 3201, Level 16, State 1, Server S, Procedure sp_x, Line 3",
    "Msg 3201, Level 16, State 1, Server S, Procedure a, b, Line 3",
    "Mensaje 3201, nivel 16, estado 1, servidor S\\EXPRÉS, línea 3",
    "Mens. 3201, Nivel 16, Estado 1, Servidor S, Procedimiento x, Línea 3",
    "Meldung 3201, Ebene 16, Status 1, Server S, Zeile 3",
    "Msg 3201, Niveau 16, État 1, Serveur S, Ligne 3",
    "メッセージ 3201、レベル 16、状態 1、サーバー S、行 3",
    "消息 3201，级别 16，状态 1，服务器 S，第 3 行",
]


@pytest.mark.parametrize("header", HEADERS)
def test_the_line_of_numbers_is_read_in_any_language(header: str) -> None:
    (message,) = read(f"{header}\nThe text of it.")[0]
    assert (message.number, message.severity, message.state, message.line) == (3201, 16, 1, 3)
    assert message.text == "The text of it."


def test_a_procedure_is_named() -> None:
    (message,) = read("Msg 1, Level 16, State 1, Server S, Procedure xp_dirtree, Line 1\nx")[0]
    assert message.procedure == "xp_dirtree"


@pytest.mark.parametrize(
    "text",
    [
        "Object ID 5, index ID 1, partition ID 2, page (1:9). Test failed. Values are 12",
        "Table error: Object ID 2105058535, index ID 1, partition ID 72057594037927936, page ID 1",
        "Processed 338 pages for database 'a, b 16, c 1, d 3', file 'x' on file 1.",
    ],
)
def test_other_lines_with_numbers_are_none(text: str) -> None:
    assert [one.severity for one in read(f"{HELLO}\n{text}")[0]] == [0, 0]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("43 percent processed.", 3211),
        ("Processed 338 pages for database 'ñ 1', file 'x' on file 1.", 4035),
        ("BACKUP DATABASE successfully processed 338 pages in 0.105 seconds (25.111 MB/sec).", 3014),
        ("BACKUP DATABASE WITH DIFFERENTIAL successfully processed 9 pages in 0.1 seconds (1.0 MB/sec).", 3014),
        ("RESTORE LOG successfully processed 0 pages in 0.047 seconds (0.000 MB/sec).", 3014),
        ("The backup set on file 1 is valid.", 3262),
        ("CHECKDB found 0 allocation errors and 2 consistency errors in database 'x'.", 8989),
        (HELLO, 5703),
        ("Nonqualified transactions are being rolled back. Estimated rollback completion: 0%.", 5060),
        ("BACKUP WITH CONTINUE_AFTER_ERROR successfully generated a backup of the damaged database. Refer to …", 3042),
        ("RESTORE WITH CONTINUE_AFTER_ERROR was successful but some damage was encountered. …", 3184),
        ("This backup set contains records that were logged before the designated point in time. …", 4322),
        ("Something that a PRINT says.", None),
    ],
)
def test_what_only_informs_is_known_by_its_text(line: str, number: int | None) -> None:
    assert told(f"{HELLO}\n{line}")[-1] == (number, 0, line)


def test_progress_is_told_at_once() -> None:
    output = Output()
    output.line(HELLO)
    assert [one.percent for one in output.line("10 percent processed.")] == [10]


def test_an_error_is_told_when_the_next_message_comes() -> None:
    output = Output()
    assert output.line("Msg 5061, Level 16, State 1, Server S, Line 4") == []
    assert output.line("ALTER DATABASE failed because a lock could not be placed on database 'x'.") == []
    assert output.line("Try again later.") == []
    (error, percent) = output.line("10 percent processed.")
    assert (error.number, error.text.count("\n"), percent.percent) == (5061, 1, 10)


@pytest.mark.parametrize(
    "said",
    [
        "mssql: login error: Login failed for user 'sa'.",
        "Sqlcmd: Error: Microsoft ODBC Driver 18 for SQL Server : Login timeout expired.",
        "Sqlcmd: Error: Microsoft ODBC Driver 17 for SQL Server : Error de inicio de sesión del usuario 'z'..",
        "unable to open tcp connection with host '127.0.0.1:1': dial tcp 127.0.0.1:1: connect: connection refused",
    ],
)
def test_what_the_program_says_itself_is_no_message(said: str) -> None:
    messages, output = read(f"{said}\n{said}\n")
    assert (messages, output.said, output.connected) == ([], [said], False)


def test_what_it_says_later_is_known_by_its_name() -> None:
    warning = "Sqlcmd: Warning: The last operation was terminated because the user pressed CTRL+C"
    messages, output = read(f"{HELLO}\n10 percent processed.\n{warning}\n")
    assert ([one.number for one in messages], output.said, output.connected) == ([5703, 3211], [warning], True)


def table(*rows: list[str]) -> str:
    return "\n".join(SEPARATOR.join(row) for row in rows)


def test_tables_become_rows() -> None:
    text = table(
        ["session_id", "status", "bin"],
        ["----------", "------", "---"],
        ["57", "running ñ  ", "0x01FF"],
        ["NULL", "NUL", "0xNULL"],
    )
    messages, output = read(f"{HELLO}\n{text}\n\n{table(['a'], ['-'], ['1'], ['2'])}\n(2 rows affected)\nhi")
    first, second = output.results
    assert [one.cells for one in first] == [("57", "running ñ", "0x01FF"), (None, None, None)]
    assert (first[0].integer("SESSION_ID"), first[0].data("bin"), first[1].integer("session_id")) == (
        57,
        b"\1\xff",
        None,
    )
    assert [one.text("a") for one in second] == ["1", "2"]
    assert [one.text for one in messages] == [HELLO, "hi"]


def test_an_empty_table_is_a_result_too() -> None:
    _messages, output = read(f"{HELLO}\n{table(['a', 'b'], ['-', '-'])}\n\n")
    assert output.results == [()]


def test_a_value_with_line_breaks_is_read_whole() -> None:
    text = table(["a", "b", "c"], ["-", "-", "-"], ["1", "x\n\nMsg 1, Level 16, State 1, Server S, Line 1\ny", "z"])
    _messages, output = read(f"{HELLO}\n{text}\n\nhi")
    ((row,),) = output.results
    assert row.cells == ("1", "x\n\nMsg 1, Level 16, State 1, Server S, Line 1\ny", "z")
    assert not output.torn


@pytest.mark.parametrize("rest", [f"x{SEPARATOR}y{SEPARATOR}z", "x\n\nhi"])
def test_a_row_that_can_not_be_read_is_noticed(rest: str) -> None:
    _messages, output = read(f"{HELLO}\n{table(['a', 'b'], ['-', '-'], ['1', '2'])}\n{rest}")
    assert output.torn


@given(st.lists(st.text(st.sampled_from("Msg 3014,16 Level-\x1f'(:ñ"), max_size=40), max_size=12))
def test_nothing_that_is_printed_stops_the_reader(lines: list[str]) -> None:
    output = Output()
    found = [message for line in lines for message in output.line(line)] + output.end()
    assert all(isinstance(one, Message) for one in found)


@pytest.mark.parametrize(
    ("data", "text"),
    [("áñü €".encode(), "áñü €"), (b"plain", "plain"), ("l\u00ednea".encode("cp1252"), "l\u00ednea")],
)
def test_lines_are_read_in_the_code_page_they_are_in(data: bytes, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rexus.modules.backup.engines.sqlcmd.LEGACY", "cp1252")
    assert decoded(data) == text
