"""The administrator's questions to copies that a server restored: asked by somebody who can only read just those."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.sqlserver import NAMES, ROWS, Company, company

pytest.importorskip("pyodbc", reason="no libodbc on this system")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, "odbc") as made:
        made.backup("users")
        yield made


def drill(firm: Company, query: str, code: int = 0, **bounds: object) -> tuple[dict, dict]:
    """The one test and its one figure."""
    whole = json.loads(firm.run.config.read_text("utf-8"))
    asked = {"name": "pregunta", "database": "users", "query": query, **(bounds or {"at_least": 0})}
    firm.run.config.write_text(json.dumps({**whole, "drill_checks": [asked]}), "utf-8")
    told = firm.run.json("drill", "users", code=code)
    assert firm.databases() == set(NAMES)
    return told["drills"][0], told["drills"][0]["figures"][0]


def code_of(figure: dict) -> str:
    return figure["problem"]["code"]


def test_a_question_is_asked_and_its_figure_kept_with_the_set(firm: Company):
    test, figure = drill(firm, "SELECT COUNT(*) FROM dbo.datos", equals=ROWS)

    assert (test["ok"], figure["ok"], figure["value"]) == (True, True, ROWS)
    (listed,) = firm.run.json("list")["sets"]
    checks = firm.run.json("show", listed["set"])["manifest"]["databases"]["users"]["checks"]
    assert checks[-1]["figures"] == {"pregunta": ROWS}


def test_a_question_may_name_what_it_asks_of_before(firm: Company):
    query = "WITH /* las */ viejas (n) AS (SELECT id FROM dbo.datos WHERE id < 7) SELECT COUNT(*) FROM viejas; -- fin"
    _, figure = drill(firm, query, equals=7)

    assert figure["ok"]


def test_a_wrong_answer_raises_an_alarm_and_says_nothing_of_the_copy(firm: Company):
    test, figure = drill(firm, "SELECT COUNT(*) FROM dbo.datos WHERE id < 5", code=2, at_least=100)

    assert (test["ok"], code_of(figure)) == (False, "drill.too_low")
    assert test["checks"][0]["ok"]


def test_a_figure_that_moved_too_far_since_the_last_test_is_told(firm: Company):
    drill(firm, "SELECT COUNT(*) FROM dbo.datos", drift_percent=10)
    firm.sql("DELETE FROM users.dbo.datos WHERE id > 20")
    firm.backup("users")
    test, figure = drill(firm, "SELECT COUNT(*) FROM dbo.datos", code=1, drift_percent=10)

    assert (test["ok"], code_of(figure)) == (True, "drill.drift")
    assert (figure["problem"]["values"]["before"], figure["value"]) == (str(ROWS), 21)


def test_an_instant_is_of_the_clock_of_the_server(firm: Company):
    now = firm.world.clock.now()
    firm.sql("CREATE TABLE users.dbo.entradas (cuando datetime)")
    firm.sql(f"INSERT INTO users.dbo.entradas VALUES ('{now - timedelta(hours=5):%Y%m%d %H:%M:%S}')")
    firm.backup("users")

    _, young = drill(firm, "SELECT MAX(cuando) FROM dbo.entradas", within_hours=6)
    _, old = drill(firm, "SELECT MAX(cuando) FROM dbo.entradas", code=2, within_hours=4)

    assert young["ok"]
    assert code_of(old) == "drill.too_old"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM inventario.dbo.datos",
        "WITH viejas AS (SELECT id FROM dbo.datos) DELETE FROM viejas",
        "SELECT 1; DROP TABLE dbo.datos",
        "SELECT 1) AS q (answer); DELETE FROM users.dbo.datos; SELECT 1 FROM (SELECT 1 AS answer",
        "SELECT COUNT(*) AS answer INTO dbo.otra FROM dbo.datos",
        "SELECT 1 EXEC master.dbo.xp_create_subdir N'C:\\Malo'",
        "SELECT 1 UNION ALL SELECT 2",
        "SELECT id, texto FROM dbo.datos",
    ],
)
def test_what_does_more_than_read_one_value_of_the_copy_is_not_done(firm: Company, query: str):
    before = {name: firm.count(name) for name in NAMES}
    test, figure = drill(firm, query, code=1)

    assert (test["ok"], figure["ok"]) == (True, False)
    assert code_of(figure) in {"drill.query_refused", "drill.query_unusable"}
    assert {name: firm.count(name) for name in NAMES} == before


def test_a_table_that_the_copy_lacks_is_told_of_the_copy(firm: Company):
    test, figure = drill(firm, "SELECT COUNT(*) FROM dbo.perdida", code=2)

    assert (test["ok"], code_of(figure)) == (False, "drill.query_failed")
    assert test["checks"][0]["ok"]


@pytest.mark.parametrize("what", ["MAX(id)", "id"])
def test_no_value_is_no_answer(firm: Company, what: str):
    _, figure = drill(firm, f"SELECT {what} FROM dbo.datos WHERE id < 0", code=2)

    assert code_of(figure) == "drill.no_answer"


def test_without_questions_nobody_comes_into_the_copy(firm: Company, tmp_path: Path):
    trace = tmp_path / "lotes.sql"
    firm.run("--trace-sql", str(trace), "drill", "users")

    assert "CREATE USER" not in trace.read_text("utf-8")


def test_a_text_that_looks_like_an_instant_is_no_instant(firm: Company):
    test, figure = drill(firm, "SELECT '2026-02-30 00:00'", code=2)

    assert (test["checks"][0]["ok"], figure["ok"]) == (True, False)
