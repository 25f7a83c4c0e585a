"""Where boxes and the lines between them stand: layer by layer downwards, or in rows beside a hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP_ACROSS, GAP_ALONG = 36.0, 58.0  # pixels between boxes beside each other, and between layers
PASSING = 18.0  # the room of a line that passes a layer
LETTER = 7.0  # pixels across of a letter of a line's words
STRAIGHT = 6.0  # how much more than a box a line that passes a layer insists on its place
SWEEPS = 24
PORT_STEP = 46.0
HUB_ROWS = 9  # ways out of one box that are too many to stand beside each other
ROW_GAP, COLUMN_GAP, BRANCH = 22.0, 84.0, 40.0

Point = tuple[float, float]
Arrow = tuple[str, str]


@dataclass(frozen=True)
class Size:
    """A box before it has a place, in pixels."""

    width: float
    height: float


@dataclass(frozen=True)
class Place:
    """Where a box stands: its upper left corner, in pixels."""

    x: float
    y: float
    size: Size

    @property
    def middle(self) -> float:
        """Return the middle across."""
        return self.x + self.size.width / 2


@dataclass(frozen=True)
class Drawing:
    """Places of boxes, and lines as points: first straight, then in a curve, and so on in turn."""

    width: float
    height: float
    places: Mapping[str, Place]
    lines: Mapping[Arrow, tuple[Point, ...]]
    spines: tuple[tuple[Point, ...], ...] = ()


def laid_out(sizes: Mapping[str, Size], arrows: Mapping[Arrow, str]) -> Drawing:
    """Place boxes, given in the order of the call, and arrows with their words; an arrow must lead onwards in it."""
    hub = hub_of(arrows)
    if hub:
        return _in_rows(sizes, tuple(arrows), hub)
    joined = {name: size for name, size in sizes.items() if any(name in arrow for arrow in arrows)}
    above = _in_layers(joined, arrows) if joined else Drawing(0.0, -GAP_ALONG, {}, {})
    return _with_others(above, {name: size for name, size in sizes.items() if name not in joined})


def _with_others(above: Drawing, others: Mapping[str, Size]) -> Drawing:
    """Add a last row of boxes that no line leads to."""
    x, y = 0.0, above.height + GAP_ALONG
    places = dict(above.places)
    for name, size in others.items():
        places[name] = Place(x, y, size)
        x += size.width + GAP_ACROSS
    height = y + max(size.height for size in others.values()) if others else above.height
    return Drawing(max(above.width, x - GAP_ACROSS), height, places, above.lines)


def hub_of(arrows: Iterable[Arrow]) -> str:
    """Return the box with so many ways out that they are drawn as rows; empty where there is none."""
    counted = Counter(source for source, _ in arrows)
    return next((name for name, ways in counted.items() if ways >= HUB_ROWS), "")


# ---- layer by layer, after Sugiyama, Tagawa and Toda (1981): layers, an order with few crossings, then places -------


def _in_layers(sizes: Mapping[str, Size], arrows: Mapping[Arrow, str]) -> Drawing:
    layer_of = _layers_of(tuple(sizes), tuple(arrows))
    paths = {arrow: _path(arrow, layer_of) for arrow in arrows}
    rows: list[list[str]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for name, layer in layer_of.items():
        rows[layer].append(name)
    for path in paths.values():
        for at, passing in enumerate(path[1:-1], start=layer_of[path[0]] + 1):
            rows[at].append(passing)
    steps = [step for path in paths.values() for step in pairwise(path)]
    rows = _ordered(rows, steps)
    widths = {name: PASSING for path in paths.values() for name in path[1:-1]}
    widths |= {path[1]: max(PASSING, LETTER * len(arrows[arrow])) for arrow, path in paths.items() if len(path) > 2}
    widths |= {name: size.width for name, size in sizes.items()}
    weights = {name: 1.0 if name in sizes else STRAIGHT for name in widths}
    across = _across(rows, steps, widths, weights)
    return _drawn(sizes, rows, across, paths)


def _layers_of(names: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    layers = dict.fromkeys(names, 0)
    for name in names:  # in the order of the call, so that all that leads to a box is placed before it
        layers[name] = max((layers[source] + 1 for source, target in arrows if target == name), default=0)
    for name in reversed(names):  # what is only entered from elsewhere stands right above what it leads to
        following = [layers[target] for source, target in arrows if source == name]
        if following and not any(target == name for _, target in arrows):
            layers[name] = min(following) - 1
    return layers


def _path(arrow: Arrow, layer_of: Mapping[str, int]) -> tuple[str, ...]:
    source, target = arrow
    between = range(layer_of[source] + 1, layer_of[target])
    return (source, *(f"{source} {target} {layer}" for layer in between), target)


def _ordered(rows: list[list[str]], steps: Sequence[Arrow]) -> list[list[str]]:
    """Order each layer by the mean place of what its boxes are joined to; the order with fewest crossings wins."""
    best, fewest = rows, _crossings(rows, steps)
    for sweep in range(SWEEPS):
        rows = [list(row) for row in rows]
        downwards = sweep % 2 == 0
        for at in range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1):
            beside = {name: place for place, name in enumerate(rows[at - 1 if downwards else at + 1])}
            joined = _joined(steps, beside, downwards=downwards)
            own = {name: place for place, name in enumerate(rows[at])}
            rows[at].sort(key=lambda name: (_mean(joined.get(name, [own[name]])), own[name]))
        crossings = _crossings(rows, steps)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _joined(steps: Sequence[Arrow], beside: Mapping[str, float], *, downwards: bool) -> dict[str, list[float]]:
    joined: dict[str, list[float]] = {}
    for source, target in steps:
        fixed, moved = (source, target) if downwards else (target, source)
        if fixed in beside:
            joined.setdefault(moved, []).append(beside[fixed])
    return joined


def _crossings(rows: Sequence[Sequence[str]], steps: Sequence[Arrow]) -> int:
    place = {name: (layer, at) for layer, row in enumerate(rows) for at, name in enumerate(row)}
    ends = sorted((place[source], place[target]) for source, target in steps)
    return sum(
        one[0][0] == other[0][0] and one[0][1] < other[0][1] and one[1][1] > other[1][1]
        for at, one in enumerate(ends)
        for other in ends[at + 1 :]
    )


def _across(
    rows: Sequence[Sequence[str]], steps: Sequence[Arrow], widths: Mapping[str, float], weights: Mapping[str, float]
) -> dict[str, float]:
    """Return the middle of each box across: near what it is joined to, and never over its neighbour."""
    middles: dict[str, float] = {}
    for row in rows:
        middles |= _apart(row, [0.0] * len(row), widths, weights)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            joined = _joined(steps, middles, downwards=downwards)
            wanted = [_mean(joined[name]) if name in joined else middles[name] for name in row]
            middles |= _apart(row, wanted, widths, weights)
    return middles


def _apart(
    row: Sequence[str], wanted: Sequence[float], widths: Mapping[str, float], weights: Mapping[str, float]
) -> dict[str, float]:
    """Return the middles nearest to the wanted ones, by least squares, that leave a gap: neighbours pool their wish."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (widths[left] + widths[right]) / 2 + GAP_ACROSS)
    pools: list[tuple[float, float, int]] = []  # the common wish, its weight, and of how many
    for name, wish, offset in zip(row, wanted, offsets, strict=True):
        mean, weight, count = wish - offset, weights[name], 1
        while pools and pools[-1][0] > mean:
            before, heavy, many = pools.pop()
            mean, weight, count = (mean * weight + before * heavy) / (weight + heavy), weight + heavy, count + many
        pools.append((mean, weight, count))
    shifts = [mean for mean, _, count in pools for _ in range(count)]
    return {name: shift + offset for name, shift, offset in zip(row, shifts, offsets, strict=True)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _drawn(
    sizes: Mapping[str, Size],
    rows: Sequence[Sequence[str]],
    across: Mapping[str, float],
    paths: Mapping[Arrow, tuple[str, ...]],
) -> Drawing:
    left = min(across[name] - (sizes[name].width if name in sizes else PASSING) / 2 for row in rows for name in row)
    tops, heights, below = [], [], 0.0
    for row in rows:
        heights.append(max((sizes[name].height for name in row if name in sizes), default=0.0))
        tops.append(below)
        below += heights[-1] + GAP_ALONG
    places = {
        name: Place(across[name] - left - sizes[name].width / 2, top, sizes[name])
        for row, top in zip(rows, tops, strict=True)
        for name in row
        if name in sizes
    }
    bands = {name: (top, top + height) for row, top, height in zip(rows, tops, heights, strict=True) for name in row}
    lines = {arrow: tuple(_points(path, paths, places, across, bands, left)) for arrow, path in paths.items()}
    width = max(place.x + place.size.width for place in places.values())
    width = max([width, *(x for points in lines.values() for x, _ in points)])
    return Drawing(width, below - GAP_ALONG, places, lines)


def _points(
    path: tuple[str, ...],
    paths: Mapping[Arrow, tuple[str, ...]],
    places: Mapping[str, Place],
    across: Mapping[str, float],
    bands: Mapping[str, tuple[float, float]],
    left: float,
) -> Iterator[Point]:
    source, target = places[path[0]], places[path[-1]]
    leaving = sorted((across[other[1]], other) for other in paths.values() if other[0] == path[0])
    port = _port(source, [other for _, other in leaving].index(path), len(leaving))
    yield port, source.y + source.size.height
    yield port, bands[path[0]][1]
    for name in path[1:-1]:
        for along in bands[name]:
            yield across[name] - left, along
    coming = sorted((across[other[-2]], other) for other in paths.values() if other[-1] == path[-1])
    yield _port(target, [other for _, other in coming].index(path), len(coming)), target.y


def _port(place: Place, at: int, of: int) -> float:
    step = min(PORT_STEP, (place.size.width - 32) / max(of, 1))
    return place.middle + (at - (of - 1) / 2) * step


# ---- rows beside a hub --------------------------------------------------------------------------------------------


def _in_rows(sizes: Mapping[str, Size], arrows: Sequence[Arrow], hub: str) -> Drawing:
    """Place what a hub leads to in two columns of rows; what follows a box stands to the right of it."""
    rows = _rows(sizes, arrows, hub)
    top = sizes[hub].height + ROW_GAP * 2
    places, lines, spines = {hub: Place(0.0, 0.0, sizes[hub])}, {}, []
    left, lowest = 0.0, 0.0
    for column in _columns(rows, sizes):
        below, right, spine, middle = top, left, left + BRANCH / 2, top
        for row in column:
            x, height = left + BRANCH, max(sizes[name].height for name in row)
            for name in row:
                places[name] = Place(x, below + (height - sizes[name].height) / 2, sizes[name])
                x += sizes[name].width + COLUMN_GAP
            middle = below + height / 2
            lines[(hub, row[0])] = ((spine, middle), (left + BRANCH, middle))
            lines |= {
                (one, other): ((places[one].x + sizes[one].width, middle), (places[other].x, middle))
                for one, other in pairwise(row)
            }
            below, right = below + height + ROW_GAP, max(right, x - COLUMN_GAP)
        turn = sizes[hub].height + ROW_GAP
        start = (BRANCH / 2, sizes[hub].height)
        spines.append((start, (start[0], turn), (spine, turn), (spine, middle)))
        left, lowest = right + COLUMN_GAP, max(lowest, below - ROW_GAP)
    return Drawing(left - COLUMN_GAP, lowest, places, lines, tuple(spines))


def _rows(sizes: Mapping[str, Size], arrows: Sequence[Arrow], hub: str) -> list[list[str]]:
    first = [target for source, target in arrows if source == hub]
    rows: list[list[str]] = []
    for name in sizes:
        if name in first:
            rows.append([name])
        elif name != hub:
            next(row for row in rows if any((one, name) in arrows for one in row)).append(name)
    return rows


def _columns(rows: list[list[str]], sizes: Mapping[str, Size]) -> tuple[list[list[str]], list[list[str]]]:
    heights = [max(sizes[name].height for name in row) + ROW_GAP for row in rows]
    half = next(at for at in range(len(rows) + 1) if sum(heights[:at]) >= sum(heights) / 2)
    return rows[:half], rows[half:]
