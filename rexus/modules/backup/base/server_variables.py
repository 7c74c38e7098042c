"""Settings of a server that `.env` says where there are no others, and sentences that call them so."""

from __future__ import annotations

import re

VARIABLES = {
    "REXUS_SERVER_BACKUP_DIR": "server_backup_dir",
    "REXUS_CLIENT_BACKUP_DIR": "client_backup_dir",
    "REXUS_DATA_DIR": "data_dir",
    "REXUS_LOG_DIR": "log_dir",
    "REXUS_CLIENT": "client",
    "REXUS_AUTHENTICATION": "authentication",
    "REXUS_ENCRYPT": "encrypt",
    "REXUS_TRUST_CERTIFICATE": "trust_certificate",
}
"""Variables of `.env` (or of the process) and the settings below ``sqlserver`` that they stand for."""
BY_VARIABLES = "settings_in"
"""Value of a problem met without settings: the file whose variables take their place."""
_OF = {setting: variable for variable, setting in VARIABLES.items()}
_SETTING = re.compile(rf"[“«]?\bsqlserver\.({'|'.join(_OF)})\b[”»]?")


def as_variables(text: str) -> str:
    """``text`` with the names of variables for those of settings."""
    return _SETTING.sub(lambda found: _OF[found[1]], text)
