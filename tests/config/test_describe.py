"""What a first configuration says of itself."""

from __future__ import annotations

from pathlib import Path

from rexus.modules.backup.config.describe import initial_text
from rexus.modules.backup.config.load import load
from rexus.modules.backup.config.settings import Settings


def test_a_first_configuration_says_what_goes_by_itself_and_where_to_see_it(tmp_path: Path) -> None:
    text = initial_text(Settings())
    assert "prune --plan" in text
    assert "no borra nada" not in text
    path = tmp_path / "backup_config.json"
    path.write_text(text, "utf-8")
    assert load(path).settings.retention == Settings().retention
