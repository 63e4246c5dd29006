"""The quality panel says what is measured, against which limit, and keeps unknown unknown."""

import numpy as np
import pytest

from recon.geometry import Geometry
from recon.quality import QualityRow, aortic_blood_hu, quality_panel
from recon.report import silent
from recon.step_artefact import STEP_QUALITY, with_steps
from recon.vessels import Aorta, Tree
from recon.volume import Acquisition, Finding, Volume

SHAPE, SPACING = (60, 96, 96), (0.5, 0.4, 0.4)


def scan(blood_hu: float, noise_hu: float, shift_from: int | None = None, **acquisition: object) -> Volume:
    """A bright tube along z with a slow gradient, in fat, with noise; from one slice on everything lies 2 mm further left."""
    geometry = Geometry.axial(SHAPE, SPACING, (0.0, 0.0, 0.0))
    k, y, x = np.indices(SHAPE)
    moved = np.where(k >= shift_from, 5, 0) if shift_from is not None else 0
    inside = np.hypot((y - 48) * 0.4, (x - moved - 48) * 0.4) < 12
    hu = np.where(inside, blood_hu + (k - 29.5), -80.0) + np.random.default_rng(3).normal(0, noise_hu, SHAPE)
    return Volume(hu.astype(np.int16), geometry, acquisition=Acquisition(**acquisition))  # type: ignore[arg-type]


def aorta() -> Aorta:
    z = np.arange(60) * 0.5
    return Aorta(np.stack([np.full(60, 19.2), np.full(60, 19.2), z], axis=1), np.full(60, 12.0), 0.0, 0.0)


def panel(volume: Volume, stents: str | None = None) -> dict[str, QualityRow]:
    tree = Tree((), (), aorta(), None, None)
    return {row.id: row for row in quality_panel(volume, tree, stents)}


def test_aortic_mean_and_noise_are_those_of_the_object() -> None:
    measured = aortic_blood_hu(scan(400, 25), aorta())
    assert measured == (pytest.approx(400, abs=2), pytest.approx(25, abs=0.5))


@pytest.mark.parametrize(
    ("blood", "noise", "contrast", "states"),
    [
        (400, 25, "adequate", ("ok", "ok", "ok")),
        (200, 25, "too weak", ("warn", "ok", "warn")),
        (700, 25, "very dense", ("warn", "ok", "warn")),
        (400, 50, "adequate", ("ok", "warn", "ok")),
    ],
)
def test_contrast_and_noise_are_judged_against_their_limits(
    blood: float, noise: float, contrast: str, states: tuple[str, ...]
) -> None:
    rows = panel(scan(blood, noise))
    assert rows["contrast"].value == contrast
    assert (rows["aorta-mean"].state, rows["aorta-sd"].state, rows["contrast"].state) == states
    assert all(row.mark == "E" for row in rows.values())


def test_without_a_tree_the_aorta_is_unknown_not_zero() -> None:
    rows = {row.id: row for row in quality_panel(scan(400, 25), None)}
    assert (rows["aorta-mean"].value, rows["aorta-mean"].state, rows["aorta-mean"].text) == (None, "unknown", "not known")
    assert (rows["thickness"].state, rows["stents"].state, rows["phase"].state) == ("unknown", "unknown", "unknown")


@pytest.mark.parametrize(
    ("thickness", "state", "increment"), [(0.5, "ok", "ok"), (0.75, "ok", "ok"), (1.0, "warn", "ok"), (0.3, "ok", "warn")]
)
def test_slice_thickness_and_increment(thickness: float, state: str, increment: str) -> None:
    rows = panel(scan(400, 25, slice_thickness_mm=thickness))
    assert (rows["thickness"].state, rows["increment"].state) == (state, increment)


def test_what_the_scan_says_of_itself_is_shown() -> None:
    rows = panel(scan(400, 25, kernel="Bv40", kvp=90.0, kev=55.0, photon_counting=True, phase_pct=75.0, lossy=True))
    assert [rows[name].text for name in ("kernel", "kvp", "kev", "phase")] == ["Bv40", "90 kV", "55 keV", "75 % of R-R"]
    assert rows["photon-counting"].value == "photon counting"
    assert rows["compression"].state == "warn"


def test_reader_tags_of_stents_are_kept_apart_from_nobody_said() -> None:
    volume = scan(400, 25)
    assert [panel(volume, said)["stents"].state for said in (None, "", "stent in the LAD")] == ["unknown", "ok", "warn"]


def test_phases_and_gaps_are_warned_of() -> None:
    found = (Finding("phase-split", "", "", "", ""), Finding("missing-slices", "", "", "", ""))
    quality = np.ones(60)
    quality[7] = 0
    volume = scan(400, 25)
    rows = panel(Volume(volume.hu, volume.geometry, findings=found, slice_quality=quality))
    assert (rows["phases"].state, rows["slices"].state) == ("warn", "warn")
    assert "1 without own image" in rows["slices"].text


def test_a_step_between_heartbeats_is_found_at_its_slice_and_lowers_the_quality_there() -> None:
    volume = with_steps(scan(400, 25, shift_from=33), silent)
    (finding,) = volume.findings
    assert finding.code == "step"
    assert "slices 33 and 34" in finding.where
    assert np.flatnonzero(volume.slice_quality < 1).tolist() == [32, 33]
    assert volume.slice_quality.min() == STEP_QUALITY
    assert panel(volume)["step"].state == "warn"


def test_a_scan_without_a_step_has_no_such_finding() -> None:
    volume = with_steps(scan(400, 25), silent)
    assert volume.findings == ()
    assert panel(volume)["step"].state == "ok"
