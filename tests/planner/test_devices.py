"""The device catalogue is read strictly; reach is arithmetic on it."""

from dataclasses import replace

import numpy as np
import pytest

from planner.cad_rads import cad_rads
from planner.devices import device_catalogue
from planner.facts import ClinicalFacts
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from planner.reach import CONNECTOR_MM, reach, routes_mm, sizing_context
from planner.settings import CONFIG_VARIABLE
from recon.centerline import Centerline
from recon.errors import PlannerError
from tests.planner.made_sections import PHYSICS, blunt, made_sections, tree, vessel

PLAN = Plan(SeriesRef("1.2.3"))

ROW = """
[[device]]
id = "microcatheter-135"
class = "microcatheter"
name = "Ours"
working_length_mm = 1300
source = "label"
date = "2026-01-05"
mark = "own"
"""


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path))
    return tmp_path


def test_every_shipped_row_has_a_source_a_date_and_a_mark(own_folder):
    rows = device_catalogue()
    assert len({d.id for d in rows}) == len(rows) > 5
    assert all(d.source and len(d.date) == 10 for d in rows)
    assert {d.is_verified for d in rows} == {True, False}


def test_coronary_lithotripsy_is_sized_1_to_1(own_folder):
    ratios = [d.sizing_ratio for d in device_catalogue() if "lithotripsy" in d.kind]
    assert ratios == [1.0]


def test_an_own_row_takes_the_place_of_the_shipped_one(own_folder):
    before = device_catalogue()
    (own_folder / "devices.toml").write_text(ROW)
    after = device_catalogue()
    assert [d.id for d in after] == [d.id for d in before]
    assert next(d for d in after if d.id == "microcatheter-135").working_length_mm == 1300


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("working_length_mm = 1300", "working_length_mm = -1", "positive"),
        ('mark = "own"', 'mark = "?"', "mark"),
        ('source = "label"', "", "source"),
        ('name = "Ours"', 'name = "Ours"\nbrand_rank = 1', "brand_rank"),
        ("[[device]]", "[[device", "devices.toml"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_its_place(own_folder, old, new, named):
    (own_folder / "devices.toml").write_text(ROW.replace(old, new))
    with pytest.raises(PlannerError, match=named):
        device_catalogue()


def occlusion_and_tree(*more):
    trunk = tree(vessel(), *more)
    (one,) = find_occlusions(trunk, {"RCA": made_sections(blunt(30.0, 50.0))}, PHYSICS, PLAN)
    return one, trunk


def test_reach_is_what_is_left_beyond_the_guide(own_folder):
    one, trunk = occlusion_and_tree()
    rows = reach(one, trunk, device_catalogue())
    row = next(r for r in rows if (r.device.id, r.guide.id) == ("microcatheter-135", "guide-100"))
    assert row.route == "antegrade" and row.needed_mm == pytest.approx(70.0, abs=0.6)
    assert row.margin_mm == pytest.approx(1350 - 1000 - CONNECTOR_MM - row.needed_mm)


def test_a_traced_graft_is_a_retrograde_route():
    graft_line = Centerline.through(np.stack([np.linspace(70, 70, 50), np.linspace(150, 0, 50), np.zeros(50)], axis=1))
    graft = vessel("SVG1", graft_line, parent="RCA", parent_s_mm=70.0)
    one, trunk = occlusion_and_tree(graft)
    assert routes_mm(one, trunk)["retrograde by SVG1"] == pytest.approx(150 + 20, abs=1.0)


def test_sizing_context_gives_lumen_and_wall():
    one, _ = occlusion_and_tree()
    context = sizing_context(one)
    assert context.lumen_proximal_mm == pytest.approx(3.0, abs=0.05) and context.wall_distal_mm == pytest.approx(3.8, abs=0.05)


def test_a_total_occlusion_is_cad_rads_5_with_stated_modifiers():
    one, _ = occlusion_and_tree()
    assert cad_rads((), PLAN).category is None
    plain, stent = cad_rads((one,), PLAN), cad_rads((one,), replace(PLAN, facts=ClinicalFacts(in_stent=True)))
    assert (plain.category, plain.modifiers) == ("5", ()) and "total occlusion on CT" in plain.text
    assert stent.modifiers == ("S",) and "CAD-RADS 5/S" in stent.text
