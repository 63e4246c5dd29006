import pikepdf

from planner.report.angle_card import card_views
from planner.views import TargetViews, View


def view(primary, secondary=0.0):
    return View(primary, secondary, 1.0, 0.0, True, True, (primary - 5, primary + 5), (secondary - 5, secondary + 5))


def target(name, *views):
    return TargetViews("RCA-1", name, 0.0, 0.0, True, views, None, None, None, None)


def test_the_best_view_of_each_target_comes_before_any_second_view():
    cards = card_views([target("body", view(40), view(-40)), target("proximal_cap", view(0), view(80))])
    assert [(c.target, c.view.primary_deg) for c in cards] == [
        ("Proximal cap", 0),
        ("Occlusion body", 40),
        ("Proximal cap", 80),
        ("Occlusion body", -40),
    ]


def test_one_view_that_serves_two_targets_is_shown_once_with_both_names():
    cards = card_views([target("proximal_cap", view(30)), target("body", view(34)), target("distal_cap", view(-30))])
    assert [(c.target, c.view.primary_deg) for c in cards] == [("Proximal cap, occlusion body", 30), ("Distal cap", -30)]


def test_the_card_has_one_a6_page_and_names_the_patient(outputs):
    with pikepdf.open(outputs / "angle-card.pdf") as document:
        assert len(document.pages) == 1
        width, height = (float(v) / 72 * 25.4 for v in document.pages[0].MediaBox[2:])
        assert (round(width), round(height)) == (105, 148)
        assert "PH-0012" in str(document.docinfo["/Title"])
