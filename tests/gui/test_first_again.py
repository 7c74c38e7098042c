"""A first run that was cut short: it is tried again, loses nothing that was brought along, and keeps no password."""

from __future__ import annotations

import os

import msgspec
import pytest
from gui.world import settle
from qtpy.QtWidgets import QWidget
from support.world import World

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.config.adopting import Brought, brought
from rexus.modules.backup.config.first import Answers
from rexus.modules.backup.config.first_server import ServerAnswers
from rexus.modules.backup.config.load import load
from rexus.modules.backup.config.secrets import Secret, read_env
from rexus.modules.backup.model import BackupModel
from rexus.modules.backup.qt.desk import Desk
from rexus.modules.backup.qt.first_course import BACKUP, BRING, FAILED, Course
from rexus.modules.backup.qt.first_work import FirstWork

PASSWORD = "S3creto;x"
ADMIN = Identity(name="ana", host_role="ADMIN")


@pytest.fixture
def desk(tmp_path, qapp, monkeypatch):
    """One with nothing configured yet; what it orders is only remembered."""
    made = Desk(tmp_path / "config" / "backup_config.json", ADMIN)
    made.open()
    made.config.parent.mkdir()
    made.ordered = []
    monkeypatch.setattr(made, "order", lambda verb, _request: made.ordered.append(verb) or "1")
    return made


@pytest.fixture
def course(tmp_path):
    """Databases of a server that nobody asks."""
    server = ServerAnswers(server="127.0.0.1,1", user="sa", password=Secret(PASSWORD))
    answers = Answers(databases={"users": "users"}, root=str(tmp_path / "copias"), app_root=str(tmp_path))
    return Course(answers=answers, server=server)


@pytest.fixture
def begin(desk, course, qtbot):
    """Have it done, as the page does."""
    owner = QWidget()
    qtbot.addWidget(owner)
    work = FirstWork(owner)
    work.use(desk, course)

    def begun() -> str:
        work.begin()
        settle(qtbot)
        return course.stage

    yield begun
    owner.hide()


@pytest.mark.skipif(os.name == "nt", reason="whoever makes links there needs a right for it")
def test_where_only_the_secrets_could_not_be_saved_it_can_be_tried_again(desk, course, begin, tmp_path):
    missing = tmp_path / "no está"
    (desk.config.parent / ".env").symlink_to(missing / "secretos")

    assert begin() == FAILED
    assert course.problem.code == "config.unwritable"
    assert begin() == FAILED
    assert course.problem.code == "config.unwritable", "the file that is there is ours"
    missing.mkdir()
    assert begin() == BACKUP, course.problem
    assert desk.ordered == ["backup"]
    assert read_env(missing / "secretos")["DB_PASSWORD"] == Secret(PASSWORD)


def test_settings_that_somebody_else_wrote_meanwhile_are_never_replaced(desk, course, begin):
    desk.config.write_text('{"root": "copias"}', "utf-8")
    for _turn in range(2):
        assert begin() == FAILED
        assert course.problem.code == "config.exists"

    assert desk.config.read_text("utf-8") == '{"root": "copias"}'
    assert list(desk.config.parent.iterdir()) == [desk.config]


def test_once_it_is_saved_the_password_is_kept_nowhere_else(desk, course, begin):
    assert begin() == BACKUP, course.problem
    assert course.server.password is None
    assert course.written == course.asked, "nothing has to be written again"
    assert read_env(desk.config.parent / ".env")["DB_PASSWORD"] == Secret(PASSWORD)

    course.stage = FAILED
    course.server = msgspec.structs.replace(course.server, trust_certificate=True)
    assert begin() == BACKUP, course.problem
    assert load(desk.config).settings.sqlserver.trust_certificate
    assert read_env(desk.config.parent / ".env")["DB_PASSWORD"] == Secret(PASSWORD)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"server": "127.0.0.1,2"}, "first.password_of_other"),
        ({"server": "127.0.0.1,2", "user": ""}, "first.user_of_other"),
        ({"user": "otra"}, "first.password_of_other"),
    ],
)
def test_what_was_saved_goes_to_no_other_server_and_user_when_it_is_tried_again(desk, course, begin, other, code):
    assert begin() == BACKUP, course.problem
    before = desk.config.read_bytes()
    course.stage, first = FAILED, course.server
    course.server = msgspec.structs.replace(first, **other)

    assert begin() == FAILED
    assert course.problem.code == code
    assert desk.config.read_bytes() == before
    course.server = msgspec.structs.replace(course.server, user=course.server.user or "sa", password=Secret("b"))
    assert begin() == BACKUP, course.problem
    assert read_env(desk.config.parent / ".env")["DB_PASSWORD"] == Secret("b")


def test_a_login_of_which_nobody_knows_whose_it_is_goes_nowhere(desk, course, begin, monkeypatch):
    assert begin() == BACKUP, course.problem
    course.stage, of_first = FAILED, course.server
    course.server = msgspec.structs.replace(course.server, server="127.0.0.1,2", password=Secret("b"))

    def fails(*_given, **_more):
        raise BadInput("config.unwritable", file=".env", why="-")

    with monkeypatch.context() as patched:
        patched.setattr(BackupModel, "reconfigure", fails)
        assert begin() == FAILED
    course.server = of_first
    assert begin() == FAILED
    assert course.problem.code == "first.password_of_other"


def test_what_an_older_configuration_said_comes_along_and_answers_count_for_more(desk, course, begin):
    extra = {"retention.daily": 9, "sqlserver.authentication": "windows"}
    course.brought = Brought(path="old.json", shape="flat", answers=course.answers, extra=extra)
    course.server = msgspec.structs.replace(course.server, authentication="sql")

    assert begin() == BACKUP, course.problem
    settings = load(desk.config).settings
    assert (settings.retention.daily, settings.sqlserver.authentication) == (9, "sql")


def test_settings_brought_along_whole_stay_what_they_are_though_a_server_was_answered_before(
    desk, course, begin, tmp_path
):
    theirs = World(tmp_path / "otra", schedules=[{"name": "mia", "action": "backup", "times": ["05:00"]}]).build()
    course.choice, course.brought = BRING, brought(theirs.config, course.answers)
    course.answers = course.brought.answers

    assert begin() == BACKUP, course.problem
    settings = load(desk.config).settings
    assert (settings.engine, [one.name for one in settings.schedules]) == ("sqlite", ["mia"])


def test_the_secrets_are_saved_by_whoever_sits_there(course, begin, monkeypatch):
    opened, real = [], BackupModel.open.__func__

    def told(cls, config, **values):
        opened.append(values.get("identity"))
        return real(cls, config, **values)

    monkeypatch.setattr(BackupModel, "open", classmethod(told))

    assert begin() == BACKUP, course.problem
    assert opened
    assert set(opened) == {ADMIN}
    assert not isinstance(course.problem, Problem)
