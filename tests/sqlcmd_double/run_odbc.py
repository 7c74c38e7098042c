"""The ODBC sqlcmd of driver 17 or 18 on Linux: by its documentation and by what people have pasted of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time

from . import connecting, options_odbc, render_odbc, server_names, tds_tokens
from .options import Answered, Wrong
from .output import EOL, HeldBack, Sink
from .program import Exit, Program
from .tds_client import Client, Lost, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .options import Options

UNREACHABLE = (
    "Login timeout expired",
    "TCP Provider: Error code 0x2749",
    "A network-related or instance-specific error has occurred while establishing a connection to {server}. Server is "
    "not found or not accessible. Check if instance name is correct and if SQL Server is configured to allow remote "
    "connections. For more information see SQL Server Books Online.",
)
UNTRUSTED = "The certificate chain was issued by an authority that is not trusted" if os.name == "nt" else ""
"""What Windows says; OpenSSL says more."""
NO_CONNECTION = "Client unable to establish connection"
MORE_ON_ENCRYPTION = ". For solutions related to encryption errors, see https://go.microsoft.com/fwlink/?linkid=2226722"
NO_ROWS, FAILED, NO_NUMBER = -101, -100, -102


def main(words: list[str], driver: int) -> int:
    """Run as the command line says; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    out, err = (Sink if os.isatty(1) else HeldBack)(1), Sink(2)
    try:
        given = options_odbc.parsed(words, driver)
    except Wrong as wrong:
        err.write(str(wrong) + EOL)
        return 1
    except Answered as asked:
        Sink(1).write(asked.text)
        return asked.code
    program = OdbcProgram(given, out, err)
    code = program.run(driver)
    program.out.flush()
    return code


class OdbcProgram(Program):
    """One run."""

    def run(self, driver: int) -> int:
        """From the connection to the exit code."""
        self._driver = driver
        self._layout = _layout(self.given)
        try:
            if self.given.output:
                self.do_out(self.given.output)
            self._client = self._connected()
        except Refused as refused:
            for line in str(refused).splitlines():
                self._complain(line)
            return 1
        text = self.given.query or self.given.initial_query or ""
        with contextlib.suppress(Exit):
            self.run_scripts(text.splitlines())
        return self.code

    def undefined(self, name: str) -> None:
        """Fatal here."""
        self.err.write(f"'{name}' scripting variable not defined." + EOL)
        self.code = 1
        raise Exit

    def unreadable(self, path: str, error: OSError) -> str:
        return f"Sqlcmd: '{path}': Invalid filename."

    def _complain(self, text: str) -> None:
        """What the driver says goes to the error output."""
        self.err.write(f"Sqlcmd: Error: Microsoft ODBC Driver {self._driver} for SQL Server : {text}." + EOL)

    # getting in

    def _connected(self) -> Client:
        given = self.given
        name = connecting.from_environment(given, "SQLCMDSERVER", given.server)
        try:
            to = connecting.target(given, name)
            _protocol, host, instance, port = server_names.taken_apart(name)
            if instance and not port:
                to.port = server_names.port_of(host, instance, given.login_timeout_s or 8, all_of_them=False)
        except (server_names.BadName, server_names.NoSuchInstance) as unknown:
            located = "SQL Server Network Interfaces: Error Locating Server/Instance Specified [xFFFFFFFF]. "
            raise Refused("instance", "\n".join((located, *UNREACHABLE[::2])).format(server=name)) from unknown
        to.application, to.interface = "SQLCMD", "ODBC"
        to.integrated = given.trusted or not to.user
        if to.user and not to.password:
            Sink(1).write("Password: ")
            to.password = sys.stdin.readline().rstrip("\r\n")
        wish = given.encrypt
        if wish == "default":
            wish = "mandatory" if self._driver == 18 else "optional"
        connecting.encrypt(to, wish, trusting=given.trust_certificate or (self._driver == 17 and wish == "optional"))
        to.timeout_s = 8 if given.login_timeout_s is None else given.login_timeout_s or None
        try:
            client = Client(to)
        except Refused as refused:
            raise Refused(refused.reason, self._reason(refused, to.host)) from refused
        errors = [
            one for one in tds_tokens.tokens(iter([(client.login_reply, True)])) if isinstance(one, tds_tokens.Error)
        ]
        if errors:
            raise Refused("login", "\n".join(one.text for one in errors))
        return client

    def _reason(self, refused: Refused, host: str) -> str:
        more = MORE_ON_ENCRYPTION if self._driver == 18 else ""
        if refused.reason == "certificate":
            why = UNTRUSTED or f"[error:0A000086:SSL routines::certificate verify failed:{refused.text}]"
            first = f"SSL Provider: {why}"
            return f"{first}\n{NO_CONNECTION}{more}"
        if refused.reason == "no encryption":
            return f"Encryption not supported on SQL Server\n{NO_CONNECTION}{more}"
        if refused.reason == "timeout":
            return UNREACHABLE[0]
        if refused.reason == "unreachable":
            return "\n".join(UNREACHABLE).format(server=host)
        return f"TCP Provider: Error code 0x2746\n{NO_CONNECTION}"

    # answers

    def query(self, text: str) -> tuple[int, bool]:
        given = self.given
        until = time.monotonic() + given.query_timeout_s if given.query_timeout_s else None
        self._client.batch(text)
        try:
            return self._answers(tds_tokens.tokens(self._packets(until)))
        except TimeoutError:
            self._client.stop()
            self.out.write("Timeout expired" + EOL)
            return 1, self.stop_on_error
        except Lost:
            self._complain("TCP Provider: Error code 0x2746")
            self._complain("Communication link failure")
            return 1, True
        finally:
            self.out.flush()

    def _packets(self, until: float | None) -> Iterator[tuple[bytes, bool]]:
        packets = self._client.packets()
        while True:
            if until is not None:
                self._client.patience(max(until - time.monotonic(), 0.001))
            piece = next(packets, None)
            if piece is None:
                return
            yield piece

    def _answers(self, answers: Iterator[tds_tokens.Token]) -> tuple[int, bool]:
        code, failed, table = NO_ROWS, False, None
        for one in answers:
            if isinstance(one, tds_tokens.Said):
                code, fails = self._said(one, code)
                failed = failed or fails
            elif isinstance(one, tds_tokens.Head):
                table = render_odbc.Table(one.columns, self._layout, self.out.write)
            elif isinstance(one, tds_tokens.Row):
                assert table is not None
                first = table.row(one.values)
                number = re.match(r"\s*([+-]?\d+)", first)
                code = 0 if first == "" else int(number[1]) if number else NO_NUMBER
            elif isinstance(one, tds_tokens.Done):
                if one.counted:
                    self.out.write(EOL + f"({one.count} rows affected)" + EOL)
                elif table is not None:
                    self.out.write(EOL)
                table = None
                if failed:
                    return code, True
        return code, False

    def _said(self, said: tds_tokens.Said, code: int) -> tuple[int, bool]:
        """Print a message; the code after it, and whether the script ends with its statement."""
        given = self.given
        is_error = isinstance(said, tds_tokens.Error)
        if said.severity >= given.least_shown:
            aside = given.to_stderr is not None and (is_error or given.to_stderr == 1)
            text = render_odbc.message_text(said, with_head=is_error or given.least_shown == -1)
            (self.err if aside else self.out).write(text)
        if said.state == 127:
            return said.number, True
        if said.severity < (given.severity or 11):
            return code, False
        if given.severity:
            code = self.code = said.severity
        elif self.stop_on_error:
            code = 1
        return code, self.stop_on_error


def _layout(given: Options) -> render_odbc.Layout:
    """How tables look, by the command line and the environment."""
    layout = render_odbc.Layout()
    layout.separator = connecting.from_environment(given, "SQLCMDCOLSEP", given.separator)[:1] or " "
    layout.screen = connecting.number(given, "SQLCMDCOLWIDTH", given.screen, 80)
    layout.variable = connecting.number(given, "SQLCMDMAXVARTYPEWIDTH", given.variable_width, 256)
    layout.fixed = connecting.number(given, "SQLCMDMAXFIXEDTYPEWIDTH", given.fixed_width, 0)
    layout.headers = given.headers or connecting.number(given, "SQLCMDHEADERS", None, 0)
    layout.trim, layout.control = given.trim, given.control
    return layout
