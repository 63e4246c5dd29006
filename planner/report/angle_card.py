"""The angle card: the views to take to the table, on one A6 page and as a picture for a phone."""

from dataclasses import dataclass
from typing import Any

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.document import Files, date_parts, made_text, template_sources
from planner.report.front_page import TARGET_NAMES, identity_texts, pair_text, targets_of, view_row
from planner.report.plan_in_pdf import SERIES_KEYWORD
from planner.report.view_figure import projection_figure
from planner.settings import lab_profile
from planner.text import interval_text
from planner.views import TargetViews, View
from recon.carm import angle_between_deg

CARD_VIEWS = 4
CARD_ORDER = ("proximal_cap", "body", "distal_cap", "landing_zone")
SAME_VIEW_DEG = 10.0
"""Views of two targets nearer than this are one view on the card."""

LIMITS = "Research use. Not a medical device. Whole degrees, good to +/- 5; head-first supine."


@dataclass(frozen=True, slots=True)
class CardView:
    """One view on the card and what it shows."""

    target: str
    view: View


def card_views(targets: list[TargetViews]) -> tuple[CardView, ...]:
    """The best view of each target, then second ones, until the card is full; near-equal views are named together."""
    ranked = sorted(targets, key=lambda t: CARD_ORDER.index(t.target))
    wanted = [(TARGET_NAMES[t.target], t.views[rank]) for rank in (0, 1) for t in ranked if len(t.views) > rank]
    chosen: list[CardView] = []
    for name, view in wanted:
        same = next((n for n, c in enumerate(chosen) if _apart_deg(c.view, view) < SAME_VIEW_DEG), None)
        if same is None:
            chosen.append(CardView(name, view))
        elif name not in chosen[same].target:
            chosen[same] = CardView(f"{chosen[same].target}, {name.lower()}", chosen[same].view)
    return tuple(chosen[:CARD_VIEWS])


def angle_card_sources(analysis: Analysis, occlusion: Occlusion, now: str) -> Files:
    """Template, texts and pictures of the card of one occlusion; set them with `document.pdf_of` or `pictures_of`."""
    carm = lab_profile(analysis.views.lab).carm
    files: Files = {}
    rows: list[dict[str, Any]] = []
    for number, card in enumerate(card_views(targets_of(analysis, occlusion)), start=1):
        name = f"view-{number}.svg"
        files[name] = projection_figure(analysis, occlusion, card.view, carm, side_mm=46.0, captions=False)
        alt = f"Simulated angiogram for {card.target.lower()}."
        rows.append(view_row(number, card.view) | {"target": card.target, "file": name, "alt": alt})
    data = {
        "title": f"Angle card, {analysis.volume.identity.patient_id or 'no ID'}",
        "keywords": ["CTO Planner", SERIES_KEYWORD + analysis.plan.series.series_uid],
        "date": date_parts(now),
        "made": made_text(now),
        "version": analysis.version,
        "identity": identity_texts(analysis.volume.identity),
        "headline": f"{occlusion.vessel} occlusion",
        "subline": f"{interval_text(occlusion.length_mm, 0, 'mm')} long, proximal cap {occlusion.proximal_cap.morphology}",
        "lab": analysis.views.lab,
        "views": rows,
        "pair": pair_text(analysis, occlusion),
        "limits": LIMITS,
    }
    return template_sources("angle_card.typ", data) | files


def _apart_deg(first: View, second: View) -> float:
    return angle_between_deg((first.primary_deg, first.secondary_deg), (second.primary_deg, second.secondary_deg))
