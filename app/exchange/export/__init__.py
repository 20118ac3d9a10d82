"""The archive's rows as files that people and tax programs read.

csv and parquet are complete and lossless: ccxt's unified field names as columns, then our own
(account, wallet, market_id, version, evidence). xlsx holds the same for people. The formats of
tax programs hold what those programs take, and say nothing that the archive does not.

Numbers stay text on the way: no row passes through a float.
"""
