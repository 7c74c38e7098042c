"""Settings that somebody has already."""

from __future__ import annotations

import json

import pytest
from support.world import NAMES, World

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.config.adopting import adopt, brought
from rexus.modules.backup.config.first import Answers, write
from rexus.modules.backup.config.load import load


def test_one_of_ours_needs_no_more_answers(tmp_path):
    schedules = [{"name": "noche", "action": "backup", "times": ["14:00", "02:00"]}]
    world = World(tmp_path, rows=3, schedules=schedules).build()
    found = brought(world.config, Answers())

    assert found.is_whole
    assert found.answers.databases == {name: str(world.database(name)) for name in NAMES}
    assert (found.answers.root, found.answers.times) == (str(world.root), ("02:00", "14:00"))
    assert found.answers.loss_hours == 12


def test_adopted_settings_mean_the_same_in_their_new_place(tmp_path):
    (tmp_path / "vieja").mkdir()
    world = World(tmp_path / "vieja", rows=3).build()
    world.config.write_text(world.config.read_text("utf-8").replace("{", "{ // mía\n", 1), "utf-8")
    before, config = load(world.config), tmp_path / "nueva/backup_config.json"
    after = adopt(world.config, config, RealFiles())

    assert (after.root, after.app_root) == (before.root, before.app_root)
    assert [after.database_location(one) for one in NAMES] == [before.database_location(one) for one in NAMES]
    assert after.settings.schedules == before.settings.schedules
    assert "// mía" in config.read_text("utf-8")
    with pytest.raises(BadInput) as refused:
        adopt(world.config, config, RealFiles())
    assert refused.value.code == "config.exists"


def test_an_older_file_gives_what_it_says_and_the_rest_is_asked(tmp_path):
    world = World(tmp_path, rows=3).build()
    old = tmp_path / "app/config/backup_config.json"
    flat = {"backup_dir": "backups", "backup_time": "03:30", "backup_schedule": "daily", "retention_days": 9}
    old.write_text(json.dumps(flat), "utf-8")
    found = brought(old, Answers(databases={"users": str(world.database("users"))}))

    assert (found.shape, found.is_whole) == ("flat", False)
    assert found.answers.root == str(world.app / "backups")
    assert found.answers.app_root == str(world.app)
    assert found.answers.times == ("03:30",)
    loaded = write(found.answers, tmp_path / "c.json", RealFiles(), extra=found.extra)
    assert loaded.settings.retention.daily == 9


@pytest.mark.parametrize(
    ("text", "code"), [("{}", ""), ("nada", "config.syntax"), ('{"root": 7}', "config.value"), (None, "config.absent")]
)
def test_what_can_not_be_used_is_named(tmp_path, text, code):
    path = tmp_path / "x.json"
    if text is not None:
        path.write_text(text, "utf-8")
    if not code:
        assert not brought(path, Answers()).is_whole
        return
    with pytest.raises(BadInput) as refused:
        brought(path, Answers())
    assert refused.value.code in (code, "import.absent")
