"""Choosing among the series and phases under a path: what the program proposes, and what it means to open another."""

from dataclasses import dataclass
from pathlib import Path

from planner.edits import override
from planner.plan import Plan
from planner.session import said
from recon.dicom.phases import ORDER_RULE, PHASE_RULES
from recon.dicom.scan import Survey
from recon.dicom.series import SeriesEntry
from recon.errors import CallError

Source = Path | tuple[Path, ...]
"""A folder, file or archive, or several dropped together."""
RULE_TEXTS = {rule.id: rule.text for rule in (*PHASE_RULES, ORDER_RULE)}


@dataclass(frozen=True, eq=False)
class Choice:
    """What lies under `source`, the most fit first; `rule` is the phase rule that a person named, "" = the program's."""

    source: Source
    found: Survey
    rule: str = ""

    @property
    def openable(self) -> tuple[SeriesEntry, ...]:
        """The entries that can be opened."""
        return tuple(entry for entry in self.found.entries if entry.problem is None)

    def overridden_by(self, entry: SeriesEntry) -> tuple[tuple[str, str], ...]:
        """Subject and words of each decision against the program's proposal that lies in opening `entry`."""
        said_so = []
        proposed = self.openable[0] if self.openable else entry
        if entry.key != proposed.key:
            text = f"{_name_of(entry)} was chosen. The program proposed {_name_of(proposed)}: {proposed.reason}."
            said_so.append(("series", text))
        if self.rule:
            said_so.append(("phase-split", f"Phases are told apart by {RULE_TEXTS[self.rule]}."))
        return tuple(said_so)


def check_rule(rule: str) -> None:
    """Raise CallError unless `rule` is a row of the table of phase rules, or empty."""
    if rule and rule not in RULE_TEXTS:
        raise CallError("There is no such phase rule.", f"Got {rule!r}.", f"Use one of: {', '.join(RULE_TEXTS)}.")


def with_choices(plan: Plan, against: tuple[tuple[str, str], ...], reader: str = "") -> Plan:
    """The plan with each decision against the program's proposal written into it."""
    for subject, text in against:
        plan = override(plan, subject=subject, text=text, said=said(reader))
    return plan


def _name_of(entry: SeriesEntry) -> str:
    return " ".join(part for part in (entry.identity.series_description or "a series without description", entry.label) if part)
