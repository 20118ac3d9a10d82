"""A repository in a Dropbox account, through Dropbox's own SDK.

Invariants: the SDK and what it stands on are imported by `client`, `transport`, `errors` and
`sign_in` only, and loaded when a place is first used; nothing of the SDK leaves `client` (values
become ours, errors become `BackendError`s); every upload carries its content hash, and what
Dropbox says it has stored is compared with it; TLS is always verified. The SDK's environment
variables for other hosts (DROPBOX_API_HOST and so on) and REQUESTS_CA_BUNDLE are honoured.

Dropbox takes writes to one account one after the other, and each file appears whole or not at
all. So contents go up in parallel as upload sessions, which are nothing yet, and a batch of them
is committed with one request.
"""
