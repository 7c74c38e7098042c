"""A backup that an engine hands over: put into the store, all files of it or none; or noted where its server has it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import msgspec

from ..archive.codecs import suffix
from ..archive.seal import Sealed, seal
from ..base.records import Check, Codec, DatabaseBackup, Depth, SetStatus, Stripe
from ..engines.port import BackupProduct
from ..stores.port import Sink
from .cleaning import drop
from .kit import DATABASES, Work
from .verify_server import by_server


def stored(blank: DatabaseBackup, name: str, product: BackupProduct, work: Work) -> DatabaseBackup:
    """``blank`` with what became of ``product``, a backup of the database ``name``.

    Each file is compressed and hashed; only when the engine vouches for all of them can any be seen in the store. On
    any failure nothing is left. Raises `BackupError`, `Cancelled`.
    """
    if product.server_files:
        return _on_server(blank, name, product, work)
    return _Storing(blank, name, product, work).run()


@dataclass(frozen=True, slots=True)
class _Storing:
    blank: DatabaseBackup
    name: str
    product: BackupProduct
    work: Work

    def run(self) -> DatabaseBackup:
        kit = self.work.kit
        codec = Codec.NONE if self.product.compressed else kit.loaded.settings.compression.codec
        stem, ending = f"{DATABASES}/{self.name}_{self.blank.timestamp}", kit.engine.capabilities.plain_suffix
        made: list[tuple[str, Sealed]] = []
        with ExitStack() as stack:
            sinks: list[Sink] = []
            for number, part in enumerate(_parts(self.product.files)):
                file = f"{stem}{part}{ending}{suffix(codec)}"
                sinks.append(kit.store.create(file))
                stack.callback(sinks[-1].abort)
                made.append((file, self._sealed(number, sinks[-1], codec, sum(one.size_bytes for _, one in made))))
            facts = self.product.facts()
            self.work.cancel.check()
            self._commit(made, sinks)
        return msgspec.structs.replace(self._described(made, codec), facts=facts)

    def _sealed(self, number: int, sink: Sink, codec: Codec, before: int) -> Sealed:
        """One file; ``before`` are the bytes of those that are done."""
        compression, teller = self.work.kit.loaded.settings.compression, self.work.teller
        return seal(
            self.product.chunks(number),
            sink,
            codec,
            level=compression.level,
            threads=compression.threads,
            progress=lambda done: teller.tell("seal", self.name, before + done, self.product.total_bytes),
            cancel=self.work.cancel,
        )

    def _commit(self, made: list[tuple[str, Sealed]], sinks: list[Sink]) -> None:
        committed: list[str] = []
        try:
            for (file, sealed), sink in zip(made, sinks, strict=True):
                self.work.teller.tell("reread", self.name, sealed.size_bytes, sealed.size_bytes)
                sink.commit(sealed.stored_sha256, sealed.stored_bytes)
                committed.append(file)
        except BaseException:
            drop(self.work.kit.store, committed)
            raise

    def _described(self, made: list[tuple[str, Sealed]], codec: Codec) -> DatabaseBackup:
        (file, first), *others = made
        at = self.work.kit.clock.now()
        return msgspec.structs.replace(
            self.blank,
            status=SetStatus.COMPLETED,
            file=file,
            size_bytes=first.size_bytes,
            checksum=first.sha256,
            stored_bytes=first.stored_bytes,
            stored_sha256=first.stored_sha256,
            codec=codec,
            checks=(Check(depth=Depth.STORED, at=at, ok=True, stored_sha256=first.stored_sha256),),
            stripes=tuple(_stripe(file, sealed) for file, sealed in others),
        )


def _parts(count: int) -> list[str]:
    """What tells the files of one backup apart; nothing where there is but one."""
    return [""] if count == 1 else [f".s{number}of{count}" for number in range(1, count + 1)]


def _stripe(file: str, sealed: Sealed) -> Stripe:
    return Stripe(
        file=file,
        size_bytes=sealed.size_bytes,
        checksum=sealed.sha256,
        stored_bytes=sealed.stored_bytes,
        stored_sha256=sealed.stored_sha256,
    )


def _on_server(blank: DatabaseBackup, name: str, product: BackupProduct, work: Work) -> DatabaseBackup:
    """The server wrote it and proved it; the client has no bytes of it to prove, and the check says so."""
    first, *others = product.server_files
    return msgspec.structs.replace(
        blank,
        status=SetStatus.COMPLETED,
        server_file=first,
        size_bytes=product.total_bytes,
        facts=product.facts(),
        checks=(by_server(work, name, ", ".join(product.server_files)),),
        stripes=tuple(Stripe(server_file=one) for one in others),
    )
