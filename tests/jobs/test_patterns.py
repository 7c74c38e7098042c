import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.jobs.file_names import StoredNames, is_safe, told, untold, windows_forbids
from rexus.modules.backup.jobs.file_patterns import Patterns


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("config/**", "config/a/b.json", True),
        ("config/**", "config", True),
        ("config/**", "configs/a", False),
        ("rexus/core", "rexus/core/x/y.py", True),
        ("rexus/core/", "rexus/core", True),
        ("./rexus/core", "rexus/core/a", True),
        ("rexus/core", "rexus/core2", False),
        ("*.py", "a.py", True),
        ("*.py", "a/b.py", False),
        ("**/*.pyc", "a.pyc", True),
        ("**/*.pyc", "a/b/c.pyc", True),
        ("**/__pycache__", "a/__pycache__/x.bin", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/*/z", "a/b/c/z", False),
        (".env", ".env", True),
        (".env", "sub/.env", False),
        ("caf\u00e9", "cafe\u0301", True),
        ("datos[1].txt", "datos[1].txt", True),
        ("datos[12].txt", "datos2.txt", True),
    ],
)
def test_a_pattern_means_what_it_says(pattern, path, meant):
    assert Patterns((pattern,), ignore_case=False).match(path) is meant


def test_case_counts_only_where_the_system_says_so():
    assert not Patterns(("Config/**",), ignore_case=False).match("config/a")
    assert Patterns(("Config/**", "ÑANDÚ"), ignore_case=True).match("ñandú")


@pytest.mark.parametrize("pattern", ["", "/", "/etc", "../x", "a/../../b", "C:/x", "a\0b", "."])
def test_a_pattern_never_leaves_the_application(pattern):
    with pytest.raises(BadInput) as caught:
        Patterns((pattern,))
    assert caught.value.code == "files.bad_pattern"


def test_a_walk_is_not_sent_where_nothing_can_match():
    patterns = Patterns(("config/*.json",))
    assert not patterns.enter(patterns.start(), "node_modules")
    assert patterns.enter(patterns.start(), "config")


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=40).filter(
    lambda name: name not in (".", "..")
)


@given(st.binary(min_size=1, max_size=60))
def test_every_name_on_disk_is_told_in_unicode_and_found_again(raw):
    name = raw.decode("utf-8", "surrogateescape")
    source = told(name)
    source.encode("utf-8")
    assert untold(source) == name


@given(names)
def test_every_string_is_told_and_found_again(name):
    told(name).encode("utf-8")
    assert untold(told(name)) == name


@given(st.lists(names, min_size=1, max_size=4), st.lists(names, max_size=4))
def test_stored_names_are_possible_everywhere_and_never_the_same(first, second):
    given_ = StoredNames()
    sources = {"/".join(first), "/".join((*first, "x")), "/".join(first).swapcase(), "/".join(second) or "y"}
    stored = [given_.give(source) for source in sorted(sources)]
    for name in stored:
        name.encode("utf-8")
        assert is_safe(name)
        assert not name.casefold().endswith(".partial")
        assert not any(windows_forbids(part) for part in name.split("/"))
        assert all(len(part.encode()) <= 247 for part in name.split("/"))
    assert len({name.casefold() for name in stored}) == len(stored)


@pytest.mark.parametrize("name", ["a.partial", "CON", "nul.txt", "a:b", "dot.", "space ", 'q"', "x" * 255, "ñ" * 127])
def test_names_that_need_care_get_another_stored_name_or_fit(name):
    stored = StoredNames().give(name)
    assert not stored.endswith((".partial", ".", " "))
    assert all(len(part.encode()) <= 247 for part in stored.split("/"))


@pytest.mark.parametrize("name", [".env", "config/año-2025/Größe 北京.json", "a b.txt"])
def test_ordinary_names_stay_as_they_are(name):
    assert StoredNames().give(name) == name
    assert told(name) == name
