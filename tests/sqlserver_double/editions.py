"""What the editions and versions are called and what they can do (facts 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of one version."""

    text: str
    """``SERVERPROPERTY('Edition')``."""
    engine: int
    """``SERVERPROPERTY('EngineEdition')``: 2 Standard, 3 Enterprise and Developer, 4 Express."""
    edition_id: int
    year: int
    version: tuple[int, int, int]
    revision: int
    database_version: int
    released: str
    compression: bool = False
    encryption: bool = False
    mirroring: bool = False
    agent: bool = False
    limit: int | None = None
    """Bytes of data that one database may have."""
    header_columns: int = 56

    @property
    def product_version(self) -> str:
        return ".".join(map(str, (*self.version, self.revision)))

    @property
    def dotted(self) -> str:
        """As message 3169 writes a version: ``16.00.1000``."""
        return f"{self.version[0]}.{self.version[1]:02d}.{self.version[2]}"

    @property
    def compatibility(self) -> int:
        return self.version[0] * 10

    def banner(self, platform: str) -> str:
        """``@@VERSION``."""
        system = (
            "Windows Server 2022 Standard 10.0 <X64>" if platform == "windows" else "Linux (Ubuntu 22.04.5 LTS) <X64>"
        )
        return (
            f"Microsoft SQL Server {self.year} (RTM) - {self.product_version} (X64) \n\t{self.released} \n"
            f"\tCopyright (C) {self.released[7:11]} Microsoft Corporation\n\t{self.text} on {system}"
        )


EDITIONS = MappingProxyType({
    "express2019": Edition(
        "Express Edition (64-bit)", 4, -1592396055, 2019, (15, 0, 2000), 5, 904, "Sep 24 2019 13:48:23",
        limit=10 * GIB,
    ),
    "express2022": Edition(
        "Express Edition (64-bit)", 4, -1592396055, 2022, (16, 0, 1000), 6, 957, "Oct  8 2022 05:58:25",
        limit=10 * GIB, header_columns=59,
    ),
    "express2025": Edition(
        "Express Edition (64-bit)", 4, -1592396055, 2025, (17, 0, 1000), 7, 998, "Oct 21 2025 12:05:57",
        limit=50 * GIB, header_columns=59,
    ),
    "standard2022": Edition(
        "Standard Edition (64-bit)", 2, -1534726760, 2022, (16, 0, 1000), 6, 957, "Oct  8 2022 05:58:25",
        compression=True, encryption=True, agent=True, header_columns=59,
    ),
    "developer2025": Edition(
        "Enterprise Developer Edition (64-bit)", 3, -2117995310, 2025, (17, 0, 1000), 7, 998, "Oct 21 2025 12:05:57",
        compression=True, encryption=True, mirroring=True, agent=True, header_columns=59,
    ),
})  # fmt: skip
"""The three of the contract, and Express of the later versions. The database version of 2025 is from memory."""

INTERNAL_VERSIONS = MappingProxyType({
    9: 611, 10: 655, 11: 706, 12: 782, 13: 852, 14: 869, 15: 904, 16: 957, 17: 998,
})  # fmt: skip
"""Version of a database by the server's major version (10.50 has 661)."""
