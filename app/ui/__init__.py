"""The window: the only place that knows Qt.

Invariants:

* The window never works. Every job is a child process that speaks protocol 1 (see `app.cli`);
  reading settings, places and the history is a job, too.
* Rules are pure. What the page says follows from a `Situation` by functions that import no Qt
  and are told the time; widgets show frozen dataclasses and emit intents, nothing else.
* No colour and no pixel size stands outside `app.ui.tokens`.
* Nothing blocks: no nested event loop outside native dialogs, no `processEvents`, no sleep.
* Nothing bad passes by: a failure stays on the page until a later backup went well.
* No secret is shown: what a child wrote to standard error is redacted before anybody sees it.

Modules: `protocol` and `report` (what children say), `jobs` (running them), `controller` (what
happens when), `words` (times, sizes, short words), `shown` (what a page is), `state`, `verdict`,
`places` and `running` (the rules), `tokens`, `style`, `icons` (the look), `window`, `pages`,
`widgets`; `life` (the process: tray, window, quitting), `instance` (one a home),
`ticker` and `due` (the schedule's clock), `tray_rules`, `tray_icon`, `tray`, `notices` (the tray).
"""
