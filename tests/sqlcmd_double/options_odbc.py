"""The command line of the ODBC sqlcmd."""

from __future__ import annotations

from . import help_texts
from .options import Answered, Options, Wrong

_WITH_VALUE = {
    "S": "server", "d": "database", "U": "user", "P": "password", "Q": "query", "q": "initial_query",
    "o": "output", "V": "severity", "m": "least_shown", "t": "query_timeout_s", "l": "login_timeout_s",
    "h": "headers", "s": "separator", "w": "screen", "y": "variable_width", "Y": "fixed_width", "H": "workstation",
    "c": "terminator", "a": "packet_size", "K": "read_only", "f": "", "z": "", "Z": "", "F": "host_in_certificate",
}  # fmt: skip
_BARE = {"E": "trusted", "b": "stop_on_error", "W": "trim", "C": "trust_certificate", "u": "unicode_output",
         "e": "echo", "x": "literal", "I": "", "M": "", "R": "", "A": "", "G": "", "g": "", "D": ""}  # fmt: skip
_ATTACHED = {"r": ("to_stderr", "01"), "X": ("disabled", "1"), "k": ("control", "12"), "p": ("", "1"), "L": ("", "c")}
"""Flags that may have a digit, at once behind them and nowhere else."""
_NUMBERS = {"V", "m", "t", "l", "h", "w", "y", "Y", "a"}
_LIMITS = {"t": (0, 65534), "w": (9, 65535), "y": (0, 8000), "Y": (0, 8000), "a": (512, 32767), "h": (-1, 2**31 - 1)}
_VERSIONS = {17: ("17.10.0001.1 Linux", "2017"), 18: ("18.4.0001.1 Linux", "2023")}


def parsed(words: list[str], driver: int) -> Options:
    """The options of a command line; raises Wrong, or Answered where it asks for help."""
    given = Options()
    if "-?" in words:
        raise Answered(_help(driver))
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word[:1] != "-" or len(word) < 2:
            raise Wrong(f"Sqlcmd: '{word}': Unexpected argument. Enter '-?' for help.")
        letter, value = word[1], word[2:]
        if letter in "iv":
            _list(given, letter, value, rest)
        elif letter in _ATTACHED:
            _attached(given, letter, value)
        elif letter == "N":
            given.encrypt = _encryption(value, driver)
        elif letter in _BARE and not value:
            if _BARE[letter]:
                setattr(given, _BARE[letter], True)
        elif letter in _WITH_VALUE:
            _valued(given, letter, value or _next(letter, rest))
        else:
            raise Wrong(f"Sqlcmd: '{word}': Unknown Option. Enter '-?' for help.")
    _checked(given)
    return given


def _help(driver: int) -> str:
    version, year = _VERSIONS[driver]
    encryption = "[-N Encrypt Connection]" if driver == 17 else "[-N[s|m|o] Encrypt Connection]\n  "
    return help_texts.ODBC_HELP.format(version=version, year=year, encryption=encryption)


def _next(letter: str, rest: list[str]) -> str:
    if not rest or (rest[0][:1] == "-" and letter not in _NUMBERS and letter not in "PQqs"):
        raise Wrong(f"Sqlcmd: '-{letter}': Missing argument. Enter '-?' for help.")
    return rest.pop(0)


def _list(given: Options, letter: str, value: str, rest: list[str]) -> None:
    """Files, or variables: as many words as follow."""
    values = [value] if value else [_next(letter, rest)]
    while rest and not rest[0].startswith("-"):
        values.append(rest.pop(0))
    if letter == "i":
        given.inputs += [path for one in values for path in one.split(",")]
    else:
        given.variables |= dict(one.split("=", 1) for one in values if "=" in one)


def _attached(given: Options, letter: str, value: str) -> None:
    name, allowed = _ATTACHED[letter]
    if value and value not in allowed:
        raise Wrong(
            f"Sqlcmd: '-{letter}{value}': Unexpected argument. Argument value has to be {' or '.join(allowed)}."
        )
    if name:
        setattr(given, name, int(value or 0))


def _encryption(value: str, driver: int) -> str:
    known = {"": "mandatory"} if driver == 17 else {"": "mandatory", "m": "mandatory", "s": "strict", "o": "optional"}
    if value not in known:
        raise Wrong(f"Sqlcmd: '-N{value}': Unexpected argument. Enter '-?' for help.")
    return known[value]


def _valued(given: Options, letter: str, value: str) -> None:
    name = _WITH_VALUE[letter]
    if letter == "K":
        given.read_only = value.lower() == "readonly"
    elif letter in _NUMBERS:
        least, most = _LIMITS.get(letter, (-(2**31), 2**31 - 1))
        if not value.lstrip("+-").isdecimal() or not least <= int(value) <= most:
            raise Wrong(
                f"Sqlcmd: '-{letter} {value}': Unexpected argument. Argument value has to be a number between "
                f"{least} and {most}."
            )
        setattr(given, name, int(value))
    elif name:
        setattr(given, name, value)


def _checked(given: Options) -> None:
    if given.inputs and (given.query is not None or given.initial_query is not None):
        raise Wrong("Sqlcmd: The -i and the -Q/-q options are mutually exclusive.")
    if given.trusted and (given.user or given.password):
        raise Wrong("Sqlcmd: The -E and the -U/-P options are mutually exclusive.")
    if given.trim and (given.variable_width is not None or given.fixed_width is not None):
        raise Wrong("Sqlcmd: The -W and the -y/-Y options are mutually exclusive.")
