"""Settings are typed, checked whole, and never guessed; secrets never show."""

from __future__ import annotations

import copy
import errno
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faults import CountingFiles, FaultyFiles

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.config import describe
from rexus.modules.backup.config.load import ENV_NAMES, ConfigProblems, findings, load, read_document, save
from rexus.modules.backup.config.secrets import Secret, is_secret_name
from rexus.modules.backup.config.settings import Compression, FileSets, Retention, Settings, SqlServer


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
        "schedules[0].times[0]": "config.value",
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
    assert problems(path, {"correo": 1, "Root": 2}) == {"correo": "config.unknown_there", "Root": "config.unknown"}
    assert "sqlite" in str(allowed["engine"])


@pytest.mark.parametrize("name", ["../x", "a b", "", "x" * 65, "users\n", "ñ", "-x", "a/b", "a.b"])
def test_database_names_become_file_names(path, name):
    assert set(problems(path, {"databases": {name: "x.db"}}).values()) == {"config.database_name"}


@pytest.mark.parametrize("name", ["con", "NUL", "Com1", "lpt9", "config", "Application", "all"])
def test_names_that_windows_keeps_for_itself_are_refused(path, name):
    assert set(problems(path, {"databases": {name: "x.db"}}).values()) == {"config.database_reserved"}


def test_names_are_judged_beside_other_mistakes(path):
    assert problems(path, {"rot": 1, "databases": {"a b": "x", "users": 3}}) == {
        "rot": "config.unknown",
        "databases.users": "config.value",
        "databases.a b": "config.database_name",
    }


@pytest.mark.parametrize(
    ("settings", "key", "allowed"),
    [
        ({"compression": {"level": 9}}, "compression.level", "gzip: 0…3 | null"),
        ({"compression": {"codec": "zstd", "level": 0}}, "compression.level", "zstd: 1…19 | null"),
        ({"compression": {"level": "2"}}, "compression.level", "integer 0…19 | null"),
        ({"root": ""}, "root", "string (1…1024)"),
        ({"root": "  "}, "root", "string (≥ U+0021)"),
        ({"root": "a\0b"}, "root", "string (≥ U+0021)"),
        ({"databases": {"users": "a\0b"}}, "databases.users", "string (≥ U+0021)"),
        ({"files": {"config": [".env", "a\0b"]}}, "files.config[1]", "string (≥ U+0021)"),
        ({"files": {"config": ["../x"]}}, "files.config[0]", "a/b, dir/**, *.x (≠ /…, C:…, ..)"),
        ({"files": {"exclude": ["/etc"]}}, "files.exclude[0]", "a/b, dir/**, *.x (≠ /…, C:…, ..)"),
        ({"files": {"application": ["C:x"]}}, "files.application[0]", "a/b, dir/**, *.x (≠ /…, C:…, ..)"),
        ({"files": {"application": [7]}}, "files.application[0]", "string (1…1024)"),
        ({"version": 0}, "version", "integer 1…"),
        ({"version": True}, "version", "integer 1…"),
        ({"version": "1"}, "version", "integer 1…"),
        ({"retention": {"after_backup": 1}}, "retention.after_backup", "true | false"),
        ({"retention": {"daily": 10**400}}, "retention.daily", "integer 0…100000"),
        ({"schedules": {"name": "x"}}, "schedules", "[{ … }, …]"),
        ({"schedules": ["x"]}, "schedules[0]", "{ … }"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_what_is_allowed(path, settings, key, allowed):
    write(path, settings)

    with pytest.raises(ConfigProblems) as refused:
        load(path)

    (one,) = refused.value.problems
    assert (one.code, one.values["key"], one.values["allowed"]) == ("config.value", key, allowed)
    assert one.values["file"] == str(path)


@pytest.mark.parametrize("time", ["24:00", "2:00", "02:60", "02:00\n", "", "02-00", "٠٢:٠٠"])
def test_times_are_hours_and_minutes(path, time):
    plan = {"schedules": [{"name": "a", "action": "backup", "times": ["00:00", "23:59", time]}]}

    assert problems(path, plan) == {"schedules[0].times[2]": "config.value"}


def test_schedules_have_names_of_their_own_and_zones_that_exist(path):
    one = {"action": "backup", "times": ["02:00"]}
    plan = [{"name": "a", "zone": "Europe/Madrid", **one}, {"name": "A", **one}, {"name": "b", "zone": "Mars/X", **one}]

    assert problems(path, {"schedules": plan}) == {
        "schedules[1].name": "config.schedule_twice",
        "schedules[2].zone": "config.value",
    }


def test_names_that_differ_in_case_only_are_refused(path):
    assert set(problems(path, {"databases": {"users": "a", "Users": "b"}}).values()) == {"config.database_twice"}


def test_secrets_in_the_file_are_refused_and_not_shown(path):
    write(path, {"db_password": "muy-secreta"})

    with pytest.raises(ConfigProblems) as refused:
        load(path)

    assert refused.value.code == "config.secret"
    assert "muy-secreta" not in repr(refused.value.problems)


@pytest.mark.parametrize(
    "settings",
    [
        {"email": {"smtp_password": "muy-secreta"}},
        {"root": {"clave": "muy-secreta"}},
        {"logs": [{"token": ["muy-secreta"]}]},
        {"dsn": "Driver=x;UID=sa;PWD=muy-secreta;Encrypt=yes"},
        {"dsn": "PWD={muy;muy-secreta};x=1"},
        {"root": ["mssql://sa:muy-secreta@servidor/bd"]},
        {"contraseña": "muy-secreta"},
    ],
)
def test_no_problem_shows_a_secret(path, settings):
    write(path, settings)

    with pytest.raises(ConfigProblems) as refused:
        load(path)

    assert "secreta" not in repr(refused.value.problems) + str(refused.value) + repr(refused.value.args)


def test_no_setting_is_called_like_a_secret():
    names = re.findall(r"(?m)^\| `([\w.\[\]]+)`", describe.settings_markdown())

    assert len(names) > 30
    assert [name for name in names if is_secret_name(name)] == []


def test_a_secret_shows_stars_and_is_written_nowhere():
    secret = Secret("muy-secreta")

    shown = f"{secret} {secret!r} {secret:>20} {[secret]}" + "%s" % secret  # noqa: UP031
    assert "secreta" not in shown
    assert secret.reveal() == "muy-secreta"
    assert (secret == Secret("muy-secreta"), secret == "muy-secreta", bool(Secret(""))) == (True, False, False)
    for write_out in (pickle.dumps, copy.deepcopy, json.dumps, msgspec.json.encode):
        with pytest.raises(TypeError):
            write_out(secret)


def test_a_newer_file_is_refused_and_remarks_are_kept(path):
    assert problems(path, {"version": 2.0}) == {"version": "config.newer"}
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


def test_a_bare_name_of_the_host_means_a_file_for_sqlite_only(path):
    (path.parent / ".env").write_text("DB_USERS=usuarios\nDB_AUDITORIA=\n", "utf-8")
    write(path, "{}")
    assert load(path).database_location("users") == str(path.parent / "usuarios.db")
    assert load(path).database_names == ("users",)

    write(path, '{"engine": "sqlserver"}')
    assert load(path).database_location("users") == "usuarios"


def test_only_what_is_known_to_be_no_secret_is_shown(path):
    (path.parent / ".env").write_text("DB_SERVER=srv\nDB_USERS=u.db\nJWT=eyJhbGci\nSMTP_AUTH=hunter2\nPORT=\n", "utf-8")
    write(path, "{}")
    loaded = load(path)

    assert {name: str(value) for name, value in loaded.environment.items()} == {
        "DB_SERVER": "srv",
        "DB_USERS": "u.db",
        "JWT": "***",
        "SMTP_AUTH": "***",
        "PORT": "***",
    }
    assert loaded.secret_values == ("eyJhbGci", "hunter2")


def test_addresses_with_a_password_are_secrets_whatever_their_name(path):
    (path.parent / ".env").write_text("DATABASE_URL=mssql://sa:muy-secreta@h/d\nDB_SERVER=srv\n", "utf-8")
    write(path, "{}")

    assert load(path).secret_values == ("mssql://sa:muy-secreta@h/d",)
    assert not {name.casefold() for name in ENV_NAMES} & {"config", "application", "all"}
    assert "muy-secreta" not in repr(load(path).environment)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"DB_SERVER=x\nDB_PASSWORD=muy-secreta\xff\n", "config.not_text"),
        (b"#" * (1 << 20) + b"#", "config.too_big"),
    ],
)
def test_a_bad_environment_file_is_named_without_its_text(path, data, code):
    (path.parent / ".env").write_bytes(data)
    write(path, "{}")

    with pytest.raises(BadInput) as refused:
        load(path)

    assert refused.value.code == code
    assert refused.value.values["file"] == str(path.parent / ".env")
    assert "secreta" not in "".join(traceback.format_exception(refused.value))
    if code == "config.not_text":
        assert refused.value.values["line"] == 2


def test_an_environment_folder_is_named(path):
    (path.parent / ".env").mkdir()
    write(path, "{}")

    with pytest.raises(BadInput) as refused:
        load(path)

    assert refused.value.code == "config.unreadable"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xef\xbb\xbf{}", None),
        (b'{\n"root": "\xff"}', "config.not_text"),
        ("{}".encode("utf-16"), "config.not_text"),
        (b" " * ((1 << 20) + 1), "config.too_big"),
        (b"[" * 5000, "config.too_deep"),
        (b"[]", "config.not_an_object"),
        (b"", "config.empty"),
        (b'{"root": "x",', "config.cut_short"),
    ],
)
def test_every_kind_of_bad_file_has_its_name(path, data, code):
    path.write_bytes(data)
    if code is None:
        assert load(path).settings == Settings()
        return
    with pytest.raises(BadInput) as refused:
        load(path)

    assert refused.value.code == code
    assert sentence(refused.value.problem).fix


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_or_device_is_not_read_for_ever(path):
    os.mkfifo(path)
    for strange in (path, Path("/dev/zero")):
        with pytest.raises(BadInput) as refused:
            load(strange)
        assert refused.value.code == "config.unreadable"


def test_a_folder_in_place_of_the_file_is_told_to_be_one(path):
    with pytest.raises(BadInput) as refused:
        load(path.parent)

    assert refused.value.code == "config.is_folder"
    assert str(path) in sentence(refused.value.problem).fix


@pytest.mark.skipif(os.name == "nt", reason="Windows makes up a folder for every name")
def test_a_home_of_nobody_is_named(path):
    settings = {"root": "~nadie-aqui/x", "databases": {"users": "~nadie-aqui/u.db"}}

    assert problems(path, settings) == {"root": "config.value", "databases.users": "config.value"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
section = st.dictionaries(st.sampled_from(["codec", "level", "daily", "config", "times", "name", "zone"]), json_values)
almost = st.dictionaries(
    st.sampled_from([*Settings.__struct_fields__, "rot", "$schema"]),
    json_values | section | st.lists(section, max_size=2),
)


@given(almost)
def test_whatever_stands_there_is_loaded_or_refused_by_name(settings):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.json"
        path.write_bytes(json.dumps(settings).encode())
        try:
            load(path)
        except BadInput as refused:
            for one in getattr(refused, "problems", (refused.problem,)):
                told = sentence(one)
                assert told.message and told.safe and told.fix
                assert "?" not in {str(value) for value in one.values.values()}
                told.message.encode("utf-8")


def test_places_that_are_unwise_are_found(path):
    write(path, {"root": "rexus/core/copias", "databases": {"a": "rexus/core/copias/a.db", "b": "x.db", "c": "./x.db"}})

    found = {one.code: one for one in findings(load(path))}

    assert set(found) == {"config.root_inside_app", "config.database_inside_root", "config.same_database"}
    assert found["config.root_inside_app"].values["pattern"] == "rexus/core"
    assert all(sentence(one).fix for one in found.values())


@pytest.mark.parametrize(
    ("root", "patterns", "pattern"),
    [
        ("backups", None, None),
        ("rexus", None, None),
        ("../copias", ["**"], None),
        ("config", None, "config/**"),
        (".", None, "config/**"),
        (".", ["rexus/core"], None),
        (".", ["**"], "**"),
        ("backups", ["**"], "**"),
        ("backups", ["./**/*.py"], "./**/*.py"),
        ("datos/copias", ["da*"], "da*"),
    ],
)
def test_a_root_among_what_is_copied_is_found(path, root, patterns, pattern):
    files = {} if patterns is None else {"files": {"application": patterns, "config": []}}
    write(path, {"root": root, "databases": {"a": "../a.db"}, **files})

    assert [one.values.get("pattern") for one in findings(load(path))] == ([] if pattern is None else [pattern])


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


def test_saving_removes_what_is_named_and_nothing_else(path):
    write(
        path, '{\n  // mía\n  "root": "a",\n  "retention": {"daily": 3, "_comment": "nota"},\n  "language": "en"\n}\n'
    )

    save(path, read_document(path), {}, RealFiles(), remove=("root", "retention.daily"))

    assert path.read_text("utf-8") == '{\n  // mía\n  "retention": {"_comment": "nota"},\n  "language": "en"\n}\n'


def test_what_somebody_else_wrote_meanwhile_is_not_lost(path):
    write(path, '{"root": "a"}')
    document = read_document(path)
    write(path, '{"root": "a", "language": "en"}')

    with pytest.raises(BadInput) as refused:
        save(path, document, {"root": "b"}, RealFiles())

    assert refused.value.code == "config.changed"
    assert load(path).settings.language == "en"


def test_a_save_that_says_nothing_new_writes_nothing(path):
    write(path, '{"root":   "a"}')
    port = CountingFiles(RealFiles())

    save(path, read_document(path), {"root": "a"}, port)

    assert port.calls == 0


@pytest.mark.parametrize("value", [float("nan"), "a\ud800", {"x": {}}, "x" * (1 << 20)])
def test_a_value_that_no_file_can_hold_is_refused(path, value):
    write(path, "{}")

    with pytest.raises(BadInput):
        save(path, read_document(path), {"root": value}, RealFiles())

    assert path.read_text("utf-8") == "{}"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits, and links need a right")
def test_saving_keeps_rights_and_links(path):
    write(path, '{"root": "a"}')
    path.chmod(0o644)
    link = path.with_name("enlace.json")
    link.symlink_to(path)

    save(link, read_document(link), {"root": "b"}, RealFiles())

    assert link.is_symlink()
    assert load(path).settings.root == "b"
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("call", range(1, 8))
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


def test_a_first_file_holds_everything_that_is_not_as_by_default(path):
    settings = Settings(
        root='C:\\copias "año"',
        language="en",
        compression=Compression(level=1),
        retention=Retention(daily=7, count=3),
        sqlserver=SqlServer(client="odbc"),
        schedules=(),
        files=FileSets(config=("a",)),
    )
    write(path, describe.initial_text(settings))

    assert load(path).settings == settings


def test_the_schema_agrees_with_the_loader_about_names():
    schema = describe.json_schema()
    databases = schema["$defs"]["Settings"]["properties"]["databases"]

    assert databases["additionalProperties"] is False
    assert all(re.search(one, "users") or re.search(one, "_comment") for one in databases["patternProperties"])
    for name, one in schema["$defs"].items():
        for member, told in one.get("properties", {}).items():
            assert told.get("description"), f"{name}.{member}"


def test_loading_costs_no_library_that_only_mistakes_need(path):
    write(path, "{}")
    program = (
        "import sys, pathlib\n"
        "from rexus.modules.backup.config.load import load\n"
        f"load(pathlib.Path({str(path)!r}))\n"
        "heavy = {'dotenv', 'difflib', 'zoneinfo', 'rich', 'click'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_documentation_is_what_the_types_say(request):
    docs = request.config.rootpath / "docs"

    assert (docs / "settings.md").read_text("utf-8") == describe.settings_markdown()
    kept = json.loads((docs / "backup_config.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(describe.json_schema()))
