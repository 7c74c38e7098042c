"""Rexus Backups: back up, prove and restore the databases of Rexus.app."""

__version__ = "0.1.0"
__all__ = ["BackupController", "BackupModel", "BackupView", "register"]

_HOMES = {
    "BackupModel": ("qt.host_model", "HostModel"),
    "BackupView": ("view", "BackupView"),
    "BackupController": ("controller", "BackupController"),
}


def __getattr__(name: str) -> object:
    """Load what a host asks for on first use, so that the command line never imports Qt."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home, kept = _HOMES[name]
    return getattr(import_module(f"{__name__}.{home}"), kept)


def register(main_window: object) -> bool:
    """Add the entry Backups to a host's window; False where that could not be done. Never raises."""
    try:
        from .qt.host import add
    except Exception:  # a library that is missing must not keep the host from starting
        import logging

        logging.getLogger(__name__).exception("the module can't be loaded")
        return False
    return add(main_window)
