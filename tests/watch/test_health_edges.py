"""Edges of when all is well and when not."""
