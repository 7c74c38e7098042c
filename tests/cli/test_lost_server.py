"""A lost server: ``--config FOLDER`` on nothing but .bak and .trn files, without settings and without a server."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cli.command_line import CommandLine, Ran, can_be_ordinary
from support.lost import Story

SAMPLES = os.environ.get("REXUS_BAK_SAMPLES", "")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the files are; whatever has to be written goes below the temporary folder, too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("DB_SERVER", "DB_USERNAME", "DB_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "rescate"


def run(folder: Path, *words: str) -> Ran:
    return CommandLine(folder)("--lang", "en", *words, "--json", TZ="UTC")


def found(folder: Path) -> dict[str, dict]:
    told = run(folder, "restore", "--plan").json["found"]["databases"]
    return {one["name"]: one for one in told}


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def erp(folder: Path) -> Story:
    """A full backup, a differential and logs, as programs lay them down."""
    story = Story(folder / "SRV1" / "erp")
    story.full("erp_full.bak")
    story.log("erp_1.trn")
    story.differential("erp_diff.bak")
    story.log("erp_2.trn")
    story.log("erp_3.trn")
    return story


def test_what_is_there_what_comes_back_and_what_to_type(folder):
    erp(folder)
    before = content(folder)
    ran = run(folder, "restore", "--plan")

    assert ran.code == 0, ran.out
    (one,) = ran.json["found"]["databases"]
    assert (one["name"], one["server"], one["kinds"]) == ("erp", "SRV1", {"full": 1, "differential": 1, "log": 3})
    assert one["spans"] == [{"start": "2026-03-10T02:00:07Z", "end": "2026-03-10T02:40:00Z"}]
    assert (one["gaps"], one["latest"]) == ([], "2026-03-10T02:40:07Z")
    assert one["chain"] == ["20260310_020000", "20260310_022000", "20260310_023000", "20260310_024000"]
    assert one["command"].endswith(f"--config {folder} restore 20260310_024000 --database erp --to erp")
    assert ran.json["plan"] is None
    assert content(folder) == before


def test_the_command_that_is_told_is_a_plan_of_its_chain(folder):
    erp(folder)
    words = found(folder)["erp"]["command"].split()
    ran = run(folder, *words[words.index("restore") :], "--plan")

    assert ran.code == 0, ran.out
    codes = [one["code"] for one in ran.json["plan"]["steps"]]
    assert codes == ["restore_full", "restore_differential", "restore_log", "restore_log", "recover", "checkdb"]
    assert ran.json["plan"]["steps"][0]["source"] == "SRV1/erp/erp_full.bak"
    assert ran.codes == {"lost.no_server", "lost.reaches"}


def test_without_a_set_the_newest_state_is_meant_and_an_instant_cuts_the_chain(folder):
    erp(folder)
    newest = run(folder, "restore", "--database", "erp", "--plan").json["plan"]
    earlier = run(folder, "restore", "--database", "erp", "--at", "2026-03-10T02:15:00+00:00", "--plan").json["plan"]

    assert [one["code"] for one in newest["steps"]][:-2] == [
        "restore_full",
        "restore_differential",
        "restore_log",
        "restore_log",
    ]
    sources = [one["source"].rpartition("/")[2] for one in earlier["steps"] if one["source"]]
    assert sources == ["erp_full.bak", "erp_1.trn", "erp_2.trn"]


def test_without_a_server_nothing_is_restored_and_the_way_to_one_is_told(folder):
    erp(folder)
    ran = run(folder, "restore", "--database", "erp", "--to", "erp")

    assert (ran.code, ran.codes) == (3, {"lost.no_server"})
    assert "DB_SERVER" in ran.json["problems"][0]["fix"]


def test_files_are_listed_and_shown_as_sets(folder):
    erp(folder)
    sets = run(folder, "list").json["sets"]
    assert [(one["kind"], one["status"]) for one in sets] == [
        ("log", "completed"),
        ("log", "completed"),
        ("differential", "completed"),
        ("log", "completed"),
        ("full", "completed"),
    ]
    shown = run(folder, "show", sets[-1]["set"]).json["manifest"]["databases"]["erp"]
    assert shown["file"] == "SRV1/erp/erp_full.bak"
    assert shown["facts"]["first_lsn"] == "41000000010000001"


def test_several_databases_and_packed_files_of_the_original_program(folder):
    erp(folder)
    other = Story(folder / "databases", "auditoria")
    other.full("auditoria_20250806_143052.bak", packed=True)
    told = found(folder)

    assert set(told) == {"erp", "auditoria"}
    assert told["auditoria"]["latest"] == "2026-03-10T02:00:07Z"


def test_two_databases_of_one_name_are_kept_apart(folder):
    Story(folder / "a", server="SRV1").full("erp.bak")
    Story(folder / "b", server="SRV2").full("erp.bak")
    told = run(folder, "restore", "--plan").json["found"]["databases"]
    ran = run(folder, "restore", "--database", "erp", "--plan")

    assert {one["server"] for one in told} == {"SRV1", "SRV2"}
    assert (ran.code, ran.codes) == (3, {"lost.several"})
    for one in told:
        assert run(folder, "restore", one["latest_set"], "--database", "erp", "--plan").code == 0


def test_a_gap_is_told_with_its_reason_and_both_sides_stay_reachable(folder):
    story = Story(folder)
    story.full("full.bak")
    story.log("1.trn")
    story.lose_log()
    story.log("2.trn")
    story.full("full2.bak")
    story.log("3.trn")
    one = found(folder)["erp"]

    assert [span["end"] for span in one["spans"]] == ["2026-03-10T02:10:00Z", "2026-03-10T02:50:00Z"]
    (gap,) = one["gaps"]
    assert (gap["start"], gap["reason"]) == ("2026-03-10T02:10:00Z", "broken")
    assert "20260310_023000" in gap["because"]["message"]


def test_sets_appended_to_one_file_are_all_found(folder):
    story = Story(folder)
    story.full("todo.bak")
    story.differential("todo.bak", append=True)
    story.log("todo.bak", append=True)
    one = found(folder)["erp"]
    shown = run(folder, "show", "20260310_022000").json["manifest"]["databases"]["erp"]

    assert one["kinds"] == {"full": 1, "differential": 1, "log": 1}
    assert one["latest"] == "2026-03-10T02:20:07Z"
    assert (shown["file"], shown["position"]) == ("todo.bak", 3)


def test_stripes_are_one_backup_and_a_missing_one_is_named(folder):
    story = Story(folder)
    story.full("erp.bak", stripes=3)
    one = found(folder)["erp"]
    assert (one["kinds"], one["latest"]) == ({"full": 1}, "2026-03-10T02:00:07Z")
    manifest = run(folder, "show", one["latest_set"]).json["manifest"]["databases"]["erp"]
    assert [manifest["file"], *(stripe["file"] for stripe in manifest["stripes"])] == [
        "1_erp.bak",
        "2_erp.bak",
        "3_erp.bak",
    ]

    (folder / "2_erp.bak").unlink()
    ran = run(folder, "restore", "--plan")
    (one,) = ran.json["found"]["databases"]
    assert (ran.code, one["latest"]) == (2, None)
    assert ran.codes == {"lost.useless", "lost.nothing_whole"}
    assert one["useless"][0]["values"]["cause"] == "bak.stripe_missing"
    assert [problem["code"] for problem in one["refusals"]] == ["chain.stripe_missing"]


def test_a_cut_off_file_is_told_and_the_chain_ends_before_it(folder):
    erp(folder)
    path = folder / "SRV1/erp/erp_3.trn"
    path.write_bytes(path.read_bytes()[:-30_000])
    ran = run(folder, "restore", "--plan")
    (one,) = ran.json["found"]["databases"]
    ticks = {each["set"]: (each["status"], each["tick"]) for each in run(folder, "list").json["sets"]}

    assert (ran.code, one["latest"]) == (1, "2026-03-10T02:30:07Z")
    assert [told["values"]["file"] for told in ran.json["problems"]] == ["SRV1/erp/erp_3.trn"]
    assert ticks["20260310_024000"][0] == "interrupted" or ticks["20260310_024000"][1] == "failed"
    assert ticks["20260310_020000"] == ("completed", "none")


def test_a_good_copy_of_a_damaged_file_is_used(folder):
    story = erp(folder)
    path = folder / "SRV1/erp/erp_full.bak"
    shutil.copy(path, folder / "z_copia.bak")
    path.write_bytes(path.read_bytes()[:40_000])
    one = found(folder)["erp"]

    assert one["latest"] == "2026-03-10T02:40:07Z"
    assert story.number == 5
    shown = run(folder, "show", one["chain"][0]).json["manifest"]["databases"]["erp"]
    assert shown["file"] == "z_copia.bak"


def test_foreign_and_damaged_files_are_named_and_hide_nothing(folder):
    erp(folder)
    (folder / "vacaciones.bak").write_bytes(b"no es una copia" * 1000)
    (folder / "vacio.trn").write_bytes(b"")
    (folder / "roto.bak.gz").write_bytes(b"\x1f\x8b\x08\x00 nada")
    (folder / "app.bak").write_bytes(b"SQLite format 3\x00" + bytes(4096))
    (folder / "leeme.txt").write_text("hola", "utf-8")
    if os.name == "posix":
        (folder / "enlace.bak").symlink_to(folder / "SRV1/erp/erp_full.bak")
        (folder / "raro?.bak").write_bytes(b"TAPE")
    ran = run(folder, "list")

    assert ran.code == 1, ran.out
    named = {one["values"].get("file"): one["code"] for one in ran.json["problems"]}
    assert named["vacaciones.bak"] == named["vacio.trn"] == named["roto.bak.gz"] == "bare.unusable_file"
    assert named["app.bak"] == "bare.sqlite_file"
    if os.name == "posix":
        assert (named["enlace.bak"], named["raro?.bak"]) == ("bare.link", "bare.odd_name")
    (others,) = [one for one in ran.json["problems"] if one["code"] == "bare.other_files"]
    assert others["values"]["files"] == "leeme.txt"
    assert len(ran.json["sets"]) == 5


@pytest.mark.skipif(not can_be_ordinary(), reason="no way to have rights count here")
def test_a_folder_that_can_not_be_read_is_named(folder):
    erp(folder)
    (folder / "cerrada").mkdir()
    (folder / "cerrada").chmod(0)
    try:
        ran = CommandLine(folder, ordinary=True)("--lang", "en", "restore", "--plan", "--json", TZ="UTC")
    finally:
        (folder / "cerrada").chmod(0o755)

    assert ran.codes == {"bare.closed_folder"}
    assert ran.json["found"]["databases"][0]["latest"] == "2026-03-10T02:40:07Z"


def test_a_folder_that_can_not_be_written_will_do(folder):
    erp(folder)
    for path in (folder / "SRV1" / "erp", folder / "SRV1", folder):
        path.chmod(0o555)
    try:
        assert found(folder)["erp"]["latest"] == "2026-03-10T02:40:07Z"
        assert run(folder, "verify", "--all").code == 0
    finally:
        for path in (folder, folder / "SRV1", folder / "SRV1" / "erp"):
            path.chmod(0o755)
    assert sorted(path.name for path in folder.iterdir()) == ["SRV1"]


@pytest.mark.parametrize("words", [["backup"], ["drill"], ["prune"], ["delete", "20260310_020000"]], ids=" ".join)
def test_what_needs_settings_is_refused(folder, words):
    erp(folder)
    before = content(folder)
    ran = run(folder, *words)

    assert (ran.code, ran.codes) == (3, {"bare.needs_settings"})
    assert str(folder) in ran.json["problems"][0]["message"]
    assert content(folder) == before


OTHERS = [["health"], ["log"], ["schedule", "next"], ["audit"], ["audit", "verify"]]


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_other_questions_are_answered_without_writing_there(folder, words):
    erp(folder)
    before = content(folder)
    ran = run(folder, *words)

    assert ran.json["status"] in ("ok", "warnings", "failed", "refused"), ran.err
    assert "unexpected" not in ran.codes
    assert content(folder) == before


def test_where_there_are_settings_a_set_must_be_named(tmp_path):
    run = CommandLine(tmp_path / "backup_config.json")
    run("config", "init", "--engine", "sqlite", "--root", str(tmp_path / "copias"), "--database", "users=u.db")
    for words in (["restore", "--plan"], ["restore", "--database", "users"]):
        ran = run(*words, "--json")
        assert (ran.code, ran.codes) == (3, {"cli.usage_missing"})


@pytest.mark.skipif(not SAMPLES, reason="REXUS_BAK_SAMPLES names no folder of real backups with headers.json")
def test_real_backups_are_found_with_their_chains(folder):
    told = found(Path(SAMPLES))

    assert told["RestoreTimeClean"]["latest"] == "2017-06-01T11:29:13Z"
    assert len(told["RestoreTimeClean"]["chain"]) == 5
    assert told["RestoreTimeStripe"]["kinds"] == {"full": 2, "log": 6}
    assert told["SimpleBackTest"]["kinds"] == {"full": 1, "differential": 2}
    assert told["dbOrphanUsers"]["latest"] == "2017-05-18T02:18:37Z"
    assert all(one["command"] for one in told.values())
