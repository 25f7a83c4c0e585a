"""How a call comes to its language: offers right after the greeting, and pages for the languages that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ivr.asks import Effect, World
from ivr.memory import Memory
from ivr.steps import Decide, Do, Menu, Say, Step
from prompts.language_offers import MORE_KEY, LanguageOffers, Offer

GREETING, GREETED_HERE = "greeting", "greeting_here"


def language_steps(offers: LanguageOffers, *, then: str) -> tuple[Step, ...]:
    """Return the greeting and all that follows from it until a language is chosen; then the call goes on at `then`."""
    if len(offers.codes) == 1:
        return (Menu(GREETING, GREETING, {}, then, seconds=3, tries=1),)
    own, others = offers.own[0], offers.codes[1:]
    return (
        _greeting(offers, then),
        *(_page(offers, number, then) for number in range(1, len(offers.pages) + 1)),
        # The line's own language is offered only where a call began in another; its key means it all the same.
        Decide("speak_own", lambda memory, world: _is_own(memory, own), {"yes": then, "no": f"speak_{own}"}),
        *(Do(f"speak_{code}", _speak(code), GREETED_HERE) for code in (own, *others)),
        Say(GREETED_HERE, (GREETING,), then),  # who answers, in the language that was chosen
    )


def _greeting(offers: LanguageOffers, then: str) -> Menu:
    keys = _keys((offers.own,), offers) | _keys(offers.greeting, offers)
    codes = (offers.own[0], *(code for code, _ in offers.greeting))
    if not offers.pages:
        return Menu(GREETING, GREETING, keys, then, seconds=3, tries=1, languages=codes)
    return Menu(
        GREETING,
        GREETING,
        {**keys, MORE_KEY: _page_name(1)},
        then,
        seconds=3,
        tries=1,
        languages=codes,
        closing=("more_languages",),
    )


def _page(offers: LanguageOffers, number: int, then: str) -> Menu:
    """Return one page. Silence leads to the next, since who needs it may not understand how to ask for it."""
    page, last = offers.pages[number - 1], len(offers.pages)
    more = {MORE_KEY: _page_name(number % last + 1)} if last > 1 else {}
    return Menu(
        _page_name(number),
        "",
        {**_keys(page, offers), **more},
        then if number == last else _page_name(number + 1),
        seconds=3,
        tries=1,
        languages=tuple(code for code, _ in page),
        closing=("more_languages",) if more else (),
    )


def _page_name(number: int) -> str:
    return f"languages_{number}"


def _keys(page: tuple[Offer, ...], offers: LanguageOffers) -> dict[str, str]:
    own = offers.own[0]
    return {key: "speak_own" if code == own else f"speak_{code}" for code, key in page}


def _is_own(memory: Memory, own: str) -> str:
    return "yes" if memory.language == own else "no"


def _speak(code: str) -> Callable[[Memory, World], tuple[Memory, tuple[Effect, ...]]]:
    return lambda memory, world: (replace(memory, language=code), ())
