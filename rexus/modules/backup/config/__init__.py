"""Settings as typed records: what the administrator may say, and how it is read and kept."""
