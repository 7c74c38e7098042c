"""What we do, top to bottom."""
