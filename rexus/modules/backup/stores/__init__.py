"""Where stored files live."""
