"""A differential or a log that nobody could restore is not made: what is made instead, and who is to be asked."""

from __future__ import annotations

import msgspec
import pytest
from engines.chain_held import BROKEN, held, spoilt
from engines.chain_server import Server, history_row

from rexus.modules.backup.base import texts
from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.engines.chain import plan
from rexus.modules.backup.engines.chain_guard import DatabaseState, Verdict, kind_to_make
from rexus.modules.backup.engines.chain_pieces import ChainPiece
from rexus.modules.backup.engines.chain_target import LATEST

FULL, DIFFERENTIAL, LOG = BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG
"""Also what each is called in sentences."""


@pytest.fixture(autouse=True)
def _english():
    before = texts.language()
    texts.use_language("en")
    yield
    texts.use_language(before)


def state(server: Server, **more: object) -> DatabaseState:
    """What the server says of its database."""
    values: dict[str, object] = {
        "database": server.database,
        "recovery_model": server.model.replace("-", "_"),
        "differential_base_guid": server.base.upper() or None,
        "differential_base_lsn": server.base_lsn,
        "last_log_backup_lsn": server.log_from,
        "family_guid": server.family,
        "recovery_fork": f"fork-{server.live}",
    }
    return DatabaseState(**{**values, **more})  # type: ignore[arg-type]


def judged(server: Server, asked: BackupKind, *foreign: ChainPiece, msdb: bool = True, **more: object) -> Verdict:
    """Asked with our backups; those of others are in msdb only, if they are."""
    ours = [one for one in server.pieces if one not in foreign]
    rows = [history_row(one, user_name="DOM\\ana", software_name="VSS") for one in foreign] if msdb else []
    verdict = kind_to_make(asked, state(server, **more), ours, [*rows, *map(history_row, ours)])
    assert (verdict.because is None) is (verdict.kind is asked)
    if verdict.because is not None:
        said = texts.sentence(verdict.because)
        assert said.message.startswith(("erp", "The ", "DOM", "There", "Of ", "Differential"))
        assert "?" not in said.message + said.safe + said.fix
    return verdict


def code(verdict: Verdict) -> str:
    return verdict.because.code if verdict.because is not None else ""


def running() -> Server:
    server = Server()
    server.write(2)
    server.full()
    server.write(2)
    server.log()
    server.write(2)
    return server


@pytest.mark.parametrize("asked", [FULL, DIFFERENTIAL, LOG])
def test_what_was_asked_for_is_made_while_all_is_well(asked: BackupKind) -> None:
    server = running()
    assert judged(server, asked) == Verdict(kind=asked)
    server.full()
    assert judged(server, asked) == Verdict(kind=asked)


@pytest.mark.parametrize("model", ["FULL", "SIMPLE"])
def test_a_full_is_always_possible(model: str) -> None:
    assert judged(Server(model=model), FULL) == Verdict(kind=FULL)


def test_a_full_that_someone_else_took_makes_ours_a_full() -> None:
    """kees-z/DuplicatiDocs#87: a product took fulls by itself, and broke the differentials unnoticed."""
    server = running()
    foreign = server.full()
    verdict = judged(server, DIFFERENTIAL, foreign)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.foreign_full")
    said = texts.sentence(verdict.because).message
    assert all(one in said for one in ("DOM\\ana", "VSS", "SRV1", foreign.stripes[0].place))
    assert judged(server, LOG, foreign) == Verdict(kind=LOG), "a full does not break the log"


def test_a_full_into_nothing_counts_for_the_server() -> None:
    server = running()
    nul = server.full()
    verdict = judged(server, DIFFERENTIAL, msgspec.structs.replace(nul, stripes=()))
    assert (verdict.kind, code(verdict)) == (DIFFERENTIAL, ""), "as long as it is ours"
    server.pieces.remove(nul)
    row = history_row(nul, devices=("NUL",))
    verdict = kind_to_make(DIFFERENTIAL, state(server), server.pieces, [row])
    assert (verdict.kind, code(verdict), verdict.because.values["place"]) == (FULL, "guard.foreign_full", "NUL")


def test_a_copy_only_full_changes_nothing() -> None:
    server = running()
    foreign = server.full(copy_only=True)
    assert judged(server, DIFFERENTIAL, foreign) == Verdict(kind=DIFFERENTIAL)
    assert judged(server, LOG, foreign) == Verdict(kind=LOG)


def test_after_a_restore_the_base_is_in_no_history() -> None:
    """ola#290, #407: a restored database names the full that it came from, which this server never made."""
    server = running()
    verdict = judged(server, DIFFERENTIAL, differential_base_guid="ELSEWHERE", differential_base_lsn=77)
    assert (verdict.kind, code(verdict), verdict.because.values["base"]) == (FULL, "guard.unknown_full", "elsewhere")
    foreign = server.full()
    assert code(judged(server, DIFFERENTIAL, foreign, msdb=False)) == "guard.unknown_full"


def test_the_base_is_found_by_its_lsn_where_no_guid_is_told() -> None:
    server = running()
    assert judged(server, DIFFERENTIAL, differential_base_guid=None) == Verdict(kind=DIFFERENTIAL)
    verdict = judged(server, DIFFERENTIAL, differential_base_guid=None, differential_base_lsn=5)
    assert verdict.because.values["base"] == "LSN 5"


def test_a_database_without_any_full_gets_one() -> None:
    server = Server()
    server.write(2)
    verdict = judged(server, DIFFERENTIAL)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.no_base")
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.pseudo_simple")


def test_only_fulls_are_made_of_master() -> None:
    server = running()
    verdict = kind_to_make(DIFFERENTIAL, state(server, database="master"), server.pieces)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.master")


def test_a_base_of_ours_that_is_no_longer_there_is_no_base() -> None:
    server = running()
    spoilt(server, server.pieces[0], missing=True)
    verdict = judged(server, DIFFERENTIAL)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.base_useless")
    assert (judged(server, LOG).kind, code(judged(server, LOG))) == (FULL, "guard.none_yet")


def test_a_log_that_someone_else_took_is_bridged_by_a_differential() -> None:
    server = running()
    foreign = server.log()
    server.write(2)
    verdict = judged(server, LOG, foreign)
    assert (verdict.kind, code(verdict)) == (DIFFERENTIAL, "guard.foreign_log")
    assert (verdict.because.values["who"], verdict.because.values["last"]) == ("DOM\\ana", server.pieces[1].name)
    assert "differential" in texts.sentence(verdict.because).message
    assert (judged(server, LOG, foreign, msdb=False).kind) is DIFFERENTIAL
    assert code(judged(server, LOG, foreign, msdb=False)) == "guard.gap"

    bridge = server.differential()
    server.pieces.remove(foreign)
    assert judged(server, LOG) == Verdict(kind=LOG)
    server.log()
    restored = plan(held(server), LATEST)
    assert [one.header.set_guid for one in restored.pieces][1] == bridge.header.set_guid


def test_with_a_foreign_base_too_the_gap_needs_a_full() -> None:
    server = running()
    foreign = [server.log(), server.full()]
    verdict = judged(server, LOG, *foreign)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.foreign_log")
    assert "full" in texts.sentence(verdict.because).message


def test_a_copy_only_log_takes_nothing_away() -> None:
    server = running()
    assert judged(server, LOG, server.log(copy_only=True)) == Verdict(kind=LOG)


def test_a_damaged_log_of_ours_is_bridged() -> None:
    server = running()
    server.log()
    spoilt(server, server.pieces[-1], problem=BROKEN)
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (DIFFERENTIAL, "guard.log_useless")
    assert verdict.because.values["set"] == server.pieces[-1].name


def test_simple_recovery_gets_one_backup_for_the_switch_and_then_no_more() -> None:
    server = running()
    server.switch("SIMPLE")
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (DIFFERENTIAL, "guard.switched")
    server.differential()
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (None, "guard.simple")
    assert judged(server, DIFFERENTIAL) == Verdict(kind=DIFFERENTIAL)

    server.switch("FULL")
    server.write(2)
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.pseudo_simple")


def test_simple_recovery_without_a_backup_gets_a_full() -> None:
    verdict = judged(Server(model="SIMPLE"), LOG)
    assert (verdict.kind, code(verdict)) == (FULL, "guard.none_yet")


def test_bulk_logged_recovery_has_logs() -> None:
    server = running()
    server.switch("BULK-LOGGED")
    assert judged(server, LOG) == Verdict(kind=LOG)


def test_after_a_restore_from_our_own_log_the_logs_go_on() -> None:
    server = running()
    log = server.log()
    server.restore((0, log.header.last_lsn), log.header.last_lsn)
    assert judged(server, LOG) == Verdict(kind=LOG)
    server.log()
    assert len(plan(held(server), LATEST).pieces) == 4


def test_after_a_restore_into_the_midst_of_it_another_chain_begins() -> None:
    """The numbers would fit, the history does not."""
    server = running()
    first = server.log().header.first_lsn
    server.restore((0, first + 10), first + 5)
    verdict = judged(server, LOG)
    assert (verdict.kind, code(verdict)) == (DIFFERENTIAL, "guard.restored")
    server.differential()
    assert judged(server, LOG) == Verdict(kind=LOG)


def test_backups_of_another_database_of_that_name_are_not_ours() -> None:
    server = running()
    verdict = judged(server, LOG, family_guid="recreated")
    assert (verdict.kind, code(verdict)) == (FULL, "guard.none_yet")
