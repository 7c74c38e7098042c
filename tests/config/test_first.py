"""From answers to a first configuration."""

from __future__ import annotations

import errno
import os
import shutil

import msgspec
import pytest
from support.faults import FaultyFiles
from support.world import NAMES, make_database

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.records import Severity
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config import first
from rexus.modules.backup.config.finding import find
from rexus.modules.backup.config.first_server import ServerAnswers, write_server
from rexus.modules.backup.config.load import ConfigProblems, load
from rexus.modules.backup.config.places import place_of
from rexus.modules.backup.config.secrets import Secret

WINDOWS = os.name == "nt"


@pytest.fixture
def answers(tmp_path):
    """What a careful person answers."""
    app = tmp_path / "app"
    app.mkdir()
    for name in NAMES:
        make_database(app / f"{name}.db", name, 3)
    return first.Answers(
        app_root=str(app),
        databases={name: str(app / f"{name}.db") for name in NAMES},
        root=str(tmp_path / "copias"),
        times=("14:00", "02:00"),
        loss_hours=12,
    )


def codes(answers, config):
    """What is said of each answer, errors first."""
    return [(one.answer, one.problem.code) for one in first.judged(answers, config)]


def errors(answers, config):
    judged = first.judged(answers, config)
    return [(one.answer, one.problem.code) for one in judged if one.problem.severity is Severity.ERROR]


def changed(answers, **values):
    return msgspec.structs.replace(answers, **values)


def test_good_answers_become_a_configuration_that_works(answers, tmp_path):
    config = tmp_path / "hogar/backup_config.json"
    loaded = first.write(answers, config, RealFiles())

    assert loaded.database_names == NAMES
    assert loaded.root == tmp_path / "copias"
    schedules = {one.name: one for one in loaded.settings.schedules}
    assert schedules["daily_full"].times == ("02:00", "14:00")
    assert schedules["monthly_cleanup"].ordinal == 1
    assert {one.action for one in schedules.values()} == {"backup", "verify", "cleanup", "drill"}
    assert loaded.settings.health.rpo_hours == 14
    assert not (tmp_path / "copias").exists(), "the first backup makes the folder"
    assert config.read_text("utf-8").count("//") >= 6
    if not WINDOWS:
        assert config.stat().st_mode & 0o777 == 0o600


def test_an_existing_configuration_is_replaced_only_when_asked(answers, tmp_path):
    config = tmp_path / "backup_config.json"
    config.write_text("de otro", "utf-8")
    with pytest.raises(BadInput) as refused:
        first.write(answers, config, RealFiles())
    assert refused.value.code == "config.exists"
    assert config.read_text("utf-8") == "de otro"

    first.write(answers, config, RealFiles(), replace=True)
    kept = [one for one in tmp_path.iterdir() if ".bak-" in one.name]
    assert [one.read_text("utf-8") for one in kept] == ["de otro"]
    assert load(config).database_names == NAMES


def test_it_is_written_whole_or_not_at_all(answers, tmp_path):
    config = tmp_path / "hogar/backup_config.json"
    number = 0
    while True:
        number += 1
        files = FaultyFiles(RealFiles(), number, OSError(errno.EIO, os.strerror(errno.EIO)))
        try:
            first.write(answers, config, files)
        except BadInput as error:
            assert error.code == "config.unwritable"
            assert not config.exists() or load(config)
            assert not list(tmp_path.rglob("*.partial"))
            config.unlink(missing_ok=True)
        else:
            break
    assert number > 4


def test_each_wrong_answer_is_named(answers, tmp_path):
    config = tmp_path / "c.json"
    (tmp_path / "archivo").write_text("x", "utf-8")
    (tmp_path / "mal.db").write_text("x", "utf-8")

    assert errors(answers, config) == []
    assert errors(changed(answers, app_root=" "), config) == [("app_root", "first.app_root_blank")]
    assert errors(changed(answers, app_root=str(tmp_path / "no")), config) == [("app_root", "first.app_root_absent")]
    assert errors(changed(answers, app_root="."), config) == [("app_root", "first.path_relative")]
    if os.name != "nt":  # which makes up a folder for every name
        assert errors(changed(answers, app_root="~nadie_de_aqui/x"), config) == [("app_root", "first.path_relative")]
    assert errors(changed(answers, databases={}), config) == [("databases", "first.no_databases")]
    bad = {"mal": str(tmp_path / "mal.db")}
    assert errors(changed(answers, databases=bad), config) == [("databases", "source.foreign")]
    twice = {"a b": answers.databases["users"]}
    assert errors(changed(answers, databases=twice), config) == [("databases", "config.database_name")]
    assert errors(changed(answers, root=""), config) == [("root", "first.root_blank")]
    assert errors(changed(answers, root="copias"), config) == [("root", "first.path_relative")]
    assert errors(changed(answers, root="/\x00x"), config) == [("root", "first.path_odd")]
    blocked = str(tmp_path / "archivo/copias")
    assert errors(changed(answers, root=blocked), config) == [("root", "first.root_in_the_way")]
    assert errors(changed(answers, times=()), config) == [("times", "first.no_times")]
    assert errors(changed(answers, times=("25:00",)), config) == [("times", "first.time")]


def test_all_that_is_wrong_is_told_at_once_and_nothing_written(answers, tmp_path):
    config = tmp_path / "c.json"
    with pytest.raises(ConfigProblems) as refused:
        first.write(changed(answers, app_root="", root="", times=()), config, RealFiles())

    assert {one.code for one in refused.value.problems} == {
        "first.app_root_blank",
        "first.root_blank",
        "first.no_times",
    }
    assert not config.exists()


def test_unwise_answers_are_told_and_do_not_stop(answers, tmp_path):
    config = tmp_path / "c.json"
    (tmp_path / "ocupada").mkdir()
    (tmp_path / "ocupada/tesis.odt").write_text("x", "utf-8")
    unwise = changed(answers, root=str(tmp_path / "ocupada"), loss_hours=4)

    assert codes(unwise, config) == [
        ("root", "check.root_foreign"),
        ("root", "first.root_same_disk"),
        ("times", "first.loss"),
    ]
    assert first.write(unwise, config, RealFiles()).settings.health.rpo_hours == 14


def test_network_paths_are_known_by_their_name():
    assert place_of(first.Path("//nas/respaldos")).network


def test_the_worst_loss_is_the_longest_gap_from_day_to_day():
    assert first.worst_loss_hours(("02:00",)) == 24
    assert first.worst_loss_hours(("02:00", "14:00")) == 12
    assert first.worst_loss_hours(("08:00", "12:00", "18:30")) == 13.5
    assert first.worst_loss_hours(()) == 0


@pytest.mark.parametrize("hours", [*first.losses(), 23, 2, 100])
def test_proposed_times_keep_what_they_promise(hours):
    assert first.about_times(first.proposed_times(hours), hours) == ()


def test_every_problem_has_sentences_without_gaps(answers, tmp_path):
    wrong = changed(answers, app_root=str(tmp_path / "no"), root="copias", times=("x",), databases={})
    for one in first.judged(wrong, tmp_path / "c.json"):
        told = sentence(one.problem)
        assert told.message
        assert told.fix
        assert "?" not in told.message + told.safe + told.fix


def test_backups_that_are_there_are_where_the_next_ones_go(answers, tmp_path):
    app = first.Path(answers.app_root)
    assert first.proposed_root(app, find(app)) == tmp_path / "app-copias"

    (app / "backups").mkdir()
    (app / "backups/backup_manifest_20250806_143052.json").write_text("{}", "utf-8")
    assert first.proposed_root(app, find(app)) == app / "backups"
    assert first.about_root(str(app / "backups"), {})[1].backups.sets == 1


@pytest.mark.parametrize("free", [0, 1, 5000])
def test_a_folder_without_room_for_the_first_backup_is_refused(answers, tmp_path, monkeypatch, free):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: shutil._ntuple_diskusage(1 << 30, 1 << 30, free))
    config = tmp_path / "c.json"

    assert errors(answers, config) == [("root", "space.short")]
    with pytest.raises(ConfigProblems):
        first.write(answers, config, RealFiles())
    assert not config.exists()


def test_even_where_no_size_is_known_nothing_fits_on_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: shutil._ntuple_diskusage(1 << 30, 1 << 30, 0))
    problems, place = first.about_root(str(tmp_path / "copias"), {"users": str(tmp_path / "no.db")})

    assert [one.code for one in problems] == ["space.short"]
    assert place is not None and place.free_bytes == 0


@pytest.mark.parametrize(
    ("databases", "password"),
    [({"ventas": "ventas", "Ventas": "Ventas"}, "buena"), ({"ventas": "ventas"}, "en dos\nlíneas")],
)
def test_what_could_not_be_loaded_of_a_server_is_not_written(tmp_path, answers, databases, password):
    config = tmp_path / "nueva" / "backup_config.json"
    told = msgspec.structs.replace(answers, app_root="", databases=databases)
    server = ServerAnswers(server="srv", user="copias", password=Secret(password))

    with pytest.raises(ConfigProblems) as refused:
        write_server(told, server, config, RealFiles())

    assert not config.exists()
    assert "líneas" not in str(refused.value.problems)
