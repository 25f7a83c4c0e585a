"""Which prompts a step says when: used to speak them, and to check that every language has every one of them."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.memory import Memory
from ivr.steps import (
    Bridge,
    Choose,
    Decide,
    Digits,
    Do,
    End,
    Flow,
    HeardStep,
    Hold,
    Menu,
    Record,
    Say,
    Step,
    Wait,
)
from ivr.talk import STILL
from prompts.checks import Requirement
from prompts.language_offers import MORE_KEY

SILENCE_VARIANTS = ("silence", "silence2")
WRONG_KEY = "wrong_key"
MORE = "more"

# Said before a step by what came before it, or from memory when nothing else works: no step names them as its own.
PREFACES = (
    "promise_rest",
    "thank_you",
    "skipped",
    "begin_again",
    "keys_help",
    "report_begins",
    "keys_only_begins",
    "urgent_words",
    "crisis",
    "reference_later",
    "reference_tail_right",
    "reference_tail_wrong",
    "clip_not_ready",
    "clip_again",
    "clip_deleted",
    "return_wrong_digit",
    "return_unknown",
    "status_received",
    "status_assessing",
    "status_passed_on",
    "status_closed",
    "status_outside_remit",
    "replies_none",
    "replies_heard",
    "replies_one",
    "replies_two",
    "replies_more",
    "replies_over",
    "apology_short",
    "closed_until",
    "surge",
    "outage",
    "typing",
    "waiting_first",
    "queue_next",
    "queue_one",
    "queue_few",
    "queue_many",
    "handler_lost",
    "reference_aside",
    "back_to_handler",
)
STATIC = ("apology", "static_consent", "static_recording", "static_done", "static_goodbye", "fallback_consent")


def prompts_of(step: HeardStep, memory: Memory) -> tuple[str, ...]:
    """Return the ids of what a step says now, without its preface; a reference is played before the last of them."""
    match step:
        case Say() | End():
            return step.prompts
        case Menu() if step.languages or not step.prompt or not memory.variant:
            return (*step.opening, *((step.prompt,) if step.prompt else ()))
        case Menu():
            return (_varied(step.prompt, memory.variant),)
        case Bridge() if memory.preface:  # why they are brought together again
            return ()
        case Hold() | Bridge() | Wait():
            return () if memory.rounds else (step.prompt,)
        case _:
            return (_varied(step.name, memory.variant),)


def requirements(flow: Flow) -> Iterator[Requirement]:
    """Yield every prompt that the flow can say, with the keys that its wording must name."""
    for prompt in (*PREFACES, *STATIC):
        yield Requirement(prompt)
    for step in flow.steps.values():
        yield from requirements_of(step)


def requirements_of(step: Step) -> Iterator[Requirement]:
    """Yield what one step can say."""
    match step:
        case Say() | End():
            yield from (Requirement(prompt) for prompt in step.prompts)
        case Menu():
            yield from (Requirement(prompt) for prompt in step.opening)
            yield from _of_menu(step)
        case Choose():
            yield from _with_variants(step.name, tuple(step.choices), step.tries)
            if step.picks > 1:
                yield Requirement(_varied(step.name, MORE))
        case Record():
            yield from _with_variants(step.name, (), step.tries, wrong_key=False)
            if step.max_clips > 1:
                yield Requirement(_varied(step.name, MORE))
        case Digits():
            yield from _with_variants(step.name, (), step.tries)
        case Hold():
            yield Requirement(step.prompt, tuple(step.keys))
            yield Requirement(STILL, tuple(step.keys))
        case Bridge() | Wait():
            yield Requirement(step.prompt)
        case Decide() | Do():
            return


def _of_menu(step: Menu) -> Iterator[Requirement]:
    if step.languages:
        yield from (Requirement(prompt) for prompt in (step.prompt,) if prompt)
        yield Requirement("language_offer")
        yield from (Requirement(prompt, (MORE_KEY,)) for prompt in step.closing)
    elif not step.prompt:  # what is played is all that is heard
        return
    elif step.names_keys:
        yield from _with_variants(step.prompt, tuple(step.keys), step.tries)
    else:
        yield Requirement(step.prompt)


def _with_variants(prompt: str, keys: tuple[str, ...], tries: int, *, wrong_key: bool = True) -> Iterator[Requirement]:
    yield Requirement(prompt, keys)
    for variant in SILENCE_VARIANTS[: tries - 1]:
        yield Requirement(_varied(prompt, variant))
    if wrong_key and tries > 1:
        yield Requirement(_varied(prompt, WRONG_KEY))


def _varied(prompt: str, variant: str) -> str:
    return f"{prompt}.{variant}" if variant else prompt
