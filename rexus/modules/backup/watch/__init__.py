"""When it runs, and is all well: listens to jobs, which do not know it."""
