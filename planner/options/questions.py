"""The questions the algorithms ask, in print order, and who can answer them (docs/clinical.md C.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """`source_class`: AUTO measured, SEMI proposed for a reader, OPER stated by the operator."""

    key: str
    text: str
    source_class: str


QUESTIONS: tuple[QuestionRow, ...] = (
    QuestionRow("cap_ambiguous", "Proximal cap ambiguous on angiography?", "OPER"),
    QuestionRow("cap_ambiguous_on_ct", "Proximal cap ambiguous on CT?", "AUTO"),
    QuestionRow("stump", "Shape of the stump?", "SEMI"),
    QuestionRow("ostial", "Ostial or flush at the origin?", "SEMI"),
    QuestionRow("side_branch_at_cap", "Side branch at the proximal cap?", "SEMI"),
    QuestionRow("occlusion_length_mm", "Length of the occlusion?", "AUTO"),
    QuestionRow("bend_deg", "Largest bend inside the occlusion?", "AUTO"),
    QuestionRow("short_and_straight", "Short and straight, in the reader's judgement?", "SEMI"),
    QuestionRow("tortuosity", "Tortuosity before the cap?", "AUTO"),
    QuestionRow("cap_calcified", "Calcium at the proximal cap?", "AUTO"),
    QuestionRow("heavy_calcium", "Heavy calcium in the occlusion?", "AUTO"),
    QuestionRow("calcium_one_sided", "Eccentric or nodular calcium?", "SEMI"),
    QuestionRow("landing_calcified", "Landing zone calcified?", "AUTO"),
    QuestionRow("diseased_landing_zone", "Distal vessel a poor target?", "SEMI"),
    QuestionRow("bifurcation_at_distal_cap", "Bifurcation at the distal cap?", "SEMI"),
    QuestionRow("course_ambiguous", "Course of the vessel ambiguous?", "SEMI"),
    QuestionRow("interventional_collaterals", "Collaterals that can be crossed?", "OPER"),
    QuestionRow("graft_on_target", "Bypass graft on the target vessel?", "OPER"),
    QuestionRow("prior_cabg", "Prior CABG?", "OPER"),
    QuestionRow("prior_failed_pci", "Previous failed attempt?", "OPER"),
    QuestionRow("in_stent", "In-stent occlusion?", "OPER"),
    QuestionRow("j_cto_2_or_more", "J-CTO 2 or more?", "AUTO"),
)
