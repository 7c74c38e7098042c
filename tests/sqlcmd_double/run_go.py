"""go-sqlcmd: which texts go where, what ends it, with which code; every oddity is one of the real program."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import time

from . import connecting, options_go, render_go, server_names, tds_tokens
from .go_messages import Messages, TimeIsUp
from .options import Answered, Crashed, Wrong
from .output import EOL, Sink
from .program import Exit, Program
from .tds_client import NOT_SUPPORTED, Client, Lost, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .options import Options
    from .tds_client import Target

CTRL_C = "Sqlcmd: Warning: The last operation was terminated because the user pressed CTRL+C"
NO_ROWS, FAILED, NO_NUMBER = -101, -100, -102


def main(words: list[str]) -> int:
    """Run as the command line says; returns the exit code."""
    out, err = Sink(1), Sink(2)
    try:
        given = options_go.parsed(words)
    except Wrong as wrong:
        err.write(str(wrong) + "\n")
        return 2 if isinstance(wrong, Crashed) else 1
    except Answered as asked:
        out.write(asked.text)
        return asked.code
    return GoProgram(given, out, err).run()


class GoProgram(Program):
    """One run."""

    marks_unicode = True

    def run(self) -> int:
        """From the connection to the exit code."""
        self._layout = _layout(self.given)
        for number in {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT)}:
            signal.signal(number, self._interrupted)
        if self.given.output:
            self.do_out(self.given.output)
        try:
            self._client = self._connected()
        except (Wrong, Refused) as error:
            (self.err if isinstance(error, Wrong) else self.out).write(str(error) + EOL)
            return 1
        text = self.given.query or self.given.initial_query or ""
        with contextlib.suppress(Exit):
            self.run_scripts([text])  # one piece, whatever lines it has: only the first can be a command
        return self.code

    def _interrupted(self, *_: object) -> None:
        """A signal ends it as if all were well; the server hears nothing but the connection's end."""
        self.out.write(CTRL_C + EOL)
        os._exit(0)

    def undefined(self, name: str) -> None:
        self.out.write(f"'{name}' scripting variable not defined." + EOL)

    def unreadable(self, path: str, error: OSError) -> str:
        why = (error.strerror or "").lower()
        return f"Sqlcmd: Error:  Error occurred while opening or operating on file {path} (Reason: open {path}: {why})."

    # getting in

    def _connected(self) -> Client:
        """A connection, or Refused with what was printed once already."""
        given = self.given
        name = connecting.from_environment(given, "SQLCMDSERVER", given.server)
        try:
            to = connecting.target(given, name)
        except server_names.BadName as bad:
            form = "server must be of the form [[np]|[lpc][tcp]]:server[[/instance]|[,port]]"
            raise Wrong(f"Sqlcmd: Error: {form}") from bad
        to.application, to.interface = "sqlcmd", "go-mssqldb"
        to.workstation = given.workstation or socket.gethostname()
        to.integrated = os.name == "nt" and not to.user
        connecting.encrypt(to, given.encrypt.lower(), trusting=given.trust_certificate or given.encrypt == "default")
        to.trusting_at_login = to.trusting
        if given.encrypt.lower() == "disable":
            to.encryption = NOT_SUPPORTED
        to.timeout_s = given.login_timeout_s if (given.login_timeout_s or 0) > 0 else 15
        to.login_timeout = False
        if to.user and not to.password:
            raise Refused("password", "liner: function not supported in this terminal")
        if given.read_only and not to.database:
            raise Refused("intent", "database must be specified when ApplicationIntent is ReadOnly")
        try:
            return self._entered(to, name)
        except Refused as refused:
            text = _reason(refused, to)
            self.out.write(text + EOL)
            raise Refused(refused.reason, text) from refused

    def _entered(self, to: Target, name: str) -> Client:
        protocol, host, instance, port = server_names.taken_apart(name)
        if protocol in {"np", "lpc"} and os.name != "nt":
            raise Refused("protocol", "unable to parse connection string: invalid URL format")
        if instance and not port:
            try:
                to.port = server_names.port_of(host, instance, to.timeout_s or 15, all_of_them=True)
            except server_names.NoSuchInstance as unknown:
                text = f"no instance matching '{instance.upper()}' returned from host '{host}'"
                raise Refused("instance", text) from unknown
        client = Client(to)
        errors = [
            one for one in tds_tokens.tokens(iter([(client.login_reply, True)])) if isinstance(one, tds_tokens.Error)
        ]
        if errors:
            raise Refused("login", f"mssql: login error: {errors[-1].text}")
        return client

    # answers

    def query(self, text: str) -> tuple[int, bool]:
        """Run a batch and print its answers: the return code it came to, and whether that ends the script."""
        until = time.monotonic() + self.given.query_timeout_s if self.given.query_timeout_s else None
        if re.fullmatch(r"[A-Za-z_@#$]\w*", text):
            self._client.procedure(text)
        else:
            self._client.batch(text, first_status=0x08)
        messages = Messages(self._client, until)
        code, table, ended = NO_ROWS, None, False
        try:
            while not ended:
                match messages.next():
                    case tds_tokens.Said() as said:
                        code, stops = self._said(said, code)
                        if stops:
                            return code, True
                    case tds_tokens.Head() as head:
                        table = render_go.Table(head.columns, self._layout, self.out.write)
                        code = self._rows(messages, table, code)
                    case tds_tokens.Done(count=count):
                        self.out.write(f"({count} row{'' if count == 1 else 's'} affected)" + EOL)
                    case None:
                        ended = messages.over()
        except TimeIsUp:
            self.out.write("Timeout expired" + EOL)
            code = FAILED
        except Lost as lost:
            self.out.write(f"Invalid TDS stream: {lost}" + EOL)
            code = FAILED
        return code, False

    def _rows(self, messages: Messages, table: render_go.Table, code: int) -> int:
        for row in messages.rows():
            first = table.row(row.values)
            number = re.match(r"\s*([+-]?\d+)", first)
            code = 0 if first == "" else int(number[1]) if number else NO_NUMBER
        table.end()
        return code

    def _said(self, said: tds_tokens.Said, code: int) -> tuple[int, bool]:
        given = self.given
        is_error = isinstance(said, tds_tokens.Error)
        if given.to_stderr is not None and not given.output and (is_error or given.to_stderr == 1):
            self.err.write(said.text + EOL + EOL)
            if not is_error:
                return code, False
        elif not is_error:
            self.out.write(said.text + EOL)
        elif given.least_shown <= 0 or said.severity >= given.least_shown:
            self.out.write(render_go.error_text(said, self._layout.screen, raw=given.raw_errors))
        return self._judged(said, code)

    def _judged(self, said: tds_tokens.Said, code: int) -> tuple[int, bool]:
        """The code after a message, and whether it ends the script."""
        if said.state == 127:
            return said.number, True
        if said.severity < (self.given.severity or 11):
            return code, False
        if self.given.severity:
            code = self.code = said.severity
        elif self.stop_on_error:
            code = 1
        return code, self.stop_on_error


def _layout(given: Options) -> render_go.Layout:
    """How tables look; the widths may come from the environment, headers and limits may not."""
    layout = render_go.Layout()
    separator = connecting.from_environment(given, "SQLCMDCOLSEP", given.separator)
    layout.separator = separator[:1] or " "
    layout.screen = connecting.number(given, "SQLCMDCOLWIDTH", given.screen, 0)
    layout.variable = connecting.number(given, "SQLCMDMAXVARTYPEWIDTH", given.variable_width, 256)
    layout.fixed = connecting.number(given, "SQLCMDMAXFIXEDTYPEWIDTH", given.fixed_width, 0)
    layout.headers, layout.trim, layout.control = given.headers, given.trim, given.control
    return layout


def _reason(refused: Refused, to: Target) -> str:
    """Why there is no connection, in the words of the Go driver."""
    place = f"{to.host}:{to.port}"
    if refused.reason in {"unreachable", "timeout"}:
        cause = "i/o timeout" if refused.reason == "timeout" else "connect: connection refused"
        return f"unable to open tcp connection with host '{place}': dial tcp {place}: {cause}"
    if refused.reason == "no encryption":
        return "server does not support encryption"
    if refused.reason == "certificate":
        return "TLS Handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"
    if refused.reason == "lost at login":
        return f"Read: {refused.text}"
    if refused.reason == "handshake":
        return f"TLS Handshake failed: {refused.text}"
    return refused.text
