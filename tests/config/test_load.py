"""Settings are typed, checked whole, and never guessed; secrets never show."""

from __future__ import annotations

import errno
import json

import pytest
from support.faults import FaultyFiles

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.config import describe
from rexus.modules.backup.config.load import ConfigProblems, load, read_document, save
from rexus.modules.backup.config.settings import Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "backup_config.json"


def write(path, settings: object) -> None:
    path.write_text(settings if isinstance(settings, str) else json.dumps(settings), "utf-8")


def problems(path, settings: object) -> dict[str, str]:
    """Code by key of everything that is wrong."""
    write(path, settings)
    with pytest.raises(ConfigProblems) as refused:
        load(path)
    return {str(one.values["key"]): one.code for one in refused.value.problems}


def test_an_empty_object_means_the_defaults(path):
    write(path, "{}")

    loaded = load(path)

    assert loaded.settings == Settings()
    assert loaded.root == path.parent / "backups"


def test_everything_wrong_is_named_at_once(path):
    found = problems(
        path,
        {
            "rot": "x",
            "engine": "oracle",
            "compression": {"codec": "rar", "level": 99, "nivel": 1},
            "retention": {"daily": -1},
            "schedules": [{"name": "a", "action": "backup", "times": ["25:00"]}, {"name": "b"}],
            "logs": 3,
        },
    )

    assert found == {
        "rot": "config.unknown",
        "engine": "config.value",
        "compression.codec": "config.value",
        "compression.level": "config.value",
        "compression.nivel": "config.unknown",
        "retention.daily": "config.value",
        "schedules[0].times": "config.value",
        "schedules[1].action": "config.missing",
        "schedules[1].times": "config.missing",
        "logs": "config.value",
    }


def test_the_nearest_name_and_what_is_allowed_are_said(path):
    write(path, {"retenton": {}, "engine": "oracle"})

    with pytest.raises(ConfigProblems) as refused:
        load(path)

    allowed = {one.values["key"]: one.values["allowed"] for one in refused.value.problems}
    assert allowed["retenton"] == "retention"
    assert "sqlite" in str(allowed["engine"])


@pytest.mark.parametrize("name", ["../x", "con", "a b", "", "x" * 65, "NUL"])
def test_database_names_become_file_names(path, name):
    assert set(problems(path, {"databases": {name: "x.db"}}).values()) == {"config.database_name"}


def test_names_that_differ_in_case_only_are_refused(path):
    assert set(problems(path, {"databases": {"users": "a", "Users": "b"}}).values()) == {"config.database_twice"}


def test_secrets_in_the_file_are_refused_and_not_shown(path):
    write(path, {"db_password": "muy-secreta"})

    with pytest.raises(ConfigProblems) as refused:
        load(path)

    assert refused.value.code == "config.secret"
    assert "muy-secreta" not in repr(refused.value.problems)


def test_a_newer_file_is_refused_and_remarks_are_kept(path):
    assert problems(path, {"version": 99, "nuevo": 1}) == {"version": "config.newer"}
    write(path, {"$schema": "x", "_comment": "y", "//": "z", "logs": {"_comment2": 1}})
    assert load(path).settings == Settings()


def test_database_names_come_from_the_environment_file(path):
    write(path, '{"app_root": "app"}')
    (path.parent / "app").mkdir()
    (path.parent / "app/.env").write_text(
        "DB_USERS=datos/usuarios.db\nDB_INVENTARIO='inv.db'\nDB_PASSWORD=muy-secreta\n", "utf-8"
    )

    loaded = load(path)

    assert loaded.database_names == ("users", "inventario")
    assert loaded.database_location("users") == str(path.parent / "datos/usuarios.db")
    assert "muy-secreta" not in repr(loaded.environment)
    assert loaded.secret_values == ("muy-secreta",)


def test_an_absent_file_is_named(path):
    with pytest.raises(BadInput) as refused:
        load(path)

    assert refused.value.code == "config.absent"


def test_saving_keeps_comments_and_is_all_or_nothing(path):
    text = '{\n  // mía\n  "root": "a"\n}\n'
    write(path, text)

    save(path, read_document(path), {"compression.level": 1}, RealFiles())
    kept = path.read_text("utf-8")
    with pytest.raises(ConfigProblems):
        save(path, read_document(path), {"compression.level": 77}, RealFiles())

    assert "// mía" in kept
    assert load(path).settings.compression.level == 1
    assert path.read_text("utf-8") == kept


@pytest.mark.parametrize("call", range(1, 7))
def test_a_failing_save_leaves_the_old_file(path, call):
    write(path, '{"root": "a"}')
    port = FaultyFiles(RealFiles(), fail_at=call, error=OSError(errno.ENOSPC, "full"))
    try:
        save(path, read_document(path), {"root": "b"}, port)
    except BadInput:
        assert load(path).settings.root in ("a", "b")
    assert not list(path.parent.glob("*.partial"))


def test_a_first_file_loads_and_says_what_was_asked(path):
    write(path, describe.initial_text(Settings(root="otra", databases={"users": "u.db"})))

    assert load(path).settings == Settings(root="otra", databases={"users": "u.db"})


def test_the_documentation_is_what_the_types_say(request):
    docs = request.config.rootpath / "docs"

    assert (docs / "settings.md").read_text("utf-8") == describe.settings_markdown()
    kept = json.loads((docs / "backup_config.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(describe.json_schema()))
