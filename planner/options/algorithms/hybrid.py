"""Hybrid algorithm (docs/clinical.md C.2)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of, over

CAP = is_one_of("cap_ambiguous", True)
CLEAR_CAP = is_one_of("cap_ambiguous", False)
POOR_TARGET = is_one_of("diseased_landing_zone", True)
GOOD_TARGET = is_one_of("diseased_landing_zone", False)
COLLATERALS = is_one_of("interventional_collaterals", True)
NO_COLLATERALS = is_one_of("interventional_collaterals", False)

ALGORITHM = AlgorithmTable(
    id="hybrid",
    name="Hybrid",
    order=10,
    source="Brilakis ES et al., JACC Cardiovasc Interv 2012;5:367-379",
    year=2012,
    mark="P",
    note="Four inputs: proximal cap, length, distal target, collaterals. Severe calcification is not an input. "
    "The 20 mm cut is unverified.",
    options=(
        OptionRow(
            "retrograde",
            "Cap ambiguous or distal target poor, and collaterals that can be crossed",
            "Primary retrograde: wiring, or dissection re-entry.",
            ((CAP, COLLATERALS), (POOR_TARGET, COLLATERALS)),
            reasons_for=(
                Reason("The antegrade entry is not clear.", (CAP,)),
                Reason("The antegrade target is poor.", (POOR_TARGET,)),
            ),
        ),
        OptionRow(
            "clarify-cap",
            "Cap ambiguous or distal target poor, without such collaterals",
            "Antegrade, with techniques that clarify the cap.",
            ((CAP, NO_COLLATERALS), (POOR_TARGET, NO_COLLATERALS)),
            reasons_for=(Reason("CT locates the cap.", (is_one_of("cap_ambiguous_on_ct", False),)),),
            reasons_against=(Reason("The cap is ambiguous on CT too.", (is_one_of("cap_ambiguous_on_ct", True),)),),
        ),
        OptionRow(
            "wire-escalation",
            "Cap clear, good target, length under 20 mm",
            "Antegrade wire escalation.",
            ((CLEAR_CAP, GOOD_TARGET, over("occlusion_length_mm", "<", 20.0)),),
            mark="K",
        ),
        OptionRow(
            "dissection-re-entry",
            "Cap clear, good target, length 20 mm or more",
            "Antegrade dissection re-entry.",
            ((CLEAR_CAP, GOOD_TARGET, over("occlusion_length_mm", ">=", 20.0)),),
            mark="K",
        ),
        OptionRow("change", "No progress", "Change the strategy early."),
    ),
)
