"""What a first configuration may be told to be wrong with, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNWRITTEN = N_("Nothing was written yet.")
_UNASKED = N_("The server was not asked.")

TEXTS: dict[str, Text] = {
    "first.app_root_blank": Text(
        N_("The folder of the application is not named."),
        _UNWRITTEN,
        N_("Choose the folder in which the application is installed."),
    ),
    "first.app_root_absent": Text(
        N_("There is no folder {path}."), _UNWRITTEN, N_("Correct the path, or choose the folder from the list.")
    ),
    "first.path_relative": Text(
        N_("{path} does not say on which disk or folder it begins."),
        _UNWRITTEN,
        N_("Write the whole path, as in {allowed}"),
    ),
    "first.path_odd": Text(
        N_("That can't be a path: it has characters that nobody sees, or is too long."),
        _UNWRITTEN,
        N_("Write the path again, or choose it from the list."),
    ),
    "first.no_databases": Text(
        N_("No database is chosen."), _UNWRITTEN, N_("Tick at least one database, or add its file.")
    ),
    "first.root_blank": Text(
        N_("The folder for the backups is not named."),
        _UNWRITTEN,
        N_("Choose a folder, best on another disk than the data."),
    ),
    "first.root_in_the_way": Text(
        N_("{path} is a file, so no folder can be there."), _UNWRITTEN, N_("Choose another folder.")
    ),
    "first.root_network": Text(
        N_("{path} is on the network."),
        N_("If this machine dies, the backups are still there."),
        N_("Make sure that this account may write there also while nobody is logged on."),
    ),
    "first.root_same_disk": Text(
        N_("{path} is on the disk of the data ({database}): if it dies, both are lost."),
        N_("Against mistakes and damaged files you are protected."),
        N_("Better choose a folder on another disk, or copy it elsewhere regularly."),
    ),
    "first.no_times": Text(
        N_("No time is named at which a backup is made."), _UNWRITTEN, N_("Add at least one time of the day.")
    ),
    "first.time": Text(N_("«{value}» is no time of the day."), _UNWRITTEN, N_("From 00:00 to 23:59, as in 14:30.")),
    "first.loss": Text(
        N_("With these times up to {hours} hours of work can be lost; bearable are {wanted}."),
        _UNWRITTEN,
        N_("Add a time of the day between the others."),
    ),
    "first.user_of_other": Text(
        N_("The saved user {login} is not one of this server: another must be named."),
        _UNASKED,
        N_("Name the user of this server, or sign in with the Windows account."),
    ),
    "first.password_of_other": Text(
        N_("The saved password is not that of {login} on this server: it must be typed."),
        _UNASKED,
        N_("Type the password, or name the server and the user that the saved one belongs to."),
    ),
}
