"""Wizards: one decision a page, the answers kept.

* `page`: what a page of a wizard is. State lives in the page, which is no widget; `body` draws it,
  as often as it is shown, so that going back, a change of appearance and a new start lose nothing.
* `frame`: the rail with the answers, the question, the foot; knows no page's meaning.
* `answers`: what is kept on disk when a wizard is left. Never a secret: pages do not give one.
* `first_run`: setting up.
"""
