"""The measures of one occlusion in words: the same rows in the window and in the report (docs/clinical.md B)."""

from planner.devices import Device
from planner.occlusion import Cap, LandingZone, Occlusion, SideBranch
from planner.reach import Reach, reach, routes_mm
from planner.text import interval_text, number_text
from planner.total_or_subtotal import CAUTION, NEITHER
from recon.vessels import Tree

Row = tuple[str, str, str]
"""Label, value, note."""


def measure_rows(found: Occlusion) -> list[Row]:
    """All measures of one occlusion but its calcium, in reading order."""
    segment = f"SCCT segment {found.scct_segment}" if found.scct_segment else "segment not named"
    several = "" if found.interruptions < 2 else f"first to last cap {interval_text(found.total_length_mm, 1, 'mm')}"
    ratio = f"straight line from cap to cap; arc / chord {found.length_mm.best / max(found.chord_mm, 0.1):.2f}"
    rows = [
        ("Proximal cap", _cap_text(found.proximal_cap), _cap_note(found.proximal_cap)),
        ("Distal cap", _cap_text(found.distal_cap), _cap_note(found.distal_cap)),
        ("Length", interval_text(found.length_mm, 1, "mm"), "along the centerline on CT; shorter than by angiography"),
        ("Chord", number_text(found.chord_mm, 1, "mm"), ratio),
        ("Separate occlusions", str(found.interruptions), several),
        ("Segment", segment, "ostial" if found.is_ostial else ""),
        ("Largest bend", interval_text(found.max_bend_deg, 0, "deg"), f"at {found.bend_s_mm:.1f} mm; {_arms_text(found)}"),
        *_tortuosity_rows(found),
        ("Side branches", _branches_text(found.side_branches), "within 10 mm of a cap"),
        ("Reference lumen", _pair_text(found, "lumen"), _reference_note(found)),
        ("Reference outer wall", _pair_text(found, "wall"), "the distal lumen is under-filled: its wall is nearer to its size"),
        *_landing_rows(found.landing_zone),
        *_wall_rows(found),
        *_sign_rows(found),
    ]
    if found.in_stent is not None:
        rows.append(("In stent", "yes" if found.in_stent else "no", "as stated or marked"))
    courses = ", ".join(f"{100 * p:.0f} %" for p in found.course_probabilities)
    rows.append(("Courses found", courses or "likelihood not measured", "likeliest first"))
    return rows


def reach_rows(found: Occlusion, tree: Tree, catalogue: tuple[Device, ...]) -> list[Row]:
    """Every device class against every guide and route: what is left over, in mm."""
    needed = [
        (f"Length {route}", number_text(length, 0, "mm"), "guide position to the place to reach")
        for route, length in routes_mm(found, tree).items()
    ]
    return [*needed, *(_reach_row(row) for row in reach(found, tree, catalogue))]


def _reach_row(row: Reach) -> Row:
    verified = "" if row.device.is_verified and row.guide.is_verified else ", unverified class length"
    word = "left over" if row.margin_mm >= 0 else "too short"
    note = f"{row.route}, through {row.guide.name}{verified}"
    return row.device.name, f"{abs(row.margin_mm):.0f} mm {word}", note


def _cap_text(cap: Cap) -> str:
    return f"{cap.morphology}, s {interval_text(cap.s_mm, 1, 'mm')}"


def _cap_note(cap: Cap) -> str:
    notes = [] if cap.taper_index is None else [f"taper index {cap.taper_index:.2f}"]
    if cap.tapered_probability is not None:
        notes.append(f"tapered with {100 * cap.tapered_probability:.0f} %")
    notes += ["hidden by calcium"] if cap.hidden_by_calcium else []
    notes += ["ambiguous on CT"] if cap.ambiguous_on_ct else []
    return ", ".join([*notes, f"place {cap.position_state}" if cap.position_state != "auto" else ""]).strip(", ")


def _arms_text(found: Occlusion) -> str:
    return "; ".join(f"{bend:.0f} deg over {arm:g} mm arms" for arm, bend in found.bend_by_arm_deg) or "one arm length"


def _tortuosity_rows(found: Occlusion) -> list[Row]:
    winding = found.tortuosity
    if winding is None:
        return []
    before, whole = _bends_text(winding.bends_before_mm_deg), _bends_text(winding.bends_vessel_mm_deg)
    return [
        ("Tortuosity before the cap", winding.grade_before, f"{before}; arc / chord - 1 {number_text(winding.index_before, 2)}"),
        ("Tortuosity of the vessel", f"{winding.index_vessel:.2f}", f"arc / chord - 1; {whole}"),
    ]


def _bends_text(bends: tuple[tuple[float, float], ...]) -> str:
    return ", ".join(f"{angle:.0f} deg at {s:.0f} mm" for s, angle in bends) or "no bend over 70 deg"


def _branches_text(branches: tuple[SideBranch, ...]) -> str:
    told = (
        f"{b.name} {b.distance_to_cap_mm:.1f} mm from the {b.at} cap, angle {number_text(b.angle_deg, 0, 'deg')}, "
        f"diameter {number_text(b.diameter_mm, 1, 'mm')}"
        for b in branches
    )
    return "; ".join(told) or "none found"


def _pair_text(found: Occlusion, what: str) -> str:
    ends = {
        "lumen": (found.reference_diameter_proximal_mm, found.reference_diameter_distal_mm),
        "wall": (found.reference_wall_diameter_proximal_mm, found.reference_wall_diameter_distal_mm),
    }[what]
    return "proximal {}, distal {}".format(*(number_text(value, 1, "mm") for value in ends))


def _reference_note(found: Occlusion) -> str:
    places = [f"{s[0]:.0f}-{s[1]:.0f} mm" for s in found.reference_s_mm if s is not None]
    return f"diameter of the same area, at {' and '.join(places)}" if places else "diameter of the same area"


def _landing_rows(zone: LandingZone | None) -> list[Row]:
    if zone is None:
        return [("Landing zone", "no opened vessel found beyond the distal cap", "")]
    least = "" if zone.min_lumen_s_mm is None else f" at {zone.min_lumen_s_mm:.1f} mm"
    mean, smallest = (number_text(v, 1, "mm") for v in (zone.mean_lumen_diameter_mm, zone.min_lumen_diameter_mm))
    most = max((row for row in zone.calcium_per_mm if row[1] is not None), key=lambda row: row[1] or 0.0, default=None)
    calcium = f"longest run without calcium {zone.longest_calcium_free_mm:.1f} mm"
    if most is not None:
        calcium += f"; most {most[1]:.0f} % of the section, arc {number_text(most[2], 0, 'deg')}, at {most[0]:.1f} mm"
    branch = "no branch of 1.5 mm or more"
    if zone.first_branch:
        branch = f"first branch {zone.first_branch} after {number_text(zone.first_branch_distance_mm, 1, 'mm')}"
    return [
        ("Landing zone", f"{zone.length_mm:.0f} mm, lumen {mean} mean, {smallest} least{least}", branch),
        ("Landing zone, calcium", calcium, "numbers only: no published cut"),
    ]


def _wall_rows(found: Occlusion) -> list[Row]:
    rows: list[Row] = []
    wall, enhanced = found.remodelling, found.enhancement
    if wall is not None:
        value = f"{wall.least_ratio:.2f} at {wall.least_s_mm:.1f} mm to {wall.largest_ratio:.2f} at {wall.largest_s_mm:.1f} mm"
        note = f"outer wall area over the reference; {wall.shrunk_mm:.1f} mm under 0.75, {wall.enlarged_mm:.1f} mm from 1.1"
        rows.append(("Remodelling", value, note))
    if enhanced is not None:
        most = max(enhanced.profile, key=lambda row: row[1])
        value = f"{100 * enhanced.enhanced_share:.0f} % of the axis"
        note = f"between 15 and 60 % of full contrast; most {100 * most[1]:.0f} % at {most[0]:.1f} mm; a reader judges"
        rows.append(("Enhancement inside", value, note))
    return rows


def _sign_rows(found: Occlusion) -> list[Row]:
    evidence = found.total_or_subtotal
    if evidence is None:
        return []
    word = "favours neither" if evidence.favours == NEITHER else f"favours {evidence.favours}"
    told = "; ".join(f"{s.name} {s.value:.1f} {s.unit} ({s.operator} {s.cut:g}: {s.favours})" for s in evidence.signs)
    reversed_text = "; attenuation rises distally" if evidence.is_gradient_reversed else ""
    return [("Total or subtotal", word, f"{told}{reversed_text}. {CAUTION}")]
