"""As whom a scheduler runs the program: whether that account may, and which secrets it can't get at."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from ..base.errors import Refused
from ..base.identity import Identity, os_identity
from ..base.records import Problem
from ..config.roles import Right, least, role_of
from ..config.secrets import Secret
from .tasks import KnownTasks, TaskPlan, TaskResult, TaskStatus, Wanted, trouble

if TYPE_CHECKING:
    from ..config.load import Loaded

_SYSTEM = ("SYSTEM", "NT AUTHORITY\\SYSTEM", "S-1-5-18")
_ADMINISTRATORS = "S-1-5-32-544"
_OF_SYSTEM = frozenset({"S-1-1-0", "S-1-5-11", _ADMINISTRATORS})
"""Groups of the machine's own account: everyone, whoever signed in, administrators."""
_OF_SESSIONS = frozenset({"S-1-5-4", "S-1-5-14", "S-1-2-1"})
"""Groups of whoever sits before the machine (interactive, remote interactive, console): a task is in none of them."""


class Accounted:
    """A scheduler that installs nothing for an account which might not run it."""

    def __init__(self, tasks: KnownTasks, kind: str, wanted: Wanted, loaded: Loaded) -> None:
        self._tasks = tasks
        self._kind = kind
        self._wanted = wanted
        self._loaded = loaded

    def plan(self) -> TaskPlan:
        """See `Tasks.plan`."""
        return self._tasks.plan()

    def install(self) -> TaskResult:
        """See `Tasks.install`. Refused where every run would be."""
        lacking = self._lacking(runner(self._kind, self._wanted))
        if lacking is not None:
            raise Refused("schedule.no_right", **lacking)
        result = self._tasks.install()
        return msgspec.structs.replace(result, problems=(*result.problems, *unreachable_secrets(self._loaded)))

    def status(self) -> TaskStatus:
        """See `Tasks.status`. On Windows only the task itself knows which groups it has."""
        state = self._tasks.status()
        if not state.installed or self._kind == "windows":
            return state
        lacking = self._lacking(runner(self._kind, self._wanted))
        found = () if lacking is None else (trouble("role.no_runner", **lacking),)
        return msgspec.structs.replace(state, problems=(*state.problems, *found))

    def remove(self) -> TaskResult:
        """See `Tasks.remove`."""
        return self._tasks.remove()

    def is_installed(self) -> bool:
        """See `KnownTasks.is_installed`."""
        return self._tasks.is_installed()

    def _lacking(self, account: Identity) -> dict[str, str] | None:
        """What is to be told of an account that may not run schedules; None: it may."""
        role = role_of(account, self._loaded.settings.roles)
        if Right.RUN in role.rights:
            return None
        return {"who": account.name, "role": role.value, "needs": least(Right.RUN)}


def runner(kind: str, wanted: Wanted) -> Identity:
    """The account as the task will have it: not with the groups of a console, nor of a terminal."""
    if kind != "windows":
        return _account(wanted.user)
    return of_the_machine(os_identity()) if wanted.system else without_session(os_identity())


def of_the_machine(person: Identity) -> Identity:
    """Windows' own account; names of its groups are those that ``person`` knows them by, in whatever language."""
    groups = [one for told in _told(person.groups) if told[-1] in _OF_SYSTEM for one in told]
    return Identity(name=_SYSTEM[0], groups=(*_SYSTEM, _ADMINISTRATORS, *groups))


def without_session(person: Identity) -> Identity:
    """The same person where nobody sits before the machine."""
    groups = [one for told in _told(person.groups) if told[-1] not in _OF_SESSIONS for one in told]
    return msgspec.structs.replace(person, groups=tuple(groups))


def _told(groups: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """The names of each group, of which Windows tells the SID last."""
    names: list[str] = []
    for one in groups:
        names.append(one)
        if one.startswith("S-1-"):
            yield tuple(names)
            names = []
    if names:
        yield tuple(names)


def unreachable_secrets(loaded: Loaded) -> tuple[Problem, ...]:
    """A warning for each secret of notices that is not in `.env`.

    Whatever a scheduler starts, without a logon, finds every keyring locked, and has not the variables of a session.
    """
    from .channels import variable_of

    notices = loaded.settings.notices
    names = [variable_of(one) for one in notices.channels if one.enabled] + [one.variable for one in notices.pings]
    missing = [one for one in dict.fromkeys(names) if one is not None and not _is_written(one, loaded)]
    return tuple(trouble("schedule.secret_elsewhere", variable=one) for one in missing)


def _is_written(name: str, loaded: Loaded) -> bool:
    value = loaded.environment.get(name)
    return bool((value.reveal() if isinstance(value, Secret) else value or "").strip())


if sys.platform != "win32":
    import grp
    import pwd

    def _account(name: str) -> Identity:
        """An account by its name, with the groups that it has when it signs in."""
        numbers: list[int] = []
        with contextlib.suppress(KeyError, OSError):
            numbers = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        groups = [name]
        for number in numbers:
            with contextlib.suppress(KeyError):
                groups.append(grp.getgrgid(number).gr_name)
        return Identity(name=name, groups=tuple(groups))

else:

    def _account(name: str) -> Identity:
        """Only what is shown of other systems' schedulers comes here."""
        return Identity(name=name)
