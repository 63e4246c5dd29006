"""What the first page of the report says, as plain values for the template."""

from typing import Any

from planner.answers import four_answers
from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.plan import Plan
from planner.report.printable import missing_characters
from planner.report.quality_table import FIRST_CODES
from planner.scores.score import Score
from planner.text import points_text
from planner.views import TargetViews, View, WiringPair
from recon.carm import view_text
from recon.volume import Identity

FRONT_SCORES = ("ct-j-cto-fujino", "ct-j-cto-li", "ct-rector", "kcct", "ct-castle", "ct-recharge", "j-cto", "castle")
"""Scores shown first, those made for CT before the angiographic ones; the second page has all."""

MOST_FRONT_SCORES = 6
MOST_NOTICES = 5
MOST_OPEN = 6
LONGEST_NAME = 44
SHORT_VARIANT = 16
"""Longer variant names are on the score's own page only."""

TARGET_NAMES = {
    "proximal_cap": "Proximal cap",
    "body": "Occlusion body",
    "distal_cap": "Distal cap",
    "landing_zone": "Landing zone",
    "wiring_pair": "Wiring pair",
}
LIMITS = (
    "Research use. Not a medical device. CT shows neither flow nor duration: a total occlusion on CT is a CTO only when the "
    "operator says so. Blooming makes calcium look larger than it is; intervals are the program's own estimate. Angles are "
    "for a head-first supine patient, whole degrees, good to +/- 5 degrees. Published score figures come from other cohorts."
)


def identity_texts(identity: Identity) -> dict[str, str]:
    """The identity bar; an absent entry is said to be absent."""
    return {
        "name": _cut(person_text(identity.patient_name)) or "no name in the images",
        "patient_id": _cut(identity.patient_id) or "no ID in the images",
        "birth_date": date_text(identity.birth_date) or "not stated",
        "sex": identity.sex or "not stated",
        "study_date": date_text(identity.study_date) or "not stated",
    }


def _cut(text: str) -> str:
    """No longer than the identity bar is; a cut is shown."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def person_text(name: str) -> str:
    """A DICOM person name as `Family, Given Middle`; only the first of its scripts."""
    family, *given = [part.strip() for part in name.split("=")[0].split("^")]
    rest = " ".join(part for part in given if part)
    return f"{family}, {rest}" if family and rest else family or rest


def date_text(date: str) -> str:
    """A DICOM date as ISO 8601; any other text as it is."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else date


def front_page(analysis: Analysis) -> dict[str, Any]:
    """Headline, answers, scores, views, notices and open questions of the first page."""
    target = analysis.target
    return {
        "identity": identity_texts(analysis.volume.identity),
        "technique": _technique_text(analysis),
        "headline": _headline(analysis),
        "subline": _subline(analysis, target),
        "answers": [
            {"question": a.question, "headline": a.headline, "detail": a.detail, "state": a.state} for a in four_answers(analysis)
        ],
        "scores": _front_scores(analysis, target),
        "views": _views(analysis, target),
        "pair": pair_text(analysis, target),
        "lab": analysis.views.lab,
        "notices": _notices(analysis),
        "open": _open_questions(analysis, target),
        "limits": LIMITS,
    }


def score_row(score: Score) -> dict[str, Any]:
    """One score as a table row."""
    total = points_text(score.low, score.high)
    unknown = [item.label for item in score.items if item.points is None]
    name = score.name if score.strategy is None else f"{score.name}, {score.strategy}"
    return {
        "name": name,
        "variant": score.variant,
        "total": "withheld" if score.withheld else f"{total} of {score.maximum:g}",
        "bin": score.withheld or score.bin or "not decided",
        "borderline": score.borderline,
        "unknown": unknown,
        "parts": [_part(item.points, item.low_points, item.high_points) for item in score.items],
    }


def view_row(rank: int, view: View) -> dict[str, Any]:
    """One view as a table row."""
    return {
        "rank": rank,
        "angles": view_text(view.primary_deg, view.secondary_deg),
        "foreshortening": f"{view.foreshortening_pct:.0f} %",
        "overlap": f"{view.overlap_pct:.0f} %",
        "comfortable": view.comfortable,
        "primary_range": _range_text(view.primary_tolerance_deg, "RAO", "LAO"),
        "secondary_range": _range_text(view.secondary_tolerance_deg, "CAU", "CRA"),
    }


def ordered_scores(analysis: Analysis, occlusion: Occlusion) -> list[Score]:
    """All scores of one occlusion, those made for CT first."""
    own = [s for s in analysis.scores.scores if s.occlusion == occlusion.id]
    rank = {name: number for number, name in enumerate(FRONT_SCORES)}
    return sorted(own, key=lambda s: rank.get(s.id, len(rank)))


def targets_of(analysis: Analysis, occlusion: Occlusion) -> list[TargetViews]:
    """The view targets of one occlusion."""
    return [t for t in analysis.views.targets if t.occlusion == occlusion.id]


def _technique_text(analysis: Analysis) -> str:
    taken = analysis.volume.acquisition
    spacing = analysis.volume.geometry.spacing_mm
    parts = [
        " ".join(p for p in (taken.manufacturer, taken.model) if p),
        f"{taken.kvp:g} kV" if taken.kvp else "",
        f"kernel {taken.kernel}" if taken.kernel else "",
        f"voxel {spacing[2]:.2f} x {spacing[1]:.2f} x {spacing[0]:.2f} mm",
        f"phase {taken.phase_pct:g} %" if taken.phase_pct is not None else "phase not stated",
        "photon counting" if taken.photon_counting else "",
        "lossy compression" if taken.lossy else "",
    ]
    return ", ".join(part for part in parts if part)


def _headline(analysis: Analysis) -> str:
    """Without an occlusion the title says no more than the answer does: a vessel not followed may be the occluded one."""
    target = analysis.target
    return four_answers(analysis)[0].headline if target is None else f"{target.vessel}: total occlusion on CT"


def _subline(analysis: Analysis, target: Occlusion | None) -> str:
    if target is None:
        main = [v.name for v in analysis.tree.vessels if v.parent is None]
        branches = len(analysis.tree.vessels) - len(main)
        followed = ", ".join(main) + (f" and {branches} branches" if branches else "")
        return f"Followed: {followed}." if followed else "No coronary vessel could be followed."
    said = {True: "confirmed as CTO by the reader", False: "declined as CTO by the reader", None: "not yet confirmed as CTO"}
    segment = f"SCCT segment {target.scct_segment}" if target.scct_segment else "segment not named"
    more = f"; {len(analysis.occlusions)} occlusions found" if len(analysis.occlusions) > 1 else ""
    return f"{segment}; {said[target.confirmed_cto]}{more}"


def _front_scores(analysis: Analysis, target: Occlusion | None) -> list[dict[str, Any]]:
    if target is None:
        return []
    rows = [score_row(s) for s in ordered_scores(analysis, target) if s.id in FRONT_SCORES][:MOST_FRONT_SCORES]
    return [row | {"variant": row["variant"] if len(row["variant"]) <= SHORT_VARIANT else ""} for row in rows]


def _part(points: float | None, low: float, high: float) -> str:
    """How an item is drawn: a point, none, either by its uncertainty, or unknown."""
    if points is None:
        return "unknown"
    if low != high:
        return "borderline"
    return "point" if points > 0 else "none"


def _views(analysis: Analysis, target: Occlusion | None) -> list[dict[str, Any]]:
    if target is None:
        return []
    return [
        {"target": TARGET_NAMES[t.target], "views": [view_row(rank, v) for rank, v in enumerate(t.views[:2], start=1)]}
        for t in targets_of(analysis, target)
    ]


def pair_text(analysis: Analysis, target: Occlusion | None) -> str:
    """The wiring pair in words; empty when there is none."""
    pair: WiringPair | None = next((p for p in analysis.views.wiring_pairs if target and p.occlusion == target.id), None)
    if pair is None:
        return ""
    first, second = (view_text(v.primary_deg, v.secondary_deg) for v in (pair.first, pair.second))
    return f"{first} with {second}, {pair.angle_between_deg:.0f} deg apart"


def _range_text(limits: tuple[float, float], negative: str, positive: str) -> str:
    def one(angle: float) -> str:
        return "0" if round(angle) == 0 else f"{positive if angle > 0 else negative} {abs(round(angle))}"

    return f"{one(limits[0])} to {one(limits[1])}"


def _notices(analysis: Analysis) -> list[str]:
    """What went wrong, worst first."""
    problems = [f"{p.vessel}: {p.code.replace('-', ' ')}. {p.advice}" for p in analysis.tree.problems]
    findings = sorted(analysis.findings, key=lambda f: (f.code not in FIRST_CODES, not f.blocks_measurement))
    texts = [f"{f.what} {f.consequence} ({f.where})" for f in findings] + problems
    position = analysis.volume.acquisition.patient_position
    if position and position != "HFS":
        texts.insert(0, f"Scanned in position {position}: the angles hold for a head-first supine patient only.")
    if missing_characters(person_text(analysis.volume.identity.patient_name)):
        texts.insert(0, "The patient's name has characters that may be printed as ?: compare it with the images.")
    return _shortened(texts, MOST_NOTICES)


def _shortened(texts: list[str], most: int) -> list[str]:
    hidden = len(texts) - most
    return texts if hidden <= 0 else [*texts[: most - 1], f"and {hidden + 1} more on the pages behind"]


def _open_questions(analysis: Analysis, target: Occlusion | None) -> list[str]:
    """What nobody has confirmed or stated yet."""
    if target is None:
        return ["A reader has to agree that no vessel is occluded."]
    questions = [] if target.confirmed_cto is not None else ["Is it a CTO (no flow, 3 months or more)?"]
    caps = (("proximal", target.proximal_cap), ("distal", target.distal_cap))
    proposed = [f"{side} cap {cap.morphology}" for side, cap in caps if cap.morphology_state == "auto"]
    if proposed:
        questions.append(f"Proposed only: {', '.join(proposed)}")
    if unknown := _unknown_items(analysis, target):
        questions.append("Unknown for the scores: " + ", ".join(unknown))
    questions += _reader_question(analysis.plan)
    flags = [f"{f.text.rstrip('.')} ({f.s_mm[0]:.0f}-{f.s_mm[1]:.0f} mm)" for f in target.flags if f.state == "auto"]
    return _shortened(questions + flags, MOST_OPEN)


def _unknown_items(analysis: Analysis, target: Occlusion) -> list[str]:
    """Labels of what the first page's scores lack; each question once, whatever a score calls it."""
    shown = [s for s in ordered_scores(analysis, target) if s.id in FRONT_SCORES][:MOST_FRONT_SCORES]
    named = {item.id: item.label for score in reversed(shown) for item in score.items if item.points is None}
    once = {label.lower(): label for label in named.values()}
    return [once[key] for key in sorted(once)]


def _reader_question(plan: Plan) -> list[str]:
    return [] if plan.reader else ["No reader has put a name to this plan."]
