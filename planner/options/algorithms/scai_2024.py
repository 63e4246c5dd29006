"""SCAI 2024 calcium statement and EAPCI 2023 (docs/clinical.md C.10)."""

from planner.options.table import AlgorithmTable, OptionRow

ALGORITHM = AlgorithmTable(
    id="scai-2024",
    name="SCAI 2024 calcium preparation",
    order=80,
    source="Riley RF et al., J Soc Cardiovasc Angiogr Interv 2024;3:101259",
    year=2024,
    mark="P",
    note="Covers concentric, eccentric, focal and nodular calcium. The boxes of its figure were not verified and are not shown.",
    options=(
        OptionRow("imaging", "Whenever feasible", "Intravascular imaging before and after preparation."),
        OptionRow(
            "lithotripsy",
            "Calcium that a balloon can reach",
            "Intravascular lithotripsy can be used in concentric, eccentric, focal and nodular calcium.",
            caution="Coronary balloons are sized 1:1 to the IVUS reference diameter.",
        ),
        OptionRow("combination", "Uncrossable or long heterogeneous lesion", "Combinations of devices."),
        OptionRow(
            "eapci",
            "Planning",
            "CT angiography and invasive imaging for planning and choice of tools by morphology.",
            source="Barbato E et al., Eur Heart J 2023;44:4340 (EAPCI)",
            year=2023,
        ),
    ),
)
