"""A stand-in for sqlcmd in both its dialects, started as a process; written without looking at the server double."""
