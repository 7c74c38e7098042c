"""The format is a promise: trees of earlier versions are listed, verified and restored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.world import NAMES, quiet, rows_of

from rexus.modules.backup.base.cancel import CancelToken
from rexus.modules.backup.base.records import Depth, RestoreRequest, SetStatus, Status, Tick, VerifyRequest
from rexus.modules.backup.model import BackupModel

SAMPLES = Path(__file__).parents[1] / "samples"
TREES = sorted(path for version in SAMPLES.glob("v*") for path in version.iterdir())
ROWS = 25


@pytest.fixture(params=TREES, ids=lambda path: f"{path.parent.name}-{path.name}")
def model(request, tmp_path):
    shutil.copytree(request.param, tmp_path / "backups", symlinks=True)
    (tmp_path / "app").mkdir()
    settings = {"app_root": "app", "databases": {name: f"app/{name}.db" for name in NAMES}}
    (tmp_path / "backup_config.json").write_text(json.dumps(settings), "utf-8")
    return BackupModel.open(tmp_path / "backup_config.json")


def test_there_are_samples_of_every_codec():
    assert {path.name for path in TREES} == {"gzip", "zstd", "none"}


def test_it_is_listed(model):
    listing = model.listing()

    assert listing.problems == ()
    assert [one.status for one in listing.sets] == [SetStatus.COMPLETED] * 2
    assert [one.pinned for one in listing.sets] == [None, "antes de 4.2"]
    assert all(set(one.databases) == set(NAMES) for one in listing.sets)
    assert all(one.tick is Tick.CONTENT for one in listing.sets)


def test_it_is_verified_as_deep_as_it_goes(model):
    result = model.verify(VerifyRequest(all=True, depth=Depth.ENGINE), quiet, CancelToken())

    assert result.outcome.status is Status.OK, result.outcome.problems
    assert len(result.sets) == 2
    assert model.audit_verify().ok


def test_every_set_is_restored(model, tmp_path):
    rows = []
    for one in model.listing().sets:
        target = tmp_path / one.set
        result = model.restore(RestoreRequest(set=one.set, everything=True, to=str(target)), quiet, CancelToken())
        assert result.outcome.status is Status.OK, result.outcome.problems
        rows.append({name: len(rows_of(target / f"{name}.db")) for name in NAMES})
        assert (target / "application/rexus/core/núcleo.py").read_text("utf-8") == "x = 1\n"
        assert (target / "config/.env").exists()

    assert rows == [{name: ROWS + (name == "users") for name in NAMES}, dict.fromkeys(NAMES, ROWS)]
