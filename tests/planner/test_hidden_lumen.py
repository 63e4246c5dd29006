"""Where calcium hides the lumen and nothing was called, the reader is told; elsewhere not."""

from dataclasses import replace

import numpy as np
import pytest

from planner.hidden_lumen import doubtful_mm, hidden_findings, not_excluded
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from tests.planner.made_sections import PHYSICS, blunt, constant, made_sections, tree, vessel


def _hidden(radius_mm, first=40.0, last=44.0):
    inside = lambda s: (s >= first) & (s <= last)  # noqa: E731
    return made_sections(
        lambda s: np.where(inside(s), radius_mm, 1.5),
        csa_pct=lambda s: np.where(inside(s), 50.0, 0.0),
        hidden=lambda s: inside(s).astype(float),
    )


def test_a_short_stretch_without_visible_lumen_under_calcium_is_told_but_not_called():
    sections = _hidden(0.4)
    assert find_occlusions(tree(vessel()), {"RCA": sections}, PHYSICS, Plan(SeriesRef(""))) == ()
    (finding,) = hidden_findings(not_excluded(tree(vessel()), {"RCA": sections}, PHYSICS, ()))
    assert finding.code == "lumen-hidden-by-calcium" and finding.where == "RCA, 40 to 44 mm"
    assert "not excluded" in finding.consequence and not finding.blocks_measurement


@pytest.mark.parametrize("radius_mm", [1.0, 1.3])
def test_a_calcified_lumen_that_keeps_its_area_is_not_told(radius_mm):
    assert doubtful_mm(_hidden(radius_mm), PHYSICS) == ()


def test_a_narrow_lumen_without_calcium_is_not_told():
    assert doubtful_mm(made_sections(lambda s: np.where((s > 40) & (s < 44), 0.4, 1.5)), PHYSICS) == ()
    assert doubtful_mm(made_sections(constant(1.4)), PHYSICS) == ()


def test_less_than_the_shortest_length_is_not_told_and_near_stretches_are_one():
    assert doubtful_mm(_hidden(0.4, 40.0, 40.8), PHYSICS) == ()
    first, second = _hidden(0.4, 40.0, 42.0), _hidden(0.4, 44.0, 46.0)
    both = replace(
        first,
        lumen_area_mm2=np.minimum(first.lumen_area_mm2, second.lumen_area_mm2),
        calcium_csa_pct=replace(first.calcium_csa_pct, best=np.maximum(first.calcium_csa_pct.best, second.calcium_csa_pct.best)),
    )
    assert doubtful_mm(both, PHYSICS) == ((40.0, 46.0),)


def test_what_was_called_an_occlusion_is_not_told_again():
    sections = made_sections(blunt(30.0, 50.0), csa_pct=lambda s: np.where((s > 36) & (s < 42), 60.0, 0.0))
    occlusions = find_occlusions(tree(vessel()), {"RCA": sections}, PHYSICS, Plan(SeriesRef("")))
    assert len(occlusions) == 1 and doubtful_mm(sections, PHYSICS)
    assert not_excluded(tree(vessel()), {"RCA": sections}, PHYSICS, occlusions) == {}
    assert not_excluded(tree(vessel()), {"RCA": sections}, None, ()) == {}
