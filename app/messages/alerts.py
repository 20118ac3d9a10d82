"""Sentences about alerts. Must not know: anything else of `app`."""

from __future__ import annotations

from app.messages import Sentence

SENTENCES: dict[str, Sentence] = {
    "alert-taken": Sentence(
        "There is already an alert called {name}.",
        "Choose another name; upper and lower case count as the same.",
    ),
    "alert-unknown": Sentence("There is no alert called {name}.", "There are: {known}."),
    "alert-address-needed": Sentence(
        "The alert needs the address that it goes to.",
        "Run this at a terminal, which asks for it, or give it as the first line of standard "
        "input: --address-stdin",
    ),
    "alert-address-unknown": Sentence(
        "This address leads to no service that is known.",
        "It looks like ntfys://ntfy.sh/TOPIC, tgram://TOKEN/CHAT, mailtos://USER:PASSWORD@SERVER "
        "or https://SERVER/PATH. Nothing was changed.",
    ),
    "alert-address-no-web": Sentence(
        "A dead man’s switch is an address that begins with https:// or http://.",
        "Copy it from the service that watches, such as healthchecks.io. Nothing was changed.",
    ),
    "alert-address-missing": Sentence(
        "The address of the alert {name} is not on this computer.",
        "Remove the alert and add it anew: tradekeep alert remove, tradekeep alert add",
    ),
    "alert-busy": Sentence("Another Tradekeep is sending alerts.", "Wait a moment and try again."),
    "alert-slow": Sentence(
        "{service} did not answer in time, so the alert {name} was not sent.",
        "The next run tries it again, or: tradekeep alert test {name}",
    ),
    "alert-unreachable": Sentence(
        "{service} could not be reached, so the alert {name} was not sent.",
        "Look whether the network is there. The next run tries it again.",
    ),
    "alert-refused": Sentence(
        "{service} refused the alert {name} (code {code}).",
        "Its address may not hold any more. Remove the alert and add it with the right one.",
    ),
    "alert-failed": Sentence(
        "The alert {name} could not be sent to {service}.",
        "Look whether its address is right: tradekeep alert test {name}",
    ),
}
