"""Send one notice through one channel: apprise does the work, its address is made in memory alone."""

from __future__ import annotations

import contextlib
import logging
import platform
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from ..base.errors import Failed
from ..base.masking import Mask
from ..config.secrets import Secret, secret_named
from ..config.settings import Channel, Email
from .deadline import within
from .outbox import Letter
from .sign_in import teach

if TYPE_CHECKING:
    from apprise import Apprise

NAME = "Rexus Backups"
_KINDS = {"failure": "failure", "warning": "warning", "success": "success"}
_MODES = {"starttls": "starttls", "ssl": "ssl", "none": "insecure"}
_BETWEEN = re.compile(r"[:/@?&=,;#\s]+")
_LOADING = threading.Lock()
_SPARE_S = 5
"""By so much the library's own limits are longer than ours, so that it is always ours that is told of."""


def variable_of(channel: Channel) -> str | None:
    """The name of the secret that the channel needs; None: it needs none."""
    if channel.email is not None:
        return channel.email.variable if channel.email.user is not None else None
    return channel.variable


def secret_in_time(name: str, environment: Mapping[str, str | Secret], seconds: int) -> Secret | None:
    """As `secret_named`; a keyring that waits for somebody to unlock it holds nothing."""
    try:
        return within(seconds, lambda: secret_named(name, environment))
    except TimeoutError:
        return None


def send(channel: Channel, letter: Letter, secret: Secret | None, timeout_s: int) -> None:
    """Send it and see it accepted. Raises `Failed`; no error holds the address or the password."""
    variable = variable_of(channel)
    if variable is not None and secret is None:
        raise Failed("notice.no_secret", channel=channel.name, variable=variable)
    hide = Mask(parts_of(secret, whole=channel.email is not None))
    why: list[str] = []
    try:
        accepted = within(timeout_s, lambda: _sent(channel, letter, secret, timeout_s, why))
    except TimeoutError:
        raise Failed("notice.slow", channel=channel.name, seconds=timeout_s) from None
    except Failed:
        raise
    except UnicodeEncodeError:  # the error itself holds what could not be written
        raise Failed("notice.letters", channel=channel.name, variable=variable or "notices.channels") from None
    except Exception as error:  # noqa: BLE001  every service has errors of its own, and they may hold its address
        raise Failed("notice.unsent", channel=channel.name, why=type(error).__name__) from None
    if not accepted:
        raise Failed("notice.unsent", channel=channel.name, why=hide("; ".join(why)) or "-")


def parts_of(secret: Secret | None, *, whole: bool = False) -> list[str]:
    """All that must be hidden of an address: it, and every word of it, for tokens stand anywhere in them."""
    if secret is None:
        return []
    text = secret.reveal()
    words = [] if whole else _BETWEEN.split(text)[1:]
    return [text, *words, *(unquote(word) for word in words)]


def _sent(channel: Channel, letter: Letter, secret: Secret | None, timeout_s: int, why: list[str]) -> bool:
    with _listening(why):
        apprise = _library()
        asset = apprise.AppriseAsset(**_manners(apprise))
        service = apprise.Apprise(asset=asset)
        known = service.add(_email(channel.email, secret)) if channel.email else _added(service, secret)
        if not known or not len(service):
            variable = variable_of(channel) or "notices.channels"
            raise Failed("notice.bad_address", channel=channel.name, variable=variable)
        for one in service:
            one.socket_connect_timeout = one.socket_read_timeout = float(timeout_s + _SPARE_S)
        kind = apprise.NotifyType(_KINDS.get(letter.event, "info"))
        plain = apprise.NotifyFormat.TEXT
        return bool(service.notify(body=letter.text, title=letter.title, notify_type=kind, body_format=plain))


def _manners(apprise: ModuleType) -> dict[str, Any]:
    """How the library behaves: no threads of its own, for the end of the program would wait for those."""
    plain = {"app_id": NAME, "app_desc": NAME, "async_mode": False, "secure_logging": True}
    newer = {"service_timeout": 0} if "service_timeout" in signature(apprise.AppriseAsset).parameters else {}
    return plain | newer


def _library() -> ModuleType:
    """The library with all its services, which warn of the standard library's future while they are loaded."""
    with _LOADING, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        apprise.Apprise.instantiate("json://localhost")
        teach("apprise")
    return apprise


def _added(service: Apprise, secret: Secret | None) -> bool:
    return secret is not None and bool(service.add(secret.reveal()))


def _email(email: Email, secret: Secret | None) -> dict[str, Any]:
    """The mail server as apprise names its parts; as an address it would have to be quoted."""
    given: dict[str, Any] = {
        "schema": "mailtos" if email.security != "none" else "mailto",
        "host": email.server,
        "smtp_host": email.server,
        "port": email.port,
        "secure_mode": _MODES[email.security],
        "from_addr": f"{NAME} <{sender_of(email)}>",
        "targets": list(email.recipients),
        "format": "text",
    }
    if email.user and secret:  # the library takes the quoting away even where nothing was quoted
        given |= {"user": quote(email.user, safe=""), "password": quote(secret.reveal(), safe="")}
    return given


def sender_of(email: Email) -> str:
    """The address that mail comes from: as set, else the account's, else one of this machine."""
    if email.sender:
        return email.sender
    if email.user and "@" in email.user:
        return email.user
    server = email.server if re.search(r"[A-Za-z]\.[A-Za-z]", email.server) else "localhost.localdomain"
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", email.user or f"rexus-backups-{platform.node() or 'host'}").strip("-.")
    return f"{name}@{server}"


class _Hush:
    """Keeps what the library logs from anybody else's log while at least one notice is being sent.

    A channel that outlives its time goes on beside the next: the first changes the loggers, the last puts them back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sending = 0
        self._before = (logging.NOTSET, True, logging.NOTSET)

    def __enter__(self) -> None:
        ours, below = logging.getLogger("apprise"), logging.getLogger("urllib3")
        with self._lock:
            self._sending += 1
            if self._sending == 1:
                self._before = ours.level, ours.propagate, below.level
                ours.setLevel(logging.DEBUG)
                ours.propagate = False
                below.setLevel(logging.WARNING)  # what it says for debugging holds the address

    def __exit__(self, *_: object) -> None:
        ours, below = logging.getLogger("apprise"), logging.getLogger("urllib3")
        with self._lock:
            self._sending -= 1
            if not self._sending:
                ours.setLevel(self._before[0])
                ours.propagate = self._before[1]
                below.setLevel(self._before[2])


_HUSH = _Hush()


@contextlib.contextmanager
def _listening(why: list[str]) -> Iterator[None]:
    """Hear why the library could not send, of what this thread sends, and keep it from anybody else's log meanwhile."""
    mine = threading.get_ident()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread != mine:
                return
            message = record.getMessage()
            if record.levelno >= logging.WARNING or message.startswith("Socket Exception"):
                cause = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
                why.append(f"{message.strip()} {cause}".strip())

    ear, ours = Ear(logging.DEBUG), logging.getLogger("apprise")
    with _HUSH:
        ours.addHandler(ear)
        try:
            yield
        finally:
            ours.removeHandler(ear)
