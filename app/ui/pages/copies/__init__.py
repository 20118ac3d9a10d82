"""Copies: where everything lies, adding a place, how each is treated."""
