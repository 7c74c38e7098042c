"""Certificates, the master key and credentials: made, and saved to files of the server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from .answers import Answer
from .interpreter import Interpreter, defines
from .server_disk import DiskError
from .statement_tree import Define, Statement
from .world_messages import error, os_error

MAGIC = "certificate of the world:"


@defines("CREATE MASTER KEY")
def create_master_key(it: Interpreter, one: Statement) -> Iterator[Answer]:
    if not it.session.rights.is_sysadmin:
        raise error(15247)
    yield it.done(one)


@defines("CREATE CERTIFICATE")
def create_certificate(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """A new one has a thumbprint of its own; one from a file has that of the saved one."""
    from .world import Certificate

    assert isinstance(one, Define)
    name, world = one.name[0], it.world
    with world.lock:
        if not it.session.rights.is_sysadmin:
            raise error(15247)
        if name.casefold() in world.certificates:
            raise error(15232, name)
        if "FILE" in one.parts:
            subject, thumbprint = _from_file(it, str(one.parts["FILE"]))
        else:
            subject = str(one.parts.get("SUBJECT", name))
            thumbprint = hashlib.sha1(f"{world.name}{name}{world.clock.tick()}".encode()).digest()
        has_key = "FILE" not in one.parts or "KEY" in one.parts
        number = 256 + len(world.certificates)
        world.certificates[name.casefold()] = Certificate(number, name, subject, thumbprint, has_key)
    yield it.done(one)


def _from_file(it: Interpreter, path: str) -> tuple[str, bytes]:
    try:
        text = it.world.disk.reading(path).read_text("utf-8")
    except (DiskError, UnicodeDecodeError):
        raise error(15208) from None
    if not text.startswith(MAGIC):
        raise error(15208)
    subject, _, thumbprint = text.removeprefix(MAGIC).rpartition("\n")
    return subject, bytes.fromhex(thumbprint)


@defines("BACKUP CERTIFICATE")
def backup_certificate(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """Writes the certificate, and its private key where that is asked for. Existing files are refused (15240)."""
    assert isinstance(one, Define)
    with it.world.lock:
        found = it.world.certificates.get(one.name[0].casefold())
        if found is None or not it.session.rights.is_sysadmin:
            raise error(15151, "find", "certificate", one.name[0])
        _write(it, str(one.parts["FILE"]), f"{MAGIC}{found.subject}\n{found.thumbprint.hex()}")
        key = one.parts.get("KEY")
        if isinstance(key, dict):
            _write(it, str(key["FILE"]), f"key of {found.thumbprint.hex()}")
    yield it.done(one)


@defines("BACKUP MASTER KEY", "BACKUP SERVICE MASTER KEY")
def backup_master_key(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    if not it.session.rights.is_sysadmin:
        raise error(15247)
    _write(it, str(one.parts["FILE"]), "key of the server")
    yield it.done(one)


def _write(it: Interpreter, path: str, text: str) -> None:
    if it.world.disk.exists(path)[0]:
        raise error(15240, path, os_error(80))
    try:
        file = it.world.disk.open(path)
    except DiskError as problem:
        raise error(15240, path, os_error(problem.number)) from None
    try:
        file.write(text.encode())
    finally:
        file.close()


@defines("DROP CERTIFICATE")
def drop_certificate(it: Interpreter, one: Statement) -> Iterator[Answer]:
    assert isinstance(one, Define)
    names = one.parts["NAMES"]
    assert isinstance(names, tuple)
    with it.world.lock:
        for parts in names:
            if parts[-1].casefold() not in it.world.certificates or not it.session.rights.is_sysadmin:
                raise error(15151, "drop", "certificate", parts[-1])
            del it.world.certificates[parts[-1].casefold()]
    yield it.done(one)


@defines("CREATE CREDENTIAL")
def create_credential(it: Interpreter, one: Statement) -> Iterator[Answer]:
    """Kept by name; nothing behind it is ever called."""
    assert isinstance(one, Define)
    with it.world.lock:
        if not it.session.rights.server("ALTER ANY CREDENTIAL"):
            raise error(15247)
        it.world.credentials[one.name[0].casefold()] = str(one.parts.get("IDENTITY", ""))
    yield it.done(one)
