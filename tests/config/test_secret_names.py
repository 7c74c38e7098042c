"""Secrets by name: `.env` before the process's environment before the system's keyring."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend

from rexus.modules.backup.config.secrets import SERVICE, Secret, secret_named


class Memory(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


class Broken(Memory):
    def get_password(self, service, username):
        raise RuntimeError("locked: " + username)


@pytest.fixture
def ring():
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_the_nearest_place_counts_and_an_empty_value_is_none(ring, monkeypatch):
    assert secret_named("AVISO", {}) is None
    ring.set_password(SERVICE, "AVISO", "del anillo")
    assert secret_named("AVISO", {}) == Secret("del anillo")
    monkeypatch.setenv("AVISO", " del proceso\n")
    assert secret_named("AVISO", {}) == Secret("del proceso")
    assert secret_named("AVISO", {"AVISO": Secret("del archivo")}) == Secret("del archivo")
    assert secret_named("AVISO", {"AVISO": Secret("  ")}) == Secret("del proceso")
    assert secret_named("AVISO", {"AVISO": "sin envolver"}) == Secret("sin envolver")


def test_a_keyring_that_can_not_be_asked_holds_nothing(ring):
    keyring.set_keyring(Broken())
    assert secret_named("AVISO", {}) is None
