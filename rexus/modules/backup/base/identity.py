"""Who orders something: a person by the operating system, or by the host application."""

from __future__ import annotations

import functools
import os
import sys

from .records import Record


class Identity(Record, frozen=True, kw_only=True):
    """A person and what tells the role."""

    name: str
    groups: tuple[str, ...] = ()
    """Groups of the operating system, and the account's own name."""
    host_role: str | None = None
    """The role that the host application gives; None: there is no host. An unknown one may nothing but look."""


@functools.cache
def account_name() -> str:
    """The account that this process runs under, as the operating system itself says.

    Variables such as ``USERNAME`` are not asked: whoever starts a process writes them as they like.
    """
    if sys.platform == "win32":
        from .windows_account import account

        return account()
    return _account()


@functools.cache
def os_identity() -> Identity:
    """That account and its groups; one whose groups can't be told has none. Asked once a process.

    On Windows groups are told with their domain, without it, and as SID; those that the account may not use now (as
    administrators before elevation) don't count.
    """
    name = account_name()
    if sys.platform == "win32":
        from .windows_account import groups

        return Identity(name=name, groups=(name, *groups()))
    return Identity(name=name, groups=(name, *_groups(name)))


def is_known(group: str) -> bool | None:
    """Whether this machine knows a group (or account) of that name; None where it can't be asked.

    Names are compared without regard to case where all groups can be listed, as they are wherever roles are judged.
    """
    name = group.strip()
    if sys.platform == "win32":
        from .windows_account import is_account

        return is_account(name)
    return _is_known(name)


if sys.platform != "win32":
    import grp
    import pwd

    def _is_known(name: str) -> bool:
        for look in (grp.getgrnam, pwd.getpwnam):
            try:
                look(name)
            except (KeyError, ValueError, OSError):
                continue
            return True
        folded = name.casefold()
        return any(one.gr_name.casefold() == folded for one in grp.getgrall()) or any(
            one.pw_name.casefold() == folded for one in pwd.getpwall()
        )

    def _account() -> str:
        """The account's name; an account without one is known by its number."""
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            return str(os.geteuid())

    def _groups(name: str) -> tuple[str, ...]:
        """Names of the account's groups, by the system's databases (LDAP and the like included)."""
        try:
            numbers = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        except (KeyError, OSError):
            numbers = [os.getegid(), *os.getgroups()]
        return tuple(named for number in numbers if (named := _group(number)))

    def _group(number: int) -> str:
        try:
            return grp.getgrgid(number).gr_name
        except KeyError:
            return ""
