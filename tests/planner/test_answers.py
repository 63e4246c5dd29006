from dataclasses import replace
from types import SimpleNamespace

from planner.answers import four_answers
from planner.occlusion import Cap, Occlusion, SideBranch, ZoneCalcium
from recon.estimate import Estimate


def cap(s_mm, **changes):
    return replace(Cap(Estimate(s_mm - 0.6, s_mm, s_mm + 0.7), (0, 0, 0), "blunt", "auto", 0.1, False), **changes)


def zone(csa_pct, arc_deg, over_half_mm):
    return ZoneCalcium(
        Estimate(csa_pct - 10, csa_pct, csa_pct + 10),
        csa_pct / 2,
        Estimate(arc_deg - 20, arc_deg, arc_deg + 20),
        1.0,
        None,
        over_half_mm,
        0,
        0,
        0,
        0,
        max_csa_s_mm=44.0,
    )


def occlusion(**changes):
    plain = Occlusion(
        "RCA-1",
        "RCA",
        2,
        cap(38.2),
        cap(63.7),
        Estimate(24.1, 25.5, 27.0),
        23.9,
        Estimate(30, 35, 41),
        51.0,
        (SideBranch("AM", 1.2, 62.0, 1.6, "proximal"),),
        {"proximal_cap": zone(20, 90, 0), "body": zone(64, 260, 3.5), "landing": zone(90, 300, 9)},
        None,
        3.0,
        2.0,
        (),
        course_probabilities=(0.78, 0.22),
    )
    return replace(plain, **changes)


def answers_for(found, vessels=("RCA",), lost=(), findings=()):
    named = [SimpleNamespace(name=n, state="auto") for n in vessels]
    problems = [SimpleNamespace(vessel=n) for n in lost]
    tree = SimpleNamespace(vessels=named, problems=problems, vessel=lambda name: named[0])
    return four_answers(
        SimpleNamespace(
            target=found, tree=tree, volume=SimpleNamespace(findings=()), plan=SimpleNamespace(overrides=()), findings=findings
        )
    )


def test_the_four_answers_carry_their_intervals():
    headlines = {a.question: a.headline for a in answers_for(occlusion())}
    assert headlines == {
        "Cap": "RCA blunt, s 38.2 mm (37.6-38.9)",
        "Course": "1 of 2 ways, 78 %",
        "Calcium": "max 64 % (54-74) of section, arc 260 deg (240-280)",
        "Length": "25.5 mm (24.1-27.0)",
    }


def test_calcium_of_the_landing_zone_is_not_calcium_of_the_occlusion():
    calcium = next(a for a in answers_for(occlusion()) if a.question == "Calcium")
    assert calcium.detail == "in the body; 3.5 mm over 50 %"


def test_unmeasured_calcium_is_not_reported_as_none():
    unknown = replace(zone(10, 10, 0), max_csa_pct=None)
    calcium = next(a for a in answers_for(occlusion(calcium={"body": unknown})) if a.question == "Calcium")
    assert calcium.headline == "not measured"


def test_a_hidden_cap_says_so():
    found = occlusion(proximal_cap=cap(38.2, hidden_by_calcium=True), side_branches=())
    assert answers_for(found)[0].detail == "calcified, position uncertain"


def test_no_occlusion_is_said_with_what_was_followed():
    (only,) = answers_for(None, ("RCA", "LAD"))
    assert only.headline == "No total occlusion found on CT"
    assert only.detail == "Followed: RCA, LAD."


def test_no_occlusion_is_not_claimed_for_vessels_that_were_not_followed():
    (only,) = answers_for(None, ("RCA",), ("LAD", "LCx"))
    assert only.headline == "No total occlusion in what was followed; not all vessels were"
    assert "Not followed to its end: LAD, LCx" in only.detail


def test_nothing_followed_is_not_known_rather_than_no():
    (only,) = answers_for(None, (), ("aorta",))
    assert only.headline.startswith("Not known")


def test_a_moved_cap_is_no_longer_a_proposal():
    moved = answers_for(occlusion(proximal_cap=cap(38.2, position_state="edited")))
    states = {a.question: a.state for a in moved}
    assert (states["Cap"], states["Length"], states["Calcium"]) == ("edited", "edited", "auto")


def test_a_single_course_is_not_called_certain():
    course = next(a for a in answers_for(occlusion(course_probabilities=(1.0,))) if a.question == "Course")
    assert course.headline == "one way found, no alternative seen"


def test_a_lumen_that_calcium_hides_is_named_beside_none_found():
    hidden = SimpleNamespace(code="lumen-hidden-by-calcium", where="RCA, 40 to 44 mm")
    (only,) = answers_for(None, findings=(hidden,))
    assert "calcium hides the lumen" in only.headline and "RCA, 40 to 44 mm" in only.detail
