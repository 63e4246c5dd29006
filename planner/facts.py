"""What a clinician states, kept apart from what was measured; None = unknown (output contract, `score FACTS.json`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClinicalFacts:
    """Facts that CT cannot give. Unknown stays None; nothing is ever assumed to be no."""

    age_years: float | None = None
    sex: str | None = None
    prior_cabg: bool | None = None
    prior_mi: bool | None = None
    prior_failed_pci: bool | None = None
    duration_months: float | None = None
    lvef_pct: float | None = None
    atrial_fibrillation: bool | None = None
    graft_on_target: bool | None = None
    rentrop: int | None = None
    interventional_collaterals: bool | None = None
    cap_ambiguous: bool | None = None
    in_stent: bool | None = None
    angiographic_calcium: str | None = None
    stump: str | None = None
    tortuosity: str | None = None
    ostial: bool | None = None
    side_branch_at_cap: bool | None = None
    diseased_landing_zone: bool | None = None
    calcified_nodule: bool | None = None
    full_moon: bool | None = None
    werner_cc: int | None = None
    j_channel: str | None = None
    indication: str | None = None
    kit: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
