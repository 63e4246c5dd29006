"""What becomes of each attribute when images leave the house: PS3.15 table E.1-1 with its options, as a table of actions.

The table itself comes from the dicom-anonymizer package (BSD-3-Clause), which follows the editions of the standard; what is
done with an attribute is decided here, because the package's own actions do not enter nested sequences and make random UIDs.
Profile: Basic Application Level Confidentiality (DCM 113100), with Clean Descriptors (113105) and Retain Patient
Characteristics (113108) so that age and sex stay for the scores.
"""

from enum import Enum
from functools import lru_cache

METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113108", "Retain Patient Characteristics Option"),
)
"""Codes of (0012,0064), scheme DCM."""


class Action(Enum):
    """What is done with one attribute."""

    REMOVE = "removed"
    EMPTY = "emptied"
    DUMMY = "replaced by a dummy"
    UID = "UID replaced"
    PSEUDONYM = "replaced by the pseudonym"
    ENTER = "kept, content de-identified"
    KEEP = "kept"


RETAINED = {
    0x00100040: "Patient's Sex",
    0x00101010: "Patient's Age",
    0x00101020: "Patient's Size",
    0x00101030: "Patient's Weight",
}
"""Patient characteristics kept under option 113108; age above 89 years becomes 90 (`AGE_CEILING_YEARS`)."""
AGE_CEILING_YEARS = 90

PSEUDONYMS = frozenset((0x00100010, 0x00100020))
"""Patient's Name and ID become the pseudonym, so that images of one patient stay together."""

DEMANDED_BY_CT = frozenset((
    0x00080020, 0x00080030, 0x00080050, 0x00080070, 0x00080090, 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00180060,
    0x00200010, 0x00200011, 0x00200012, 0x00200013, 0x00201040,
))  # fmt: skip
"""Attributes the CT Image IOD demands with or without a value (type 2): emptied where the table would remove them."""

_CATEGORIES = {
    "X_TAGS": "X", "Z_TAGS": "Z", "D_TAGS": "D", "U_TAGS": "U", "Z_D_TAGS": "Z/D", "X_Z_TAGS": "X/Z", "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D", "X_Z_U_STAR_TAGS": "X/Z/U*",
}  # fmt: skip
_OVERLAYS_AND_CURVES = ((0xFF00, 0x5000, 0x0000, 0x0000), (0xFF00, 0x6000, 0xFFFF, 0x3000), (0xFF00, 0x6000, 0xFFFF, 0x4000))
"""(group mask, group, element mask, element) of repeating groups that are removed."""


@lru_cache(maxsize=1)
def standard_table() -> dict[int, str]:
    """Tag to action code (X, Z, D, U and their combinations) of table E.1-1."""
    # Imported here: only an export needs it. The module's name is the edition of the standard.
    from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as edition  # type: ignore[import-untyped]

    table: dict[int, str] = {}
    for category, code in _CATEGORIES.items():
        for entry in getattr(edition, category):
            if len(entry) == 2:
                table[entry[0] << 16 | entry[1]] = code
    return table


def action_for(tag: int, vr: str, multi_frame: bool) -> Action:
    """The action for one attribute (tag number) of value representation `vr`.

    `multi_frame` objects demand values (type 1) where classic CT images do not: their dummies are kept.
    """
    group, element = tag >> 16, tag & 0xFFFF
    if group % 2:
        return Action.REMOVE
    if tag in RETAINED:
        return Action.KEEP
    if tag in PSEUDONYMS:
        return Action.PSEUDONYM
    if any(group & gm == g and element & em == e for gm, g, em, e in _OVERLAYS_AND_CURVES):
        return Action.REMOVE
    code = standard_table().get(tag)
    if vr == "SQ":
        # A sequence the standard would fill with dummies is removed; references are kept with their UIDs replaced.
        return Action.ENTER if code in (None, "U", "X/Z/U*") else Action.REMOVE
    if code == "U" or vr == "UI":
        return Action.UID
    if vr in ("DA", "DT", "TM") and code is None:
        # Dates the table does not know (newer or nested ones) are no better than those it knows.
        code = "X/D"
    return _decided(code, tag, multi_frame)


def _decided(code: str | None, tag: int, multi_frame: bool) -> Action:
    if code is None:
        return Action.KEEP
    if tag in DEMANDED_BY_CT and not (multi_frame and "D" in code):
        return Action.EMPTY
    if code in ("X", "X/Z"):
        return Action.REMOVE
    if code == "Z":
        return Action.EMPTY
    if code == "D" or multi_frame:
        return Action.DUMMY
    return Action.REMOVE if code.startswith("X") else Action.EMPTY
