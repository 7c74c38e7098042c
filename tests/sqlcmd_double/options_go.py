"""The command line of go-sqlcmd: what it takes, and what it says to what it does not take."""

from __future__ import annotations

import re

from . import help_texts
from .options import Answered, Crashed, Options, Wrong

_WITH_VALUE = {
    "S": "server", "d": "database", "U": "user", "P": "password", "Q": "query", "q": "initial_query", "i": "inputs",
    "o": "output", "V": "severity", "m": "least_shown", "r": "to_stderr", "t": "query_timeout_s",
    "l": "login_timeout_s", "h": "headers", "s": "separator", "w": "screen", "y": "variable_width", "Y": "fixed_width",
    "N": "encrypt", "F": "host_in_certificate", "J": "", "v": "variables", "H": "workstation", "c": "terminator",
    "K": "read_only", "a": "packet_size", "X": "disabled", "k": "control", "z": "", "Z": "",
}  # fmt: skip
_BARE = {"E": "trusted", "b": "stop_on_error", "W": "trim", "C": "trust_certificate", "u": "unicode_output",
         "e": "echo", "j": "raw_errors", "x": "literal",
         "I": "", "M": "", "R": "", "A": "", "G": "", "g": ""}  # fmt: skip
_LONG = {
    "server": "S", "database-name": "d", "user-name": "U", "password": "P", "query": "Q", "initial-query": "q",
    "input-file": "i", "output-file": "o", "exit-on-error": "b", "error-severity-level": "V", "error-level": "m",
    "errors-to-stderr": "r", "query-timeout": "t", "login-timeOut": "l", "headers": "h", "column-separator": "s",
    "trim-spaces": "W", "screen-width": "w", "variable-type-width": "y", "fixed-type-width": "Y",
    "encrypt-connection": "N", "trust-server-certificate": "C", "disable-variable-substitution": "x",
    "variables": "v", "workstation-name": "H", "use-trusted-connection": "E",
}  # fmt: skip
_NUMBERS = {"V", "m", "r", "t", "l", "h", "w", "y", "Y", "a", "X", "k"}
_DEFAULTS = {"r": "0", "k": "0", "X": "0", "N": "true"}
"""What a flag means whose value somebody left out."""
_CHOICES = {"r": ("0", "1"), "X": ("0", "1"), "k": ("0", "1", "2")}
_TOLD = {"r": "one of [0 1]", "X": "1", "k": "one of [1 2]"}
_RANGES = {"w": (8, 65536, False), "Y": (0, 8000, True), "y": (0, 8000, True), "t": (0, 65534, True)}
_ENCRYPTION = {"mandatory", "yes", "1", "t", "true", "disable", "optional", "no", "0", "f", "false", "strict", "m", "s",
               "o"}  # fmt: skip


def parsed(words: list[str]) -> Options:
    """The options of a command line; raises Wrong, Crashed, or Answered where it asks for a text."""
    if "" in words:  # the real one asks for the first character of each
        raise Crashed("panic: runtime error: index out of range [0] with length 0\n\ngoroutine 1 [running]:")
    if any(word.startswith("-L") for word in words):
        if len(words) > 1:
            raise Wrong("Sqlcmd: The -L parameter can not be used in combination with other parameters.")
        raise Answered("\nServers:\n")
    given = Options()
    rest = _prepared(words)
    extra: list[str] = []
    while rest:
        word = rest.pop(0)
        if word.startswith("--") and len(word) > 2:
            _long(given, word[2:], rest)
        elif word.startswith("-") and len(word) > 1:
            _short(given, word[1:], rest)
        else:
            extra.append(word)
    _checked(given)
    if extra:
        raise Answered(f"Sqlcmd: '{extra[0]}': Unknown command. Enter '--help' for command help.", 1)
    return given


def _prepared(words: list[str]) -> list[str]:
    """Flags with the values that may be left out, and one flag for each value of a list."""
    out: list[str] = []
    flag, first = "", False
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else "-"
        if word == "-help" or (word == "-h" and not re.fullmatch(r"[+-]?\d+", following)):
            out.append("-?")
            continue
        if flag:
            if word.startswith("-"):
                flag = ""
            elif not first:
                out.append(flag)
            first = False
        out.append(word)
        if word[:2] in {"-v", "-i"}:
            flag, first = word[:2], len(word) == 2
        elif len(word) == 2 and word[0] == "-" and word[1] in _DEFAULTS and following.startswith("-"):
            out.append(_DEFAULTS[word[1]])
    return out


def _short(given: Options, letters: str, rest: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter == "?":
            raise Answered(help_texts.GO_HELP)
        if letter in _BARE:
            if _BARE[letter]:
                setattr(given, _BARE[letter], True)
        elif letter in _WITH_VALUE:
            if not letters and not rest:
                raise Wrong(f"Sqlcmd:  '-{letter}': Missing argument. Enter '-?' for help.")
            _set(given, letter, letters.removeprefix("=") if letters else rest.pop(0))
            return
        else:
            raise Wrong(f"Sqlcmd:  '{letter}': Unknown Option. Enter '-?' for help.")


def _long(given: Options, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name in {"version", "help"}:
        raise Answered(help_texts.GO_VERSION if name == "version" else help_texts.GO_HELP)
    if name not in _LONG:
        raise Wrong(f"Sqlcmd:  unknown flag: --{name}")
    letter = _LONG[name]
    if letter in _WITH_VALUE and not equals:
        if not rest:
            raise Wrong(f"Sqlcmd:  flag needs an argument: --{name}")
        value = rest.pop(0)
    _short(given, letter + (f"={value}" if letter in _WITH_VALUE else ""), [])


def _set(given: Options, letter: str, value: str) -> None:
    name = _WITH_VALUE[letter]
    if letter == "i":
        given.inputs += [value[1:-1]] if value[:1] == value[-1:] == '"' else value.split(",")
    elif letter == "v":
        given.variables |= dict(one.split("=", 1) for one in value.split(",") if "=" in one)
    elif letter == "K":
        if value.lower() != "readonly":
            raise Wrong(f"Sqlcmd:  '-K {value}': Unexpected argument. Argument value has to be readonly.")
        given.read_only = True
    elif letter in _NUMBERS:
        setattr(given, name, _number(letter, value))
    elif letter == "N" and value.lower() not in _ENCRYPTION:
        known = "m[andatory] yes 1 t[rue] disable o[ptional] no 0 f[alse] s[trict]"
        raise Wrong(f"Sqlcmd:  '-N {value}': Unexpected argument. Argument value has to be one of [{known}].")
    elif name:
        setattr(given, name, value)


def _number(letter: str, value: str) -> int:
    if letter in _CHOICES and value not in _CHOICES[letter]:
        raise Wrong(f"Sqlcmd:  '-{letter} {value}': Unexpected argument. Argument value has to be {_TOLD[letter]}.")
    if re.fullmatch(r"[+-]?\d+", value):
        number = int(value)
        if letter in _RANGES:
            _in_range(letter, number)
        if letter != "V" or 0 <= number <= 255:
            return number
        why = "value out of range" if number > 255 else "invalid syntax"
    else:
        why = "invalid syntax"
    if letter in {"w", "y", "Y"}:
        _in_range(letter, -1, value)
    names = {short: long for long, short in _LONG.items()}
    parse = "ParseUint" if letter == "V" else "ParseInt"
    raise Wrong(
        f'Sqlcmd:  invalid argument "{value}" for "-{letter}, --{names.get(letter, letter)}" flag: '
        f'strconv.{parse}: parsing "{value}": {why}'
    )


def _in_range(letter: str, number: int, written: str = "") -> None:
    least, most, inclusive = _RANGES[letter]
    if least + (not inclusive) <= number <= most - (not inclusive):
        return
    equal = " or equal to" if inclusive else ""
    space = " " if written else ""
    raise Wrong(
        f"Sqlcmd: {space}'-{letter} {written or number}': value must be greater than{equal} {least} "
        f"and less than{equal} {most}."
    )


def _checked(given: Options) -> None:
    if given.inputs and (given.query or given.initial_query):
        raise Wrong("Sqlcmd: The i and the -Q/-q options are mutually exclusive.")
    if given.trusted and (given.user or given.password):
        raise Wrong("Sqlcmd: The -E and the -U/-P options are mutually exclusive.")
    if given.packet_size and not 512 <= given.packet_size <= 32767:
        raise Wrong(f"Sqlcmd: '-a {given.packet_size}': Packet size has to be a number between 512 and 32767.")
    if given.headers < -1:
        raise Wrong(f"Sqlcmd: '-h {given.headers}': header value must be either -1 or a value between 1 and 2147483647")
