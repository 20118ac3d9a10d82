"""From exchanges to the archive: everything an exchange knows of the user's account, as evidence.

How it fits together. `tables` says what each exchange has: one `Exchange` of `Stream`s, mostly
data. `client` is the real ccxt client with our hooks: every HTTP answer passes through it and is
kept. `pager` asks one window to exhaustion by the exchange's own cursor, `plan` says which windows
are missing and which expire first, `pull` does them for an account and for the `subaccounts` that
the exchange lists, each under wallets of its own. `archive` keeps evidence, records and coverage in
one SQLite database; `records` derives the rows from the bodies, and `rebuild` does so again from
the evidence alone.

Invariants:
- A window's bodies, records and coverage are committed in one transaction.
- Coverage says `complete` only for what the exchange answered to the end.
- Evidence is append-only; each row carries the hash of the one before it.
- Times are integer milliseconds since 1970 UTC inside this package (`Millis`), because every
  exchange's are; intervals are half-open. Aware datetimes at its edges.
- Numbers are the text that the exchange sent. Never a float.
- ccxt is imported only here, and only when an exchange is looked up or a client is made. Secrets
  reach nothing but ccxt.
"""
