"""Settings while they are edited: everything can be taken back, and what is saved is what was meant."""

from __future__ import annotations

import json
import os
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faults import FaultyFiles
from support.world import World

from rexus.modules.backup.base.errors import BadInput, Refused
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Status
from rexus.modules.backup.config.document import Document
from rexus.modules.backup.config.draft import ASIDE, Draft, entry_of
from rexus.modules.backup.config.env_text import is_writable, with_secrets
from rexus.modules.backup.config.load import ConfigProblems, load
from rexus.modules.backup.config.secrets import Secret, read_env
from rexus.modules.backup.config.settings import Channel, Email, Schedule, Settings
from rexus.modules.backup.jobs.reconfigure import reconfigure
from rexus.modules.backup.model import BackupModel

TEXT = """{
  // carpeta de las copias
  "root": "backups",
  "databases": {"users": "u.db" /* el primero */, "inventario": "i.db"},
  "retention": {"daily": 30 /* un mes */},
  "schedules": [
    // cada noche
    {"name": "noche", "action": "backup", "times": ["02:00"] /* de madrugada */},
    {"name": "semana", "action": "verify", "times": ["01:00"], "weekdays": [1], "_comment": "los lunes"},
    {"name": "mes", "action": "cleanup", "times": ["00:00"], "days": [1]} // el primero
  ],
  "files": {"exclude": ["**/*.pyc"]},
  "language": "es" // español
}
"""
NAMES = ("noche", "semana", "mes", "tarde")


def draft_of(text: str = TEXT, tmp="/nowhere") -> Draft:
    from pathlib import Path

    return Draft(Document.of(text.encode(), "f"), Path(tmp) / "backup_config.json", {})


def remarks(text: str) -> list[str]:
    found = re.findall(r'"(?:[^"\\]|\\.)*"|(//[^\r\n]*|/\*.*?\*/)', text, re.DOTALL)
    return [one for one in found if one]


# --- any sequence of edits

times = st.sampled_from(["00:00", "02:00", "12:30", "23:59"])
schedules = st.lists(
    st.builds(
        Schedule,
        name=st.sampled_from(NAMES),
        action=st.sampled_from(["backup", "verify", "digest"]),
        times=st.lists(times, min_size=1, max_size=2).map(tuple),
        enabled=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.name,
).map(lambda each: [entry_of(one) for one in each])
numbers = st.integers(0, 40)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from([("retention", "daily"), ("retention", "weekly")]), numbers),
        st.tuples(st.just("set"), st.just(("retention",)), st.fixed_dictionaries({"daily": numbers})),
        st.tuples(st.just("set"), st.just(("health", "rpo_hours")), st.integers(1, 100)),
        st.tuples(st.just("set"), st.just(("language",)), st.sampled_from(["es", "en"])),
        st.tuples(st.just("set"), st.just(("schedules",)), schedules),
        st.tuples(
            st.just("set"),
            st.just(("databases",)),
            st.dictionaries(st.sampled_from(["users", "inventario", "otra"]), st.sampled_from(["a.db", "u.db"])),
        ),
        st.tuples(st.just("set"), st.just(("databases", "users")), st.sampled_from(["u.db", "v.db"])),
        st.tuples(st.just("set"), st.just(("files", "exclude")), st.lists(st.sampled_from(["a", "b/*"]), max_size=3)),
        st.tuples(
            st.just("unset"),
            st.sampled_from([("retention",), ("retention", "daily"), ("databases", "users"), ("language",), ("logs",)]),
            st.none(),
        ),
    ),
    max_size=8,
)


def done(draft: Draft, steps: list[tuple[str, tuple[str, ...], object]]) -> Draft:
    for what, key, value in steps:
        if what == "set":
            draft.set(key, value)
        else:
            draft.unset(key)
    return draft


@given(edits)
def test_any_edits_can_be_taken_back_at_once(steps):
    draft = done(draft_of(), steps)

    draft.undo_all()

    assert (draft.text, draft.changes()) == (TEXT, ())


@given(edits, st.randoms(use_true_random=False))
def test_any_edits_can_be_taken_back_one_by_one(steps, chance):
    draft = done(draft_of(), steps)

    while changes := draft.changes():
        draft.undo(chance.choice(changes))
        assert len(draft.changes()) < len(changes)

    assert draft.text == TEXT


@given(edits)
def test_what_would_be_written_is_what_is_said(steps):
    draft = done(draft_of(), steps)

    again = draft_of(draft.text)

    assert again.part((), Settings) == draft.part((), Settings)
    assert again.changes() == ()
    for change in draft.changes():
        assert change.before != change.after


@given(edits)
def test_the_last_word_counts(steps):
    draft, said = draft_of(), {}
    for what, key, value in steps:
        done(draft, [(what, key, value)])
        if what == "set":
            said = {one: told for one, told in said.items() if one[: len(key)] != key and key[: len(one)] != one}
            said[key] = value
        else:
            said = {one: told for one, told in said.items() if one[: len(key)] != key and key[: len(one)] != one}
    for key, value in said.items():
        told = draft.get(key)
        assert (told | value if isinstance(value, dict) else told) == (told if isinstance(value, dict) else value)


@given(schedules)
def test_remarks_on_schedules_that_stay_survive(changed):
    draft = draft_of()
    wanted = [one for one in changed if one["name"] != "semana"]
    present = draft.get(("schedules",))
    kept = [one for one in present if one["name"] == "semana"]

    draft.set(("schedules",), [*kept, *wanted] if wanted and wanted[0]["name"] == "mes" else kept)

    assert '"_comment": "los lunes"' in draft.text
    assert next(one["name"] for one in draft.get(("schedules",))) == "semana"


def test_one_time_changes_and_every_remark_stays():
    draft = draft_of()
    entries = draft.get(("schedules",))
    one = msgspec.structs.replace(msgspec.convert(entries[0], Schedule), times=("03:15",))

    draft.set(("schedules",), [entry_of(one, entries[0]), *entries[1:]])

    assert draft.text == TEXT.replace('"02:00"', '"03:15"')
    assert [(one.key, one.entry) for one in draft.changes()] == [(("schedules",), "noche")]


def test_a_schedule_in_the_middle_goes_and_another_comes_behind():
    draft = draft_of()
    first, _second, third = draft.get(("schedules",))
    new = entry_of(Schedule(name="tarde", action="backup", times=("18:00",)))

    draft.set(("schedules",), [first, third, new])

    assert [(one.entry, one.before is None, one.after is None) for one in draft.changes()] == [
        ("semana", False, True),
        ("tarde", True, False),
    ]
    assert remarks(draft.text) == remarks(TEXT)
    assert draft_of(draft.text).get(("schedules",)) == [first, third, new]


def test_usual_schedules_become_written_ones_without_what_is_usual():
    draft = draft_of('{"root": "b"}')
    entries = draft.get(("schedules",))

    draft.set(("schedules",), [entry_of(msgspec.convert(one, Schedule)) for one in entries[:1]])

    assert json.loads(draft.text)["schedules"] == [{"name": "daily_full", "action": "backup", "times": ["02:00"]}]
    assert sorted(one.entry for one in draft.changes()) == [
        "daily_full",
        "monthly_cleanup",
        "monthly_drill",
        "weekly_verification",
    ]


def test_an_entry_is_written_short_and_keeps_what_stood_there():
    mail = Email(server="s", recipients=("a@b.c",))

    assert entry_of(Channel(name="correo", email=mail)) == {
        "name": "correo",
        "email": {"server": "s", "recipients": ["a@b.c"]},
    }
    assert entry_of(Channel(name="x", variable="V"), {"enabled": False, "name": "y"}) == {
        "enabled": True,
        "name": "x",
        "variable": "V",
    }


def test_what_is_as_in_the_file_is_no_change():
    draft = draft_of()
    draft.set(("retention", "daily"), 14)
    draft.set(("retention", "weekly"), 12)  # as by default, and the file says nothing of it

    draft.set(("retention", "daily"), 30)

    assert draft.changes() == ()


# --- what is wrong


@pytest.mark.parametrize(
    ("key", "value", "place", "code"),
    [
        (("retention", "daily"), -1, "retention.daily", "config.value"),
        (("schedules",), [{"name": "x", "action": "backup", "times": ["25:00"]}], "schedules[0]", "config.value"),
        (("schedules",), [{"name": "x", "action": "backup", "times": []}], "schedules[0].times", "config.value"),
        (
            ("schedules",),
            [{"name": "x", "action": "backup", "times": ["02:00"], "zone": "Europa/Madrid"}],
            "schedules[0].zone",
            "config.value",
        ),
        (
            ("schedules",),
            [{"name": "x", "action": "backup", "times": ["02:00"], "days": [1], "weekdays": [1]}],
            "schedules[0].days",
            "config.together",
        ),
        (("databases",), {"con": "x.db"}, "databases.con", "config.database_reserved"),
        (("databases", "users"), "", "databases.users", "config.value"),
        (("health", "rpo_hours_of"), {"nadie": 3}, "health.rpo_hours_of.nadie", "config.no_such_database"),
        pytest.param(
            *(("root",), "~nadie-se-llama-asi/x", "root", "config.value"),
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows makes up a folder for every name"),
        ),
        (("notices", "channels"), [{"name": "x"}], "notices.channels[0]", "config.no_way"),
        (("compression", "level"), 9, "compression.level", "config.value"),
    ],
)
def test_every_mistake_is_found_at_its_setting(key, value, place, code):
    draft = draft_of()
    draft.set(key, value)

    problem = draft.problem_at(place)

    assert problem is not None
    assert problem.code == code
    assert draft.loaded() is None
    draft.undo_all()
    assert draft.problems == {}


def test_several_mistakes_are_told_together_and_a_number_is_no_other_number():
    draft = draft_of()
    draft.set(("retention", "daily"), -1)
    draft.set(("language",), "fr")

    assert set(draft.problems) == {"retention.daily", "language"}
    assert draft.problem_at("retention") is not None
    assert draft.problem_at("retention.dail") is None


def test_sections_can_be_read_while_another_is_wrong():
    from rexus.modules.backup.config.settings import Retention

    draft = draft_of()
    draft.set(("language",), "fr")
    draft.set(("retention", "weekly"), 3)

    assert draft.part(("retention",), Retention) == Retention(daily=30, weekly=3)
    assert draft.part((), Settings) is None
    assert draft.database_names == ("users", "inventario")


def test_a_wrong_file_can_be_read_and_mended(tmp_path):
    path = tmp_path / "backup_config.json"
    path.write_text('{"retention": {"daily": "muchas"}, "app_root": 7}', "utf-8")
    draft = Draft.read(path)
    assert set(draft.problems) == {"retention.daily", "app_root"}

    draft.set(("retention", "daily"), 7)
    draft.unset(("app_root",))
    outcome = BackupModel.mend(draft, "ana")

    assert outcome.status is Status.OK
    assert load(path).settings.retention.daily == 7


# --- saving


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, rows=5).build()


def test_saving_writes_the_file_and_a_line_into_the_trail(world):
    world.backup()
    text = world.config.read_text("utf-8").replace("{", "{\n  // mía\n", 1)
    world.config.write_text(text, "utf-8")
    model = world.model()
    draft = Draft.of(model.loaded)
    draft.set(("retention", "daily"), 14)
    draft.set(("schedules",), [entry_of(Schedule(name="tarde", action="backup", times=("18:00",)))])

    outcome = model.reconfigure(draft, "ana")

    assert outcome.status is Status.OK
    assert "// mía" in world.config.read_text("utf-8")
    assert load(world.config).settings.retention.daily == 14
    line = world.model().audit().tail(1)[0]
    assert (line.who, line.what, line.result) == ("ana", "config change", "ok")
    assert "retention.daily" in str(line.detail["keys"])
    assert "schedules[tarde]" in str(line.detail["keys"])
    assert "14" not in str(line.detail["keys"])


def test_what_somebody_else_changed_is_not_overwritten_and_can_be_read_again(world):
    model = world.model()
    draft = Draft.of(model.loaded)
    draft.set(("retention", "daily"), 14)
    draft.set(("language",), "en")
    other = world.config.read_text("utf-8").replace("{", '{"retention": {"daily": 90}, "logs": {"keep_days": 7},', 1)
    world.config.write_text(other, "utf-8")

    with pytest.raises(BadInput) as refused:
        model.reconfigure(draft, "ana")

    assert refused.value.code == "config.changed"
    assert world.config.read_text("utf-8") == other
    fresh, lost = draft.again()
    assert [(one.key, one.after) for one in lost] == [(("retention", "daily"), 14)]
    assert [one.key for one in fresh.changes()] == [("language",)]
    world.model().reconfigure(fresh, "ana")
    settings = load(world.config).settings
    assert (settings.retention.daily, settings.logs.keep_days, settings.language) == (90, 7, "en")


def test_wrong_settings_are_never_written(world):
    before = world.config.read_bytes()
    draft = Draft.of(world.model().loaded)
    draft.set(("retention", "daily"), -1)
    draft.set_secret("SMTP_PASSWORD", "clave")

    with pytest.raises(ConfigProblems):
        world.model().reconfigure(draft, "ana")

    assert world.config.read_bytes() == before
    assert not (world.folder / ".env").exists()


def test_who_may_not_change_settings_changes_nothing_and_that_is_written_down(tmp_path):
    world = World(tmp_path, rows=5, roles={"administrators": ["nadie"], "viewers": []}).build()
    (world.root / "logs").mkdir(parents=True)
    before = world.config.read_bytes()
    model = BackupModel.open(world.config, identity=Identity(name="eva", groups=()))
    draft = Draft.of(model.loaded)
    draft.set(("roles", "administrators"), [])

    with pytest.raises(Refused):
        model.reconfigure(draft, "eva")

    assert world.config.read_bytes() == before
    assert model.audit().tail(1)[0].result == "refused"


def test_mending_is_no_way_round_the_roles(world):
    draft = Draft.of(world.model().loaded)
    draft.set(("language",), "en")

    with pytest.raises(BadInput) as refused:
        BackupModel.mend(draft, "eva")

    assert refused.value.code == "config.changed"


# --- secrets


def test_secrets_go_into_env_and_never_into_the_settings(world):
    world.backup()
    draft = Draft.of(world.model().loaded)
    draft.set(("notices", "channels"), [entry_of(Channel(name="chat", variable="CHAT_URL"))])
    draft.set_secret("CHAT_URL", "tgram://1234:muy secreta'#\\/x")

    assert "secreta" not in draft.text + repr(draft.changes()) + repr(draft.secrets)
    assert [one.key for one in draft.changes()] == [("notices", "channels"), (ASIDE, "CHAT_URL")]
    assert draft.loaded().environment["CHAT_URL"] == Secret("tgram://1234:muy secreta'#\\/x")
    world.model().reconfigure(draft, "ana")

    assert read_env(world.folder / ".env")["CHAT_URL"].reveal() == "tgram://1234:muy secreta'#\\/x"
    assert os.name == "nt" or (world.folder / ".env").stat().st_mode & 0o077 == 0
    assert "secreta" not in world.config.read_text("utf-8")
    assert "secreta" not in repr(world.model().audit().tail(3))


def test_a_secret_that_stands_in_the_application_is_replaced_there(world):
    draft = Draft.of(world.model().loaded)
    draft.set_secret("DB_PASSWORD", "nueva")

    reconfigure(draft, "ana", None, RealFiles())

    assert (world.app / ".env").read_text("utf-8") == "DB_PASSWORD=nueva\n"
    assert not (world.folder / ".env").exists()


def test_nothing_is_half_saved(world):
    (world.folder / ".env").write_text("CHAT_URL=vieja\n", "utf-8")
    old = world.config.read_text("utf-8"), "CHAT_URL=vieja\n"
    failed = 0
    for call in range(1, 40):
        draft = Draft.of(world.model().loaded)
        draft.set(("language",), "en")
        draft.set_secret("CHAT_URL", "nueva")
        try:
            reconfigure(draft, "ana", None, FaultyFiles(RealFiles(), call, OSError(28, "No space left on device")))
        except BadInput:
            failed += 1
            told = world.config.read_text("utf-8"), (world.folder / ".env").read_text("utf-8")
            assert told in (old, (draft.text, "CHAT_URL=nueva\n"))
            world.config.write_text(old[0], "utf-8")
            (world.folder / ".env").write_text(old[1], "utf-8")
        else:
            break
    assert failed > 3
    assert load(world.config).settings.language == "en"


secret_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(is_writable)


@given(st.dictionaries(st.sampled_from(["A", "AB", "B_C"]), secret_texts, min_size=1))
def test_any_secret_is_read_as_it_was_written(secrets):
    from io import StringIO

    from dotenv import dotenv_values

    before = "# nota\nexport A='vieja' # nota\nOTRA=1"
    text = with_secrets(before, secrets)

    read = dotenv_values(stream=StringIO(text), interpolate=False)

    assert {name: read[name] for name in secrets} == secrets
    assert read["OTRA"] == "1"
    assert text.startswith("# nota\n")
    assert "A" in secrets or "export A='vieja' # nota" in text
    assert with_secrets(text, secrets) == text


def test_a_secret_of_several_lines_is_refused():
    draft = draft_of()
    draft.set_secret("CHAT_URL", "uno\ndos")

    assert draft.problem_at(f"{ASIDE}.CHAT_URL") is not None
    draft.set_secret("CHAT_URL", "")
    assert draft.problems == {}
