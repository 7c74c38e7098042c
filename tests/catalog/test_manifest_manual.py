"""docs/manifest.md says everything, and what it says is true."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from rexus.modules.backup.base import sentences_catalog
from rexus.modules.backup.base.engine_facts import EngineFacts
from rexus.modules.backup.base.records import (
    Check,
    DatabaseBackup,
    FileCopy,
    FileSetBackup,
    Manifest,
    Pin,
    Problem,
    Stripe,
)
from rexus.modules.backup.catalog import manifest as manifests

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "Set": Manifest,
    "Database": DatabaseBackup,
    "Stripe": Stripe,
    "Facts": EngineFacts,
    "Check": Check,
    "File set": FileSetBackup,
    "Copy": FileCopy,
    "Pin": Pin,
    "Problem": Problem,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_member_is_told_once_and_in_order(title: str) -> None:
    section = MANUAL.split(f"\n## {title}\n")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == SECTIONS[title].__struct_fields__


def test_the_example_is_a_manifest() -> None:
    example = MANUAL.split("```json\n")[1].split("```")[0].encode()
    read = manifests.parse(example, "backup_manifest_20250806_143052.json", Path("nowhere"))
    assert manifests.to_text(read) == example


def test_every_code_has_three_sentences_and_every_sentence_is_used() -> None:
    room = ROOT / "rexus" / "modules" / "backup" / "catalog"
    files = (*room.glob("*.py"), room.parent / "base" / "texts.py")  # there a code may get another sentence
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    raised = set(re.findall(r'"((?:manifest|catalog|set|legacy|audit)\.\w+)"', source)) - {"audit.jsonl", "audit.head"}
    raised.discard("audit.lock")
    assert raised == set(sentences_catalog.TEXTS)
    for text in sentences_catalog.TEXTS.values():
        assert text.message
        assert text.safe
        assert text.fix
    told = re.findall(r"`(manifest\.\w+)`", MANUAL.split("## What is refused")[1].split("\n## ")[0])
    assert set(told) == {code for code in raised if code.startswith("manifest.")} - {"manifest.unwritable"}
