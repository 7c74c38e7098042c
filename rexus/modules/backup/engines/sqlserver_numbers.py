"""Which problem a number of the server or of the operating system means: the tables, nothing else.

Numbers and what they mean are those of Microsoft's error tables (2022); a number that is not here is told as it is.
"""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """What a number means, and what its quoted parts and its bare numbers are called, in their order."""

    code: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    right: bool = False
    """The right that is missing stands in capitals in the text."""


_DATABASE = ("database",)
_PATH = ("path",)
_VERSIONS = ("source_version", "server_version")

_LOGIN = {
    18456: Known("sqlserver.login_failed", ("login",)),
    18452: Known("sqlserver.login_untrusted"),
    18470: Known("sqlserver.login_disabled", ("login",)),
    18486: Known("sqlserver.login_locked", ("login",)),
    18487: Known("sqlserver.login_expired", ("login",)),
    18488: Known("sqlserver.login_expired", ("login",)),
    18451: Known("sqlserver.server_restricted", ("login",)),
    18461: Known("sqlserver.server_restricted", ("login",)),
    18401: Known("sqlserver.server_restricted", ("login",)),
    17892: Known("sqlserver.login_trigger", ("login",)),
    6005: Known("sqlserver.server_closed"),
    17142: Known("sqlserver.server_closed"),
    17809: Known("sqlserver.server_closed"),
    4060: Known("sqlserver.default_database", _DATABASE),
    4062: Known("sqlserver.default_database"),
    4064: Known("sqlserver.default_database"),
}
_RIGHTS = {
    262: Known("sqlserver.right_missing", _DATABASE, right=True),
    229: Known("sqlserver.object_right", ("object", "database"), right=True),
    297: Known("sqlserver.state_right"),
    300: Known("sqlserver.state_right", right=True),
    916: Known("sqlserver.no_access", ("login", "database")),
    2571: Known("sqlserver.check_right", ("login", "database")),
    3110: Known("sqlserver.restore_right", _DATABASE),
    5011: Known("sqlserver.alter_right", _DATABASE),
    6102: Known("sqlserver.kill_right"),
    15151: Known("sqlserver.no_object", ("object",)),
    15247: Known("sqlserver.right_missing"),
}
_STATES = {
    911: Known("sqlserver.no_database", _DATABASE),
    596: Known("sqlserver.aborted"),
    922: Known("sqlserver.in_transition", _DATABASE),
    924: Known("sqlserver.single_user", _DATABASE),
    926: Known("sqlserver.inaccessible", _DATABASE),
    927: Known("sqlserver.restoring", _DATABASE),
    942: Known("sqlserver.offline", _DATABASE),
    943: Known("sqlserver.newer", _DATABASE, _VERSIONS),
    945: Known("sqlserver.inaccessible", _DATABASE),
    946: Known("sqlserver.inaccessible", _DATABASE),
    948: Known("sqlserver.newer", _DATABASE, _VERSIONS),
    952: Known("sqlserver.in_transition", _DATABASE),
    983: Known("sqlserver.in_transition", _DATABASE),
    976: Known("sqlserver.secondary", _DATABASE),
    978: Known("sqlserver.secondary", _DATABASE),
    3033: Known("sqlserver.state_odd"),
    3036: Known("sqlserver.state_odd", _DATABASE),
    3021: Known("sqlserver.in_transaction"),
    823: Known("sqlserver.disk_damage"),
    824: Known("sqlserver.disk_damage"),
    9001: Known("sqlserver.log_unavailable", _DATABASE),
    9002: Known("sqlserver.log_full", ("database", "wait")),
    701: Known("sqlserver.memory"),
    802: Known("sqlserver.memory"),
    8645: Known("sqlserver.memory"),
    1204: Known("sqlserver.locked"),
    1205: Known("sqlserver.locked"),
    1222: Known("sqlserver.locked"),
    1101: Known("sqlserver.filegroup_full", ("full",)),
    1105: Known("sqlserver.filegroup_full", ("object", "full")),
    3313: Known("sqlserver.recovery_failed", _DATABASE),
    3314: Known("sqlserver.recovery_failed", _DATABASE),
    3414: Known("sqlserver.recovery_failed", _DATABASE),
}
_BACKUP = {
    1844: Known("sqlserver.edition"),
    3218: Known("sqlserver.edition"),
    3002: Known("sqlserver.not_for_backup"),
    3147: Known("sqlserver.not_for_backup"),
    3009: Known("sqlserver.no_history"),
    3023: Known("sqlserver.serialized"),
    3024: Known("sqlserver.master_full_only"),
    4212: Known("sqlserver.master_full_only"),
    3035: Known("sqlserver.no_base", _DATABASE),
    4208: Known("sqlserver.simple_model"),
    4214: Known("sqlserver.no_full"),
    3042: Known("sqlserver.damaged_content"),
    3043: Known("sqlserver.page_damaged", ("database", "path")),
    3053: Known("sqlserver.page_damaged"),
    3044: Known("sqlserver.place_name", _PATH),
    3057: Known("sqlserver.place_name", _PATH),
    3059: Known("sqlserver.secondary"),
    3062: Known("sqlserver.secondary"),
    3095: Known("sqlserver.media_differs", _PATH),
    3097: Known("sqlserver.media_differs", _PATH),
    3098: Known("sqlserver.media_differs", _PATH),
    3266: Known("sqlserver.media_differs", _PATH),
    3268: Known("sqlserver.media_differs", _PATH),
    3272: Known("sqlserver.media_differs", _PATH),
    3096: Known("sqlserver.certificate_expired", ("certificate",)),
    33111: Known("sqlserver.no_certificate", ("thumbprint",)),
    15581: Known("sqlserver.no_master_key"),
    3201: Known("sqlserver.path_failed", _PATH),
    3202: Known("sqlserver.write_failed", _PATH),
    3203: Known("sqlserver.read_failed", _PATH),
    3271: Known("sqlserver.write_failed", _PATH),
    18204: Known("sqlserver.path_failed", _PATH),
    18210: Known("sqlserver.write_failed", _PATH),
    3204: Known("sqlserver.aborted"),
    3205: Known("sqlserver.stripes_count", numbers=("allowed",)),
    3206: Known("sqlserver.no_device", _PATH),
    3063: Known("sqlserver.url_limit", _PATH),
    3236: Known("sqlserver.url_limit", _PATH),
    3238: Known("sqlserver.url_limit", _PATH),
    3225: Known("sqlserver.url_failed", _PATH),
    3233: Known("sqlserver.url_failed", _PATH),
    3288: Known("sqlserver.url_failed", _PATH),
    3289: Known("sqlserver.url_failed", _PATH),
    3290: Known("sqlserver.url_failed", _PATH),
    3292: Known("sqlserver.url_failed", _PATH),
    3294: Known("sqlserver.url_failed", _PATH),
    3295: Known("sqlserver.url_failed", _PATH),
    3296: Known("sqlserver.url_failed", _PATH),
    3298: Known("sqlserver.url_failed", _PATH),
}
_RESTORE = {
    1827: Known("sqlserver.express_size"),
    1834: Known("sqlserver.target_file_used", ("path", "other")),
    3101: Known("sqlserver.in_use"),
    3102: Known("sqlserver.in_use"),
    5030: Known("sqlserver.in_use"),
    5061: Known("sqlserver.in_use", _DATABASE),
    5064: Known("sqlserver.in_use", _DATABASE),
    5070: Known("sqlserver.in_use", _DATABASE),
    5052: Known("sqlserver.restoring"),
    1468: Known("sqlserver.in_group", _DATABASE),
    3104: Known("sqlserver.in_group", _DATABASE),
    3709: Known("sqlserver.has_snapshot", ("snapshot",)),
    3167: Known("sqlserver.recovery_failed", _DATABASE),
    3108: Known("sqlserver.system_database"),
    3109: Known("sqlserver.system_database"),
    3112: Known("sqlserver.system_database"),
    3150: Known("sqlserver.system_database"),
    3151: Known("sqlserver.system_database"),
    3168: Known("sqlserver.system_database"),
    3117: Known("sqlserver.chain_closed"),
    3118: Known("sqlserver.chain_no_database", _DATABASE),
    3119: Known("sqlserver.planning"),
    3132: Known("sqlserver.stripes_missing", numbers=("families", "given")),
    3133: Known("sqlserver.stripes_wrong"),
    3227: Known("sqlserver.stripes_wrong", _PATH),
    3231: Known("sqlserver.stripes_wrong", _PATH),
    3258: Known("sqlserver.stripes_wrong", _PATH),
    3136: Known("sqlserver.chain_other_full", _PATH),
    3141: Known("sqlserver.other_database", ("source", "database")),
    3154: Known("sqlserver.other_database", _DATABASE),
    3142: Known("sqlserver.target_file_exists", ("file", "path")),
    3145: Known("sqlserver.stop_simple"),
    3156: Known("sqlserver.target_path", ("file", "path")),
    5120: Known("sqlserver.target_path", _PATH),
    5123: Known("sqlserver.target_path", _PATH),
    5133: Known("sqlserver.target_path", _PATH),
    5149: Known("sqlserver.target_path", _PATH),
    3634: Known("sqlserver.target_path", ("reason", "call", "path")),
    3159: Known("sqlserver.tail_unsaved", _DATABASE),
    3169: Known("sqlserver.newer", numbers=_VERSIONS),
    3176: Known("sqlserver.move_clash", _PATH),
    3183: Known("sqlserver.set_damaged", _DATABASE),
    3184: Known("sqlserver.damaged_content"),
    3187: Known("sqlserver.no_checksum"),
    3188: Known("sqlserver.damaged_content"),
    3189: Known("sqlserver.set_damaged"),
    3234: Known("sqlserver.move_unknown", ("file", "database")),
    4353: Known("sqlserver.move_unknown", ("file",)),
    3241: Known("sqlserver.not_a_backup", _PATH),
    3242: Known("sqlserver.not_a_backup", _PATH),
    3243: Known("sqlserver.not_a_backup", _PATH),
    3255: Known("sqlserver.not_a_backup", _PATH),
    3254: Known("sqlserver.set_unfinished", _PATH),
    3256: Known("sqlserver.set_unfinished", _PATH),
    3257: Known("sqlserver.no_room", ("volume",), ("needed", "free")),
    3279: Known("sqlserver.set_password"),
    3287: Known("sqlserver.no_set", _PATH, ("position",)),
    4305: Known("sqlserver.chain_gap", numbers=("first_lsn", "needed_lsn")),
    4326: Known("sqlserver.chain_old", numbers=("last_lsn", "needed_lsn")),
    4330: Known("sqlserver.chain_fork"),
    4327: Known("sqlserver.stop_bulk"),
    4341: Known("sqlserver.stop_bulk"),
    4335: Known("sqlserver.stop_early"),
    4338: Known("sqlserver.stop_early"),
    3125: Known("sqlserver.not_consistent", _DATABASE),
    4331: Known("sqlserver.not_consistent", _DATABASE),
    4333: Known("sqlserver.not_consistent", _DATABASE),
    4312: Known("sqlserver.chain_step"),
    4318: Known("sqlserver.chain_step"),
    4319: Known("sqlserver.chain_step"),
    4323: Known("sqlserver.chain_step"),
    4343: Known("sqlserver.chain_step"),
    905: Known("sqlserver.edition_feature", _DATABASE),
    909: Known("sqlserver.edition_feature", _DATABASE),
    933: Known("sqlserver.edition_feature", _DATABASE),
    980: Known("sqlserver.edition_feature", _DATABASE),
}
_CHECK = {
    8921: Known("sqlserver.check_unknown"),
    8930: Known("sqlserver.check_unknown"),
    8946: Known("sqlserver.check_unknown"),
    8998: Known("sqlserver.check_unknown"),
    **dict.fromkeys(
        (2533, 2536, 2537, 2540, 2576, 2579, 8905, 8906, 8909, 8928, 8929, 8939, 8941, 8942, 8944, 8951, 8952, 8955),
        Known("sqlserver.check_errors"),
    ),
    **dict.fromkeys((8956, 8964, 8976, 8977, 8978, 8979, 8980, 8981, 8989, 8990), Known("sqlserver.check_errors")),
}
_STATEMENTS = dict.fromkeys((102, 105, 137, 155, 156, 319, 40510), Known("sqlserver.statement_unknown"))

BY_NUMBER: dict[int, Known] = {**_LOGIN, **_RIGHTS, **_STATES, **_BACKUP, **_RESTORE, **_CHECK, **_STATEMENTS}
"""What each number means."""

TRAILERS = frozenset({3013, 3119, 3167, 5069})
"""Errors that only say that something before them failed."""
WARNINGS = frozenset({3009})
"""Worded as errors by the server, though what was ordered is done."""
NOTICES = frozenset({2528, 3014, 3042, 3184, 3188, 3211, 3262, 4035, 4322, 5060, 5701, 5703, 8989})
"""What only informs; a client may pass it on beside an error, as if it were one."""
OS_NUMBERS = frozenset({3201, 3202, 3203, 3271, 3634, 5120, 5123, 5133, 5149, 18204, 18210})
"""Errors whose reason is an error of the operating system of the server."""

FULL = frozenset({39, 112})
"""Errors of the operating system that tell of a full disk."""
BY_OS_ERROR: dict[int, str] = {
    2: "sqlserver.path_missing",
    3: "sqlserver.path_missing",
    5: "sqlserver.path_denied",
    15: "sqlserver.path_missing",
    19: "sqlserver.path_read_only",
    21: "sqlserver.path_missing",
    32: "sqlserver.file_in_use",
    33: "sqlserver.file_in_use",
    38: "sqlserver.set_unfinished",
    39: "sqlserver.disk_full",
    112: "sqlserver.disk_full",
    53: "sqlserver.share_unreachable",
    59: "sqlserver.share_unreachable",
    64: "sqlserver.share_unreachable",
    67: "sqlserver.share_unreachable",
    121: "sqlserver.share_unreachable",
    1231: "sqlserver.share_unreachable",
    86: "sqlserver.share_denied",
    1326: "sqlserver.share_denied",
    1385: "sqlserver.share_denied",
    1396: "sqlserver.share_denied",
    123: "sqlserver.place_name",
    161: "sqlserver.place_name",
    206: "sqlserver.place_name",
    665: "sqlserver.file_system_limit",
    1450: "sqlserver.memory",
    8: "sqlserver.memory",
    23: "sqlserver.disk_damage",
    1117: "sqlserver.disk_damage",
    483: "sqlserver.disk_damage",
}
"""What the numbers of Windows mean of a backup's file. SQL Server on Linux reports the same ones (a missing folder is 5
there, not 3).
"""
