"""Sentences about exchange accounts, their secrets, pulls and the archive. See `app.messages`."""

from __future__ import annotations

from app.messages import Sentence

_SEALED: dict[str, Sentence] = {
    "sealed-other-key": Sentence(
        "The secrets in {path} were sealed with another device key than this computer's.",
        "They cannot be read here. If the key was replaced or the file comes from another "
        "computer, move the file away and give each account its key again: "
        "tradekeep exchange key NAME",
    ),
    "sealed-damaged": Sentence(
        "The sealed file {path} with the secrets of exchange accounts is damaged.",
        "It was not touched. Move it away and give each account its key again: "
        "tradekeep exchange key NAME. What was archived is not affected; check the disk.",
    ),
    "sealed-newer": Sentence(
        "A newer Tradekeep wrote the sealed file {path} (version {version}).",
        "It was not touched. Install that version here, too.",
    ),
    "sealed-mismatch": Sentence(
        "The secrets that were written to {path} do not read back as they were written.",
        "Do not rely on them. Check the disk, then give each account its key again: "
        "tradekeep exchange key NAME",
    ),
    "sealed-unreadable": Sentence(
        "The sealed file {path} with the secrets of exchange accounts could not be read: {reason}.",
        "Check the file and its permissions.",
    ),
    "sealed-unwritable": Sentence(
        "The secrets could not be written to {path}: {reason}.",
        "Nothing was added. Check the folder, its permissions and the free space.",
    ),
}

_ACCOUNTS: dict[str, Sentence] = {
    "exchange-taken": Sentence(
        "There is already an exchange account called {name}.",
        "Choose another name (upper and lower case count as the same). To give that account "
        "another API key: tradekeep exchange key {name}",
    ),
    "exchange-unknown": Sentence(
        "There is no exchange account called {name}.", "There are: {known}."
    ),
    "no-exchanges": Sentence(
        "There is no exchange account yet.",
        "Add one with a key that may only read: tradekeep exchange add NAME --exchange ID",
    ),
    "exchange-no-such": Sentence(
        "There is no exchange {exchange} in ccxt.",
        "Use ccxt's id of it, for example: {near}.",
    ),
    "exchange-no-files": Sentence(
        "{exchange} makes no files of what it tells no more.",
        "What you have got elsewhere can be imported: tradekeep import csv --help",
    ),
    "exchange-quarter-wrong": Sentence(
        "“{text}” is not a quarter.", "Write a year and its quarter, for example 2023Q1."
    ),
    "exchange-no-key": Sentence(
        "The API key of the account {name} is not on this computer.",
        "It may not have come along from another one. Give it again: tradekeep exchange key {name}",
    ),
    "exchange-environment-differs": Sentence(
        "The account {name} says one environment and its options lead to another.",
        "Rows of a demo account must not get among real ones. In the settings, environment is "
        '"demo" exactly where the options say sandbox or demo.',
    ),
    "exchange-no-practice": Sentence(
        "ccxt has no {name} environment for {exchange}.",
        "Some exchanges have the other one of sandbox and demo; change the options.",
    ),
}

_OPTIONS: dict[str, Sentence] = {
    "exchange-options-unreadable": Sentence(
        "The options in {path} could not be read: {reason}.",
        "The file must hold one JSON object. Check how it is written.",
    ),
    "exchange-option-unknown": Sentence(
        "These options are not known, or not allowed: {names}.",
        "Nothing was connected. There are: {known}.",
    ),
    "exchange-option-wrong": Sentence(
        "The option {name} has a value that it cannot have.",
        'hostname is a host like "bytick.com", address and urls.api are addresses that begin with '
        "https://, options is a table, sandbox and demo are true or false, and only one of them.",
    ),
    "exchange-option-type": Sentence(
        "The option {name} has a value that it cannot have.",
        "recvWindow is a whole number, portfolioMargin, unifiedAccount and uta are true or false, "
        "fetchMarkets is a table, and the others are text in quotes.",
    ),
    "exchange-option-secret": Sentence(
        "Secrets do not belong among the options: {names}.",
        "Options stand readable in the settings. Take them out; the key is asked for, or given "
        "with --credentials-stdin. If the file was shared, replace the key at the exchange.",
    ),
    "exchange-address-wrong": Sentence(
        "{address} is no address that can be used.",
        "Write it like https://api.example.com, without a question mark or a login in it.",
    ),
    "exchange-address-open": Sentence(
        "{address} is asked without encryption, and {host} is not this computer.",
        "Everybody on the way could read along and change answers. Use https://",
    ),
    "exchange-host-foreign": Sentence(
        "The account {name} would be asked through a server that is not the exchange's own: "
        "{hosts}.",
        "Whoever runs it sees what you ask, and may answer what they like. If you know it, "
        "confirm it: {allow} (with tradekeep exchange add, check or key). This is asked once on "
        "each computer.",
    ),
}

_KEYS: dict[str, Sentence] = {
    "credentials-needed": Sentence(
        "There is nobody here to ask for the API key.",
        "Give it on standard input with --credentials-stdin, as a JSON object with ccxt's names: "
        "{names}.",
    ),
    "credentials-not-json": Sentence(
        "What came on standard input is not a JSON object of texts.",
        'Write it with ccxt\'s names, like {{"apiKey": "…", "secret": "…"}}',
    ),
    "credentials-missing": Sentence(
        "Of the API key, this is missing: {names}.",
        "The exchange showed it when the key was made. Nothing was stored.",
    ),
    "credentials-unknown": Sentence(
        "This is no part of a key that reads from the exchange: {names}.",
        "By ccxt's names it consists of: {known}. Nothing was stored.",
    ),
    "exchange-key-withdraws": Sentence(
        "This key of {exchange} may withdraw money, so it was refused.",
        "A backup only reads. Make a key at the exchange that may read and nothing else, and "
        "give that one for {name}.",
    ),
    "exchange-key-trades": Sentence(
        "The key of {name} at {exchange} may trade or move money, which a backup never needs.",
        "It works. A key that may only read is safer: make one at the exchange, then: "
        "tradekeep exchange key {name}",
    ),
    "exchange-key-private": Sentence(
        "{exchange} is only read with a private key, and that of {name} may move money.",
        "A backup never needs that. Where the exchange has keys for an agent that cannot "
        "withdraw, use one: tradekeep exchange key {name}",
    ),
    "exchange-key-refused": Sentence(
        "{exchange} does not take this key for {name}: {reason}",
        "Check that it was copied whole, that it has not run out, and that this computer's "
        "address is allowed if the key is bound to addresses. Nothing was stored.",
    ),
    "exchange-maintenance": Sentence(
        "{exchange} is down for maintenance: {reason}",
        "Try again later. Nothing was stored for {name}.",
    ),
    "exchange-redirected": Sentence(
        "{name}: {exchange} was not asked, another server answered: {reason}",
        "No exchange does that: something between you and it does (the login page of a network, a "
        "proxy, a wrong address). The key was not sent on. Look there, then try again.",
    ),
    "exchange-unreachable": Sentence(
        "{exchange} could not be asked about {name}: {reason}",
        "Check the connection to the internet and the options, then try again. Nothing was stored.",
    ),
    "exchange-clock-off": Sentence(
        "This computer's clock differs from that of {exchange} by {seconds} seconds ({name}).",
        "Tradekeep makes up for it when it asks. Let the system set the clock by itself: times "
        "in the archive are evidence.",
    ),
}

_PULLS: dict[str, Sentence] = {
    "pull-busy": Sentence(
        "Another pull is at work on this computer.",
        "Wait until it has ended; what it brings need not be asked for again.",
    ),
    "pull-denied": Sentence(
        "{account}: the key may not see {stream} at {exchange}: {reason}",
        "Everything else was pulled. Give the key that right at the exchange, or make another "
        "one: tradekeep exchange key {account}",
    ),
    "pull-partial": Sentence(
        "{account}: {stream} has stretches that {exchange} did not answer to the end ({count}): "
        "{reason}",
        "They are asked for again with the next pull. What is open: tradekeep coverage {account}",
    ),
    "pull-unparsed": Sentence(
        "{account}: rows of {stream} are not understood ({count}): {reason}",
        "They are in the archive as {exchange} sent them. A newer Tradekeep can derive them: "
        "tradekeep archive rebuild",
    ),
    "pull-key-refused": Sentence(
        "{account}: {exchange} does not take the key: {reason}",
        "It may have run out, been deleted, or be bound to another address. Make another one at "
        "the exchange, then: tradekeep exchange key {account}",
    ),
    "pull-maintenance": Sentence(
        "{account}: {exchange} is down for maintenance: {reason}",
        "The next pull goes on from there.",
    ),
    "pull-redirected": Sentence(
        "{account}: {exchange} was not asked, another server answered: {reason}",
        "No exchange does that: something between you and it does (the login page of a network, a "
        "proxy, a wrong address). The key was not sent on. Look there, then: tradekeep pull",
    ),
    "pull-unreachable": Sentence(
        "{account}: {exchange} could not be asked: {reason}",
        "Check the connection to the internet. The next pull goes on from there.",
    ),
}

SENTENCES: dict[str, Sentence] = {**_SEALED, **_ACCOUNTS, **_OPTIONS, **_KEYS, **_PULLS}
