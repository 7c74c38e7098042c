"""Whatever names, paths and descriptions hold, the statement stays the same and they arrive as they are."""

from __future__ import annotations

import re
import string
from datetime import datetime

import pytest
from engines.tsql_words import evaluated, shape, texts, words
from hypothesis import example, given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines import sqlserver_script, tsql, tsql_ask
from rexus.modules.backup.engines.sqlserver_folder import Meeting
from rexus.modules.backup.engines.sqlserver_script import BackupWish
from rexus.modules.backup.engines.tsql import Encryption, Media, Move, RestoreOrder, Stop

_HARD = "'\"[];$()\\{}%-/*&|<>`\n\r\t áÑü€漢😀\u2028\u00a0"
_letters = st.one_of(
    st.sampled_from(_HARD),
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
    st.sampled_from("GO:!x "),
)
any_text = st.text(_letters, max_size=60)
some_text = any_text.filter(bool)
any_name = st.text(_letters, min_size=1, max_size=128).filter(lambda text: tsql.units(text) <= 128)
kinds = st.sampled_from(BackupKind)

NAMES = (
    "users",
    "O'Brien",
    "a]b[c",
    "]",
    "$(SQLCMDUSER)",
    "x\nGO\nDROP DATABASE master",
    "x\n:!!rm -rf /",
    "Auditoría «ñ»",
    "--",
    "/*",
    "😀" * 64,
    "x" * 128,
)


@given(name=any_name)
@example(name=NAMES[1])
@example(name=NAMES[2])
@example(name=NAMES[3])
@example(name=NAMES[10])
def test_an_identifier_is_one_word_that_means_the_name(name: str) -> None:
    (word,) = words(tsql.identifier(name))
    assert (word.kind, word.value) == ("name", name)


@given(text=any_text)
@example(text=NAMES[1])
@example(text=NAMES[5])
def test_a_literal_is_one_word_that_means_the_text(text: str) -> None:
    (word,) = words(tsql.literal(text))
    assert (word.kind, word.value) == ("literal", text)


@pytest.mark.parametrize("name", ["", "x" * 129, "😀" * 65, "a\0b", "a\ud800b"])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        tsql.identifier(name)
    assert caught.value.code == "sqlserver.odd_name"
    str(caught.value.values["name"]).encode("ascii")


@pytest.mark.parametrize("text", ["a\0b", "\udfff"])
def test_what_no_text_of_the_server_holds_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="odd_name"):
        tsql.literal(text)


def backup(names: tuple[str, str], paths: list[str], told: tuple[str, str], kind: BackupKind) -> str:
    """The text of a backup of a database with a certificate, with name and description."""
    order = tsql.BackupOrder(
        database=names[0],
        media=Media(places=tuple(paths)),
        kind=kind,
        name=told[0],
        description=told[1],
        encryption=Encryption(certificate=names[1]),
        exclusive=True,
    )
    made = tsql.backup(order)
    return f"{made.text}\n{made.cleanup}"


@given(
    st.tuples(any_name, any_name),
    st.lists(some_text, min_size=1, max_size=3),
    st.tuples(some_text, some_text),
    kinds,
)
def test_a_backup_means_what_was_given(
    names: tuple[str, str], paths: list[str], told: tuple[str, str], kind: BackupKind
) -> None:
    made = backup(names, paths, told, kind)
    assert shape(made) == shape(backup(("d", "c"), ["p"] * len(paths), ("n", "t"), kind))
    database, certificate = names
    alone, shut, out = [database, database], [database], [database, database]
    assert texts(made) == [*alone, *shut, *paths, *told, certificate, *out]


@given(any_name, st.lists(st.tuples(some_text, some_text), max_size=3), some_text, some_text)
def test_a_restore_means_what_was_given(database: str, moves: list[tuple[str, str]], path: str, mark: str) -> None:
    def made(name: str, given: list[tuple[str, str]], place: str, stop: str) -> str:
        order = RestoreOrder(
            database=name,
            media=Media(places=(place,)),
            moves=tuple(Move(logical_name=logical, path=to) for logical, to in given),
            stop=Stop(mark=stop, after=datetime(2026, 4, 21, 17, 0, 0, 3000)),
            log=True,
        )
        return tsql.restore(order).text

    text = made(database, moves, path, mark)
    assert shape(text) == shape(made("d", [("l", "p")] * len(moves), "p", "m"))
    given = [part for one in moves for part in one]
    assert texts(text) == [database, path, *given, mark, "2026-04-21T17:00:00.003"]


@given(any_name)
@example(NAMES[5])
def test_every_question_about_a_name_asks_about_that_name(name: str) -> None:
    about = (
        tsql_ask.database,
        tsql_ask.used_bytes,
        tsql_ask.files_of,
        tsql_ask.volumes_of,
        tsql_ask.path_facts,
        tsql_ask.folder_files,
        tsql_ask.progress,
        tsql_ask.sessions_in,
        tsql_ask.history,
        tsql_ask.orphaned_users,
        tsql_ask.row_counts,
        tsql_ask.certificate,
        tsql_ask.credential,
        tsql_ask.is_preferred_replica,
    )
    for ask in about:
        assert shape(ask(name)) == shape(ask("x"))
        assert name in texts(ask(name))


@given(any_name, any_name, any_name)
def test_a_statement_inside_another_database_is_quoted_twice(database: str, user: str, login: str) -> None:
    (outer, inner) = texts(tsql.adopt_user(database, user, login).text)
    assert (outer, texts(inner)) == (database, [user, login])


@given(st.text(_letters, max_size=600))
@example("x\nGO\ny")
@example("N'a\nb'")
@example("\N{FULLWIDTH APOSTROPHE}; DROP")
def test_what_sqlcmd_gets_is_plain_lines_of_ours_and_means_the_same(text: str) -> None:
    batch = f"PRINT {tsql.literal(text)};\nPRINT N'done';"
    sent = tsql.as_ascii(batch)
    assert set(sent) <= set(string.printable) - set("\r\t\x0b\x0c")
    assert evaluated(sent) == batch
    assert all(
        line.startswith(("PRINT N'", "DECLARE @batch", "+ N'", "+ CAST(0x", "EXEC (@batch", ";")) or not line
        for line in sent.split("\n")
    )


@given(some_text)
def test_long_batches_go_in_short_lines(text: str) -> None:
    sent = tsql.as_ascii(f"PRINT {tsql.literal('ñ' + text * 200)};")
    assert evaluated(sent) == f"PRINT {tsql.literal('ñ' + text * 200)};"
    assert max(map(len, sent.split("\n"))) < 10_000
    assert sent.count("\n+ ") <= 200


@pytest.mark.parametrize("name", NAMES)
def test_plain_batches_are_sent_as_they_are(name: str) -> None:
    batch = tsql.backup(tsql.BackupOrder(database=name, media=Media(places=("/b/x.bak",)))).text
    plain = name.isascii() and "\n" not in name
    assert (tsql.as_ascii(batch) == batch) is plain


@given(any_text, st.integers(1, 40))
def test_a_text_is_cut_between_characters(text: str, most: int) -> None:
    cut = tsql.clipped(text, most)
    assert text.startswith(cut)
    assert tsql.units(cut) <= most
    assert tsql.units(text) <= most or tsql.units(cut) >= most - 1


def test_names_and_descriptions_fit_the_header() -> None:
    order = tsql.BackupOrder(database="d", media=Media(places=("p",)), name="😀" * 100 + "x", description="d" * 300)
    (_database, _path, name, description) = texts(tsql.backup(order).text)
    assert (tsql.units(name), tsql.units(description)) == (128, 255)


@given(any_name)
@example("a\nGO\nDROP DATABASE b\nGO\nc")
@example("a\rGO\rb")
def test_no_name_in_a_script_can_end_a_batch(name: str) -> None:
    wish = BackupWish(database=name, kind=BackupKind.FULL)
    script = sqlserver_script.backup([wish], Meeting(server="/b", separator="/"), "x")
    lines = re.split(r"[\r\n]", script)
    ends = [number for number, line in enumerate(lines) if line.strip().upper() == "GO"]
    assert len(ends) == 2
    assert texts(evaluated("\n".join(lines[1 : ends[0]])))[0] == name
