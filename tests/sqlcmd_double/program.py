"""What both kinds of sqlcmd do alike: read scripts, obey the commands in them, hand batches on."""

from __future__ import annotations

import os
import sys

from . import connecting, scripts
from .output import EOL, Sink, file_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .options import Options

DISABLED = "ED and !!<command> commands, startup script, and environment variables are disabled"


class Exit(Exception):
    """The end of the script, asked for or caused."""


class Program:
    """One run of some kind of sqlcmd."""

    marks_unicode = False
    """Whether a file in UTF-16 begins with its mark."""

    def __init__(self, given: Options, out: Sink, err: Sink) -> None:
        self.given, self.out, self.stdout, self.err = given, out, out, err
        self.stop_on_error = given.stop_on_error
        self.code = 0
        self._variables = {name.upper(): value for name, value in given.variables.items()}
        self.reader = scripts.Reader(scripts.Commands(given.terminator), with_variables=not given.literal)

    # what the kinds do each in their own way

    def query(self, text: str) -> tuple[int, bool]:
        """Run a batch and print its answers: the code it came to, and whether that ends the script."""
        raise NotImplementedError

    def undefined(self, name: str) -> None:
        """A variable that has no value."""
        raise NotImplementedError

    def unreadable(self, path: str, error: OSError) -> str:
        """What is said of an input file."""
        raise NotImplementedError

    # input

    def run_scripts(self, query: Iterable[str]) -> None:
        """The startup script, then the query of the command line, or the files, or what comes in."""
        given = self.given
        startup = connecting.from_environment(given, "SQLCMDINI", "")
        if os.path.isfile(startup):  # noqa: PTH113 - pathlib costs a third of the start
            self.file(startup)
        elif startup:
            told = f"Sqlcmd: Error: The environment variable: 'SQLCMDINI' has invalid value: '{startup}'."
            self.err.write(told + EOL)
        if given.query:
            self.lines(query)
        elif given.inputs:
            for path in given.inputs:
                self.file(path)
        else:
            if given.initial_query:
                self.lines(query)
            self.lines(line.rstrip("\r\n") for line in sys.stdin)

    def file(self, path: str, *, to_its_end: bool = True) -> None:
        """A file of lines; raises Exit if it can't be read."""
        try:
            lines = scripts.lines_of(path)
        except OSError as error:
            self.err.write(self.unreadable(path, error) + EOL)
            self.code = 1
            raise Exit from error
        self.lines(lines, to_its_end=to_its_end)

    def lines(self, lines: Iterable[str], *, to_its_end: bool = True) -> None:
        """Lines of a script; what is left at their end is a batch too."""
        for line in lines:
            try:
                command = self.reader.feed(line)
            except scripts.Malformed as malformed:
                self.err.write(f"Sqlcmd: Error: Syntax error at line {malformed}" + EOL)
                continue
            if command is not None:
                getattr(self, f"do_{command.name.lower()}")(command.argument.strip())
        if to_its_end and self.reader.text():
            self.do_go("")

    # commands

    def do_go(self, argument: str) -> None:
        """GO, and how often."""
        text = self.reader.text()
        if self.given.echo:
            self.out.write(text + EOL)
        if not text:
            return
        text = self.expanded(text)
        for _ in range(int(argument) if argument.isdecimal() else 1):
            code, ends = self.query(text)
            if ends:
                self.code = code
                raise Exit
        self.reader.reset()

    def do_quit(self, _argument: str) -> None:
        raise Exit

    def do_exit(self, argument: str) -> None:
        """EXIT, or EXIT(query): then the query's last first value is the exit code."""
        if argument.startswith("(") and argument.endswith(")"):
            parts = [one for one in (self.reader.text(), argument[1:-1].strip()) if one]
            if parts:
                self.code, _ = self.query(self.expanded(EOL.join(parts)))
        raise Exit

    def do_reset(self, _argument: str) -> None:
        self.reader.reset()

    def do_list(self, _argument: str) -> None:
        self.out.write(self.reader.text() + EOL)

    def do_setvar(self, argument: str) -> None:
        name, _, value = argument.partition(" ")
        self._variables[name.upper()] = value.strip().strip('"')

    def do_onerror(self, argument: str) -> None:
        self.stop_on_error = argument.lower() == "exit"

    def do_readfile(self, argument: str) -> None:
        self.file(self.expanded(argument), to_its_end=False)

    def do_out(self, argument: str) -> None:
        self.out = self.sink(argument, utf16=self.given.unicode_output)

    def do_error(self, argument: str) -> None:
        self.err = self.sink(argument, utf16=False)

    def do_exec(self, argument: str) -> None:
        """``!!``: what is dangerous in a line that somebody else has written."""
        if self.given.disabled is not None:
            self._refuse_command()
            return
        import subprocess

        ran = subprocess.run(argument, shell=True, capture_output=True, check=False)
        self.out.write_bytes(ran.stdout + ran.stderr)

    def do_edit(self, _argument: str) -> None:
        """ED: there is no editor here; that it can be shut out is all that matters."""
        if self.given.disabled is not None:
            self._refuse_command()

    def _refuse_command(self) -> None:
        self.err.write(DISABLED + EOL)
        if self.given.disabled:
            self.code = 1
            raise Exit

    # what they are made of

    def sink(self, name: str, *, utf16: bool) -> Sink:
        """A stream by its name, or a file."""
        streams = {"stdout": self.stdout, "stderr": self.err}
        return streams.get(name.lower()) or file_sink(name, utf16=utf16, mark=self.marks_unicode)

    def expanded(self, text: str) -> str:
        """A text with its variables in place."""
        return text if self.given.literal else scripts.expanded(text, self._value, self.undefined)

    def _value(self, name: str) -> str | None:
        found = self._variables.get(name.upper())
        if found is None and self.given.disabled is None:
            return os.environ.get(name)
        return found
