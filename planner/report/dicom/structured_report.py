"""The measurements as a Comprehensive 3D SR by template TID 1500 (docs/clinical.md F.2, F.3)."""

import highdicom
import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    Comprehensive3DSR,
    CoordinatesForMeasurement3D,
    FindingSite,
    Measurement,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    TrackingIdentifier,
)
from highdicom.sr import MeasurementsAndQualitativeEvaluations as Group
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from planner.case import Analysis
from planner.occlusion import Cap, Occlusion, ZoneCalcium
from planner.report.dicom.codes import (
    ARC_OF_CALCIUM,
    CALCIUM_LENGTH,
    CALCIUM_VOLUME,
    CT_REPORTED,
    CUBIC_MILLIMETER,
    DEGREE,
    LESION_LENGTH,
    MILLIMETER,
    OCCLUSION,
    PERCENT,
    POINTS,
    PRIMARY_ANGLE,
    PRIVATE_SCHEME,
    SECONDARY_ANGLE,
    artery,
    private,
)
from planner.report.dicom.source import MANUFACTURER, SOFTWARE, series_number
from planner.views import TargetViews, View
from recon.estimate import Estimate
from recon.vessels import Vessel

ZONE_CODES = {"proximal_cap": "CAP_PROX", "body": "BODY", "distal_cap": "CAP_DIST", "landing": "LANDING"}
STATE_CODES = {"auto": "PROPOSED", "edited": "EDITED", "confirmed": "CONFIRMED"}
SR_DECIMALS = 3


def structured_report(analysis: Analysis, images: list[Dataset]) -> Dataset:
    """One measurement group for each vessel followed, occlusion, zone, view and score."""
    groups = [_vessel_group(analysis, vessel) for vessel in analysis.tree.vessels]
    groups += [group for found in analysis.occlusions for group in _occlusion_groups(analysis, found)]
    content = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=_observer(analysis)),
        procedure_reported=CT_REPORTED,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=images[:1],
    )
    report = Comprehensive3DSR(
        evidence=images,
        content=content,
        series_instance_uid=generate_uid(),
        series_number=series_number("measurements"),
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description="CTO Planner measurements",
    )
    report.CodingSchemeIdentificationSequence = [_private_scheme()]
    return report


def _private_scheme() -> Dataset:
    scheme = Dataset()
    scheme.CodingSchemeDesignator = PRIVATE_SCHEME
    scheme.CodingSchemeName = "CTO Planner private codes"
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    return scheme


def _observer(analysis: Analysis) -> ObserverContext:
    device = highdicom.sr.DeviceObserverIdentifyingAttributes(
        uid=generate_uid(), name=SOFTWARE, manufacturer_name=MANUFACTURER, model_name=f"{SOFTWARE} {analysis.version}"
    )
    return ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)


def why_no_structured_report(analysis: Analysis) -> str:
    """Why there are no measurements to report; empty when there are."""
    return "" if analysis.tree.vessels else "DICOM measurements were not written: no vessel was followed."


def _group(
    analysis: Analysis,
    name: str,
    kind: Code | CodedConcept,
    site: CodedConcept,
    measures: list[Measurement],
    words: list[QualitativeEvaluation] | None = None,
) -> Group:
    return Group(
        tracking_identifier=TrackingIdentifier(generate_uid(), name),
        finding_type=kind,
        finding_sites=[FindingSite(site)],
        algorithm_id=AlgorithmIdentification(SOFTWARE, analysis.version),
        measurements=measures,
        qualitative_evaluations=words,
    )


def _vessel_group(analysis: Analysis, vessel: Vessel) -> Group:
    words = [QualitativeEvaluation(private("STATE"), private(STATE_CODES[vessel.state]))]
    length = _measure(private("FOLLOWED"), vessel.centerline.length_mm, MILLIMETER)
    return _group(analysis, vessel.name, codes.DCM.Centerline, artery(vessel.name, None), [length], words)


def _occlusion_groups(analysis: Analysis, found: Occlusion) -> list[Group]:
    def group(
        name: str, kind: Code | CodedConcept, measures: list[Measurement], words: list[QualitativeEvaluation] | None = None
    ) -> Group:
        return _group(analysis, name, kind, artery(found.vessel, found.scct_segment), measures, words)

    groups = [group(found.id, OCCLUSION, _geometry(analysis, found))]
    for name, code in ZONE_CODES.items():
        if name in found.calcium:
            cap = {"proximal_cap": found.proximal_cap, "distal_cap": found.distal_cap}.get(name)
            words = _cap_words(cap) if cap else None
            groups.append(group(f"{found.id} {name}", private(code), _zone(found.calcium[name]), words))
    for target in (t for t in analysis.views.targets if t.occlusion == found.id):
        groups += [group(name, private("VIEW"), measures) for name, measures in _views(target)]
    for score in (s for s in analysis.scores.scores if s.occlusion == found.id and not s.withheld):
        name = " ".join(part for part in (found.id, score.name, score.variant, score.strategy) if part)
        groups.append(group(name, private("SCORE"), _score(score.total, score.low, score.high)))
    return groups


def _geometry(analysis: Analysis, found: Occlusion) -> list[Measurement]:
    return [
        *_interval(LESION_LENGTH, found.length_mm, MILLIMETER, _course(analysis, found)),
        _measure(private("CHORD"), found.chord_mm, MILLIMETER),
        *_interval(private("BEND_MAX"), found.max_bend_deg, DEGREE),
    ]


def _course(analysis: Analysis, found: Occlusion) -> CoordinatesForMeasurement3D | None:
    """The centerline between the caps as a polyline; None without a frame of reference."""
    frame = analysis.volume.geometry.frame_of_reference_uid
    vessel = analysis.tree.vessel(found.vessel)
    if not frame or vessel is None:
        return None
    points = vessel.centerline.between(found.proximal_cap.s_mm.best, found.distal_cap.s_mm.best)
    return CoordinatesForMeasurement3D(
        graphic_type=highdicom.sr.GraphicTypeValues3D.POLYLINE,
        graphic_data=np.asarray(points, dtype=np.float64),
        frame_of_reference_uid=frame,
    )


def _zone(zone: ZoneCalcium) -> list[Measurement]:
    measures = [
        *_interval(private("CA_CSA_MAX"), zone.max_csa_pct, PERCENT),
        *_interval(ARC_OF_CALCIUM, zone.max_arc_deg, DEGREE),
        *_interval(CALCIUM_VOLUME, zone.volume_mm3, CUBIC_MILLIMETER),
        _measure(CALCIUM_LENGTH, zone.calcium_length_mm, MILLIMETER),
    ]
    if zone.max_thickness_mm is not None:
        measures.append(_measure(private("CA_THICK_MAX"), zone.max_thickness_mm, MILLIMETER))
    return measures


def _views(target: TargetViews) -> list[tuple[str, list[Measurement]]]:
    return [(f"{target.occlusion} {target.target} view {n}", _view(v)) for n, v in enumerate(target.views, start=1)]


def _view(view: View) -> list[Measurement]:
    return [
        _measure(PRIMARY_ANGLE, float(round(view.primary_deg)), DEGREE),
        _measure(SECONDARY_ANGLE, float(round(view.secondary_deg)), DEGREE),
        _measure(private("FORESHORTENING"), view.foreshortening_pct, PERCENT),
        _measure(private("OVERLAP"), view.overlap_pct, PERCENT),
    ]


def _score(total: float | None, low: float, high: float) -> list[Measurement]:
    """The total, or with unknown items the range; never a total that was not reached."""
    ends = [_measure(private("SCORE_LOW"), low, POINTS), _measure(private("SCORE_HIGH"), high, POINTS)]
    return ends if total is None else [_measure(private("SCORE"), total, POINTS), *ends]


def _cap_words(cap: Cap) -> list[QualitativeEvaluation]:
    return [
        QualitativeEvaluation(private("MORPHOLOGY"), private(cap.morphology.upper())),
        QualitativeEvaluation(private("STATE"), private(STATE_CODES[cap.morphology_state])),
    ]


def _interval(
    name: Code | CodedConcept,
    value: Estimate | None,
    unit: Code,
    place: CoordinatesForMeasurement3D | None = None,
) -> list[Measurement]:
    """The best value, then the ends of its interval under the same name, told apart by their derivation."""
    if value is None:
        return []
    best = Measurement(name, round(value.best, SR_DECIMALS), unit, referenced_coordinates=[place] if place else None)
    low = Measurement(name, round(value.low, SR_DECIMALS), unit, derivation=private("LOW"))
    return [best, low, Measurement(name, round(value.high, SR_DECIMALS), unit, derivation=private("HIGH"))]


def _measure(name: Code | CodedConcept, value: float, unit: Code) -> Measurement:
    return Measurement(name, round(value, SR_DECIMALS), unit)
