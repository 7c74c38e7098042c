"""What the installation into Rexus.app may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

_UNTOUCHED = N_("Nothing was touched.")
_BACKUPS = N_("The backups that exist are not affected.")

TEXTS: dict[str, Text] = {
    "host.unknown_tree": Text(
        N_("{path} is no Rexus.app that this program knows. Looked for and not found: {what}."),
        _UNTOUCHED,
        N_("Name the folder that holds its main.py; if it is that one, this version of Rexus.app is not known yet."),
    ),
    "host.own_tree": Text(
        N_("This program itself runs from {path}."),
        _UNTOUCHED,
        N_("Name the folder of another Rexus.app, or start this from the program's own folder."),
    ),
    "host.occupied": Text(
        N_("Where the module belongs in {path} there are files of others: {what}."),
        _UNTOUCHED,
        N_("Move them away, and repeat it."),
    ),
    "host.changed": Text(
        N_("In {path} files were changed since they were installed: {what}."),
        _UNTOUCHED,
        N_(
            "Bring them back as they were, or delete them; from rexus/main/app.py take the lines that end in "
            "“# Rexus Backups”. Then repeat it."
        ),
    ),
    "host.receipt_broken": Text(
        N_("What was installed can't be told: the receipt {path} is damaged."),
        _UNTOUCHED,
        N_("Bring that file back from a copy of the folder."),
    ),
    "host.unreadable": Text(
        N_("{path} can't be read: {why}."),
        _UNTOUCHED,
        N_("Check its rights, and repeat it."),
    ),
    "host.write_failed": Text(
        N_("{path} could not be written: {why}."),
        N_("What was begun there was undone, or can be with: host remove. The backups that exist are not affected."),
        N_("Check space and rights there, close Rexus.app, and repeat it."),
    ),
    "host.not_installed": Text(
        N_("The module is not installed in {path}."),
        _BACKUPS,
        N_("Install it with: host install"),
    ),
    "host.outdated": Text(
        N_("In {path} there is version {version} of the module, with other files than this program."),
        _BACKUPS,
        N_("Bring it up to date with: host install"),
    ),
    "host.incomplete": Text(
        N_("The module is not whole in {path}: its installation was cut short, or files were deleted."),
        _BACKUPS,
        N_("Finish it with: host install. Or undo it with: host remove"),
    ),
    "host.unhooked": Text(
        N_("Rexus.app in {path} does not start the module any more: {what} was replaced, perhaps by an update."),
        _BACKUPS,
        N_("Repeat: host install"),
    ),
    "host.left": Text(
        N_("In {path} these folders stay, for there are files of others in them: {what}."),
        N_("All that was installed is gone."),
        N_("Nothing to do if somebody needs them."),
    ),
    "host.libraries": Text(
        N_("The Python of Rexus.app, {python}, lacks what the module needs: {what}."),
        N_("Rexus.app itself works as always, without the module."),
        N_("Install it with: {python} -m pip install {packages}"),
    ),
}
