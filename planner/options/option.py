"""Values of the published options for one occlusion: questions with answers, algorithms side by side, rules, differences."""

from dataclasses import dataclass

OPERATOR_LINE = (
    "Options listed from published algorithms with their sources. They assist; the operator decides from all findings, "
    "not all of which are on CT."
)
"""Printed with every option sheet (docs/clinical.md C)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an algorithm asks. `answer` None = still to ask; `source_class`: who can answer; `used_by`: which algorithms ask."""

    key: str
    text: str
    answer: str | None
    state: str
    source_class: str
    used_by: tuple[str, ...]
    evidence_s_mm: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of one algorithm. `applies` None = depends on `open_questions`. Options are listed whether they "
    "apply or not."""

    id: str
    condition: str
    text: str
    applies: bool | None
    open_questions: tuple[str, ...]
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    caution: str
    source: str
    year: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One published algorithm with its options for this occlusion."""

    id: str
    name: str
    source: str
    year: int | None
    mark: str
    note: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where published algorithms part company for this occlusion."""

    text: str
    algorithms: tuple[str, ...]
    concerns: bool | None


@dataclass(frozen=True, slots=True)
class OcclusionOptions:
    """All options of one occlusion; open questions come first."""

    occlusion: str
    questions: tuple[Question, ...]
    algorithms: tuple[Algorithm, ...]
    rules: tuple[Option, ...]
    differences: tuple[Difference, ...]
    operator_line: str = OPERATOR_LINE


@dataclass(frozen=True, slots=True)
class OptionSheet:
    """Options of all occlusions."""

    occlusions: tuple[OcclusionOptions, ...]
