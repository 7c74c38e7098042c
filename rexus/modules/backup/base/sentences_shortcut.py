"""What shortcuts may have to tell, by code."""

from __future__ import annotations

from .saying import N_, Text

TEXTS: dict[str, Text] = {
    "shortcut.write_failed": Text(
        N_("The shortcut {path} could not be written: {why}."),
        N_("The program and its backups are not affected."),
        N_("Check space and rights there, and repeat it."),
    ),
    "shortcut.no_desktop": Text(
        N_("This system has no shortcuts that the program knows; nothing was put anywhere."),
        N_("The program and its backups are not affected."),
        N_("Start the window with: {command}"),
    ),
    "shortcut.no_folder": Text(
        N_("There is no desktop folder; the shortcut stands in the menu of programs only."),
        N_("The program and its backups are not affected."),
        N_("Nothing to do; where a desktop appears later, repeat it."),
    ),
}
