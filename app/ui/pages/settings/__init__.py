"""The Settings page: sections at the left, the form of one at the right; saved at once, undone at
once."""
