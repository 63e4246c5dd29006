"""Values of a computed score: items with evidence and margin, totals as ranges, published outcomes."""

from dataclasses import dataclass, field

from recon.estimate import Estimate

ItemValue = Estimate | bool | str | float | None


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One item. `points` is None when the input is unknown; `low_points`..`high_points` is what the uncertainty allows.

    `operator` and `threshold` are those of the level reached; `conditions` lists all of (fact, operator, threshold, value).
    `margin` is the distance of the best value from the cut in the item's unit, positive where the condition holds.
    """

    id: str
    label: str
    value: ItemValue
    unit: str
    operator: str
    threshold: float | str | None
    points: float | None
    low_points: float
    high_points: float
    max_points: float
    margin: float | None
    source_class: str
    state: str
    evidence_s_mm: tuple[float, float] | None = None
    note: str = ""
    mark: str = ""
    conditions: tuple[tuple[str, str, float | tuple[str | bool, ...], ItemValue], ...] = ()
    is_borderline: bool = False


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest change of one item that changes its points. `change` is in the item's unit; None for a word.

    `to_total` and `to_bin` are None while another item is unknown.
    """

    item: str
    fact: str
    change: float | None
    to_value: str
    points_change: float
    to_total: float | None
    to_bin: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """A published outcome of this total; None where the number was not verified well enough to be shown."""

    outcome: str
    probability_pct: float | None
    cohort: str
    verified: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one occlusion (and one strategy where the score depends on it). `total` is None when an item is unknown.

    `withheld` says why the score is not given to this patient. `total_probabilities` is (total, probability) under the measured
    uncertainty, empty when an item is unknown.
    """

    id: str
    name: str
    variant: str
    occlusion: str
    strategy: str | None
    total: float | None
    low: float
    high: float
    maximum: float
    bin: str | None
    borderline: bool
    items: tuple[ScoreItem, ...]
    published: tuple[Published, ...]
    source: str
    caution: str = ""
    c_statistic: str = ""
    withheld: str = ""
    flips: tuple[Flip, ...] = ()
    total_probabilities: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """All scores of all occlusions and what cannot be computed, with why."""

    scores: tuple[Score, ...]
    not_available: tuple[tuple[str, str], ...] = field(default_factory=tuple)
