"""`tradekeep browse --json`: a child that a window asks whatever it shows of snapshots.

Questions come as JSON lines on standard input, answers leave on standard output (protocol 1, see
`app.cli`). First comes `hello`, last `done`; if the repository cannot be opened, `done` alone.

    {"event":"hello","protocol":1,"version":"0.1.0","place":"/…","repository":"<64 hex>"}
    {"event":"reloaded"}         another process replaced the index (a prune): list snapshots anew
    {"event":"problem",…}        the index is damaged in parts
    {"event":"done","outcome":"ok","report":{"reason":"end"|"idle"|"parent"},…}

A question has an `id` (a number) of its own and `do`; each is answered by lines with its `id`, of
which the last alone has `"more":false`: with the answer, `"cancelled":true`, or `"error"`. Lines
before it have `rows` or a `problem` (of one folder: the rest is there). A line that cannot be
understood is answered with an `error`, under its id or null.

    {"id":1,"do":"snapshots","start":0,"count":500}                        newest first
      → {"rows":[{"id","time","host","tags","paths","size","files","bytes_added"}],"total","next"}
    {"id":2,"do":"folder","snapshot":"…","path":"/home","start":0,"count":500}
      → {"snapshot","path","rows":[{"name","type","size","mtime"}],"total","next"}
    {"id":13,"do":"changes","snapshot":"…","path":"/home","against":"…"}     a snapshot
      → {"snapshot","path","changes":"==~+","gone":[rows]}: a sign for each row of the folder, in
        its order ("=" the same, "+" new, "~" changed since `against`), and rows of what only that
        one has (500 at most)
    {"id":3,"do":"stat","snapshot":"…","path":"/…"}
      → {"snapshot","path","type","size","mtime","mode","uid","gid","user","group","links",…}
    {"id":4,"do":"preview","snapshot":"…","path":"/…","bytes":65536}
      → {"kind":"text"|"image"|"binary","size","shown","text"|"image"|"hex",…}
    {"id":9,"do":"compare","snapshot":"…","path":"/…","against":"…"|null,"disk":false}
      → rows {"mark":" "|"-"|"+"|"~","before","after","text","secret"}, secrets hidden ("~": only
        what is hidden changed); {"kind":"text"|"other","size","against_size"}
    {"id":5,"do":"places"}
      → {"places":[{"name","place","state":"there"|"away"|"bare"|"other","open"}]}
    {"id":6,"do":"search","pattern":"*.py","snapshot":null,"host":null,"ignore_case":false,
     "most":5000}
      → rows {"path","type","size","mtime","last":{"id","time"}}; {"snapshots","found","cut"}
    {"id":7,"do":"history","path":"/…","host":null}
      → {"path","gone","versions":[{"type","size","mtime","first","last","snapshots":[ids]}]}
    {"id":8,"do":"diff","before":"…","after":"…","path":"/"}    "after":null: all, with the disk
      → rows {"path","kind","before","after"}; {"before","after","counts","bytes_added",…}
    {"id":10,"do":"sizes","snapshot":"…","path":"/"}
      → rows {"name","files","bytes"} of the folders in a folder; {}
    {"id":11,"do":"measure","snapshot":"…","include":["/…"],"exclude":[]}    none: all
      → {"files","bytes"}; of paths in these lists "base64:…" begins one that is not UTF-8
    {"id":12,"do":"restore-plan","snapshot":"…","include":[],"exclude":[],"target":"/…"|null,
     "overwrite":"set-aside"}    without a target in place; nothing is written
      → rows {"path","size","mtime","name","blocks"} of what is in the way (500 at most);
        {"files","bytes","new","same","different","blocked","write","room":{"path","needed","free"}}
    {"id":6,"do":"cancel"}       ends the answer to question 6; is not answered itself

With `--archive`, questions are about exchange history; no repository and no key is needed:

    {"id":1,"do":"accounts"}
      → {"accounts":[{"name","exchange","environment","fills","orders","last_pull","outcome",
         "fetched","rights":{"withdraw","trade"}|null,"rights_checked"}]}   as it last told
    {"id":2,"do":"calendar","account":"main","first":20500,"days":90}     days since 1970, UTC
      → {"rows":[{"kind":"fills","days":["saved","empty","missing",…]}],
         "stretches":[{"kind","start","stop","day","expires"}]}
    {"id":3,"do":"rows","kind":"fills","account":null,"text":"","since":null,"until":null,
     "order":"timestamp","descending":true,"start":0,"count":200}
      → {"rows":[{…ccxt's fields…,"account","wallet","market_id"}],"total"}   numbers as text
    {"id":4,"do":"series","what":"value"|"funding","account":null,"first":20500,"last":20590}
      → {"unit":"USDT","others":["BTC"],"points":[[20500,"48312.40"],[20501,null]]}
        null: a day that was not asked for to its end

`snapshot`, `against`, `before` and `after` are ids, their beginnings, or `latest`. `next` is the
`start` of the next page, null after the last. `path64` and `name64` (base64) stand beside a name
that is not UTF-8 or holds control characters, and `path64` may be asked instead of `path`. A newer
question for changes, a search, history, diff, sizes, measure or plan ends an older one of its kind.
Another place than this machine's repository is read with `tradekeep -r PLACE browse --json`; with
`--password-stdin` before `browse`, its key is the first line of standard input, and questions
follow.

The child ends when its input does (after answering what was asked), after `--idle` seconds
without a question, and when whoever started it has gone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import click

from app import __version__
from app.cli.context import Context, Quiet, json_option
from app.cli.events import PROTOCOL, problem_json, write_event
from app.errors import WrongUsage
from app.monitor import Problem


@click.command()
@click.option(
    "--idle",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    help="End after so long without a question.",
)
@click.option("--archive", is_flag=True, help="About the archive of exchange history instead.")
@json_option
@click.pass_obj
def browse(context: Context, idle: float, archive: bool, as_json: bool) -> int:
    """Answer a program's questions about snapshots or the archive, as JSON lines.

    Example: echo '{"id":1,"do":"snapshots"}' | tradekeep browse --json
    """
    if not as_json:
        raise WrongUsage("browse-needs-json")
    parent = os.getppid()
    serve = _answer_of_archive if archive else _answer
    return context.answer(True, lambda _quiet: serve(context, idle, parent), lambda _report: None)


def _answer_of_archive(context: Context, idle: float, parent: int) -> dict[str, object]:
    from app.cli.desk import Desk
    from app.cli.inbox import Inbox
    from app.services.browse_archive import ArchiveBrowser

    browser = ArchiveBrowser(context.home, lambda: time.time_ns() // 1_000_000)
    _hello(str(context.home.paths.archive_file), "")
    return {"reason": Desk(browser, Inbox(), write_event, _lives(parent)).run(idle)}


def _lives(parent: int) -> Callable[[], bool]:
    """Whether whoever started us is still there."""
    from app.repository.lock import is_alive

    return lambda: os.getppid() == parent and is_alive(parent)


def _hello(place: str, repository: str) -> None:
    write_event(
        {
            "event": "hello",
            "protocol": PROTOCOL,
            "version": __version__,
            "place": place,
            "repository": repository,
        }
    )


def _answer(context: Context, idle: float, parent: int) -> dict[str, object]:
    from app.cli.desk import Desk
    from app.cli.inbox import Inbox
    from app.repository.reader import Reader
    from app.services.browse import Browser

    repository = context.open()
    reader = Reader(
        repository,
        _Aloud(),
        changed=lambda: write_event({"event": "reloaded"}),
        index_cache=context.home.index_cache(repository.config.id),
    )
    browser = Browser(context.home, reader, own=context.is_own)
    _hello(reader.place, repository.config.id)
    return {"reason": Desk(browser, Inbox(), write_event, _lives(parent)).run(idle)}


class _Aloud(Quiet):
    """Says what is wrong with the index, which concerns no single question."""

    def problem(self, problem: Problem) -> None:
        write_event({"event": "problem", **problem_json(problem)})
