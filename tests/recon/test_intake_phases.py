"""Several cardiac phases in one series are told apart by the rule that gives equal stacks, and never mixed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from recon.dicom.phases import PHASE_RULES, gating, percent_in, time_point
from recon.dicom.scan import scan
from recon.errors import IntakeError
from recon.intake import load_volume
from recon.report import silent
from tests.recon.dicom.ct_files import BACKGROUND_HU, Series, dataset, save, write

COUNT = 12
STEP_HU = 40
Tags = dict[str, object]
STYLES: dict[str, Callable[[int, int, float], Tags]] = {
    "nominal-percentage": lambda k, n, pct: {"NominalPercentageOfCardiacPhase": pct},
    "time-point": lambda k, n, pct: {"ScanOptions": [f"TP{pct:g}PC0965", "PULSTART_P0020PC", "PULSEND_P0080PC"]},
    "image-comments": lambda k, n, pct: {"ImageComments": f"BestPhase {pct:g} %"},
    "scan-options": lambda k, n, pct: {"ScanOptions": f"TP{pct:g}%"},
    "trigger-r-r": lambda k, n, pct: {"TriggerTime": pct * 8, "NominalInterval": 800},
    "temporal-index": lambda k, n, pct: {"TemporalPositionIndex": n + 1},
    "temporal-identifier": lambda k, n, pct: {"TemporalPositionIdentifier": n + 1},
    "trigger-time": lambda k, n, pct: {"TriggerTime": 100 + 65 * n},
    "acquisition-number": lambda k, n, pct: {"AcquisitionNumber": n + 3},
    # One trigger time a slice, as some scanners write it: the rule must not be believed, the next one is.
    "misused trigger time": lambda k, n, pct: {"TriggerTime": 10 * k + 333 * n, "AcquisitionNumber": n},
    # Two of the three under one number: each place twice in one part, so the rule must not be believed either.
    "two phases under one number": lambda k, n, pct: {"AcquisitionNumber": 1 if n < 2 else 2},
    "nothing but the order": lambda k, n, pct: {},
}


def write_phases(folder: Path, style: Callable[[int, int, float], Tags], percents: tuple[float, ...] = (40, 70, 75)) -> Series:
    series = Series(count=COUNT)
    for n, pct in enumerate(percents):
        phase = replace(series, scene=lambda p, n=n: np.full(p.shape[:-1], BACKGROUND_HU + STEP_HU * n))
        for k, position in enumerate(series.grid()[0]):
            save(dataset(phase, position, n * COUNT + k + 1, **style(k, n, pct)), folder / f"{(k * 7 + n * 31) % 97}_{n}_{k}")
    return series


@pytest.mark.parametrize("style", STYLES)
def test_each_vendor_style_is_split_into_pure_phases(tmp_path: Path, style: str) -> None:
    write_phases(tmp_path, STYLES[style])
    entries = scan(tmp_path, silent)
    assert [e.slices for e in entries] == [COUNT] * 3
    levels = set()
    for entry in entries:
        volume = load_volume(tmp_path, silent, entry.key)
        (level,) = np.unique(volume.hu).tolist()
        levels.add(level)
        split = next(f for f in volume.findings if f.code == "phase-split")
        assert volume.acquisition.phase_rule in split.what
    assert levels == {BACKGROUND_HU, BACKGROUND_HU + STEP_HU, BACKGROUND_HU + 2 * STEP_HU}
    rules = {rule.id: rule for rule in PHASE_RULES}
    if style in rules:
        assert {e.phase.rule for e in entries if e.phase} == {rules[style].text}
        if rules[style].unit == "%":
            assert sorted(e.phase.pct or -1 for e in entries if e.phase) == [40, 70, 75]


def test_every_rule_of_the_table_has_a_style_here_or_describes_whole_series() -> None:
    assert {rule.id for rule in PHASE_RULES} - set(STYLES) - set(PRIVATE_STYLES) == {"description", "protocol"}


PRIVATE_STYLES = {
    "canon-gating": (0x7005, "TOSHIBA_MEC_CT3", 0x04, "{:g}%"),
    "canon-gating-ms": (0x7005, "TOSHIBA_MEC_CT3", 0x05, "{:g}0 ms"),
    "philips-gating": (0x01F1, "ELSCINT1", 0x41, "{:g}"),
    "philips-gating-ms": (0x01F1, "ELSCINT1", 0x41, "{:g}0ms"),
}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("rule_id", PRIVATE_STYLES)
def test_a_phase_in_a_private_attribute_is_read_in_whatever_block_its_creator_has(
    tmp_path: Path, rule_id: str, syntax: str
) -> None:
    group, creator, element, text = PRIVATE_STYLES[rule_id]
    series = Series(count=COUNT, syntax=syntax)
    for n, pct in enumerate((40, 75)):
        for k, position in enumerate(series.grid()[0]):
            image = dataset(series, position, n * COUNT + k + 1)
            if k % 2:
                image.private_block(group, "SOMEBODY ELSE", create=True).add_new(element, "LO", "99")
            image.private_block(group, creator, create=True).add_new(element, "SH", text.format(pct))
            save(image, tmp_path / f"{n}_{k}")
    entries = scan(tmp_path, silent)
    rule = next(rule for rule in PHASE_RULES if rule.id == rule_id)
    assert [(e.slices, e.phase.rule if e.phase else "") for e in entries] == [(COUNT, rule.text)] * 2
    assert {e.label for e in entries} == ({"40 %", "75 %"} if rule.unit == "%" else {"400 ms", "750 ms"})


@pytest.mark.parametrize(
    ("text", "percent"),
    [("TP70PC0965\\PULSTART_P0020PC", 70), ("TP0PC", 0), ("PULSTART_P0020PC\\TP5PC0900", 5), ("TP170PC", None), ("HELIX", None)],
)
def test_a_time_point_in_scan_options_is_read_and_a_pulsing_window_is_not(text: str, percent: float | None) -> None:
    assert time_point(text) == percent


@pytest.mark.parametrize(
    ("text", "pct", "ms"),
    [("75%", 75, None), ("75.5", 75.5, None), ("650", None, 650), ("40 ms", None, 40), ("150%", None, None), ("RR", None, None)],
)
def test_a_gating_attribute_is_percent_or_ms_never_both(text: str, pct: float | None, ms: float | None) -> None:
    assert (gating(text, "%"), gating(text, "ms")) == (pct, ms)


def test_phases_with_a_missing_slice_are_still_split_and_the_gap_is_named(tmp_path: Path) -> None:
    series = Series(count=30)
    for n, pct in enumerate((40, 75)):
        write(tmp_path, series, leave_out=[14] if n else [], each=lambda k, pct=pct: STYLES["nominal-percentage"](k, 0, pct),
              prefix=f"p{n}")  # fmt: skip
    by_phase = {e.phase.pct: [f.code for f in e.findings] for e in scan(tmp_path, silent) if e.phase}
    assert by_phase == {40: ["phase-split"], 75: ["missing-slices", "phase-split"]}


def test_overlapping_stacks_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    write_phases(tmp_path, lambda k, n, pct: {"InstanceNumber": 1})
    with pytest.raises(IntakeError, match="nothing in the files tells them apart"):
        load_volume(tmp_path, silent)


def test_an_overlap_of_two_table_positions_is_not_taken_for_two_phases(tmp_path: Path) -> None:
    series = Series(count=20)
    write(tmp_path, series, each=lambda k: {"AcquisitionNumber": 1 if k < 10 else 2})
    for k in (9, 10):
        save(dataset(series, series.grid()[0][k], 50 + k, AcquisitionNumber=2 if k == 9 else 1), tmp_path / f"overlap{k}")
    (entry,) = scan(tmp_path, silent)
    assert entry.slices == 20
    assert [f.code for f in entry.findings] == ["duplicate-slices"]


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("CorCTA 0,6 Bv40 75 %", 75),
        ("BestDiast 72.5%", 72.5),
        ("CTA ASIR-V 50% 70%", 70),
        ("ASiR 50%", None),
        ("SS40% AR 30%", None),
        ("30% - 80% multiphase", None),
        ("DS_CorCTA 0.6 Bv40 0 - 90 % Matrix 256", None),
        ("30 to 80 % multiphase", None),
        ("40-80%", None),
        ("DS_CorCTA 0.6 Bv40 3 BestDiast 77 %", 77),
        ("Coro CorCTA 0.6 B26f BestDiast 71 %", 71),
        ("280 ms", None),
        ("0% ", 0),
        ("", None),
    ],
)
def test_a_phase_in_a_text_is_read_and_a_reconstruction_strength_is_not(text: str, percent: float | None) -> None:
    assert percent_in(text) == percent


def test_the_phase_of_a_single_phase_series_is_told_with_its_rule(tmp_path: Path) -> None:
    write(tmp_path, Series(count=4, tags={"SeriesDescription": "CCTA 0.5 B26 BestDiast 75 %"}))
    acquisition = load_volume(tmp_path, silent).acquisition
    assert (acquisition.phase_pct, acquisition.phase_rule) == (75, "percentage in Series Description (0008,103E)")
