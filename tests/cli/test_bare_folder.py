"""A backup folder is enough to get data back: ``--config FOLDER``, with nothing configured."""

from __future__ import annotations

import json
import shutil

import pytest
from cli.command_line import CommandLine
from support.world import World, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.errors import BadInput, Refused
from rexus.modules.backup.base.identity import Identity
from rexus.modules.backup.base.records import BackupRequest, RestoreRequest
from rexus.modules.backup.config.bare import backup_folder_near, engine_of
from rexus.modules.backup.model import BackupModel


@pytest.fixture
def found(tmp_path):
    """The folder of a company that has lost everything else, the name of its set, and what it held."""
    world = World(tmp_path / "before", rows=20).build()
    name = CommandLine(world.config).backup()
    content = world.content("users")
    folder = tmp_path / "disco"
    shutil.copytree(world.root, folder)
    shutil.rmtree(world.folder)
    return folder, name, content


def command(folder) -> CommandLine:
    return CommandLine(folder)


def settings_files(folder):
    return sorted(path.name for path in folder.parent.rglob("backup_config.json*"))


def test_its_sets_are_listed_and_shown(found):
    folder, name, _ = found
    listed = command(folder).json("list")

    assert [one["set"] for one in listed["sets"]] == [name]
    assert command(folder).json("show", name)["manifest"]["timestamp"] == name
    assert command(folder).json("verify", name)["status"] == "ok"


def test_a_database_comes_back_to_another_path_and_no_settings_are_written(found):
    folder, name, content = found
    place = folder.parent / "rescatada.db"
    before = settings_files(folder)
    answer = command(folder).json("restore", name, "--database", "users", "--to", str(place))

    assert answer["restored"][0]["to"] == str(place)
    assert rows_of(place) == content
    assert settings_files(folder) == before


def test_everything_comes_back_below_a_folder(found):
    folder, name, content = found
    place = folder.parent / "todo"
    command(folder).json("restore", name, "--all", "--to", str(place))

    assert rows_of(place / "users.db") == content
    assert (place / "application/rexus/core/núcleo.py").read_text("utf-8") == "x = 1\n"


@pytest.mark.parametrize(
    "words", [["--database", "users"], ["--all"], ["--files", "config"], ["--files", "application"]]
)
def test_nobody_knows_where_anything_belongs(found, words):
    folder, name, _ = found
    here = sorted(folder.parent.rglob("*"))
    ran = command(folder)("restore", name, *words, "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (3, {"restore.no_place"})
    assert "--to" in ran.json["problems"][0]["fix"]
    assert [one for one in here if not one.exists()] == []


@pytest.mark.parametrize(
    "words",
    [
        ["backup"],
        ["delete", "SET", "--yes", "SET"],
        ["prune"],
        ["cleanup"],
        ["pin", "SET"],
        ["drill"],
        ["schedule", "install"],
        ["schedule", "run", "--due", "--by", "cron"],
        ["config", "show"],
        ["config", "check"],
        ["notify", "test"],
    ],
    ids=" ".join,
)
def test_what_needs_settings_is_refused_and_changes_nothing(found, words):
    folder, name, _ = found
    sets = sorted(path.name for path in folder.glob("backup_manifest_*"))
    ran = command(folder)(*[name if word == "SET" else word for word in words], "--json", "--lang", "en")

    assert (ran.code, ran.codes) == (3, {"bare.needs_settings"})
    assert str(folder) in ran.json["problems"][0]["message"]
    assert sorted(path.name for path in folder.glob("backup_manifest_*")) == sets


def test_the_host_s_role_counts_without_settings_too(found):
    folder, name, _ = found
    viewer = Identity(name="ana", host_role="VIEWER")
    model = BackupModel.open(folder, identity=viewer)
    assert [one.set for one in model.listing().sets] == [name]

    with pytest.raises(Refused) as refused:
        model.restore(
            RestoreRequest(set=name, databases=("users",), to=str(folder.parent / "x.db"), requested_by="ana"),
            lambda event: None,
            CancelToken(),
        )
    assert refused.value.code == "role.denied_by_host"
    with pytest.raises(Refused) as refused:
        BackupModel.open(folder).backup(BackupRequest(), lambda event: None, CancelToken())
    assert refused.value.code == "bare.needs_settings"


def test_a_folder_without_sets_is_still_told_to_be_no_configuration(tmp_path):
    with pytest.raises(BadInput) as refused:
        BackupModel.open(tmp_path)
    assert refused.value.code == "config.is_folder"


def test_people_choose_a_part_of_it_or_the_folder_above(found):
    folder, _, _ = found
    assert backup_folder_near(folder) == folder
    assert backup_folder_near(folder / "databases") == folder
    assert backup_folder_near(folder.parent) == folder
    shutil.copytree(folder, folder.with_name("otro"))
    assert backup_folder_near(folder.parent) is None
    assert backup_folder_near(folder / "no-hay") is None


def test_the_engine_is_read_from_the_newest_set_that_says_so(tmp_path):
    def manifest(name: str, data: object) -> None:
        (tmp_path / f"backup_manifest_{name}.json").write_text(json.dumps(data), "utf-8")

    manifest("20240101_000000", {"databases": {"users": {"facts": {"engine": "sqlserver"}}}})
    assert engine_of(tmp_path) == "sqlserver"
    manifest("20240102_000000", {"databases": {"users": {"facts": {"engine": "sqlite"}}}})
    assert engine_of(tmp_path) == "sqlite"
    manifest("20240103_000000", {"databases": {"users": {}}})
    manifest("20240104_000000", [1])
    assert engine_of(tmp_path) == "sqlite"


def test_the_file_of_a_server_comes_out_where_there_is_no_server(tmp_path):
    """Its plain backup file is what can be written; the person takes it to a server."""
    world = World(tmp_path, rows=5).build()
    name = CommandLine(world.config).backup("--no-files")
    path = world.root / f"backup_manifest_{name}.json"
    path.write_text(path.read_text("utf-8").replace('"engine":"sqlite"', '"engine":"sqlserver"'), "utf-8")
    place = tmp_path / "users.bak"
    command_line = command(world.root)
    ran = command_line("restore", name, "--database", "users", "--to", str(place), "--json")

    assert ran.json["restored"][0]["to"] == str(place)
    assert place.stat().st_size == world.database("users").stat().st_size
