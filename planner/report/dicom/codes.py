"""Codes of the DICOM objects: standard ones where they exist, else the private scheme (docs/clinical.md E and F.3)."""

from highdicom.sr import CodedConcept
from pydicom.sr.coding import Code

PRIVATE_SCHEME = "99CTOPLAN"

MILLIMETER = Code("mm", "UCUM", "mm")
DEGREE = Code("deg", "UCUM", "deg")
PERCENT = Code("%", "UCUM", "%")
CUBIC_MILLIMETER = Code("mm3", "UCUM", "mm3")
POINTS = Code("{points}", "UCUM", "points")

CT_REPORTED = Code("25045-6", "LN", "CT unspecified body region")
OCCLUSION = Code("26036001", "SCT", "Occlusion")
CALCIFICATION = Code("18115005", "SCT", "Pathologic calcification")
LUMEN = Code("113342003", "SCT", "Lumen")
ANATOMICAL_STRUCTURE = Code("91723000", "SCT", "Anatomical structure")
ABNORMAL_STRUCTURE = Code("49755003", "SCT", "Morphologically abnormal structure")
CORONARY_ARTERY = Code("41801008", "SCT", "Coronary artery")
ARC_OF_CALCIUM = Code("122355", "DCM", "Arc of Calcium")
CALCIUM_LENGTH = Code("122341", "DCM", "Calcium Length")
CALCIUM_VOLUME = Code("122660", "DCM", "Calcium Volume")
LESION_LENGTH = Code("408716009", "SCT", "Stenotic Lesion Length")
PRIMARY_ANGLE = Code("112011", "DCM", "Positioner Primary Angle")
SECONDARY_ANGLE = Code("112012", "DCM", "Positioner Secondary Angle")

PRIVATE_MEANINGS = {
    "CAP_PROX": "Proximal cap of an occlusion",
    "CAP_DIST": "Distal cap of an occlusion",
    "BODY": "Body of an occlusion",
    "LANDING": "Landing zone distal to an occlusion",
    "FOLLOWED": "Length of the centerline followed",
    "CHORD": "Straight distance of the caps",
    "BEND_MAX": "Largest bend within the occlusion",
    "CA_CSA_MAX": "Largest calcium share of the vessel section",
    "CA_THICK_MAX": "Largest calcium thickness",
    "LOW": "lower end of the interval",
    "HIGH": "upper end of the interval",
    "MORPHOLOGY": "Shape of the cap",
    "BLUNT": "Blunt",
    "TAPERED": "Tapered",
    "FLUSH": "Flush with the parent vessel",
    "UNKNOWN": "Unknown",
    "VIEW": "Fluoroscopic view",
    "FORESHORTENING": "Foreshortening in a view",
    "OVERLAP": "Part of the target covered by other vessels in a view",
    "SCORE_LOW": "Least score total with the known items",
    "SCORE_HIGH": "Largest score total with the known items",
    "SCORE": "Score total",
    "OUTER_WALL": "Region inside the outer vessel wall without lumen and calcium",
    "STATE": "State of the finding",
    "PROPOSED": "Proposed by the program",
    "EDITED": "Edited by a reader",
    "CONFIRMED": "Confirmed by a reader",
}

SEGMENT_CODES = {
    1: ("91083009", "Proximal right coronary artery"),
    2: ("450960006", "Mid right coronary artery"),
    3: ("41879009", "Distal right coronary artery"),
    4: ("53655008", "Right posterior descending artery"),
    5: ("3227004", "Left main coronary artery"),
    6: ("68787002", "Proximal left anterior descending artery"),
    7: ("91748002", "Mid left anterior descending artery"),
    8: ("36672000", "Distal left anterior descending artery"),
    9: ("91750005", "First diagonal branch"),
    10: ("91751009", "Second diagonal branch"),
    11: ("52433000", "Proximal circumflex artery"),
    12: ("91754001", "First obtuse marginal branch"),
    13: ("91753007", "Mid circumflex artery"),
    14: ("91755000", "Second obtuse marginal branch"),
    15: ("91760001", "Left posterior descending artery"),
    16: ("17269004", "Right posterolateral branch"),
    17: ("244252004", "Ramus intermedius"),
    18: ("57823005", "Left posterolateral branch"),
}
VESSEL_CODES = {
    "RCA": ("13647002", "Right coronary artery"),
    "LAD": ("59438005", "Left anterior descending artery"),
    "LCx": ("57396003", "Circumflex artery"),
    "LM": ("3227004", "Left main coronary artery"),
}


def private(value: str) -> CodedConcept:
    """A code of the program's own scheme."""
    return CodedConcept(value, PRIVATE_SCHEME, PRIVATE_MEANINGS[value])


def artery(vessel: str, scct_segment: int | None) -> CodedConcept:
    """The SNOMED CT code of a segment, else of its vessel, else of coronary artery."""
    code = SEGMENT_CODES.get(scct_segment or 0) or VESSEL_CODES.get(vessel)
    return CodedConcept(code[0], "SCT", code[1]) if code else CodedConcept(*CORONARY_ARTERY[:3])
