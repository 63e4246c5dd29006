"""The flat result tables, sections.csv and views.csv, as docs/outputs.md says."""

import csv
import io
import math
from collections.abc import Iterable

from planner.case import Analysis
from planner.occlusion import zone_of
from planner.report.vessel_profile import vessel_profile
from planner.section_details import VesselDetails
from planner.views import TargetViews, View
from recon.calcium_limit import stated
from recon.estimate import FloatArray
from recon.sections import VesselSections
from recon.vessels import Vessel

SECTION_COLUMNS = (
    "vessel,s_mm,zone,x_mm,y_mm,z_mm,lumen_area_mm2,wall_area_mm2,"
    "calcium_area_mm2_low,calcium_area_mm2,calcium_area_mm2_high,"
    "calcium_csa_pct_low,calcium_csa_pct,calcium_csa_pct_high,"
    "calcium_arc_deg_low,calcium_arc_deg,calcium_arc_deg_high,"
    "calcium_longest_arc_deg,calcium_max_thickness_mm,mean_lumen_hu,quality,grade,"
    "state,calcium_clock_low,calcium_clock,calcium_clock_high,calcium_depth_low,calcium_depth,calcium_depth_high,calcium_depth_class,"
    "eccentricity_low,eccentricity,eccentricity_high,plaque_under_30_hu_mm2,plaque_30_to_190_hu_mm2,over_190_hu_mm2,edge_mm2"
)
VIEW_COLUMNS = (
    "occlusion,target,rank,primary_deg,secondary_deg,foreshortening_pct,overlap_pct,reachable,comfortable,"
    "primary_tolerance_low_deg,primary_tolerance_high_deg,secondary_tolerance_low_deg,secondary_tolerance_high_deg,"
    "ideal_primary_deg,ideal_secondary_deg,ideal_reachable,angle_between_deg"
)


def sections_csv(analysis: Analysis) -> str:
    """The content of sections.csv: one row per vessel per section, empty where not measured."""
    rows = (row for v in analysis.tree.vessels if v.name in analysis.sections for row in _section_rows(v, analysis))
    return _csv_text(SECTION_COLUMNS, rows)


def views_csv(analysis: Analysis) -> str:
    """The content of views.csv: the views of views.json flat; wiring pairs are two rows of target `wiring_pair`."""
    rows = [_view_row(t.occlusion, t.target, rank, view, t) for t in analysis.views.targets for rank, view in _ranked(t.views)]
    for pair in analysis.views.wiring_pairs:
        for rank, view in _ranked((pair.first, pair.second)):
            rows.append([*_view_row(pair.occlusion, "wiring_pair", rank, view, None), _cell(pair.angle_between_deg, 1)])
    return _csv_text(VIEW_COLUMNS, rows)


def _section_rows(vessel: Vessel, analysis: Analysis) -> Iterable[list[str]]:
    sections = stated(analysis.sections[vessel.name])
    profile, details = vessel_profile(analysis, vessel), analysis.details.get(vessel.name)
    zone = _zones(analysis, vessel.name, sections.s_mm)
    bands = (sections.calcium_area_mm2, sections.calcium_csa_pct, sections.calcium_arc_deg)
    for i, s_mm in enumerate(sections.s_mm):
        yield [
            vessel.name,
            _cell(s_mm, 2),
            str(zone[i]),
            *(_cell(c, 3) for c in sections.point_mm[i]),
            _cell(profile.section_lumen_area_mm2[i]),
            _cell(sections.wall_area_mm2[i]),
            *(_cell(edge[i]) for band in bands for edge in (band.low, band.best, band.high)),
            _cell(sections.calcium_longest_arc_deg[i], 1),
            _cell(sections.calcium_max_thickness_mm[i]),
            _cell(profile.section_lumen_hu[i], 1),
            _cell(sections.quality[i]),
            str(sections.grade[i]),
            *_detail_cells(sections, details, i),
        ]


def _detail_cells(sections: VesselSections, details: VesselDetails | None, i: int) -> list[str]:
    """Who said so, then place, depth and eccentricity of the calcium and the plaque classes."""
    stent, edited = (len(marks) > 0 and bool(marks[i]) for marks in (sections.stent, sections.edited))
    state = "stent" if stent else "edited" if edited else "auto"
    if details is None:
        return [state]
    shape, plaque = details.shape, details.plaque
    return [
        state,
        *(texts[i] for texts in shape.hours),
        *(_cell(edge[i]) for edge in (shape.depth.low, shape.depth.best, shape.depth.high)),
        str(shape.depth_class[i]),
        *(_cell(edge[i]) for edge in (shape.eccentricity.low, shape.eccentricity.best, shape.eccentricity.high)),
        *(_cell(edge[i]) for edge in (plaque.low.best, plaque.middle.best, plaque.bright.best, plaque.edge_mm2)),
    ]


def _zones(analysis: Analysis, vessel: str, s_mm: FloatArray) -> list[str]:
    """Zone names; of two occlusions on a vessel the inner zones of the later one win over the outer ones of the first."""
    names = [""] * len(s_mm)
    for found in (o for o in analysis.occlusions if o.vessel == vessel):
        for i, zone in enumerate(zone_of(found, s_mm)):
            if not names[i] or zone not in ("proximal", "distal"):
                names[i] = str(zone)
    return names


def _ranked(views: tuple[View, ...]) -> Iterable[tuple[int, View]]:
    return enumerate(views, start=1)


def _view_row(occlusion: str, target: str, rank: int, view: View, ideal: TargetViews | None) -> list[str]:
    angles = [view.primary_deg, view.secondary_deg, *view.primary_tolerance_deg, *view.secondary_tolerance_deg]
    primary, secondary, *tolerance = (str(round(a)) for a in angles)
    lost = [_cell(view.foreshortening_pct, 1), _cell(view.overlap_pct, 1)]
    row = [occlusion, target, str(rank), primary, secondary, *lost, _yes_no(view.reachable), _yes_no(view.comfortable)]
    if ideal is None:
        return [*row, *tolerance, "", "", ""]
    best = (str(round(ideal.ideal_primary_deg)), str(round(ideal.ideal_secondary_deg)), _yes_no(ideal.ideal_reachable))
    return [*row, *tolerance, *best]


def _yes_no(value: bool) -> str:
    return str(value).lower()


def _csv_text(columns: str, rows: Iterable[list[str]]) -> str:
    """CSV with LF line ends; short rows are filled with empty cells."""
    header = columns.split(",")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(row + [""] * (len(header) - len(row)) for row in rows)
    return stream.getvalue()


def _cell(value: float, decimals: int = 3) -> str:
    return "" if not math.isfinite(value) else f"{value:.{decimals}f}"
