"""Twelve sections are chosen by their error, and their true contours lie where the truth says."""

import math
from dataclasses import replace

import numpy as np
import pytest

from planner import bench_section_pictures
from planner.bench_section_pictures import chosen_rows, inside_deposit, section_pictures, true_masks
from recon.phantom_deposits import Deposit, section_truth
from recon.phantom_segments import segment_case
from recon.volume import Volume
from tests.recon.drawn_sections import drawn_sections


def row(seed, error, occluded=False, area=3.0, **more):
    return {"seed": seed, "vessel": "RCA", "s_mm": 20.0, "occluded": occluded, "area": area, "got_area": area + error, **more}


ROWS = [row(seed, 0.1 * seed, occluded) for seed in range(20) for occluded in (False, True)]


def test_two_best_two_median_two_worst_of_patent_and_occluded_sections():
    chosen = chosen_rows(ROWS)
    assert [(c.title, c.row["seed"]) for c in chosen] == [
        (f"{word}, {title}", seed)
        for word in ("patent", "occluded")
        for title, seed in (("best", 0), ("best", 1), ("median", 10), ("median", 11), ("worst", 19), ("worst", 18))
    ]


def test_hardly_calcified_refused_and_mouth_sections_are_not_shown():
    useless = [row(50, 0.0, area=0.2), row(51, 0.0, mouth=True), row(52, math.nan), {"seed": 53, "refused": "x"}]
    assert all(c.row["seed"] < 50 for c in chosen_rows(ROWS + useless))


def test_one_case_gives_one_picture_in_its_group():
    same = [row(1, 0.1 * k) for k in range(9)]
    assert len(chosen_rows(same)) == 1
    assert chosen_rows([]) == ()


@pytest.mark.parametrize(
    "deposit",
    [
        Deposit("sector", 2.0, 12.0, 1.0, 2.0, 0.9, 1.6, 900.0),
        Deposit("ring", 2.0, 12.0, 0.0, 2 * math.pi, 1.0, 1.5, 900.0),
        Deposit("filled", 2.0, 12.0, 0.0, 2 * math.pi, 0.0, 1.2, 900.0),
        Deposit("nodule", 2.0, 12.0, 4.0, 0.0, 0.4, 1.6, 900.0),
    ],
)
@pytest.mark.parametrize("s_mm", [2.3, 7.0, 9.0])
def test_the_drawn_deposit_has_the_true_area(deposit, s_mm):
    pixel = 0.02
    grid = np.arange(-2.5, 2.5, pixel) + pixel / 2
    right, up = np.meshgrid(grid, grid)
    inside = inside_deposit(deposit, np.full(right.shape, s_mm), np.arctan2(right, up), np.hypot(up, right))
    one = np.ones(1)
    truth = section_truth(s_mm * one, 2.0 * one, 0.0 * one, np.zeros((1, 2)), (deposit,))
    assert inside.sum() * pixel**2 == pytest.approx(truth.calcium_area_mm2[0], rel=0.04, abs=0.03)


def test_true_masks_have_the_true_areas_of_a_generated_vessel():
    true = segment_case(7001).truth.vessel("RCA")
    s_mm, pixel = 22.0, 0.05
    grid = np.arange(-4.0, 4.0, pixel)
    right, up = np.meshgrid(grid, grid)
    point, _, normal, binormal = true.centerline.at(s_mm)
    masks = true_masks(true, point + up[..., None] * normal + right[..., None] * binormal)
    radius = float(np.interp(s_mm, true.centerline.s_mm, true.wall_radius_mm))
    assert masks["wall"].sum() * pixel**2 == pytest.approx(math.pi * radius**2, rel=0.03)
    assert not (masks["calcium"] & ~masks["wall"]).any() and not (masks["lumen"] & masks["calcium"]).any()


def test_the_page_is_made_from_rows_and_cases(tmp_path, monkeypatch):
    sections = drawn_sections(length_mm=44.0, sector=(30, 150))
    line = segment_case(7001).truth.vessel("RCA").centerline
    measured = replace(sections, point_mm=line.at(sections.s_mm)[0])

    def dark(case):
        return Volume(np.zeros(case.geometry.shape, np.int16), case.geometry)

    monkeypatch.setattr(bench_section_pictures, "render", dark)
    monkeypatch.setattr(bench_section_pictures, "measure_sections", lambda *_: measured)
    section_pictures([row(7001, 0.4) | {"s_mm": 22.0}], segment_case, tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert 20_000 < (tmp_path / "page.png").stat().st_size < 400_000
