"""What a host makes as our model: where the configuration is, and who sits before the screen. Opens nothing.

No Qt is imported before a host's window is asked for; nothing of the host is imported at all: what it has loaded is
looked at where it is.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import weakref
from collections.abc import Mapping
from pathlib import Path

from ..base.identity import Identity, account_name
from ..config.roles import Role, role_of
from ..config.settings import Roles

log = logging.getLogger(__name__)
CONFIG = Path(__file__).resolve().parents[4] / "backup_config.json"
_ROLES = ("rol", "role")
"""Both spellings occur in a host."""
_NAMES = ("username", "usuario")
_SIGNS = ("rexus.main.app", "rexus.core.module_manager", "rexus.core.security")
"""What only a host has loaded."""
_windows: list[weakref.ref[object]] = []


class HostModel:
    """Takes what a host gives and never connects; the connection it brings is not used, for ours are private."""

    def __init__(self, db_connection: object = None, *, config: Path | None = None) -> None:
        self.config = config or CONFIG
        with contextlib.suppress(Exception):  # a look that is not the host's is no reason to show nothing
            _take_theme()

    @property
    def identity(self) -> Identity | None:
        """Who the host says is logged in; None: there is no host. Asked in the thread of the screens."""
        return identity()


def present(main_window: object) -> None:
    """Remember the host's window, whose user counts from now on."""
    _windows[:] = [weakref.ref(main_window)]


def identity() -> Identity | None:
    """Who the host says is logged in; a host that says nothing gives no rights but to look. None: there is no host."""
    for user in (_user_of_window(), _user_of_security()):
        if isinstance(user, Mapping):
            return person(user)
    return Identity(name=account_name(), host_role="") if is_hosted() else None


def person(user: object) -> Identity:
    """The person of a host's ``user_data``. Where two roles are told, the lesser one counts."""
    told = user if isinstance(user, Mapping) else {}
    name = next((one for key in _NAMES if isinstance(one := told.get(key), str) and one.strip()), account_name())
    roles = [told[key] for key in _ROLES if key in told]
    lesser = [one for one in roles if not isinstance(one, str) or not _is_administrators(one)]
    role = lesser[0] if lesser else roles[0] if roles else ""
    return Identity(name=name, host_role=role if isinstance(role, str) else "")


def is_administrator(user: object) -> bool:
    """Whether ``user_data`` is that of an administrator; anything odd is not."""
    return role_of(person(user), Roles()) is Role.ADMINISTRATOR


def is_hosted() -> bool:
    """Whether this process is a host's."""
    return any(one() is not None for one in _windows) or any(name in sys.modules for name in _SIGNS)


def host_theme() -> str | None:
    """``light`` or ``dark`` as the host says of itself; None where it says nothing."""
    module = sys.modules.get("rexus.ui.style_manager")
    manager = getattr(module, "style_manager", None)
    if manager is None:
        return None
    return "dark" if "dark" in str(manager.get_current_theme()).lower() else "light"


def _is_administrators(role: str) -> bool:
    return role_of(Identity(name="", host_role=role), Roles()) is Role.ADMINISTRATOR


def _take_theme() -> None:
    name = host_theme()
    if name is not None:
        from . import theme

        theme.use(name)


def _user_of_window() -> object:
    """What the host's window holds; of several windows the one that registered us."""
    known = next((window for one in _windows if (window := one()) is not None), None)
    if known is not None:
        return getattr(known, "user_data", None)
    if not is_hosted():
        return None
    from qtpy.QtWidgets import QApplication

    found = (getattr(window, "user_data", None) for window in QApplication.topLevelWidgets())
    return next((one for one in found if isinstance(one, Mapping)), None)


def _user_of_security() -> object:
    """What the host's security says, where it has been begun."""
    module = sys.modules.get("rexus.core.security")
    try:
        manager = module.get_security_manager() if module is not None else None
    except Exception:  # noqa: BLE001  the host's own trouble
        return None
    user, role = getattr(manager, "current_user", None), getattr(manager, "current_role", None)
    if isinstance(user, Mapping):
        return user if any(key in user for key in _ROLES) else {**user, "role": role}
    return {"username": user, "role": role} if isinstance(user, str) else None
