"""The verb notify: send a test notice by the very way of the scheduled runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.saying import N_
from ..base.texts import _
from .about import ABOUT
from .answers import Answer, of_job
from .parsing import Verb
from .session import who
from .streams import clean, put

if TYPE_CHECKING:
    from .session import Session


def trial(session: Session) -> Answer:
    """Send a test notice through every enabled channel."""
    outcome = session.model.notify_test(who())
    sent = [line.partition(":")[2] for line in outcome.proof]

    def tell() -> None:
        for name in sent:
            put(_("The test notice was taken by «{channel}».").format(channel=clean(name)) + "\n")

    return of_job(outcome, {"sent": sent}, tell)


_BLANK: dict[str, object] = {"sent": []}
_ACTIONS = (Verb("notify test", N_("Send a test notice through every enabled channel."), trial, (), _BLANK),)
NOTIFY = Verb("notify", ABOUT["notify"], blank=_BLANK, actions=_ACTIONS)
VERBS = {NOTIFY.name: NOTIFY}
