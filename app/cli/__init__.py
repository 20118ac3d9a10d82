"""The command line: thin click commands over `app.services`, text for people, JSON for programs.

Protocol 1, what `--json` prints (one JSON object a line, UTF-8, flushed at once; standard output
holds nothing else, standard error only what our own bugs print):

    {"event":"started","protocol":1,"version":"0.1.0","job":"backup","run":"<16 hex>",
     "time":"2026-11-23T12:04:00Z","steps":["sources","copies"]}
    {"event":"step","step":"sources","state":"running"|"done"|"skipped","seconds":38.2?,
     "items":4?,"bytes":12600000000?}
    {"event":"progress","step":"sources","phase":"read","done":8100000000,"total":12600000000|null,
     "unit":"bytes"|"files","items":3412,"items_total":5120|null,"item":"/home/…/BTC.feather"}
    {"event":"problem","id":"file-unreadable","params":{"path":"/…"},"title":"…","hint":"…"}
    {"event":"key","kind":"recovery","id":"<64 hex>","key":"K7QM-…"}   only with --recovery-stdout,
                                                and of key read-image (the repository's id there)
    {"event":"sign-in","address":"https://…"}   only of copies in Dropbox; a line with the code that
                                                is shown there is awaited on standard input
    {"event":"token","token":"…"}   only of copy dropbox-token
    {"event":"paused"}   {"event":"resumed"}   {"event":"stopping"}
    {"event":"done","outcome":"ok"|"problems"|"failed"|"cancelled","exit_code":0,
     "seconds":41.9,"problems":0,"report":{…},
     "error":{"id":"key-wrong","params":{},"title":"…","hint":"…"}|null}

* `started` is first, `done` is last, always, also after failures and signals. A command that only
  reads (snapshots, ls, status, …) prints `done` alone, with its answer in `report`.
* `progress` comes at most four times a second and once at the end of each step; `total` is null
  while unknown. Steps are those of `app.monitor.Step`, in the order of `started.steps`.
* Problems carry id and parameters so that a window with another language renders them itself;
  title and hint are the sentence in this process's language.
* `report` of backup: {"snapshot": {"id","time","host","tags","paths","size"}|null, "files_new",
  "files_changed","files_unchanged","bytes_read","bytes_added","copies":[{"name","outcome",
  "files_copied","bytes_copied"}],"pull":null|{"accounts","records","calls","busy"},"pull_left"}.
  `report` of pull: {"accounts":[{"name","exchange","environment","outcome":"done"|"left"|"stopped"
  |"failed","records","versions","calls","windows","left","partial","denied",
  "clock_offset_ms"}],"records","calls","pull_left","samples","candles":{"new","filled","left"}?};
  left counts windows, and sets of candles, for the next run.
  `report` of drill: {"copy","which","snapshot","host","scope":"source"|"sample"|"all","source",
  "seed","sources","files","bytes","databases","tables","rows","seconds","first_file_seconds",
  "bytes_per_second","whole_bytes","whole_seconds_estimate","sound"}, see `app.services.drill`.
  `report` of `recover`, and of `recover --dry-run`: see `app.services.recover`; "problems" of the
  latter are those of its look, each with id, params, title and hint.
  `report` of rollback: {"bot","kind","path","snapshot","done","healed":[sentences]|null,"counts":
  {"changes","comes","goes","rights"}} and, without --yes, {"at_work":[sentences],"files":[{"path",
  "what","now","then"}],"configurations":[{"path","keys":[{"key","now","then","secret","code",
  "order"}]} or {"path","lines"}],"paper":[{"path","on"}]}, with it {"undo":snapshot,"kept",
  "on_paper","trades":{"trades","orders","accounts","asked","differences":[{"id","params","text"}]}
  |null}. Of `capsules`: {"bot","path","states":[{"id","time","host","good","undo","suspect",
  "version","trades","orders"}]}; of `known-good list`: {"known_good":[{"bot","snapshot","last"}]}.
  `report` of `snapshots`: {"snapshots":[{"id","time","host","tags","paths","size"}]}.
  Ids are full, times are RFC 3339 in UTC, sizes are bytes (or null where the writer did not
  record them).
  `report` of `runs`: {"runs":[{"run","job","started","seconds","outcome","place","added",
  "problems":3,"by":"person"|"schedule"|"drive"}],"total","next"}; of `runs RUN` all
  of one, with "steps", "problems" (each with id, params, title, hint), "error" and the job's own
  "report".
  `report` of `due`: {"due","backup","slot","next","retry","overdue_since","waiting":{"id","params",
  "title","hint","until"}|null,"paused_until","running":{"run","job","started","pid","place","by"}
  |null,"owed":[copies],"pull","samples":[accounts],"drill":copy|null,"metered"}; "until" is
  what it waits for, {"battery":30} in percent (or plugged in) or {"network":true}; "pull" says
  that exchanges have more to be asked for, "drill" from which copy a restore is to be practised.
  The last line of `backup --if-due` is the same where nothing is due. Exit code 4 says that.
  `report` of `report`: {"path","pdf","since","until","runs","gaps"}; of `lock-year`: a locked year
  as in "years" of `status` (see `app.services.years_check`), with "stamp":{"time","authority"}|null
  and "out"; of `lock-year --check`: {"years":[each with "faults":[sentences],"rows":[{"change":
  "added"|"changed"|"gone","kind","account","market","id"}]]}; of `lock-year --dry-run`:
  {"year","missing":[problems]}. `report` of `copy recover`: {"dry_run","kept_days","missing",
  "damaged","brought","lost"}, counting files.
  `report` of `alert list`, and "alerts" in that of `status`: [{"name","service","silence","on",
  "last_sent","last_error":{"id","params","title","hint"}|null}]. A job tells its alerts after
  `done`, before it ends.
* A reader ignores events and fields that it does not know; a protocol other than 1 is refused.

`browse` answers questions for as long as somebody asks: see `app.cli.browse`.

With `--control-stdin`, standard input takes lines: `cancel`, `end`, `pause`, `resume`. Each takes
effect within two seconds and leaves a valid repository. End of input means nothing. SIGINT cancels,
SIGTERM ends: as cancelled, but with the error "ended-by-system", since no person asked for it; a
schedule then tries again.

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 finished with problems, 4 not due, 10 no repository,
11 locked, 12 wrong key, 130 cancelled.
"""
