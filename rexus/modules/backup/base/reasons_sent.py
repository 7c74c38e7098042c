"""Why a service did not take what was sent to it, in our own words: what libraries say of it is a detail.

Problems keep those words as their ``why``, for logs and programs. They are known by what stands in all of them: the
status of HTTP (RFC 9110), the reply codes of SMTP (RFC 5321), and the system's or Python's words for a connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .saying import N_

_OF_CONNECTIONS = (
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|Hostname mismatch",
        N_("the certificate of the server can't be trusted (its name, its date or who issued it)"),
    ),
    (r"WRONG_VERSION_NUMBER|wrong version number", N_("that port does not speak TLS; look at port and encryption")),
    (r"\bSSL\b|\bTLS\b|SSLError", N_("no encrypted connection to the server could be made")),
    (r"\[Errno (?:111|61)\]|WinError 10061|[Cc]onnection refused", N_("nobody listens there, or it is refused")),
    (
        r"NameResolutionError|Failed to resolve|getaddrinfo|Name or service not known|No address associated"
        r"|[Tt]emporary failure in name resolution|nodename nor servname|WinError 1100[14]",
        N_("the name of the server is not known, or there is no network"),
    ),
    (r"WinError 10060|\b[Tt]imed? ?out\b|TimeoutError|ConnectTimeout|ReadTimeout", N_("the server does not answer")),
    (
        r"[Nn]etwork is unreachable|No route to host|Host is down|WinError 1005[01]|WinError 10065",
        N_("no way leads to the server"),
    ),
    (
        r"Connection reset|Connection aborted|RemoteDisconnected|unexpectedly closed|WinError 1005[34]|Broken pipe",
        N_("the server hung up"),
    ),
)
"""What the way to a service says, the more exact words first; nothing of the rest helps anybody."""
_OF_SERVICES = (
    (r"401|530|534|535", N_("user, password or token are not accepted ({number})")),
    (r"403", N_("the service does not allow it ({number})")),
    (r"404|410", N_("there is nothing at that address ({number})")),
    (r"408|504", N_("the server does not answer ({number})")),
    (r"429", N_("the service takes no more notices for now ({number})")),
    (r"4[0-9][0-9]", N_("the service does not understand it; look at the address ({number})")),
    (r"55[0-9]", N_("the mail server refuses sender or recipients ({number})")),
    (r"5[0-9][0-9]", N_("the service has a trouble of its own; it may pass ({number})")),
)
"""By the number that a service answers with."""
_NUMBER = re.compile(r"(?:\berror=|\bHTTP |\()(?P<number>[45][0-9]{2})(?=\.?$|, b['\"]|;)")
_DETAIL = re.compile(r": (?P<http>[^:;]+?)\.?, error=[0-9]{3}\.?$|\([0-9]{3}, b(?P<quote>['\"])(?P<smtp>.*?)(?P=quote)")
_NO_DETAIL = frozenset(
    {
        "Bad Request - Unsupported Parameters",
        "Internal server error",
        "Method not allowed",
        "Page not found",
        "Servers are overloaded",
        "Verification Failed",
    }
)
"""What the library says of a number where the service itself said nothing."""


def in_words(why: str, translated: Callable[[str], str]) -> str | None:
    """``why`` in the reader's language, with what the service itself said; None where nobody knows what it means."""
    found = _NUMBER.search(why)
    if found is None:
        return next((translated(text) for pattern, text in _OF_CONNECTIONS if re.search(pattern, why)), None)
    number, said = found["number"], _DETAIL.search(why)
    text = next(text for pattern, text in _OF_SERVICES if re.fullmatch(pattern, number))
    detail = (said["http"] or said["smtp"]).strip() if said is not None else ""
    told = translated(text).format(number=number)
    return f"{told}: «{detail}»" if detail and detail not in _NO_DETAIL else told
