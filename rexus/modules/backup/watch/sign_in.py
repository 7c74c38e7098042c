"""Sign in to mail servers with any letters: Python's own SMTP knows ASCII alone, the protocol UTF-8 (RFC 4616)."""

from __future__ import annotations

import hmac
import smtplib
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from types import SimpleNamespace

_DONE = (235, 503)
"""Signed in; or it was before."""
_GO_ON = 334
Reply = tuple[int, bytes]


class _AnyLetters(smtplib.SMTP):
    """Signs in as ever with ASCII, and in UTF-8 where user or password have other letters."""

    def login(self, user: str, password: str, *, initial_response_ok: bool = True) -> Reply:
        """Raises `smtplib.SMTPException`; none holds the password."""
        if (user + password).isascii():
            return super().login(user, password, initial_response_ok=initial_response_ok)
        self.ehlo_or_helo_if_needed()
        offered = self.esmtp_features.get("auth", "").upper().split()
        ways: dict[str, Callable[[str, str], Reply]] = {
            "CRAM-MD5": self._by_digest,
            "PLAIN": self._plainly,
            "LOGIN": self._one_by_one,
        }
        last: Reply = (504, b"no suitable way to sign in")
        for name, sign_in in ways.items():
            if name in offered:
                last = sign_in(user, password)
                if last[0] in _DONE:
                    return last
        raise smtplib.SMTPAuthenticationError(*last)

    def _plainly(self, user: str, password: str) -> Reply:
        return self.docmd("AUTH", f"PLAIN {_coded(f'{chr(0)}{user}{chr(0)}{password}')}")

    def _one_by_one(self, user: str, password: str) -> Reply:
        reply = self.docmd("AUTH", "LOGIN")
        for word in (user, password):
            if reply[0] != _GO_ON:
                break
            reply = self.docmd(_coded(word))
        return reply

    def _by_digest(self, user: str, password: str) -> Reply:
        reply = self.docmd("AUTH", "CRAM-MD5")
        if reply[0] != _GO_ON:
            return reply
        told = hmac.new(password.encode(), b64decode(reply[1]), "md5").hexdigest()
        return self.docmd(_coded(f"{user} {told}"))


class _AnyLettersOverTls(_AnyLetters, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""


_OURS = SimpleNamespace(**{**vars(smtplib), "SMTP": _AnyLetters, "SMTP_SSL": _AnyLettersOverTls})


def teach(library: str) -> None:
    """Let the loaded modules of ``library``, and nobody else, sign in like this."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{library}.") and getattr(module, "smtplib", None) is smtplib:
            vars(module)["smtplib"] = _OURS


def _coded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
