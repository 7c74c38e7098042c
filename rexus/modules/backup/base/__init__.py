"""Words and tools for everybody: records, errors, texts, cancel, clock and the file port."""
