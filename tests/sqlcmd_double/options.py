"""What a command line asked for, in whichever dialect; and how a command line may be wrong."""

from __future__ import annotations


class Wrong(Exception):
    """A command line that is refused; its text goes to the error output."""


class Crashed(Wrong):
    """A command line that the real program dies of."""


class Answered(Exception):
    """A command line that comes to a text and nothing else."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.text, self.code = text, code


class Options:
    """The flags of sqlcmd by what they mean; None where one was not given."""

    def __init__(self) -> None:
        self.server = self.database = self.user = self.password = ""
        self.trusted = False
        self.query: str | None = None
        self.initial_query: str | None = None
        self.inputs: list[str] = []
        self.output = ""
        self.unicode_output = False
        self.stop_on_error = False
        self.severity = 0
        self.least_shown = 0
        self.to_stderr: int | None = None
        self.query_timeout_s = 0
        self.login_timeout_s: int | None = None
        self.headers = 0
        self.separator = ""
        self.trim = False
        self.screen: int | None = None
        self.variable_width: int | None = None
        self.fixed_width: int | None = None
        self.encrypt = "default"
        self.trust_certificate = False
        self.host_in_certificate = ""
        self.literal = False
        """Whether variables stay as they are written."""
        self.disabled: int | None = None
        self.variables: dict[str, str] = {}
        self.workstation = ""
        self.terminator = "GO"
        self.read_only = False
        self.packet_size = 0
        self.echo = False
        self.raw_errors = False
        self.control: int | None = None
