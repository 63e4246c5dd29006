"""Cardiac phases in one series: a table of vendor rules, each believed only when every part has equal geometry.

Scanners tell the phase in different places: GE in Nominal Percentage of Cardiac Phase, Siemens in Scan Options ("TP70PC0965"),
Image Comments and the series description ("BestDiast 75 %"), Philips and Canon in private attributes and the series description,
some only in the trigger time or the order of images.
Trigger time is also misused (one value per slice), so no rule counts unless the slices it puts together form a stack.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.dicom.slice_header import SliceHeader
from recon.dicom.stack import distances_mm, position_groups

EQUAL_GEOMETRY_SHARE = 0.9
"""Each phase must hold a slice at this part of all positions."""
MULTI_PHASE_SHARE = 0.5
"""With more positions than this taken more than once, the series is several stacks, not one with duplicates [E]."""


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """One row of the table: where a phase may be written. `unit` is "%", "ms" or "" (a running number)."""

    id: str
    text: str
    unit: str
    apart: float
    value: Callable[[SliceHeader], float | None]


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase's slices; `pct` None when the files do not tell it in percent, `rule` says what it was taken from."""

    headers: tuple[SliceHeader, ...]
    label: str
    pct: float | None
    rule: str


_PERCENT = re.compile(r"(?<![\d.,-])(\d{1,3}(?:[.,]\d+)?)\s*%")
_RANGE = re.compile(r"\d+(?:[.,]\d+)?\s*%?\s*(?:-|\u2013|to|bis)\s*\d+(?:[.,]\d+)?\s*%", re.IGNORECASE)
"""A range of phases such as "0 - 90 %" names none."""
_TIME_POINT = re.compile(r"(?:^|\\)TP(\d{1,3})PC", re.IGNORECASE)
_GATING = re.compile(r"(\d{1,4}(?:[.,]\d+)?)\s*(%|ms)?", re.IGNORECASE)
_RECONSTRUCTION_STRENGTH = re.compile(r"(?:asir\S*|\bar|veo|safire|admire|idose\S*|dlir|aidr\S*|ss)[\s-]*\d+\s*%", re.IGNORECASE)


def percent_in(text: str) -> float | None:
    """The one phase in percent that a text names; None when it names none or several."""
    found = {
        float(number.replace(",", ".")) for number in _PERCENT.findall(_RANGE.sub("", _RECONSTRUCTION_STRENGTH.sub("", text)))
    }
    return found.pop() if len(found) == 1 and max(found) <= 100 else None


def time_point(scan_options: str) -> float | None:
    """The phase in percent in Scan Options such as "TP70PC0965\\PULSTART_P0020PC"; None when there is none."""
    found = _TIME_POINT.search(scan_options)
    return float(found[1]) if found and int(found[1]) <= 100 else None


def gating(text: str, unit: str) -> float | None:
    """The number of a private gating attribute when it is meant in `unit` ("%" or "ms"); without a unit up to 100 is percent."""
    found = _GATING.fullmatch(text.strip())
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    meant = (found[2] or ("%" if value <= 100 else "ms")).lower()
    return value if meant == unit and (unit == "ms" or value <= 100) else None


def _of_r_r(header: SliceHeader) -> float | None:
    if header.trigger_time_ms is None or not 300 <= (header.heart_beat_ms or 0) <= 2500:
        return None
    share = 100 * header.trigger_time_ms / (header.heart_beat_ms or 1)
    return share if 0 <= share <= 100 else None


def _nominal(header: SliceHeader) -> float | None:
    return header.nominal_pct if header.nominal_pct is not None and 0 <= header.nominal_pct <= 100 else None


PHASE_RULES: tuple[PhaseRule, ...] = (
    PhaseRule("nominal-percentage", "Nominal Percentage of Cardiac Phase (0020,9241)", "%", 1.5, _nominal),
    PhaseRule("time-point", "time point in Scan Options (0018,0022)", "%", 0.9, lambda h: time_point(h.scan_options)),
    PhaseRule(
        "canon-gating",
        "Cardiac Reconstruction Gating Phase in Percent (7005,xx04)",
        "%",
        0.9,
        lambda h: gating(h.gating_pct, "%"),
    ),
    PhaseRule("philips-gating", "Gating Delay (01F1,xx41)", "%", 0.9, lambda h: gating(h.gating_delay, "%")),
    PhaseRule("image-comments", "percentage in Image Comments (0020,4000)", "%", 1.5, lambda h: percent_in(h.image_comments)),
    PhaseRule("scan-options", "percentage in Scan Options (0018,0022)", "%", 1.5, lambda h: percent_in(h.scan_options)),
    PhaseRule(
        "description", "percentage in Series Description (0008,103E)", "%", 1.5, lambda h: percent_in(h.series_description)
    ),
    PhaseRule("protocol", "percentage in Protocol Name (0018,1030)", "%", 1.5, lambda h: percent_in(h.protocol)),
    PhaseRule("trigger-r-r", "Trigger Time (0018,1060) as part of Nominal Interval (0018,1062)", "%", 1.5, _of_r_r),
    PhaseRule("temporal-index", "Temporal Position Index (0020,9128)", "", 0.5, lambda h: h.temporal_index),
    PhaseRule("temporal-identifier", "Temporal Position Identifier (0020,0100)", "", 0.5, lambda h: h.temporal_identifier),
    PhaseRule(
        "canon-gating-ms", "Cardiac Reconstruction Gating Phase in ms (7005,xx05)", "ms", 5.0, lambda h: gating(h.gating_ms, "ms")
    ),
    PhaseRule("philips-gating-ms", "Gating Delay (01F1,xx41)", "ms", 5.0, lambda h: gating(h.gating_delay, "ms")),
    PhaseRule("trigger-time", "Trigger Time (0018,1060)", "ms", 10.0, lambda h: h.trigger_time_ms),
    PhaseRule("acquisition-number", "Acquisition Number (0020,0012)", "", 0.5, lambda h: h.acquisition_number),
)
ORDER_RULE = PhaseRule(
    "instance-order", "order of Instance Number (0020,0013), as no tag tells the phases", "", 0.5, lambda h: h.instance_number
)


def phases(headers: Sequence[SliceHeader], rule_id: str | None = None) -> tuple[Phase, ...]:
    """The series' phases in order, one when it has one; empty when slices overlap and no rule separates them.

    `rule_id` allows only that rule of the table. `headers` share orientation and matrix; copies of one SOP instance are
    already left out.
    """
    groups = position_groups(distances_mm(headers))
    counts = np.bincount(groups)
    if np.mean(counts > 1) < MULTI_PHASE_SHARE:
        return (_single(headers),)
    for rule in PHASE_RULES:
        parts = _parts(headers, groups, rule) if rule_id in (None, rule.id) else ()
        if parts:
            return parts
    return _by_instance_order(headers, groups) if rule_id in (None, ORDER_RULE.id) else ()


def _single(headers: Sequence[SliceHeader]) -> Phase:
    for rule in PHASE_RULES:
        values = [rule.value(header) for header in headers] if rule.unit == "%" else [None]
        known = [value for value in values if value is not None]
        if len(known) == len(headers):
            return _named(headers, float(np.median(known)), rule)
    return Phase(tuple(headers), "", None, "")


def _named(headers: Sequence[SliceHeader], value: float, rule: PhaseRule) -> Phase:
    label = f"{value:.4g} {rule.unit}".strip()
    return Phase(tuple(headers), label, value if rule.unit == "%" else None, rule.text)


def _parts(headers: Sequence[SliceHeader], groups: npt.NDArray[np.intp], rule: PhaseRule) -> tuple[Phase, ...]:
    """The split by one rule; empty when the rule does not tell every slice or its parts differ in geometry."""
    values = [rule.value(header) for header in headers]
    known = np.array([np.nan if value is None else value for value in values], dtype=float)
    if np.isnan(known).any():
        return ()
    order = np.argsort(known, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(known[order]) > rule.apart) + 1)
    if not _equal_geometry(members, groups):
        return ()
    return tuple(_named([headers[int(i)] for i in part], float(np.median(known[part])), rule) for part in members)


def _equal_geometry(members: Sequence[npt.NDArray[np.intp]], groups: npt.NDArray[np.intp]) -> bool:
    places = groups.max() + 1
    for part in members:
        taken = np.bincount(groups[part], minlength=places)
        if taken.max() > 1 or np.count_nonzero(taken) < EQUAL_GEOMETRY_SHARE * places:
            return False
    return len(members) > 1


def _by_instance_order(headers: Sequence[SliceHeader], groups: npt.NDArray[np.intp]) -> tuple[Phase, ...]:
    """The k-th image at each position makes phase k; only when all positions have the same number of images."""
    counts = np.bincount(groups)
    numbers = [header.instance_number for header in headers]
    if counts.min() != counts.max() or any(number is None for number in numbers) or len(set(numbers)) != len(numbers):
        return ()
    rank = np.empty(len(headers), dtype=int)
    seen = np.zeros(len(counts), dtype=int)
    for i in sorted(range(len(headers)), key=lambda i: numbers[i] or 0):
        rank[i] = seen[groups[i]]
        seen[groups[i]] += 1
    return tuple(_named([headers[int(i)] for i in np.flatnonzero(rank == k)], k + 1, ORDER_RULE) for k in range(counts.max()))
