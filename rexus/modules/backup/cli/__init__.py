"""The door without a window."""

NAME = "Rexus Backups"
"""As people call it."""
