"""Names of SQL Server's collations from the numbers that stand for them in backups and on the wire.

Sources: [MS-TDS] 2.2.5.1.2 for the bits; `sys.fn_helpcollations` and `COLLATIONPROPERTY` (LCID, Version) for the names
of Windows collations; `sys.syscharsets` for sort ids. Names that are not certain are not given.
"""

from __future__ import annotations

_WINDOWS = {
    1025: "Arabic",
    1028: "Chinese_Taiwan_Stroke",
    1029: "Czech",
    1030: "Danish_Norwegian",
    1032: "Greek",
    1033: "Latin1_General",
    1034: "Traditional_Spanish",
    1035: "Finnish_Swedish",
    1036: "French",
    1037: "Hebrew",
    1038: "Hungarian",
    1039: "Icelandic",
    1041: "Japanese",
    1042: "Korean_Wansung",
    1045: "Polish",
    1048: "Romanian",
    1049: "Cyrillic_General",
    1050: "Croatian",
    1051: "Slovak",
    1052: "Albanian",
    1054: "Thai",
    1055: "Turkish",
    1058: "Ukrainian",
    1060: "Slovenian",
    1061: "Estonian",
    1062: "Latvian",
    1063: "Lithuanian",
    1066: "Vietnamese",
    2052: "Chinese_PRC",
    3082: "Modern_Spanish",
}
_VERSIONS = {0: "", 1: "_90", 2: "_100", 3: "_140"}
_SORT_IDS = {
    30: "SQL_Latin1_General_CP437_BIN",
    31: "SQL_Latin1_General_CP437_CS_AS",
    32: "SQL_Latin1_General_CP437_CI_AS",
    34: "SQL_Latin1_General_CP437_CI_AI",
    40: "SQL_Latin1_General_CP850_BIN",
    41: "SQL_Latin1_General_CP850_CS_AS",
    42: "SQL_Latin1_General_CP850_CI_AS",
    44: "SQL_Latin1_General_CP850_CI_AI",
    51: "SQL_Latin1_General_CP1_CS_AS",
    52: "SQL_Latin1_General_CP1_CI_AS",
    53: "SQL_Latin1_General_Pref_CP1_CI_AS",
    54: "SQL_Latin1_General_CP1_CI_AI",
}
_IGNORE_CASE, _IGNORE_ACCENT = 1 << 20, 1 << 21
_IGNORE_WIDTH_AND_KANA = 3 << 22
_BINARY, _BINARY2, _UTF8 = 1 << 24, 1 << 25, 1 << 26
_STYLE_KANA, _STYLE_WIDTH = 0x10000, 0x20000


def collation_of(number: int, sort_id: int, style: int) -> str | None:
    """The name; None where it is not certain.

    ``number`` holds LCID (20 bits), flags and version, ``style`` is the comparison style, which alone tells width
    from kana: the order of their two bits in ``number`` is told differently.
    """
    if sort_id:
        return _SORT_IDS.get(sort_id)
    name, version = _WINDOWS.get(number & 0xFFFFF), _VERSIONS.get(number >> 28)
    if name is None or version is None:
        return None
    utf8 = "_UTF8" if number & _UTF8 else ""
    if number & (_BINARY | _BINARY2):
        return f"{name}{version}_BIN{'2' if number & _BINARY2 else ''}{utf8}"
    case = "CI" if number & _IGNORE_CASE else "CS"
    accent = "AI" if number & _IGNORE_ACCENT else "AS"
    both = number & _IGNORE_WIDTH_AND_KANA
    if both in {0, _IGNORE_WIDTH_AND_KANA}:
        further = "" if both else "_KS_WS"
    elif style & _STYLE_KANA and not style & _STYLE_WIDTH:
        further = "_WS"
    elif style & _STYLE_WIDTH and not style & _STYLE_KANA:
        further = "_KS"
    else:
        return None
    return f"{name}{version}_{case}_{accent}{further}{utf8}"
