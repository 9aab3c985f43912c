"""A provider that disputes a line of its statement: the line waits as a case, the rest goes on."""
