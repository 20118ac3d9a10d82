"""The Records page: locked years and reports."""
