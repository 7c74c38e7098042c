"""Settings that few people touch: questions to restored copies, what is agreed to, how long leftovers stay."""

from __future__ import annotations

import pytest
from gui.test_settings import go, number, opened, press, press_tool, retype, saved
from gui.world import GuiWorld
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.texts import use_language
from rexus.modules.backup.qt.settings_questions import LIMITS, FigureField

COUNT = {"name": "personas", "database": "users", "query": "SELECT COUNT(*) FROM t", "at_least": 1.0}
AGE = {"name": "reciente", "database": "auditoria", "query": "SELECT MAX(d) FROM t", "within_hours": 48}


@pytest.fixture
def asked(tmp_path, qapp):
    """A place whose settings have two questions."""
    return GuiWorld(tmp_path, drill_checks=[COUNT, AGE], health={"accepted": ["same_disk"]})


@pytest.fixture
def page(asked, qtbot):
    use_language("en")
    return opened(asked, qtbot, section="copy")


def questions(page):
    return page.book.section("copy").questions


def limit(entry, key: str):
    return entry.limits[LIMITS.index(key)]


def test_questions_are_shown_as_they_stand(page):
    first, second = questions(page).entries
    assert (first.name.box.text(), first.database.value, first.query.box.text()) == (
        "personas", "users", "SELECT COUNT(*) FROM t",
    )  # fmt: skip
    assert [one.box.text() for one in first.limits] == ["", "1", "", "", ""]
    assert [one.box.text() for one in second.limits] == ["", "", "", "", "48"]
    assert page.unsaved() == 0


def test_a_question_is_added_changed_and_taken_away(asked, page, qtbot):
    press(questions(page).button_add)
    made = questions(page).entries[-1]
    assert not page.button_save.isEnabled(), "nothing is asked yet"
    assert made.query.wrong
    retype(made.query.box, "SELECT COUNT(*) FROM usuarios")
    retype(limit(made, "drift_percent").box, "12,5")
    retype(limit(made, "at_least").box, "")
    press_tool(questions(page).entries[0].button_gone)
    saved(page, qtbot)

    kept, added = asked.model.loaded.settings.drill_checks
    assert (kept.name, kept.within_hours) == ("reciente", 48)
    assert (added.query, added.drift_percent, added.at_least) == ("SELECT COUNT(*) FROM usuarios", 12.5, None)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("at_least", "muchos", "A number, or nothing"),
        ("drift_percent", "0", "number"),
        ("query", "DELETE FROM t", "SELECT"),
        ("name", "RECIENTE", "already"),
    ],
)
def test_what_can_not_be_is_told_at_its_field(page, field, typed, said):
    entry = questions(page).entries[0]
    wanted = getattr(entry, field, None) or limit(entry, field)
    retype(wanted.box, typed)
    assert wanted.wrong or field == "name"
    told = [one.told.text() for one in (*entry.fields, *questions(page).entries[1].fields) if one.wrong]
    assert any(said.casefold() in one.casefold() for one in told), told
    assert not page.button_save.isEnabled()
    assert "personas" in page.button_save.toolTip() or "reciente" in page.button_save.toolTip().casefold()


def test_a_question_without_a_right_answer_is_told_as_a_whole(page):
    entry = questions(page).entries[0]
    retype(limit(entry, "at_least").box, "")
    assert entry.wrong.isVisible()
    assert not page.button_save.isEnabled()
    retype(limit(entry, "equals").box, "7")
    assert not entry.wrong.isVisible()
    assert page.button_save.isEnabled()


def test_a_database_that_is_no_more_is_told(page):
    page.draft.set(("databases",), {"users": "app/users.db"})
    page.book.judge(page.draft)
    entry = questions(page).entries[1]
    assert entry.database.wrong
    assert entry.database.value == "auditoria"
    assert [value for value, _told in entry.database.choices] == ["users", "auditoria"]


@given(st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6).map(lambda one: round(one, 4))))
def test_a_number_is_read_as_it_is_shown(qapp, value):
    for language in ("es", "en"):
        use_language(language)
        field = FigureField("x", ("x",))
        field.fill(value)
        assert FigureField.number(field.box.text()) == value
        field.deleteLater()


def test_what_is_agreed_to_is_marked(asked, page, qtbot):
    section = go(page, qtbot, "notices")
    marks = section.accepted.marks
    assert [name for name, mark in marks.items() if mark.isChecked()] == ["same_disk"]
    marks["newest_only"].setChecked(True)
    marks["same_disk"].setChecked(False)
    assert page.said(page.draft.changes()[0]).endswith("Known and agreed to")
    saved(page, qtbot)
    assert asked.model.loaded.settings.health.accepted == ("newest_only",)


def test_leftovers_and_the_trail_have_their_days(asked, page, qtbot):
    section = go(page, qtbot, "keep")
    fields = {one.key: one for one in section.fields}
    orphans, audit = fields["cleanup", "orphan_days"], fields["cleanup", "audit_days"]
    number(orphans.box, "30")
    number(audit.box, "7")
    assert audit.wrong
    assert "30" in audit.told.text()
    assert not page.button_save.isEnabled()
    number(audit.box, "400")
    saved(page, qtbot)
    assert (asked.model.loaded.settings.cleanup.orphan_days, asked.model.loaded.settings.cleanup.audit_days) == (
        30,
        400,
    )


def test_who_may_only_look_changes_none_of_it(tmp_path, qtbot):
    world = GuiWorld(tmp_path, identity=Identity(name="ana", host_role="USUARIO"), drill_checks=[COUNT])
    page = opened(world, qtbot, section="copy")
    held = questions(page)
    assert not held.button_add.isVisible()
    (entry,) = held.entries
    assert not entry.button_gone.isVisible()
    assert not any(one.control.isEnabled() for one in entry.fields)
    assert not any(mark.isEnabled() for mark in go(page, qtbot, "notices").accepted.marks.values())
