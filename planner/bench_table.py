"""Tables of measured accuracy and their summaries."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Row = dict[str, object]
"""What one case or section gave: plain numbers, texts and truth values, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what, measured, aimed at, whether the aim is met (None = no aim stated), how many it rests on."""

    what: str
    measured: str
    aim: str = ""
    met: bool | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table with remarks below it."""

    title: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()


def numbers(rows: list[Row], key: str) -> npt.NDArray[np.float64]:
    """The finite values of a key."""
    stated = [r.get(key) for r in rows]
    values = np.array([v for v in stated if isinstance(v, (int, float))], dtype=np.float64)
    return np.asarray(values[np.isfinite(values)])


def share_line(what: str, hits: list[bool], aim_pct: float | None = None) -> Line:
    """How often something is so, in percent, with a 95 % Wilson interval."""
    if not hits:
        return Line(what, "no cases", "" if aim_pct is None else f">= {aim_pct:g} %")
    share, count = float(np.mean(hits)), len(hits)
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    text = f"{100 * share:.1f} % ({100 * max(0.0, middle - half):.0f} to {100 * min(1.0, middle + half):.0f})"
    if aim_pct is None:
        return Line(what, text, count=count)
    return Line(what, text, f">= {aim_pct:g} %", bool(100 * share >= aim_pct), count)


def value_line(
    what: str,
    values: npt.NDArray[np.float64],
    statistic: str,
    unit: str,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Line:
    """A median, mean or percentile (`p95`) of values with its aim."""
    aim = f"<= {at_most:g} {unit}" if at_most is not None else (f">= {at_least:g} {unit}" if at_least is not None else "")
    if len(values) == 0:
        return Line(what, "no cases", aim)
    if statistic == "median":
        value = float(np.median(values))
    elif statistic == "mean":
        value = float(np.mean(values))
    else:
        value = float(np.percentile(values, float(statistic[1:])))
    met = None
    if at_most is not None:
        met = value <= at_most
    elif at_least is not None:
        met = value >= at_least
    return Line(what, f"{value:.3g} {unit}".strip(), aim, met, len(values))
