"""A draft for another thread, and text that no file could hold."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.config.document import Document
from rexus.modules.backup.config.draft import ASIDE, Draft

TEXT = '{"root": "backups", "databases": {"users": "u.db"}, "retention": {"daily": 30}}'
HALF = "\ud800"


def draft_of(text: str = TEXT) -> Draft:
    return Draft(Document.of(text.encode(), "c.json"), Path("c.json").absolute(), {})


def test_what_one_of_two_is_told_the_other_never_hears():
    first = draft_of()
    first.set(("retention", "daily"), 7)
    first.set_secret("CHAT_URL", "a")
    second = first.copy()
    assert (second.changes(), second.secrets) == (first.changes(), first.secrets)

    first.set(("root",), "otra")
    first.set_secret("CHAT_URL", "b")
    second.set(("theme",), "dark")
    assert second.get(("root",)) == "backups"
    assert second.secrets["CHAT_URL"].reveal() == "a"
    assert first.get(("theme",)) == draft_of().get(("theme",))
    assert {one.key for one in second.changes()} == {("retention", "daily"), ("theme",), (ASIDE, "CHAT_URL")}


def test_the_file_is_read_anew_in_a_thread_while_somebody_goes_on(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(TEXT, "utf-8")
    draft = Draft.read(path)
    draft.set(("retention", "daily"), 7)
    read: list[object] = []

    def reading() -> None:
        for one in asked:
            fresh, _lost = one.again()
            read.append(fresh.get(("retention", "daily")))

    asked = [draft.copy() for _turn in range(100)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread = threading.Thread(target=reading)
        thread.start()
        for number in range(400):
            draft.set((f"unknown_{number}",), number)
            draft.unset((f"unknown_{number}",))
        thread.join(60)
    finally:
        sys.setswitchinterval(usual)
    assert read == [7] * len(asked)


@pytest.mark.parametrize("value", [HALF, f"a{HALF}b", [HALF], {"x": [{HALF: HALF}]}, (HALF, "b")])
def test_half_a_letter_becomes_one_that_shows_it_was(value):
    draft = draft_of()
    draft.set(("app_root",), value)
    assert "\ufffd" in json.dumps(draft.get(("app_root",)), ensure_ascii=False)
    draft.text.encode("utf-8")
    draft.set(("root",), "otra")
    assert draft.get(("root",)) == "otra", "and whatever comes next is taken too"


@given(st.text(st.characters(codec="utf-8")))
def test_whole_letters_stay_as_they_are(text):
    draft = draft_of()
    draft.set(("app_root",), text)
    assert draft.get(("app_root",)) == text


def test_half_a_letter_in_a_secret_is_told():
    draft = draft_of()
    draft.set_secret("CHAT_URL", f"https://x/{HALF}")
    assert draft.problem_at(f"{ASIDE}.CHAT_URL") is not None
