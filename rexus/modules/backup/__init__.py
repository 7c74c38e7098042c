"""Rexus Backups: back up, prove and restore the databases of Rexus.app."""

__version__ = "0.1.0"
