"""What is called lost, from the calibre along the vessels, with the cord beyond given."""

from collections.abc import Callable

import numpy as np
import pytest

from recon import tree_problems
from recon.centerline import Centerline
from recon.tree_problems import problems_of
from recon.vessels import Course, Vessel

LOST = "distal-vessel-not-found"


@pytest.fixture
def cord(monkeypatch):
    """Sets how clear the cord ahead of each place is."""

    def set_to(clearness: Callable[[float], float]) -> None:
        monkeypatch.setattr(tree_problems, "cord_ahead", lambda field, vessel, s_mm, vessels: clearness(s_mm))

    set_to(lambda s_mm: 1.0)
    return set_to


def vessel(
    name: str, steps: list[tuple[float, float]], parent: str | None = None, at_mm: float | None = None, unclear=()
) -> Vessel:
    """A straight vessel with (length mm, radius mm) one after the other."""
    total = sum(length for length, _ in steps)
    line = Centerline.through(np.stack([np.linspace(0, total, 40), np.zeros(40), np.zeros(40)], axis=1))
    ends = np.cumsum([length for length, _ in steps])
    radius = np.array([steps[min(int(np.searchsorted(ends, s)), len(steps) - 1)][1] for s in line.s_mm])
    courses = tuple(Course(1.0, line.between(*way), np.ones(1), way) for way in unclear)
    return Vessel(name, line, radius, np.ones(len(radius)), parent, at_mm, courses=courses)


def lost(*vessels: Vessel) -> list[str]:
    return [p.vessel for p in problems_of(None, vessels) if p.code == LOST]


def test_a_vessel_narrowed_by_plaque_that_is_wide_again_is_not_lost(cord):
    assert lost(vessel("RCA", [(30.0, 1.5), (12.0, 0.5), (20.0, 1.5), (18.0, 1.1), (18.0, 0.8)])) == []


def test_a_vessel_that_stays_narrow_before_a_clear_cord_is_lost(cord):
    assert lost(vessel("RCA", [(30.0, 1.5), (40.0, 0.7)])) == ["RCA"]


def test_less_calibre_lost_counts_when_a_very_clear_cord_leads_on_at_places_in_a_row(cord):
    narrower = vessel("RCA", [(30.0, 1.3), (40.0, 0.78)])
    assert lost(narrower) == ["RCA"]
    cord(lambda s_mm: 0.9)
    assert lost(narrower) == []
    cord(lambda s_mm: 1.0 if round(s_mm / 1.5) % 2 else 0.6)
    assert lost(narrower) == []


def test_calcium_that_looks_like_a_wide_lumen_is_no_calibre_to_lose(cord):
    steps = [(30.0, 1.0), (10.0, 1.7), (40.0, 0.8)]
    assert lost(vessel("RCA", steps)) == ["RCA"]
    assert lost(vessel("RCA", steps, unclear=[(29.0, 42.0)])) == []


@pytest.mark.parametrize(("radius_mm", "expected"), [(1.8, ["RCA"]), (1.3, [])])
def test_a_right_artery_in_left_dominance_is_lost_only_when_it_ends_wide(cord, radius_mm, expected):
    lcx = vessel("LCx", [(60.0, 1.2), (20.0, 0.8)])
    assert lost(vessel("RCA", [(45.0, radius_mm)]), lcx, vessel("L-PDA", [(30.0, 0.8)], "LCx", 60.0)) == expected


def test_a_piece_at_the_left_main_is_the_stump_of_the_main_vessel_that_is_missing(cord):
    lcx, piece = vessel("LCx", [(60.0, 1.2), (20.0, 0.8)]), vessel("B1", [(12.0, 1.5)], "LCx", 14.0)
    assert lost(lcx, piece) == []
    assert lost(lcx, piece, vessel("LAD", [(60.0, 1.2), (20.0, 0.8)])) == ["LCx"]


def test_a_branch_that_widens_is_a_vein_and_no_stump(cord):
    rca = vessel("RCA", [(60.0, 1.2), (20.0, 0.8)])
    assert lost(rca, vessel("B1", [(15.0, 1.2), (15.0, 1.75)], "RCA", 30.0)) == []
    assert lost(rca, vessel("B1", [(15.0, 1.3), (15.0, 1.2)], "RCA", 30.0)) == ["RCA"]


@pytest.mark.parametrize(("name", "length_mm"), [("RCA", 39.0), ("LAD", 69.0), ("LCx", 29.0)])
def test_a_main_vessel_shorter_than_any_is_lost_however_it_ends(cord, name, length_mm):
    cord(lambda s_mm: 0.0)
    beside = vessel("L-PDA", [(30.0, 0.8)], "LCx", 20.0)
    assert lost(vessel(name, [(length_mm, 0.6)]), beside) == [name]
    assert lost(vessel(name, [(length_mm + 2.0, 0.6)]), beside) == []
