"""What the pages behind the first say, as plain values for the template."""

from typing import Any

from planner.cad_rads import cad_rads
from planner.case import Analysis
from planner.devices import device_catalogue
from planner.occlusion import Occlusion, ZoneCalcium
from planner.occlusion_text import measure_rows, reach_rows
from planner.plan import SECTION_EDIT_WORDS
from planner.report.front_page import TARGET_NAMES, ordered_scores, score_row, targets_of, view_row
from planner.report.log import library_versions, plan_sha256
from planner.report.noncontrast import noncontrast_note, noncontrast_rows
from planner.report.quality_table import quality_rows
from planner.report.region_rows import lesion_rows, zone_detail_rows
from planner.report.subtraction import subtraction_notes, subtraction_rows
from planner.scores.score import Flip, Published, Score, ScoreItem
from planner.text import interval_text, number_text, points_text
from planner.views import TargetViews
from recon.carm import view_text
from recon.estimate import Estimate

ZONE_NAMES = {
    "proximal_cap": "Proximal cap",
    "body": "Body",
    "distal_cap": "Distal cap",
    "landing": "Landing zone",
}


def detail_pages(analysis: Analysis) -> dict[str, Any]:
    """Scores with evidence, zones, geometry, views, method and findings."""
    return {
        "occlusions": [_occlusion(analysis, found) for found in analysis.occlusions],
        "not_available": [f"{name}: {why.rstrip('.')}" for name, why in analysis.scores.not_available],
        "method": _method(analysis),
        "quality": quality_rows(analysis),
        "findings": [
            {"code": f.code, "where": f.where, "what": f.what, "advice": f"{f.consequence} {f.advice}"} for f in analysis.findings
        ],
        "problems": [
            {"vessel": p.vessel, "code": p.code.replace("-", " "), "where": number_text(p.s_mm, 1, "mm"), "advice": p.advice}
            for p in analysis.tree.problems
        ],
        "vessels": [
            {"name": v.name, "length": f"{v.centerline.length_mm:.0f} mm", "state": v.state, "parent": v.parent or "aorta"}
            for v in analysis.tree.vessels
        ],
        "lesions": lesion_rows(analysis),
        "noncontrast": noncontrast_rows(analysis.noncontrast),
        "noncontrast_note": noncontrast_note(analysis.noncontrast),
        "subtraction": subtraction_rows(analysis),
        "subtraction_notes": subtraction_notes(analysis),
        "section_edits": _section_edit_rows(analysis),
        "facts": _stated_facts(analysis),
        "cad_rads": cad_rads(analysis.occlusions, analysis.plan).text,
        "notes": analysis.plan.notes,
    }


def range_text(s_mm: tuple[float, float]) -> str:
    """An arc range, or one position."""
    first, last = (f"{s:.1f}" for s in s_mm)
    return f"{first} mm" if first == last else f"{first}-{last} mm"


def _occlusion(analysis: Analysis, found: Occlusion) -> dict[str, Any]:
    return {
        "id": found.id,
        "geometry": _geometry_rows(found),
        "reach": _reach(analysis, found),
        "zones": [_zone_row(ZONE_NAMES[name], found.calcium[name]) for name in ZONE_NAMES if name in found.calcium],
        "zone_details": zone_detail_rows(analysis, found, ZONE_NAMES),
        "sensitivity": _sensitivity_rows(found),
        "flags": [{"text": f.text, "where": range_text(f.s_mm), "state": f.state} for f in found.flags],
        "scores": [_score(group) for group in _by_strategy(ordered_scores(analysis, found))],
        "targets": [_target(t) for t in targets_of(analysis, found)],
    }


def _geometry_rows(found: Occlusion) -> list[list[str]]:
    return [list(row) for row in measure_rows(found)]


def _reach(analysis: Analysis, found: Occlusion) -> list[list[str]]:
    return [list(row) for row in reach_rows(found, analysis.tree, device_catalogue())]


def _zone_row(name: str, zone: ZoneCalcium) -> list[str]:
    return [
        name,
        interval_text(zone.max_csa_pct, 0),
        number_text(zone.mean_csa_pct, 0),
        interval_text(zone.max_arc_deg, 0),
        number_text(zone.max_thickness_mm, 1),
        interval_text(zone.volume_mm3, 0),
        f"{zone.length_csa_50_mm:.1f}",
        f"{zone.length_arc_180_mm:.1f}",
        f"{zone.length_arc_360_mm:.1f}",
        f"{zone.calcium_length_mm:.1f}",
    ]


def _sensitivity_rows(found: Occlusion) -> list[list[str]]:
    """Largest calcium share by other threshold rules, zone by zone."""
    return [
        [ZONE_NAMES[name], "; ".join(f"{rule} {value:.0f} %" for rule, value in zone.sensitivity_max_csa_pct)]
        for name, zone in found.calcium.items()
        if name in ZONE_NAMES and zone.sensitivity_max_csa_pct
    ]


def _by_strategy(scores: list[Score]) -> list[list[Score]]:
    """Scores that differ by strategy only, together."""
    groups: dict[str, list[Score]] = {}
    for score in scores:
        groups.setdefault(score.id, []).append(score)
    return list(groups.values())


def _score(group: list[Score]) -> dict[str, Any]:
    """One score with its evidence; with several strategies what depends on them is given for each."""
    rows = [score_row(score) for score in group]
    first = group[0]
    strategies = [score.strategy or "" for score in group]
    totals = [f"{strategy} {row['total']}".strip() for strategy, row in zip(strategies, rows, strict=True)]
    bins = list(dict.fromkeys(row["bin"] for row in rows))
    published = dict.fromkeys(_published(p) for score in group for p in score.published)
    chances = ", ".join(f"{total:g} with {100 * chance:.0f} %" for total, chance in first.total_probabilities)
    return rows[0] | {
        "name": first.name,
        "total": ", ".join(totals),
        "bin": ", ".join(bins),
        "borderline": any(row["borderline"] for row in rows),
        "items": [_item(items) for items in zip(*(score.items for score in group), strict=True)],
        "published": list(published),
        "flips": [_flip(flip, first) for flip in first.flips],
        "chances": chances if len(group) == 1 else "",
        "source": first.source,
        "caution": first.caution,
        "c_statistic": first.c_statistic,
    }


def _flip(flip: Flip, score: Score) -> str:
    """The smallest change that changes the points of one item."""
    item = next(i for i in score.items if i.id == flip.item)
    change = f"if {flip.to_value}" if flip.change is None else f"by {flip.change:+.1f} {item.unit}".rstrip()
    return f"{item.label} {change} ({flip.points_change:+g})"


def _item(items: tuple[ScoreItem, ...]) -> list[str]:
    """One table row of an item that several strategies may share."""
    item = items[0]
    where = "" if item.evidence_s_mm is None else range_text(item.evidence_s_mm)
    value, points = (" / ".join(dict.fromkeys(text(i) for i in items)) for text in (_value_text, _item_points))
    return [item.label, value, points, f"{item.max_points:g}", item.source_class, item.state, where, item.note]


def _item_points(item: ScoreItem) -> str:
    if item.points is None:
        return "unknown"
    known = f"{item.points:g}"
    return known if item.low_points == item.high_points else f"{known} ({points_text(item.low_points, item.high_points)})"


def _value_text(item: ScoreItem) -> str:
    if item.value is None:
        return "unknown"
    if isinstance(item.value, Estimate):
        return interval_text(item.value, 1 if item.unit == "mm" else 0, item.unit)
    if isinstance(item.value, bool):
        return "yes" if item.value else "no"
    return number_text(item.value, 1, item.unit) if isinstance(item.value, float | int) else str(item.value)


def _published(outcome: Published) -> str:
    """A published figure with its cohort; one nobody has checked is labelled so, one that is not known is not shown."""
    if outcome.probability_pct is None:
        return f"{outcome.outcome}: published value not verified ({outcome.cohort})"
    label = "" if outcome.verified else ", unverified"
    return f"{outcome.outcome}: {outcome.probability_pct:g} % ({outcome.cohort}{label})"


def _target(target: TargetViews) -> dict[str, Any]:
    ideal = view_text(target.ideal_primary_deg, target.ideal_secondary_deg)
    return {
        "key": f"{target.occlusion}-{target.target}",
        "name": TARGET_NAMES[target.target],
        "ideal": f"Ideal {ideal}, {'within reach' if target.ideal_reachable else 'not reachable in this lab'}",
        "views": [view_row(rank, view) for rank, view in enumerate(target.views, start=1)],
    }


def _method(analysis: Analysis) -> list[list[str]]:
    physics = analysis.physics
    rows = [["Calcium rule", method] for method in sorted({s.calcium_method for s in analysis.sections.values()})]
    if physics is not None:
        rows += [
            ["Lumen", f"{physics.lumen_hu:.0f} HU, SD {physics.lumen_sd_hu:.0f}; noise SD {physics.noise_sd_hu:.0f} HU"],
            ["Blur (FWHM in plane)", interval_text(physics.psf_in_plane_fwhm_mm, 2, "mm")],
            ["Blur (FWHM along z)", interval_text(physics.psf_z_fwhm_mm, 2, "mm")],
        ]
    rows += [
        ["Lab profile", analysis.views.lab],
        ["Series", analysis.volume.identity.series_uid],
        ["Plan fingerprint (SHA-256)", plan_sha256(analysis)],
        ["Program", f"CTO Planner {analysis.version}"],
        ["Libraries", ", ".join(f"{name} {number}" for name, number in library_versions().items())],
    ]
    return rows


def _section_edit_rows(analysis: Analysis) -> list[list[str]]:
    """What readers changed in sections: where, what, who."""
    rows = []
    for edit in analysis.plan.section_edits:
        vessel = analysis.tree.vessel(edit.vessel)
        place = "" if vessel is None else f" {float(vessel.centerline.locate(edit.point_mm)[0]):.1f} mm"
        words = SECTION_EDIT_WORDS.get(edit.kind, edit.kind)
        value = "" if edit.threshold_hu is None else f", {edit.threshold_hu:.0f} HU"
        rows.append(
            [
                f"{edit.vessel}{place}",
                f"{words}{value} ({edit.said.reader}, {edit.said.at[:10]})",
            ]
        )
    return rows


def _stated_facts(analysis: Analysis) -> list[list[str]]:
    facts = analysis.plan.facts
    named = [(name, getattr(facts, name)) for name in facts.__dataclass_fields__]
    return [[name.replace("_", " "), _fact_text(value)] for name, value in named if value is not None and value != ()]


def _fact_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float | int) else str(value)
