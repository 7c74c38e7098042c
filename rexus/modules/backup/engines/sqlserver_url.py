"""Backups behind an address: what a server needs for it, what it can do there, and what is missing.

Facts (Microsoft's pages on BACKUP TO URL and on S3-compatible storage): S3 from SQL Server 2022 on and not with
Express, always over HTTPS with a certificate that the server trusts; a file has at most 10,000 parts of
MAXTRANSFERSIZE, up to 20 MB where the backup is compressed and 10 MB else. Azure: block blobs by a shared access
signature from 2016 on, at most 50,000 blocks of up to 4 MB. Either takes up to 64 files. An address has at most 259
characters.

The secret of a credential never passes through this program: whatever is sent to a server may be traced there. So it is
looked for (`sys.credentials` tells names, no secrets), and the statement is offered for an administrator to complete.
"""

from __future__ import annotations

from ..base.errors import Refused
from ..base.records import Finding, Record, Severity
from . import tsql, tsql_ask
from .sqlserver_client import Client
from .sqlserver_facts import AZURE_DATABASE, MANAGED_INSTANCE, ServerFacts

S3_IDENTITY, AZURE_IDENTITY = "S3 Access Key", "SHARED ACCESS SIGNATURE"
_MANAGED_IDENTITY = "managed identity"
"""Gets into Azure without a secret, from SQL Server 2022 on where Azure knows the machine."""
_S3_FROM, _SIGNATURE_FROM = 16, 13
"""Major versions: 2022, and 2016 (before that Azure took page blobs alone, by the key of the whole account)."""
_SERVICES = {AZURE_DATABASE: "sqlserver.url_database", MANAGED_INSTANCE: "sqlserver.url_managed"}
"""What is said of those: one knows no BACKUP, the other copy-only full backups alone, and neither can be upgraded."""
_MIB = 1 << 20


class Sizes(Record, frozen=True, kw_only=True):
    """Bytes that BACKUP writes at once; None: as the server has it."""

    block: int | None = None
    transfer: int | None = None


def url_sizes(media: tsql.Media, *, compressed: bool) -> Sizes:
    """The largest that there may be: the more is written at once, the larger a file can become."""
    if not media.url:
        return Sizes()
    if not is_s3(media.places[0]):
        return Sizes(block=64 << 10, transfer=4 * _MIB)
    return Sizes(transfer=20 * _MIB if compressed else None)


def is_s3(address: str) -> bool:
    """Whether the store behind it speaks S3; else it is Azure's."""
    return address.casefold().startswith("s3://")


def refuse(server: ServerFacts, address: str) -> None:
    """Raises `Refused` where a server of this version or edition can't write there at all.

    The services of Azure all say that they are of version 12, however new they are.
    """
    values: dict[str, str | int] = {"server": server.name, "edition": server.edition, "version": server.version}
    if server.engine_edition in _SERVICES:
        raise Refused(_SERVICES[server.engine_edition], **values, address=address)
    if is_s3(address) and (server.is_express or 0 < server.major < _S3_FROM):
        raise Refused("sqlserver.url_unable", **values, address=address)
    if not is_s3(address) and 0 < server.major < _SIGNATURE_FROM:
        raise Refused("sqlserver.url_too_old", **values, address=address)


def findings(client: Client, server: ServerFacts, address: str) -> list[Finding]:
    """Whether the server can write there, as far as it can be told without writing. Raises `SourceFailed`."""
    values: dict[str, str | int] = {
        "server": server.name,
        "address": address,
        "login": server.login,
        "statement": tsql.create_credential(address, identity_of(address)),
    }
    try:
        refuse(server, address)
    except Refused as error:
        return [Finding(code=error.code, severity=Severity.ERROR, values=dict(error.values))]
    rows = client.query(tsql_ask.credential(address))
    if not rows:
        # Whoever may not see credentials sees none: then it is no more than a doubt.
        severity = Severity.ERROR if server.is_sysadmin else Severity.WARNING
        return [Finding(code="sqlserver.url_no_credential", severity=severity, values=values)]
    found = [row.text("identity_name") for row in rows]
    able = {identity_of(address).casefold()} if is_s3(address) else {AZURE_IDENTITY.casefold(), _MANAGED_IDENTITY}
    if able.isdisjoint(one.casefold() for one in found):
        told = {**values, "found": ", ".join(found), "wanted": identity_of(address)}
        return [Finding(code="sqlserver.url_identity", severity=Severity.ERROR, values=told)]
    return [Finding(code="sqlserver.url_ok", severity=Severity.INFO, values=values)]


def identity_of(address: str) -> str:
    """The IDENTITY that a credential for it must have."""
    return S3_IDENTITY if is_s3(address) else AZURE_IDENTITY
