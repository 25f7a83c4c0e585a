"""Which language a caller chooses by which key, and when it is offered: from the order of a line's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

GREETING_KEYS = "123"  # right after the greeting
MORE_KEY = "4"  # leads to the languages that follow, on every page: `more_languages` names it
OWN_KEY = "5"  # of the line's own language, offered where a call began in another one
A_PAGE = 3  # languages: with the key for more, as many ways on as an ear keeps

Offer = tuple[str, str]  # a language's code and its key


@dataclass(frozen=True)
class LanguageOffers:
    """The languages of a line by the moment that offers them; each stands in exactly one place."""

    own: Offer
    greeting: tuple[Offer, ...]  # up to three others, right after the greeting
    pages: tuple[tuple[Offer, ...], ...]  # all the rest

    @property
    def codes(self) -> tuple[str, ...]:
        """Return all languages, the line's own first."""
        return tuple(code for code, _ in self._all())

    def key_of(self, code: str) -> str:
        """Return the key that chooses a language where it is offered; raises `KeyError` where it never is."""
        return dict(self._all())[code]

    def _all(self) -> Iterator[Offer]:
        yield self.own
        yield from self.greeting
        for page in self.pages:
            yield from page


def offers_of(languages: Sequence[Offer]) -> LanguageOffers:
    """Return when each language is offered. `languages` are (code, key or "") in the file's order, the own one first.

    A key from 1 to 3 that the file names is kept; a language without one, or with another one, gets a key by its place.
    """
    (own, own_key), others = languages[0], languages[1:]
    own_key = own_key if own_key in GREETING_KEYS else ""
    named = [(code, key) for code, key in others if key and key in GREETING_KEYS]
    free = [key for key in GREETING_KEYS if key not in {own_key, *(key for _, key in named)}]
    unnamed = [code for code, _ in others if code not in dict(named)]
    greeting = {**dict(named), **dict(zip(unnamed, free, strict=False))}
    rest = [code for code, _ in others if code not in greeting]
    return LanguageOffers(
        (own, own_key or OWN_KEY),
        tuple((code, greeting[code]) for code, _ in others if code in greeting),
        tuple(tuple((code, str(place)) for place, code in enumerate(page, start=1)) for page in _pages(rest)),
    )


def _pages(codes: Iterable[str]) -> Iterator[tuple[str, ...]]:
    left = iter(codes)
    while page := tuple(islice(left, A_PAGE)):
        yield page
