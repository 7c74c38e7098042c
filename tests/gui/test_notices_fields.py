"""Fields of who is told: what is no mail address is refused, what is missing is told where it is missing."""

from __future__ import annotations

import json

import pytest
from gui.test_settings import go, opened, press, retype
from gui.world import GuiWorld, settle
from qtpy.QtWidgets import QLabel

from rexus.modules.backup.base.records import Problem
from rexus.modules.backup.base.texts import _
from rexus.modules.backup.config.load import load


@pytest.fixture
def page(world, qtbot):
    return opened(world, qtbot)


@pytest.fixture
def channel(page, qtbot):
    """A mail channel that lacks nothing but whom it goes to."""
    notices = go(page, qtbot, "notices")
    press(notices.button_add)
    made = notices.channels[0]
    retype(made.server.box, "127.0.0.1")
    return made


def test_a_missing_recipient_is_told_at_its_field(page, channel):
    assert channel.to.wrong
    assert channel.to.told.text() == _("Write at least one address")
    assert not channel.server.wrong
    assert channel.to.name in page.state.text()
    assert not page.button_save.isEnabled()


def test_what_is_no_mail_address_is_not_saved(world, page, channel, qtbot):
    retype(channel.to.box, "ana@empresa.es, no-es-correo")

    assert channel.to.wrong
    assert "no-es-correo" in channel.to.told.text()
    assert not page.button_save.isEnabled()
    assert not page.save()
    assert channel.to.name in page.state.text()

    retype(channel.to.box, "ana@empresa.es, Copias <luis@empresa.es>")
    assert not channel.to.wrong
    press(page.button_save)
    settle(qtbot, lambda: page.unsaved() == 0 and page.draft is not None)
    assert len(load(world.config).settings.notices.channels[0].email.recipients) == 2


def test_nor_is_such_a_sender(page, channel):
    retype(channel.to.box, "ana@empresa.es")
    assert page.button_save.isEnabled()
    retype(channel.from_whom.box, "copias")
    assert channel.from_whom.wrong
    assert not page.button_save.isEnabled()


def test_a_local_name_that_stood_in_the_file_keeps_nobody_from_saving(tmp_path, qtbot):
    mail = {"server": "127.0.0.1", "security": "none", "recipients": ["root"]}
    world = GuiWorld(tmp_path, notices={"channels": [{"name": "local", "email": mail}]})
    page = opened(world, qtbot)
    channel = go(page, qtbot, "notices").channels[0]
    page._on_edited(("retention", "daily"), 21)

    assert not channel.to.wrong
    assert page.button_save.isEnabled()
    assert json.loads(world.config.read_text("utf-8"))["notices"]["channels"][0]["email"]["recipients"] == ["root"]


def test_without_an_account_it_says_so(channel):
    assert channel.user.box.placeholderText() == _("No account")


def test_a_test_that_fails_speaks_of_fields_and_not_of_the_file(page, channel, qtbot):
    notices = page.book.section("notices")
    why = 'Connection error while submitting email to "127.0.0.1"; Socket Exception: [Errno 111] Connection refused'
    notices._untested(Problem(code="notice.trial_unsent", values={"channel": "correo", "why": why}))

    told = " ".join(one.text() for one in notices.results.itemAt(0).widget().findChildren(QLabel))
    assert "notices.channels" not in told
    assert "Connection" not in told
    assert _("Correct the fields above, then try again.") in told


# --- secrets that were typed


def test_a_secret_that_was_typed_is_known_as_typed_by_whoever_comes_back(world, page, channel, qtbot):
    retype(channel.password.box, "muy secreta")
    assert channel.password.box.text() == "muy secreta"

    page.book.take(page.draft, free=True)
    again = page.book.section("notices").channels[0]
    assert again.password.box.text() == ""
    assert again.password.box.placeholderText() == _("Typed, not saved yet")

    page.discard()
    press(page.book.section("notices").button_add)
    anew = page.book.section("notices").channels[0]
    assert anew.password.box.placeholderText() == _("Not saved yet")


def test_so_is_the_address_of_a_dead_mans_switch(page, qtbot):
    notices = go(page, qtbot, "notices")
    press(notices.button_ping)
    retype(notices.pings[0].url.box, "https://hc-ping.com/una-clave")

    page.book.take(page.draft, free=True)
    again = page.book.section("notices").pings[0]
    assert again.url.box.placeholderText() == _("Typed, not saved yet")
