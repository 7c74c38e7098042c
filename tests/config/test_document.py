"""JSON with comments: read with places, edited without touching the rest."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.config.document import Document

TEXT = """\ufeff{
  // carpeta
  "root": "copias", /* aquí */
  "databases": {
    "users": "u.db", // el primero
  },
  "lista": [1, 2,],
  "$futuro": {"x": 1}
}
"""

keys = st.text(st.characters(codec="utf-8", exclude_characters='"\\'), min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def test_comments_and_trailing_commas_are_read():
    assert Document(TEXT, "f").root.plain() == {
        "root": "copias",
        "databases": {"users": "u.db"},
        "lista": [1, 2],
        "$futuro": {"x": 1},
    }


def test_an_edit_changes_its_value_and_nothing_else():
    edited = Document(TEXT, "f").with_value(("root",), "otra").with_value(("databases", "nueva"), "n.db")

    assert edited.text == TEXT.replace('"copias"', '"otra"').replace(
        '"users": "u.db",', '"users": "u.db",\n    "nueva": "n.db"'
    )


def test_missing_objects_on_the_way_are_made():
    edited = Document('{"a": 1}', "f").with_value(("b", "c"), 2)

    assert edited.root.plain() == {"a": 1, "b": {"c": 2}}


@given(st.dictionaries(keys, values, max_size=5), keys, values)
def test_any_edit_gives_the_document_that_was_meant(before, key, value):
    document = Document(json.dumps(before, ensure_ascii=False, indent=2), "f").with_value((key,), value)

    assert document.root.plain() == {**before, key: value}


@given(st.text(max_size=60) | st.text(alphabet='{}[]",:/*0123456789truefalsn \\\n', max_size=60))
def test_any_text_is_read_or_refused_by_name(text):
    try:
        Document(text, "f")
    except BadInput as error:
        assert error.code.startswith("config.")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_name(data):
    try:
        Document.of(data, "f")
    except BadInput as error:
        assert error.code.startswith("config.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "config.duplicate"),
        ("[" * 100 + "]" * 100, "config.too_deep"),
        ('{"a": 01}', "config.syntax"),
        ('{"a": 1} x', "config.syntax"),
        ('{"a": 1', "config.syntax"),
        ('"' + "x" * (1 << 20) + '"', "config.too_big"),
    ],
)
def test_what_is_refused_is_named(text, code):
    with pytest.raises(BadInput) as refused:
        Document(text, "f")

    assert refused.value.code == code
