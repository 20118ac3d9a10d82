"""The pages of the window; one for now."""
