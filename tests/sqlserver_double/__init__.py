"""A SQL Server for tests, on loopback: a world of databases, and the wire to it that real drivers speak."""
