"""What an exchange can be asked for, as data: streams, their windows, pages and record keys.

An `Exchange` is a table. A `Stream` is one kind of history from one endpoint: which ccxt method
is called (an implicit one such as `fapiPrivateGetUserTrades`, so that nothing is filtered,
sorted or dropped between the exchange and us), where the rows are in the body, how they are
paged, how long the exchange keeps them, and what makes a row the same row. Rows are turned into
ccxt's unified fields by ccxt's own parser of that name.

Must not know: ccxt, the archive, HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from app.exchange.cursors import Cursor, Single

Millis: TypeAlias = int
Json: TypeAlias = object  # what a JSON body parses to; numbers with a point stay text
Row: TypeAlias = Mapping[str, object]  # one raw row of a body
Params: TypeAlias = dict[str, object]  # what an endpoint is asked with, before signing

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Kind(StrEnum):
    """What a stream is of; the names that people and `coverage` use."""

    FILLS = "fills"
    ORDERS = "orders"
    BALANCES = "balances"
    POSITIONS = "positions"
    POSITION_HISTORY = "position-history"
    FUNDING = "funding"
    LEDGER = "ledger"
    DEPOSITS = "deposits"
    WITHDRAWALS = "withdrawals"
    TRANSFERS = "transfers"
    LIQUIDATIONS = "liquidations"
    MARKETS = "markets"
    SUBACCOUNTS = "subaccounts"


class Each(StrEnum):
    """What a stream has to be asked for separately, in the order in which that is known."""

    ACCOUNT = "account"  # one question for everything
    CURRENCY = "currency"  # once for each currency
    MARKET = "market"  # once for each market (raw id in `Stream.each_param`)


BEFORE_UPGRADE = "before the upgrade"  # the mode of lists that tell of nothing else
TURNS = range(len(Each) + 2)  # the last ones: for each market that rows of a wallet name


class Nature(StrEnum):
    """How rows of a stream live."""

    EVENTS = "events"  # happen once, are asked for by time
    SAMPLE = "sample"  # how things are now; rows that vanish have ended
    CURRENT = "current"  # what is open now; another stream of the kind tells how it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How a time range is said to the endpoint, and the longest one it takes.

    `span` None: any length. `start` and `end` are parameter names ("" where there is none; an
    endpoint without both is walked from its newest row back to where the window begins).
    `inclusive_end`: the exchange's end includes that instant, so half-open windows send end - 1.
    `inclusive_start`: so does its start; where it does not, or nobody says so, start - 1 is sent.
    `unit` is 1 for milliseconds, 1000 for seconds, and times go out as text if `as_text`.
    """

    start: str = "startTime"
    end: str = "endTime"
    span: Millis | None = None
    inclusive_end: bool = True
    inclusive_start: bool = True
    unit: int = 1
    as_text: bool = False

    @property
    def timeless(self) -> bool:
        """Whether the endpoint takes no times at all."""
        return not self.start and not self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of history from one endpoint. See the module.

    name       unique in its exchange; "" means the kind's own name. Two streams of one kind
               (orders and algo orders, execution types) share records if `wallet` is equal.
    endpoint   ccxt's implicit method, or with `unified` the unified one (generic exchanges)
    rows       where the list is in the body: keys joined by dots, "" for the body itself
    count      where the body counts its rows: with none there, the list may be missing
    parser     ccxt's parser of one row (`parse_trade`)
    own        our own instead, where ccxt has none: a raw row's fields under unified names.
               With a parser, or a unified method: the fields that ccxt gets wrong or leaves
               out, laid over its own
    key        raw fields that make a row unique within account, stream, wallet and market;
               fields within fields are joined by dots, here and in `time` and `market`
    time       raw field with the row's time (`unit` of the window does not apply: `time_unit`),
               a number or ISO 8601
    market     raw field with the market id, "" where rows have none
    market_type  ccxt's type of those markets ("spot", "swap"), where ids are used twice
    params     fixed parameters
    questions  what is asked beside them, one after the other: together one window or one sample
    questions_of  the same, where they depend on the market that is asked for
    limit      rows a page, said as `limit_param` ("" where the exchange does not want it)
    reach      how far back the exchange answers; None: for ever, as far as is known
    loses      the shortest life of anything in it (cancelled orders), None: `reach`
    newest     the exchange keeps only so many of the newest rows: once there are as many, what
               lies before the oldest of them is gone
    mode       the kind of account that has it ("classic", "unified"), where one has not the other's
    needs      the right that a key needs, for the sentence when it is denied
    dense      the exchange numbers this account's rows without gaps, so a jump is a loss
    begins     what lies before that (ms) the exchange tells nobody
    named      of those for each market: asked only for the markets that rows of its wallet name;
               for each currency: only for those that were ever held
    split      the rows that a raw row holds
    whole      a ledger that tells every change of its wallet's balances, not some of them
    details    what is asked about each of its rows that is new, has changed or is open: their rows
               are of the same wallet
    about      of details: the questions about a row of the list
    echo       parameters of its questions that its rows do not repeat
    again      the `type` of those open rows of its wallet that the list has no more: they are asked
               for by their details, which tell how they ended
    beside     of those that are named: by that wallet's orders, where one is part of another
    """

    kind: Kind
    endpoint: str
    name: str = ""
    wallet: str = ""
    rows: str = ""
    count: str = ""
    parser: str = ""
    own: Callable[[Row], Mapping[str, object]] | None = None
    key: tuple[str, ...] = ("id",)
    time: str = "time"
    time_unit: int = 1
    market: str = ""
    market_type: str = ""
    each: Each = Each.ACCOUNT
    each_param: str = ""
    nature: Nature = Nature.EVENTS
    window: Window = field(default_factory=Window)
    cursor: Cursor = field(default_factory=Single)
    params: Mapping[str, object] = field(default_factory=dict)
    questions: Sequence[Mapping[str, object]] = ({},)
    questions_of: Callable[[str], Sequence[Mapping[str, object]]] | None = None
    limit: int | None = None
    limit_param: str = "limit"
    reach: Millis | None = None
    loses: Millis | None = None
    newest: int | None = None
    mode: str = ""
    needs: str = "read"
    dense: bool = False
    unified: bool = False
    keep: Callable[[Row], bool] | None = None  # rows of this stream among others in the body
    shape: Callable[[Row], Row] | None = None  # a raw row as all of the above see it
    split: Callable[[Row], Sequence[Row]] | None = None
    begins: Millis = 0
    named: bool = False
    whole: bool = True
    keyed: str = ""  # the rows lie under their ids, not in a list: the field that the id goes to
    proven: bool = True  # paging is known to lose nothing; if not, nothing is called complete
    one: bool = False  # there is one row where `rows` points, not a list of them
    by_change: bool = False  # orders come by the time of their change, not of their making
    null: bool = False  # where there are no rows, the body is null
    gather: Callable[[Sequence[Row]], Sequence[Row]] | None = None  # what all rows say together
    details: Sequence[Stream] = ()
    about: Callable[[Row], Sequence[Mapping[str, object]]] | None = None
    echo: tuple[str, ...] = ()
    again: str = ""
    beside: str = ""

    @property
    def title(self) -> str:
        """The stream's name in coverage."""
        return self.name or self.kind.value

    @property
    def turn(self) -> int:
        """When a pull asks for it, of `TURNS`: rows of an earlier turn name what a later one is
        asked for."""
        if self.beside:
            return len(Each) + 1
        return list(Each).index(self.each) if not self.named else len(Each)

    @property
    def expires(self) -> Millis | None:
        """How old anything in it may get before it can be gone."""
        return self.loses if self.loses is not None else self.reach


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFile:
    """A table that the exchange makes of a quarter that its endpoints tell no more. Its rows are
    those of the same wallet, with the same numbers: what was told is there once.

    apply      the endpoint that has it made, asked with a year and a quarter
    made       and the one that says where it is, once it is made
    link       the address in that one's answer; "" while it is being made, None if it is not
    columns    its headings, with the fields that they hold; all of them have to be there
    types      what stands in the field `type`, as the endpoints' rows say it
    """

    kind: Kind
    wallet: str
    apply: str
    made: str
    link: Callable[[Json], str | None]
    columns: Mapping[str, str]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candles:
    """How candles are asked for: the endpoint's page size and the parameter names."""

    endpoint: str = ""
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subaccounts:
    """Accounts beside the user's main one, which the exchange lists: each is asked for as the main
    one is, under wallets of its own.

    name     what their wallets begin with: `sub-12345`, and in it `sub-12345/spot`
    listing  how they are listed: a sample of kind `SUBACCOUNTS` in the wallet of that name; the
             native id of its rows is what the exchange calls them
    param    what a question says it with
    asks     which streams take it
    joins    which ask for them in their own wallet, beside the main account: their rows are also in
             a list that tells of all accounts at once
    lacks    kinds that the exchange has, but does not tell of these accounts
    own      by title: how rows are read that say something else here than in the main account
    shared   money of others lies there, too: it belongs in no sum of the user's
    stays    it is asked for although it is not listed any more
    """

    name: str
    listing: Stream
    param: str
    asks: Callable[[Stream], bool]
    joins: Callable[[Stream], bool] = lambda _stream: False
    lacks: frozenset[Kind] = frozenset()
    own: Mapping[str, Callable[[Row], Mapping[str, object]]] = field(default_factory=dict)
    shared: bool = False
    stays: bool = False

    def wallet(self, account: str, inner: str = "") -> str:
        """The name of an account's wallet; `inner` is what the main account calls it."""
        return f"{self.name}-{account}" + (f"/{inner}" if inner else "")

    def parts(self, wallet: str) -> tuple[str, str] | None:
        """The account that a wallet belongs to, and what the main account calls that wallet."""
        name, _, rest = wallet.partition("-")
        account, _, inner = rest.partition("/")
        return (account, inner) if name == self.name and account else None

    def takes(self, stream: Stream) -> bool:
        """Whether a stream is asked for such accounts: not what is about another one already."""
        lists = stream.kind is Kind.SUBACCOUNTS
        return not lists and self.param not in _said(stream) and self.asks(stream)

    def of(self, stream: Stream, account: str) -> Stream:
        """A stream as it is asked for such an account."""
        said: Params = {**_said(stream), self.param: account}
        return replace(
            stream,
            wallet=self.wallet(account, stream.wallet),
            params={**stream.params, "params": said} if stream.unified else said,
            own=self.own.get(stream.title, stream.own),
            details=tuple(self.of(each, account) for each in stream.details),
        )


def _said(stream: Stream) -> Mapping[str, object]:
    """What a stream's questions say to the exchange: a unified one has that among its arguments."""
    said = stream.params.get("params", {}) if stream.unified else stream.params
    assert isinstance(said, Mapping)
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Everything that a pull needs to know of one exchange.

    id          ccxt's id
    verified    tested against a server in its wire format
    streams     what there is to ask
    lacks       kinds that it does not have at all: `unsupported`
    markets     parameters of ccxt's `load_markets`, so that it asks nothing private
    clock       endpoint and path in the body, where ccxt has no `fetch_time`
    envelope    fields of which an answer must have at least one; () where bodies are lists
    good        (field, values): what a successful answer carries there, compared as text
    sweep       every market is asked again at least this often
    share       which part of the permitted rate we take, at most
    parallel    how many requests may be in flight at once
    options     ccxt options that this exchange needs
    secrets     ccxt's names of what a key consists of
    delisted    raw market ids can be asked although ccxt knows them no more
    identity    parameters that name the account to an exchange without keys, and ccxt's attributes
                that hold it
    sized       amounts are numbers of contracts whose size only the market's definition tells:
                where ccxt knows a market no more, what a row of it cost is not known
    currencies  its list of currencies is public; else they are those of its markets
    modes       endpoint and path in the body that tell which of these modes an account is in, where
                its refusals do not
    files       what it makes files of, for the user to get and import
    subaccounts  what other accounts it lists; a later one's streams are also those of the earlier
    itself      what tells whose the key is, where only a main account's key sees others: its `type`
                is "main" then
    """

    id: str
    streams: Sequence[Stream]
    verified: bool = True
    lacks: frozenset[Kind] = frozenset()
    envelope: tuple[str, ...] = ()
    good: tuple[str, tuple[str, ...]] | None = None
    sweep: Millis = 2 * DAY
    share: float = 0.5
    parallel: int = 4
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: tuple[str, ...] = ("apiKey", "secret")
    identity: Mapping[str, str] = field(default_factory=dict)
    sized: bool = False
    candles: Candles = field(default_factory=Candles)
    currencies: bool = False
    clock: tuple[str, str] | None = None
    modes: tuple[str, str, tuple[str, ...]] | None = None
    markets: Mapping[str, object] = field(default_factory=dict)
    files: Sequence[OwnFile] = ()
    subaccounts: Sequence[Subaccounts] = ()
    itself: Stream | None = None

    @property
    def lists(self) -> tuple[Stream, ...]:
        """What tells which accounts there are, in the order in which it is asked for."""
        first = () if self.itself is None else (self.itself,)
        return (*first, *(each.listing for each in self.subaccounts))

    def named(self, title: str, wallet: str) -> Stream | None:
        """The stream of that title and wallet; None if this table has none (any more)."""
        return next((each for each in self.of(wallet) if each.title == title), None)

    def of(self, wallet: str) -> list[Stream]:
        """The streams of a wallet, also that of a sub-account which this table does not ask for."""
        details = (each for stream in self.streams for each in stream.details)
        there = (*self.streams, *details, *self.lists)
        found = [each for each in there if each.wallet == wallet]
        for group in () if found else self.subaccounts:
            parts = group.parts(wallet)
            if parts is not None:
                account, inner = parts
                found += [group.of(each, account) for each in self.of(inner) if group.takes(each)]
        return found

    def below(self, accounts: Mapping[str, Sequence[str]]) -> Exchange:
        """This table with the streams of sub-accounts (by the name of their kind), too."""
        streams = list(self.streams)
        for group in self.subaccounts:
            named = accounts.get(group.name, ())
            beside = tuple({group.param: account} for account in named)
            streams = [
                replace(each, questions=(*each.questions, *beside)) if group.joins(each) else each
                for each in streams
            ]
            asked = [stream for stream in streams if group.takes(stream)]
            streams += [group.of(stream, account) for account in named for stream in asked]
        return replace(self, streams=tuple(streams))

    def ended(self, wallet: str) -> bool:
        """Whether it is the wallet of a sub-account that this table (`below`) does not ask for."""
        below = any(group.parts(wallet) for group in self.subaccounts)
        return below and all(stream.wallet != wallet for stream in self.streams)

    def shares(self, wallet: str) -> bool:
        """Whether money of others lies in a wallet, too."""
        return any(group.shared and group.parts(wallet) for group in self.subaccounts)
