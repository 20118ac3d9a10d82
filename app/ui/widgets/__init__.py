"""Widgets that draw what `app.ui.shown` describes. They hold no rules."""
