import errno
import logging
import os
import re
import stat
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from rexus.modules.backup.base.files import RealFiles
from rexus.modules.backup.base.texts import sentence
from rexus.modules.backup.jobs.logs import PACKAGE, log_path, start_log, stop_log, sweep_logs

log = logging.getLogger("rexus.modules.backup.jobs.backup")


class Clock:
    def __init__(self, instant):
        self.instant = instant

    def now(self):
        return self.instant


@pytest.fixture
def clock():
    return Clock(datetime(2025, 8, 6, 17, 30, 52, 123456, tzinfo=UTC))


@pytest.fixture(autouse=True)
def zone(monkeypatch):
    """Buenos Aires, three hours behind UTC."""
    monkeypatch.setenv("TZ", "<-03>3")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    stop_log()
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def test_lines_look_like_the_originals(tmp_path, clock):
    handler = start_log(tmp_path / "logs", "info", clock, RealFiles())
    log.info("copia de %s: %s", "año", "✓")
    log.debug("not told")
    stop_log()
    path = log_path(tmp_path / "logs", clock.now())
    assert path.name == f"backup_{clock.now().astimezone():%Y-%m-%d}.log"
    when = f"{clock.now().astimezone():%Y-%m-%d %H:%M:%S},123"
    assert path.read_text("utf-8") == f"{when} - INFO - [BACKUP] copia de año: ✓\n"
    assert handler.problem is None
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_debug_tells_more_and_a_second_start_does_not_double(tmp_path, clock):
    start_log(tmp_path, "info", clock, RealFiles())
    start_log(tmp_path, "debug", clock, RealFiles())
    log.debug("once")
    stop_log()
    stop_log()
    log.info("after")
    assert log_path(tmp_path, clock.now()).read_text().count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="sets the zone")
def test_the_file_changes_at_local_midnight(tmp_path, clock):
    clock.instant = datetime(2025, 8, 7, 2, 59, 59, tzinfo=UTC)
    start_log(tmp_path, "info", clock, RealFiles())
    log.info("before")
    clock.instant += timedelta(seconds=1)
    log.info("after")
    stop_log()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup_2025-08-06.log", "backup_2025-08-07.log"]
    assert "before" in (tmp_path / "backup_2025-08-06.log").read_text()
    assert "after" in (tmp_path / "backup_2025-08-07.log").read_text()


def test_secrets_are_stars_wherever_they_stand(tmp_path, clock):
    secrets = ("clave-Ñ/1", 'qu"ote', "")
    start_log(tmp_path, "info", clock, RealFiles(), secrets)
    log.info("password %s", secrets[0])
    log.info("repr %r and %s", {"p": 'qu"ote'}, '{"p": "qu\\"ote"}')
    log.info("url clave-%C3%91/1 clave-%C3%91%2F1")
    try:
        int(secrets[0])
    except ValueError:
        log.exception("it failed")
    stop_log()
    text = log_path(tmp_path, clock.now()).read_text("utf-8")
    assert "********" in text
    assert not re.search("clave|ote", text)
    assert "Traceback" in text


def test_a_file_name_can_not_forge_a_line_nor_break_the_log(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(logging.getLogger(PACKAGE), "propagate", False)  # the test runner can't print such names
    start_log(tmp_path, "info", clock, RealFiles())
    log.info("file %s", "a\n2025-08-06 - INFO - [BACKUP] forged")
    log.info("file %s", "caf\udce9\u2028")
    stop_log()
    assert len(log_path(tmp_path, clock.now()).read_text("utf-8").splitlines()) == 2


def test_a_log_that_can_not_be_opened_is_a_warning(tmp_path, clock):
    (tmp_path / "logs").write_text("a file")
    handler = start_log(tmp_path / "logs", "info", clock, RealFiles())
    log.info("goes on")
    assert handler.problem is not None
    assert handler.problem.severity == "warning"
    assert sentence(handler.problem).safe


def test_a_full_disk_does_not_stop_the_work_and_the_log_comes_back(tmp_path, clock):
    class Full(RealFiles):
        full = False

        def append(self, path):
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().append(path)

    files = Full()
    handler = start_log(tmp_path, "info", clock, files)
    files.full = True
    clock.instant += timedelta(days=1)
    log.info("lost")
    files.full = False
    log.info("told")
    stop_log()
    assert handler.problem.values["reason"] == "No space left on device"
    assert "told" in log_path(tmp_path, clock.now()).read_text()


def test_logs_are_swept_by_the_day_in_their_name(tmp_path):
    names = ["backup_2025-07-06.log", "backup_2025-07-07.log", "backup_2025-08-06.log", "backup_2025-13-40.log"]
    names += ["backup_2020-01-01.log.bak", "audit.jsonl", "backup_2031-01-01.log", "backup_x.log"]
    for name in names:
        (tmp_path / name).write_text("")
    removed = sweep_logs(tmp_path, 30, date(2025, 8, 6), RealFiles())
    assert [path.name for path in removed] == ["backup_2025-07-06.log"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names[1:])
    assert sweep_logs(tmp_path, 30, date(2027, 8, 6), RealFiles()) == (), "the clock may be wrong"
    assert sweep_logs(tmp_path / "none", 30, date(2025, 8, 6), RealFiles()) == ()
