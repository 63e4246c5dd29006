"""Japanese CTO-PCI Expert Registry, as a note (docs/clinical.md C.6)."""

from planner.options.table import AlgorithmTable

ALGORITHM = AlgorithmTable(
    id="japanese",
    name="Japanese CTO-PCI Expert Registry",
    order=50,
    source="Tanaka H et al., J Am Coll Cardiol 2019;74:2392-2404",
    year=2019,
    mark="K",
    note="Text only, unverified: primary antegrade or retrograde is chosen from stump, length, duration, previous attempt and "
    "collaterals; wire time is limited; parallel wire, rescue retrograde and IVUS-guided wiring follow.",
    options=(),
)
