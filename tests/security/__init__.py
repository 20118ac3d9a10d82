"""The security review as tests. Where each line is shown:

- **Paths that lead out of a restore** (.., absolute, NUL, an empty name, one name twice):
  `tests/repository/test_restorer.py`, `test_restore_folder.py`; names of other systems, and
  somebody who swaps folders and files for links all the while: `test_restores`. Whatever a tree
  says, nothing is written elsewhere: the target `restore` of `tests.fuzz`.
- **Decompression bombs**: frames that lie, and bombs, `tests/repository/test_compression.py`; as
  files and blobs of a repository: `test_bombs`.
- **KDF bombs**: `tests/repository/test_keys.py`, before memory is taken.
- **An index that claims more than there can be**: `test_bombs`.
- **File modes** of everything below the home and in repositories, whatever the umask:
  `test_processes`.
- **TLS verification never off**: in our code, and in each library that speaks to the net, against a
  server whose certificate nobody signed: `test_tls`. Plain http only to this computer:
  `tests/backends/test_object_store.py`, `tests/exchange/test_options.py`.
- **Secrets of children**: no argument list, no environment, no core file: `test_processes`.
- **Secrets in logs, reports and alerts**: `test_planted`; in configurations of bots:
  `tests/bots/test_capsule.py`, `tests/services/test_compare.py`.
- **What is parsed from outside**: `tests.fuzz`.
- **What is in the package**: the list of contents (CycloneDX), `tests/packaging`.
"""
