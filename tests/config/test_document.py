"""JSON with comments: read with places, edited without touching the rest."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.errors import BadInput
from rexus.modules.backup.base.texts import sentence, use_language
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
        "// el primero", '// el primero\n    "nueva": "n.db"'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "k": 1\n}'),
        ("{\n}", '{\n  "k": 1\n}'),
        ("{\n  // mía\n}\n", '{\n  // mía\n  "k": 1\n}\n'),
        ("{ // mía\u00a0\n}", '{ // mía\u00a0\n  "k": 1\n}'),
        ('{"a": 2}', '{"a": 2, "k": 1}'),
        ('{"a": 2 /* dos */ }', '{"a": 2, /* dos */ "k": 1 }'),
        ('{"a": 2,}', '{"a": 2, "k": 1}'),
        ('{\n  "a": 2 // dos\n}', '{\n  "a": 2, // dos\n  "k": 1\n}'),
        ('{\n  "a": 2 /* dos */, // más\n}', '{\n  "a": 2 /* dos */, // más\n  "k": 1\n}'),
        ('{\r\n\t"a": 2\r\n}\r\n', '{\r\n\t"a": 2,\r\n\t"k": 1\r\n}\r\n'),
        ('{\n  "a": 2 /* dos\n  */ }', '{\n  "a": 2,\n  "k": 1 /* dos\n  */ }'),
    ],
)
def test_a_new_member_stands_behind_the_last_one_and_its_remarks(before, after):
    assert Document(before, "f").with_value(("k",), 1).text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"k": 1}', "{}"),
        ('{"k": 1, "a": 2}', '{"a": 2}'),
        ('{"a": 2, "k": 1}', '{"a": 2}'),
        ('{\n  "a": 2,\n  // de k\n  "k": 1\n}', '{\n  "a": 2\n  // de k\n}'),
        ('{\n  "k": {"x": [1]}, // de k\n  "a": 2\n}', '{\n  // de k\n  "a": 2\n}'),
        ('{\n  "a": 2,\n  "k": 1,\n}', '{\n  "a": 2,\n}'),
        ('{\r\n  "k": 1,\r\n  "a": 2\r\n}', '{\r\n  "a": 2\r\n}'),
        ('{\n  "a": 2\n}', '{\n  "a": 2\n}'),
    ],
)
def test_a_member_goes_and_the_remarks_stay(before, after):
    assert Document(before, "f").without(("k",)).text == after


def test_an_object_is_compared_member_by_member():
    text = '{\n  "o": {\n    "a": 1, // uno\n    "b": 2,\n    "_comment": "nota",\n    "c": [1,2]\n  }\n}'

    edited = Document(text, "f").with_value(("o",), {"a": 5, "c": [1, 2], "d": True})

    assert edited.text == text.replace('"a": 1', '"a": 5').replace('    "b": 2,\n', "").replace(
        '"c": [1,2]', '"c": [1,2],\n    "d": true'
    )


def test_what_is_said_already_is_not_written_anew():
    text = '{"a": [1,2, 3], "b": 1.0, "c": "\\u00f1"}'

    edited = Document(text, "f").with_value(("a",), [1, 2, 3]).with_value(("c",), "ñ").with_value(("x",), 0)

    assert edited.text == text[:-1] + ', "x": 0}'


def test_missing_objects_on_the_way_are_made():
    edited = Document('{"a": 1}', "f").with_value(("b", "c"), 2)

    assert edited.root.plain() == {"a": 1, "b": {"c": 2}}


@given(st.dictionaries(keys, values, max_size=5), keys, values)
def test_any_edit_gives_the_document_that_was_meant(before, key, value):
    document = Document(json.dumps(before, ensure_ascii=False, indent=2), "f").with_value((key,), value)

    assert document.root.plain() == {**before, key: value}


blanks = st.sampled_from(["", " ", "\n  ", "\r\n\t", " // nota, }\n", ' /* { " */ ', "\n// de\u00a0\n", "/**/"])


@st.composite
def commented(draw, depth=2):
    """An object as people write it: remarks and blanks anywhere, trailing commas here and there."""
    text = draw(blanks)
    names = draw(st.lists(keys.map(lambda key: "n" + key), max_size=4, unique=True))
    for name in names:
        value = draw(commented(depth - 1)) if depth and draw(st.booleans()) else json.dumps(draw(values))
        text += json.dumps(name) + draw(blanks) + ":" + draw(blanks) + value + draw(blanks)
        text += "," if name != names[-1] or draw(st.booleans()) else ""
        text += draw(blanks)
    return "{" + text + "}"


def remarks(text: str) -> list[str]:
    """Every comment, in order; texts that look like one are none."""
    found = re.findall(r'"(?:[^"\\]|\\.)*"|(//[^\r\n]*|/\*.*?\*/)', text, re.DOTALL)
    return [one for one in found if one]


@given(commented(), keys, values)
def test_adding_only_adds(text, name, value):
    document = Document(text, "f")

    edited = document.with_value(("n" + name + "!",), value)

    rest = iter(edited.text)
    assert all(one in rest for one in text)
    assert remarks(edited.text) == remarks(text)
    assert edited.root.plain() == {**document.root.plain(), "n" + name + "!": value}
    assert edited.with_value(("n" + name + "!",), value).text == edited.text


@given(commented(), st.lists(values, min_size=1, max_size=3), blanks, st.booleans(), st.lists(values, min_size=1))
def test_a_list_that_grows_only_grows(entry, before, blank, is_trailing, more):
    items = blank + ("," + blank).join([entry, *map(json.dumps, before)]) + blank + ("," + blank if is_trailing else "")
    document = Document('{"l": [' + items + "]}", "f")
    grown = [*document.root.plain()["l"], *more]

    edited = document.with_value(("l",), grown)

    rest = iter(edited.text)
    assert all(one in rest for one in document.text)
    assert remarks(edited.text) == remarks(document.text)
    assert json.dumps(edited.root.plain()) == json.dumps({"l": grown})


@given(commented(), st.data())
def test_changing_keeps_every_other_byte(text, data):
    document = Document(text, "f")
    members = document.root.members or {}
    if not members:
        return
    name = data.draw(st.sampled_from(list(members)))
    value = data.draw(st.text() | st.integers())

    edited = document.with_value((name,), value)

    node = members[name]
    assert edited.root.plain() == {**document.root.plain(), name: value}
    assert edited.text.startswith(text[: node.start])
    assert edited.text.endswith(text[node.end :])


@given(commented(), st.data())
def test_removing_keeps_the_other_members_and_their_remarks(text, data):
    document = Document(text, "f")
    plain = document.root.plain()
    if not plain:
        return
    name = data.draw(st.sampled_from(list(plain)))

    edited = document.without((name,))

    node = document.root.members[name]
    assert edited.root.plain() == {key: value for key, value in plain.items() if key != name}
    outside = remarks(text[: node.begun]) + remarks(text[node.end :])
    assert [one for one in remarks(edited.text) if one not in outside] == []
    assert len(remarks(edited.text)) >= len(outside)
    rest = iter(text)
    assert all(one in rest for one in edited.text)


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
        ('{"a": 1} x', "config.more"),
        ('{"a": 1', "config.cut_short"),
        ('{"a": 1,\n', "config.cut_short"),
        ('{"a": "esto se cor', "config.cut_short"),
        ('{"a": tru', "config.cut_short"),
        ('{"a": tro', "config.syntax"),
        ('{"a": "mal\\q"', "config.syntax"),
        ('"' + "x" * (1 << 20) + '"', "config.too_big"),
        ('"a\\ud800"', "config.syntax"),
        ("{/* sin fin", "config.cut_short"),
        ("{,}", "config.syntax"),
        ("{'a': 1}", "config.syntax"),
        ("", "config.empty"),
        (" // nada\n", "config.empty"),
    ],
)
def test_what_is_refused_is_named(text, code):
    with pytest.raises(BadInput) as refused:
        Document(text, "f")

    assert refused.value.code == code


def test_a_mistake_is_told_with_its_line():
    with pytest.raises(BadInput) as refused:
        Document('{\n  // uno\n  "a": 1,\n  "b": oops\n}', "f")

    assert (refused.value.values["line"], refused.value.values["value"]) == (4, "oops")


@pytest.mark.parametrize(
    ("text", "comma", "line"),
    [
        ('{\n  "a": 1\n  "b": 2\n}', 2, 3),
        ('{\n  "a": {\n    "x": 1\n  } // uno\n\n  // dos\n  "b": 2\n}', 4, 7),
        ('{"a": [\n  1,\n  2\n  3\n]}', 3, 4),
        ('{"a": [{}\r\n  {}]}', 1, 2),
        ('{"a": 1 "b": 2}', 1, 1),
    ],
)
def test_a_missing_comma_is_told_where_it_is_missing(text, comma, line):
    with pytest.raises(BadInput) as refused:
        Document(text, "f")
    use_language("en")
    said = sentence(refused.value.problem)
    use_language("es")

    assert refused.value.code == said.code == "config.syntax"
    assert refused.value.values["line"] == line
    assert said.message.startswith(f"f, line {comma}: a comma is missing")
    assert said.fix == f"Put a comma behind the entry that ends in line {comma}."


@pytest.mark.parametrize("text", ['{"a": 1 2}', '{"a": 1; "b": 2}', '{"a" "b"}', '{"a": [1 }', "[1: 2]"])
def test_what_is_no_missing_comma_is_not_told_to_be_one(text):
    with pytest.raises(BadInput) as refused:
        Document(text, "f")

    assert "comma" not in refused.value.values


@pytest.mark.parametrize(
    "text",
    [
        '{"db_password": muy-secreta}',
        '{"db_password":\n  muy-secreta}',
        "{db_password: muy-secreta}",
        '{"db_password": "x" muy-secreta}',
        '{"clave": "muy-secreta',
        '{"url": "mssql://sa:muy-secreta@h',
    ],
)
def test_a_mistake_beside_a_secret_does_not_show_it(text):
    with pytest.raises(BadInput) as refused:
        Document(text, "f")

    assert "secreta" not in str(refused.value)
