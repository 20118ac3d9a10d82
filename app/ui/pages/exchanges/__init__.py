"""The Exchanges page: accounts, what of their history is saved, plots, and every row of it."""
