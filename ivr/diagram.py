"""The call flow as a drawing, made from the same table that calls are walked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.steps import (
    NAMED_LATER,
    Bridge,
    Choose,
    Decide,
    Digits,
    Do,
    End,
    Flow,
    Hold,
    Menu,
    Record,
    Say,
    Step,
    Wait,
    exits,
)

LEGEND = """\
Rounded: a sentence. Slanted: a menu or a question answered by keys. Double-edged: a recording. Hexagon: waiting.
Flag: two people speak. Diamond: the service decides. Plain: the service remembers or keeps. Circle: the call ends.
From every question `0` leads to a person, `*` says it again, `#` skips or finishes, `8` slows down, `9` `9` leaves."""


def drawn(flow: Flow) -> str:
    """Return the whole flow as a page of Markdown with one Mermaid drawing for each part of the call."""
    pages = [f"## {title}\n\n```mermaid\n{_part(flow, names)}\n```" for title, names in flow.parts.items()]
    return "\n\n".join(["# The call, drawn", LEGEND, *pages])


def _part(flow: Flow, names: tuple[str, ...]) -> str:
    lines = ["flowchart TD"]
    own = set(names)
    lines += [f"  {_node(flow.steps[name])}" for name in names]
    for name in names:
        for where, whys in _ways(flow.steps[name]).items():
            target = _named_later(where) if where in NAMED_LATER else where
            outside = "" if where in own or where in NAMED_LATER else f"([to: {where}])"
            why = ", ".join(why for why in whys if why)
            arrow = f'-- "{why}" -->' if why else "-->"
            lines.append(f"  {name} {arrow} {target}{outside}")
    return "\n".join(lines)


def _named_later(where: str) -> str:
    name = where.strip("<>")
    return f"{name.replace(' ', '_')}(({name}))"


def _ways(step: Step) -> Mapping[str, list[str]]:
    ways: dict[str, list[str]] = {}
    for why, where in exits(step):
        ways.setdefault(where, []).append(why)
    return ways


def _node(step: Step) -> str:
    label = "<br/>".join((step.name, *_told(step)))
    match step:
        case Say():
            return f'{step.name}("{label}")'
        case Menu() | Choose() | Digits():
            return f'{step.name}[/"{label}"/]'
        case Record():
            return f'{step.name}[["{label}"]]'
        case Hold() | Wait():
            return f'{step.name}{{{{"{label}"}}}}'
        case Bridge():
            return f'{step.name}>"{label}"]'
        case Decide():
            return f'{step.name}{{"{label}"}}'
        case Do():
            return f'{step.name}["{label}"]'
        case End():
            return f'{step.name}((("{label}")))'


def _told(step: Step) -> Iterator[str]:
    match step:
        case Choose():
            yield from (f"{key} {value}" for key, value in step.choices.items())
        case Digits():
            yield f"up to {step.length} digits"
        case Record():
            yield f"up to {step.max_clips} x {step.max_seconds} s"
        case _:
            return
