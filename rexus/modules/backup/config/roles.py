"""Who may do what: roles, their rights, and how the groups of a person or the host's role come to one."""

from __future__ import annotations

import enum

from ..base.identity import Identity, is_known, os_identity
from ..base.records import Finding, Severity
from .settings import Roles, Settings


class Right(enum.StrEnum):
    """What one may be allowed to do."""

    LOOK = "look"
    BACKUP = "backup"
    VERIFY = "verify"
    DRILL = "drill"
    PLAN = "plan"
    """See what a restore, the rules or the clean-up would do."""
    RUN = "run"
    """Start what the schedules say, and test notices."""
    RESTORE = "restore"
    DELETE = "delete"
    RETENTION = "retention"
    """Pin and unpin sets."""
    SCHEDULE = "schedule"
    """Install the schedule in the operating system, or remove it."""
    CONFIG = "config"


class Role(enum.StrEnum):
    """What a person is here."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"
    NOBODY = "nobody"

    @property
    def rights(self) -> frozenset[Right]:
        """What this role may do."""
        return _RIGHTS[self]


_LOOK = frozenset({Right.LOOK})
_WORK = _LOOK | {Right.BACKUP, Right.VERIFY, Right.DRILL, Right.PLAN, Right.RUN}
WITHOUT_SETTINGS = _LOOK | {Right.VERIFY, Right.PLAN, Right.RESTORE}
"""What can be done in a backup folder alone: to bring data back, and nothing that needs to know more."""
_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.OPERATOR: _WORK,
    Role.VIEWER: _LOOK,
    Role.NOBODY: frozenset(),
}
_HOST = {
    **dict.fromkeys(("ADMIN", "SUPER_ADMIN", "ADMINISTRADOR"), Role.ADMINISTRATOR),
    **dict.fromkeys(("OPERATOR", "OPERADOR", "SUPERVISOR", "MANAGER"), Role.OPERATOR),
}
"""The host's spellings, upper-cased; any other role of it may look and change nothing."""


def role_of(identity: Identity | None, roles: Roles) -> Role:
    """The role of ``identity``; None: of the account that this process runs under.

    What the host says counts in the host; elsewhere the groups of the operating system do, names compared without
    regard to case. With nobody named at all, everybody is an administrator; as soon as any group is, whoever is in
    none of them may do no more than look.
    """
    if identity is not None and identity.host_role is not None:
        return _HOST.get(identity.host_role.strip().upper(), Role.VIEWER)
    if not (roles.administrators or roles.operators or roles.viewers):
        return Role.ADMINISTRATOR
    person = identity or os_identity()
    groups = {_folded(one) for one in (person.name, *person.groups)}
    for named, role in ((roles.administrators, Role.ADMINISTRATOR), (roles.operators, Role.OPERATOR)):
        if groups & {_folded(one) for one in named}:
            return role
    viewers = {_folded(one) for one in roles.viewers}
    return Role.VIEWER if not viewers or groups & viewers else Role.NOBODY


def within_account(identity: Identity | None, roles: Roles) -> Identity | None:
    """``identity`` if the account of this process may do as much, else None: that account.

    For whoever is told by others who orders: anybody can write a line that names an administrator, so that such a
    line only ever takes rights away.
    """
    return identity if role_of(identity, roles).rights <= role_of(None, roles).rights else None


def least(right: Right) -> str:
    """The setting below ``roles`` that names the humblest people who may do it, as ``operators``."""
    return next(f"{role}s" for role in (Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR) if right in role.rights)


def findings(settings: Settings) -> tuple[Finding, ...]:
    """Warnings: groups that this machine does not know, and what the account of this process could not do."""
    found: list[Finding] = []
    roles = settings.roles
    for name in ("administrators", "operators", "viewers"):
        for group in getattr(roles, name):
            if is_known(group) is False:
                found.append(_warned("role.unknown_group", group=group, key=f"roles.{name}"))
    role = role_of(None, roles)
    person = os_identity().name
    if not role.rights:
        found.append(_warned("role.no_rights", who=person))
    if Right.RUN not in role.rights and any(one.enabled for one in settings.schedules):
        found.append(_warned("role.no_runner", who=person, role=role.value, needs=least(Right.RUN)))
    return tuple(found)


def _warned(code: str, **values: str | int) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, values=values)


def _folded(group: str) -> str:
    return group.strip().casefold()
