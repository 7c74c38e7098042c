"""Questions as T-SQL: whatever is written, only the inside of one SELECT is sent, and what it reads is not changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import Refused
from rexus.modules.backup.engines.tsql_question import asked, inside, readied

SIGNS = ("1", "(", ")", ";", " ", "'", "''", "'a;)'", '"', "[", "]", "[x]]y]", "--", "\n", "\r", "/*", "*/", ",")
WORDS = ("SELECT ", "FROM t", "WITH a AS (SELECT 1)", "DROP TABLE t", "into", "dropped", "@x", "é", "N'ñ'", "/* -- */")
PIECES = st.sampled_from((*SIGNS, *WORDS))


def code_of(query: str) -> str:
    with pytest.raises(Refused) as met:
        inside(query)
    return met.value.code


@pytest.mark.parametrize(
    ("query", "named", "selected"),
    [
        ("SELECT 1", "", "SELECT 1"),
        ("  select 1 ; -- nothing more;)", "", "select 1"),
        ("SELECT ';', [a;b)] FROM t", "", "SELECT ';', [a;b)] FROM t"),
        ("SELECT 'it''s /* no */ comment -- here'", "", "SELECT 'it''s /* no */ comment -- here'"),
        ("SELECT /* a /* b */ ) */ 1", "", "SELECT   1"),
        ("SELECT COUNT(*) FROM dropped WHERE into_it = 1", "", "SELECT COUNT(*) FROM dropped WHERE into_it = 1"),
        ("SELECT [drop] FROM [into]", "", "SELECT [drop] FROM [into]"),
        (
            "WITH a AS (SELECT 1 AS n), b AS (SELECT 2) SELECT n FROM a",
            "WITH a AS (SELECT 1 AS n), b AS (SELECT 2)",
            "SELECT n FROM a",
        ),
    ],
)
def test_one_select_stays_as_it_is_but_for_comments(query: str, named: str, selected: str):
    found = inside(query)

    assert (found[0], " ".join(found[1].split())) == (named, " ".join(selected.split()))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * INTO x FROM t",
        "SELECT 1 exec sp_who",
        "SELECT * FROM OPENROWSET('x', 'y', 'z')",
        "WITH a AS (SELECT 1 AS n) DELETE FROM a",
        "SELECT 1 /**/DROP/**/ TABLE t",
        "SELECT 1 WAITFOR DELAY '1:00'",
    ],
)
def test_what_does_more_than_read_is_refused(query: str):
    assert code_of(query) == "drill.query_refused"


@pytest.mark.parametrize(
    "query",
    ["", "  ", ";", "-- SELECT 1", "/* SELECT 1", "SELECT 'a", 'SELECT "a', "SELECT [a", "SELECT (1", "SELECT 1)",
     "SELECT 1; SELECT 2", "(SELECT 1)", "VALUES (1)", "PRINT 1", "WITH a AS (SELECT 1)", "SELECT 1) AS q; --",
     "SELECT \x001"],
)  # fmt: skip
def test_what_is_not_one_select_can_not_be_asked(query: str):
    with pytest.raises(Refused) as met:
        asked("users", "rexus_question", query)

    assert met.value.code == "drill.query_unusable"


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_gets_through_cannot_leave_its_brackets(query: str):
    try:
        named, selected = inside(query)
    except Refused as refused:
        assert refused.code in {"drill.query_refused", "drill.query_unusable"}
        return
    for part in (named, selected):
        bare = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[(?:[^\]]|\]\])*\]", "x", part)
        assert not set(bare) & set("'\"[;"), "nothing is left open, and no statement ends"
        assert "--" not in bare
        assert "/*" not in bare
        depths = [bare[:at].count("(") - bare[:at].count(")") for at in range(len(bare) + 1)]
        assert min(depths) == depths[-1] == 0
        assert not re.search(r"(?<![\w@$#])(drop|into)(?![\w@$#])", bare, re.IGNORECASE)
    assert selected.upper().startswith("SELECT")
    assert inside(f"{named} {selected}") == (named, selected)


def test_a_copy_is_closed_behind_the_user_who_may_only_read():
    batch = readied("Niño's]copia", "rexus_question_1")
    made, closed = batch.text.index("CREATE USER [rexus_question_1] WITHOUT LOGIN"), batch.text.index("SET READ_ONLY")

    assert made < closed
    assert "ALTER ROLE db_datareader ADD MEMBER [rexus_question_1]" in batch.text
    assert "[Niño's]]copia].sys.sp_executesql" in batch.text


def test_nothing_is_asked_where_the_session_is_still_somebody_else():
    text = asked("users", "rexus_question", "SELECT 'a'")

    assert text.startswith("EXEC [users].sys.sp_executesql N'EXECUTE AS USER = N''rexus_question'';")
    assert text.index("<> N''rexus_question'' RETURN;") < text.index("SELECT TOP (2)")
    assert "SELECT ''a''" in text
