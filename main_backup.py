"""Rexus Backups: run one command, or open the window when called without one."""

import sys

if __name__ == "__main__":
    from rexus.modules.backup.cli.main import main

    sys.exit(main(sys.argv[1:]))
