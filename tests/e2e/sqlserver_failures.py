"""The table of what goes wrong with a SQL Server: what happens, at which door, what it must be called, what is left."""

from __future__ import annotations

import enum
from typing import NamedTuple

from sqlserver_double.world_messages import say
from support.sqlserver_happenings import (
    FILE,
    Happening,
    both,
    breaks,
    breaks_for,
    client_killed,
    damaged_page,
    edition,
    elsewhere,
    encrypting,
    entering,
    fails,
    full_history,
    hastily,
    heard,
    in_state,
    killed,
    locked_out,
    may,
    needs_linux,
    nobody_named,
    opening,
    our_room,
    program,
    read_only,
    reading,
    restarts,
    server_room,
    settings,
    somebody_alone,
    sql,
    system,
    turned_away,
    unheard,
    wire,
    writing,
)
from support.sqlserver_later import no_answer, overwritten
from support.sqlserver_prepared import GO, ODBC, ODBC18

from rexus.modules.backup.base.records import Status

EVERY = (ODBC, GO, ODBC18)
SQLCMD = (GO, ODBC18)
MADE, REFUSED, TRIED = Status.WARNINGS, Status.REFUSED, Status.FAILED


class Left(enum.Enum):
    """What is there beside what was there before."""

    NOTHING = "nothing"
    SERVER_FILE = "a file on the server, which the problem names"
    SET = "a set that counts"


class Failure(NamedTuple):
    """One row."""

    name: str
    happens: Happening
    code: str
    status: Status = TRIED
    clients: tuple[str, ...] = (ODBC,)
    left: Left = Left.NOTHING


LOST, DAMAGED = "sqlserver.lost", "sqlserver.disk_damage"
BEFORE, HALF, RIGHT = "backup.asked", "backup.half", "BACKUP DATABASE"
OPERATOR = ("db_backupoperator",)

ENTERING = (
    Failure("wrong password", entering("sa", "equivocada"), "sqlserver.login_failed", clients=EVERY),
    Failure("unknown login", entering("nadie", "x"), "sqlserver.login_failed"),
    Failure("no password", nobody_named(password=""), "sqlserver.no_password"),
    Failure("no server", nobody_named(server=""), "sqlserver.no_server"),
    Failure("no name of a server", nobody_named(server="a;b=c"), "sqlserver.bad_server"),
    Failure("disabled", locked_out("disabled"), "sqlserver.login_disabled"),
    Failure("locked out", locked_out("locked"), "sqlserver.login_locked", clients=EVERY),
    Failure("password expired", locked_out("expired"), "sqlserver.login_expired"),
    Failure("password must change", locked_out("must_change"), "sqlserver.login_expired"),
    Failure("untrusted domain", turned_away(say(18452)), "sqlserver.login_untrusted"),
    Failure("one administrator only", turned_away(say(18461, "sa")), "sqlserver.server_restricted"),
    Failure("administrators only", turned_away(say(18451, "sa")), "sqlserver.server_restricted"),
    Failure("being upgraded", turned_away(say(18401, "sa")), "sqlserver.server_restricted"),
    Failure("a trigger refuses", turned_away(say(17892, "sa")), "sqlserver.login_trigger"),
    Failure("too many connections", turned_away(say(17809, 20)), "sqlserver.server_closed"),
    Failure("paused", turned_away(say(17142)), "sqlserver.server_closed"),
    Failure("no default database", turned_away(say(4064)), "sqlserver.default_database"),
    Failure("not into that database", turned_away(say(4060, "master")), "sqlserver.default_database"),
    Failure("shutting down", turned_away(say(6005)), "sqlserver.server_closed"),
    Failure("wrong port", hastily(nobody_named(server="127.0.0.1,1")), "sqlserver.unreachable", clients=(ODBC, GO)),
    Failure("wrong instance", hastily(nobody_named(server="127.0.0.1\\NADIE")), "sqlserver.unreachable"),
    Failure("nobody let in", wire("refuse_connections"), "sqlserver.unreachable"),
    Failure("greeting unanswered", hastily(wire("hang_at", "prelogin", 99)), "sqlserver.unreachable"),
    Failure("lost while signing in", wire("drop_at", "login", 99), "sqlserver.unreachable"),
    Failure("lost at the first question", breaks_for("SERVERPROPERTY"), LOST),
    Failure(
        "certificate unknown",
        encrypting("on", encrypt="mandatory", trust_certificate=False),
        "sqlserver.certificate_untrusted",
        clients=(ODBC, GO),
    ),
    Failure(
        "no encryption there",
        encrypting("not_supported", encrypt="mandatory"),
        "sqlserver.no_encryption",
        clients=(ODBC, GO),
    ),
    Failure("no sqlcmd", program(""), "sqlserver.no_sqlcmd"),
    Failure("named sqlcmd missing", program("/nada/sqlcmd"), "sqlserver.sqlcmd_override"),
    Failure("another program", needs_linux(program("/bin/true")), "sqlserver.sqlcmd_odd"),
)

BACKUPS = (
    # rights
    Failure("no right to back up", may(users=()), "sqlserver.backup_right"),
    Failure("not in the database", may(), "sqlserver.backup_right"),
    Failure(
        "right revoked meanwhile", fails(BEFORE, say(262, RIGHT, "users")), "sqlserver.backup_right", clients=EVERY
    ),
    Failure("thrown out of the database", fails(BEFORE, say(916, "copias", "users")), "sqlserver.no_access"),
    Failure("may not verify", may(users=OPERATOR), "sqlserver.not_verified", MADE, left=Left.SET),
    Failure(
        "may not verify, nor see the file",
        both(may(users=OPERATOR), settings(client_backup_dir=None)),
        "sqlserver.unverifiable",
        left=Left.SERVER_FILE,
    ),
    # paths
    Failure("folder missing", settings(server_backup_dir="C:\\Nada"), "sqlserver.path_missing", clients=EVERY),
    Failure("folder read-only", read_only, "sqlserver.path_denied"),
    Failure("share unknown", settings(server_backup_dir="\\\\nas\\copias"), "sqlserver.share_unreachable"),
    Failure("share refuses the service", fails(BEFORE, opening(1326)), "sqlserver.share_denied"),
    Failure("share lost halfway", fails(HALF, writing(64)), "sqlserver.share_unreachable"),
    Failure("share lost when it is read back", fails("headeronly", reading(59)), "sqlserver.share_unreachable"),
    Failure("another folder here", elsewhere, "sqlserver.folders_differ", clients=EVERY, left=Left.SERVER_FILE),
    Failure(
        "our share not there",
        settings(client_backup_dir="/nada/de/nada"),
        "sqlserver.folders_differ",
        left=Left.SERVER_FILE,
    ),
    Failure("held by another program", fails(BEFORE, opening(32)), "sqlserver.file_in_use"),
    Failure("name too long", fails(BEFORE, say(3057, 259)), "sqlserver.place_name"),
    Failure("name not allowed", fails(BEFORE, opening(123)), "sqlserver.place_name"),
    Failure("write-protected", fails(BEFORE, opening(19)), "sqlserver.path_read_only"),
    Failure("file system limit", fails(HALF, writing(665)), "sqlserver.file_system_limit"),
    Failure("odd error of the system", fails(BEFORE, opening(4711)), "sqlserver.path_failed"),
    Failure("odd error of the system in writing", fails(HALF, writing(4711)), "sqlserver.write_failed"),
    Failure("odd error of the system in reading", fails("headeronly", reading(4711)), "sqlserver.read_failed"),
    Failure("drive not ready", fails(BEFORE, opening(21)), "sqlserver.path_missing"),
    # edition
    Failure(
        "no compression",
        both(settings(compression=True), fails(BEFORE, say(1844, RIGHT, "Web Edition"))),
        "sqlserver.edition",
    ),
    Failure(
        "no encryption",
        both(edition("express2022"), settings(encryption_certificate="copias")),
        "sqlserver.edition_no_encryption",
    ),
    Failure("no certificate", settings(encryption_certificate="copias"), "sqlserver.no_object"),
    Failure(
        "no master key",
        both(settings(encryption_certificate="copias"), fails(BEFORE, say(15581))),
        "sqlserver.no_master_key",
    ),
    Failure("certificate expired", fails(BEFORE, heard(3096, "'copias' has expired")), "sqlserver.certificate_expired"),
    Failure("statement unknown", fails(BEFORE, say(102, "BACKUP")), "sqlserver.statement_unknown"),
    # space
    Failure("server's disk full", server_room("C:\\Backup", 20_000), "sqlserver.disk_full", clients=EVERY),
    Failure("our disk full", our_room(60_000), "store.full"),
    Failure("log full", fails(BEFORE, say(9002, "users", "ACTIVE_TRANSACTION")), "sqlserver.log_full"),
    Failure("history can't be written", full_history, "sqlserver.no_history", MADE, SQLCMD, Left.SET),
    Failure("history can't be written, by ODBC", full_history, "sqlserver.unproven"),
    # the state of the database
    Failure("offline", sql("ALTER DATABASE users SET OFFLINE"), "sqlserver.not_online"),
    Failure("being restored", in_state("RESTORING"), "sqlserver.not_online"),
    Failure("suspect", in_state("SUSPECT"), "sqlserver.not_online"),
    Failure("emergency", in_state("EMERGENCY"), "sqlserver.not_online"),
    Failure("recovering", in_state("RECOVERING"), "sqlserver.not_online"),
    Failure("waiting for recovery", in_state("RECOVERY_PENDING"), "sqlserver.not_online"),
    Failure("dropped", sql("DROP DATABASE users"), "sqlserver.no_database"),
    Failure("one user, and somebody is in", somebody_alone, "sqlserver.single_user", clients=EVERY),
    Failure("offline meanwhile", fails(BEFORE, say(942, "users")), "sqlserver.offline"),
    Failure("restored meanwhile", fails(BEFORE, say(927, "users")), "sqlserver.restoring"),
    Failure("suspect meanwhile", fails(BEFORE, say(926, "users")), "sqlserver.inaccessible"),
    Failure("files gone meanwhile", fails(BEFORE, say(945, "users")), "sqlserver.inaccessible"),
    Failure("changing its state", fails(BEFORE, say(952, "users")), "sqlserver.in_transition"),
    Failure("no role in its group", fails(BEFORE, say(983, "users")), "sqlserver.in_transition"),
    Failure("emergency meanwhile", fails(BEFORE, say(3033)), "sqlserver.state_odd"),
    Failure("in standby", fails(BEFORE, say(3036, "users")), "sqlserver.state_odd"),
    Failure("a mirror", fails(BEFORE, say(3059)), "sqlserver.secondary"),
    Failure("a secondary out of step", fails(BEFORE, say(3062)), "sqlserver.secondary"),
    Failure("another backup runs", fails(BEFORE, say(3023)), "sqlserver.serialized"),
    Failure("a snapshot", fails(BEFORE, heard(3002, "a database snapshot")), "sqlserver.not_for_backup"),
    # the server
    Failure("deadlock victim", fails(BEFORE, say(1205, 57, "lock")), "sqlserver.locked", clients=EVERY),
    Failure("waited too long for a lock", fails(BEFORE, say(1222)), "sqlserver.locked"),
    Failure("no memory", fails("backup.begun", say(701, "default")), "sqlserver.memory"),
    Failure("no memory for buffers", fails(HALF, say(802)), "sqlserver.memory"),
    Failure("waited too long for memory", fails(BEFORE, heard(8645, "memory", 17)), "sqlserver.memory"),
    Failure("a question takes too long", no_answer("headeronly"), "sqlserver.timeout"),
    Failure("a question waits too long for a lock", fails("headeronly", say(1222)), "sqlserver.unanswered"),
    Failure("log unavailable", fails(HALF, say(9001, "users")), "sqlserver.log_unavailable", clients=SQLCMD),
    Failure("disk error on reading", fails(HALF, say(823, system(23), "read", "0", FILE)), DAMAGED, clients=SQLCMD),
    Failure("page not as written", fails(HALF, say(824, "x", "read", "(1:7)", 5, "0", FILE)), DAMAGED, clients=(GO,)),
    Failure("fatal, of which ODBC tells the end only", fails(HALF, say(9001, "users")), "sqlserver.engine_error"),
    Failure("disk error on writing", fails(HALF, say(3271, FILE, system(1117))), DAMAGED),
    Failure("damaged page", damaged_page, "sqlserver.page_damaged", clients=EVERY),
    Failure("a number that nobody knows", fails(BEFORE, unheard(49999)), "sqlserver.engine_error"),
    Failure("killed by somebody", killed(HALF), "sqlserver.aborted", clients=EVERY),
    Failure("killed before the first byte", killed("backup.begun"), "sqlserver.aborted"),
    Failure("killed at the end", killed("backup.end"), "sqlserver.aborted", clients=(ODBC, ODBC18)),
    Failure("killed when the header is read", killed("headeronly"), "sqlserver.unanswered"),
    Failure("killed when it is verified", killed("verify.half"), "sqlserver.aborted", clients=(ODBC, GO)),
    # the connection, in each phase
    Failure("lost before the first byte", breaks("backup.begun"), LOST, clients=(ODBC, ODBC18)),
    Failure("lost halfway", breaks(HALF), LOST, clients=EVERY),
    Failure("lost at the end", breaks("backup.end"), LOST, clients=(ODBC, ODBC18)),
    Failure("lost when the header is read", breaks("headeronly"), LOST),
    Failure("lost when it is verified", breaks("verify.half"), LOST, clients=(ODBC, ODBC18)),
    Failure("restarted before the first byte", restarts("backup.begun"), LOST),
    Failure("restarted halfway", restarts(HALF), LOST, clients=(ODBC, ODBC18)),
    Failure("restarted at the end", restarts("backup.end"), LOST),
    Failure("restarted when the header is read", restarts("headeronly"), LOST),
    Failure("restarted when it is verified", restarts("verify.half"), LOST),
    Failure("sqlcmd killed before the first byte", client_killed("backup.begun"), LOST, clients=(GO,)),
    Failure("sqlcmd killed halfway", client_killed(HALF), LOST, clients=SQLCMD),
    Failure("sqlcmd killed at the end", client_killed("backup.end"), LOST, clients=(GO,)),
    Failure("sqlcmd killed when it is verified", client_killed("verify.half"), LOST, clients=(GO,)),
    # the proof
    Failure("not what verifies", fails("verify.half", say(3189)), "sqlserver.set_damaged", clients=EVERY),
    Failure("can't be read back", fails("headeronly", reading(23)), DAMAGED),
    Failure("unfinished when read back", fails("headeronly", say(3256, FILE)), "sqlserver.set_unfinished"),
    Failure("badly formed when read back", fails("headeronly", say(3266, FILE)), "sqlserver.media_differs"),
    Failure("written over by somebody", overwritten("headeronly"), "sqlserver.other_file"),
)
