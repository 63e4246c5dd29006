"""What may lie unseen: more with blur, noise and contrast; stated where none is found and no reader said so."""

from dataclasses import replace

import numpy as np

from recon.calcium_limit import stated, unseen_area_mm2
from tests.recon.drawn_sections import drawn_sections
from tests.recon.test_calcium_measures import walls


def test_more_may_hide_the_more_blur_noise_and_contrast_there_is():
    seen = walls()
    usual = unseen_area_mm2(seen, 25.0)[10]
    assert 0.1 < usual < 1.5
    assert unseen_area_mm2(replace(seen, sigma_mm=1.3 * seen.sigma_mm), 25.0)[10] > usual
    assert unseen_area_mm2(seen, 60.0)[10] > usual
    bright = replace(seen, lumen_hu=1.4 * seen.lumen_hu, lumen_anchor_hu=1.4 * seen.lumen_anchor_hu)
    assert unseen_area_mm2(bright, 25.0)[10] > usual


def test_less_hides_inside_an_occlusion_where_no_contrast_is_near():
    closed = replace(walls(), is_open=np.zeros(len(walls().s_mm), dtype=bool))
    assert unseen_area_mm2(closed, 25.0)[10] < unseen_area_mm2(walls(), 25.0)[10]


def test_never_more_than_the_vessel_holds():
    assert unseen_area_mm2(walls(wall_mm=0.5, lumen_mm=0.2), 200.0).max() <= np.pi * 0.25 + 1e-9


def limited(sections, mm2=0.6):
    return replace(sections, calcium_limit_mm2=np.full(len(sections.s_mm), mm2))


def test_the_limit_is_stated_only_where_none_is_found():
    sections = limited(drawn_sections(sector=(0, 90), rows=slice(10, 20)))
    said = stated(sections)
    empty = sections.calcium_area_mm2.best == 0
    assert np.all(said.calcium_area_mm2.high[empty] == 0.6) and np.all(said.calcium_area_mm2.best[empty] == 0)
    assert np.allclose(said.calcium_csa_pct.high[empty], 100 * 0.6 / sections.wall_area_mm2[empty])
    assert np.all((said.calcium_arc_deg.high[empty] > 10) & (said.calcium_arc_deg.high[empty] < 90))
    assert np.array_equal(said.calcium_area_mm2.high[~empty], sections.calcium_area_mm2.high[~empty])
    assert sections.calcium_area_mm2.high[empty].max() == 0, "decisions keep the interval as measured"


def test_what_a_reader_cleared_or_nobody_measured_is_left_alone():
    sections = drawn_sections()
    assert stated(sections) is sections
    edited = replace(limited(sections), edited=np.ones(len(sections.s_mm), dtype=bool))
    assert stated(edited).calcium_area_mm2.high.max() == 0
    unknown = replace(
        limited(sections), calcium_area_mm2=type(sections.calcium_area_mm2)(*[np.full(len(sections.s_mm), np.nan)] * 3)
    )
    assert np.isnan(stated(unknown).calcium_area_mm2.high).all()
