"""One kind of database each, behind one port."""
