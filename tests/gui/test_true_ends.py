"""Ends that say no more than is true: a check of a set that lacks something, a database open elsewhere, a first run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gui.test_first_run import begun_anew, first_copy, fresh, page, texts, to_proof
from gui.test_work_strip import RUNNING, ended, english, shown, tell
from gui.world import GuiWorld
from qtpy.QtWidgets import QLabel

from rexus.modules.backup.base.records import (
    Outcome,
    Problem,
    RestoreRequest,
    SetStatus,
    Severity,
    Status,
    Tick,
    VerifyRequest,
)
from rexus.modules.backup.base.texts import _, n_
from rexus.modules.backup.jobs.verify import SetVerdict, VerifyResult
from rexus.modules.backup.qt import first_course, first_folder, work_words
from rexus.modules.backup.qt.first_folder import shared_disk
from rexus.modules.backup.qt.runner import the_runner
from rexus.modules.backup.qt.work import Part

__all__ = ["begun_anew", "english", "fresh", "page"]
SET = "20250806_143052"
CHECKING = replace(
    RUNNING,
    verb="verify",
    request=VerifyRequest(sets=(SET,)),
    parts=(Part("inventario", "done", 1, 1, 1.0), Part("auditoria", "done", 1, 1, 1.0)),
)
IN_USE = Problem(code="target.in_use", values={"target": "/d/users.db", "database": "users", "who": "python3 (1)"})


def verified(*sets: str, lacking: str = "users"):
    """A check of these sets that was passed; each lacks that database."""
    values = {"set": SET, "status": SetStatus.FAILED.value, "database": lacking}
    less = (Problem(code="verify.lacking", severity=Severity.INFO, values=values),) if lacking else ()
    verdicts = tuple(SetVerdict(set=name, ok=True, tick=Tick.ENGINE, problems=less) for name in sets)
    result = VerifyResult(outcome=Outcome(status=Status.OK, proof=sets), sets=verdicts)
    return ended(Status.OK, work=CHECKING, result=result)


def test_a_set_that_lacks_a_database_is_not_all_well():
    told = work_words.result(verified(SET))
    assert (told.title, told.tone) == ("Checked: 2 of 3 are well", "warn")
    assert told.detail == "users is not in it: its copy failed."
    assert work_words.result(verified(SET, lacking="")).title == "Checked: all is well"
    several = work_words.result(verified(SET, "20250807_143052"))
    assert several.title == "Checked: what is in them is well"
    assert "users" in several.detail


def test_a_real_check_of_a_set_with_a_failed_database_says_so(tmp_path, qapp, qtbot):
    world = GuiWorld(tmp_path, rows=5)
    world.world.database("users").write_bytes(b"no database at all")
    name = world.backup()
    runner = the_runner()
    number = runner.order("verify", VerifyRequest(sets=(name,), requested_by="ana"), world.config)
    qtbot.waitUntil(lambda: runner.work(number).state == "ended", timeout=30_000)
    told = work_words.result(runner.work(number))
    form = n_("Checked: {done} of {count} is well", "Checked: {done} of {count} are well", 2)
    assert told.title == form.format(done=2, count=3)
    assert "users" in told.detail


def test_a_database_that_is_open_elsewhere_is_no_other_work():
    request = RestoreRequest(set=SET, databases=("users",), overwrite=True)
    busy = ended(Status.BUSY, work=replace(RUNNING, verb="restore", request=request), problems=(IN_USE,))
    assert work_words.result(busy).title == "users is open in another program"
    other = ended(Status.BUSY, problems=(Problem(code="root.busy"),))
    assert work_words.result(other).title == "Something else is running"


def test_what_was_read_on_the_page_goes_from_the_strip(qtbot):
    strip = shown(qtbot)
    tell(ended(Status.BUSY, problems=(IN_USE,)))
    assert strip.isVisible()
    the_runner().acknowledge("another")
    assert strip.isVisible()
    the_runner().acknowledge(RUNNING.id)
    assert not strip.isVisible()


@pytest.mark.parametrize("shared", [True, False], ids=["same disk", "another disk"])
def test_the_first_run_ends_without_false_comfort(page, qtbot, monkeypatch, shared):
    problem = Problem(
        code="first.root_same_disk", severity=Severity.WARNING, values={"path": "/copias", "database": "users"}
    )
    real = first_folder.about_root

    def about(text, databases):
        found, place = real(text, databases)
        others = tuple(one for one in found if shared_disk((one,)) is None)
        return ((problem, *others) if shared else others), place

    monkeypatch.setattr(first_folder, "about_root", about)
    to_proof(page, qtbot)
    assert (page.course.same_disk is not None) is shared
    comfort = _("If the disk dies just before a copy is made. What was copied before is all there.")
    assert (comfort in texts_of(page.loss)) is not shared
    first_copy(page, qtbot)
    assert page.course.stage == first_course.DONE
    qtbot.waitUntil(lambda: ("/copias" in texts(page.proof)) is shared)
    assert page.proof.title.text() == _("The first copy is made and proven")
    assert page.proof._on.title.text() == _("As soon as the schedule is installed")
    page.course.scheduled = "systemd"
    page._on_scheduled("systemd", None)
    assert page.proof._on.title.text() == _("From now on")
    safe = _("Your data are protected now")
    assert (page.proof.title.text() == safe) is not shared


def texts_of(pane):
    return "\n".join(one.text() for one in pane.findChildren(QLabel))
