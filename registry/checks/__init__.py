"""Proving that what must always be true is true, over the whole database (`registry check`)."""
