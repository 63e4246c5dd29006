import pytest

from planner.settings import CONFIG_VARIABLE, config_folder, lab_names, lab_profile
from recon.errors import CallError, PlannerError

OWN = """
label = "Our lab"
source = "measured by us"
source_isocenter_mm = 720.0
source_detector_mm = 1000.0
[hard]
primary_deg = [-90.0, 90.0]
secondary_deg = [-30.0, 40.0]
[comfortable]
primary_deg = [-50.0, 50.0]
secondary_deg = [-25.0, 25.0]
[[blocked]]
reason = "table"
corners_deg = [[40.0, 10.0], [60.0, 10.0], [60.0, 30.0], [40.0, 30.0]]
"""


@pytest.fixture
def own_labs(tmp_path, monkeypatch):
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path))
    folder = tmp_path / "labs"
    folder.mkdir()
    return folder


def test_the_default_lab_has_the_generic_limits(own_labs):
    lab = lab_profile("default")
    assert bool(lab.reachable(120, -45)) and not bool(lab.reachable(121, 0)) and not bool(lab.reachable(0, 46))
    assert bool(lab.comfortable(-60, 40)) and not bool(lab.comfortable(-61, 0)) and not bool(lab.comfortable(0, 41))


def test_every_shipped_profile_can_be_read(own_labs):
    assert lab_names()[0] == "default"
    assert all(lab_profile(name).label for name in lab_names())


def test_a_persons_own_profile_goes_before_the_shipped_one(own_labs):
    (own_labs / "default.toml").write_text(OWN, encoding="utf-8")
    assert lab_profile("default").label == "Our lab"
    assert lab_profile("default").carm.source_isocenter_mm == 720.0
    assert config_folder() == own_labs.parent


def test_a_blocked_zone_cannot_be_reached_but_its_mirror_can(own_labs):
    (own_labs / "ours.toml").write_text(OWN, encoding="utf-8")
    lab = lab_profile("ours")
    assert not bool(lab.reachable(50, 20)) and not bool(lab.comfortable(45, 20))
    assert bool(lab.reachable(-50, 20)) and bool(lab.reachable(50, -20)) and bool(lab.reachable(50, 35))


def test_an_unknown_lab_is_a_wrong_call(own_labs):
    with pytest.raises(CallError, match="nowhere") as raised:
        lab_profile("nowhere")
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[-90.0, 90.0]", "[90.0, -90.0]", "hard.primary_deg"),
        ("[-30.0, 40.0]", "[-30.0, 140.0]", "hard.secondary_deg"),
        ('label = "Our lab"', "", "label"),
        ("720.0", "1720.0", "distances"),
        ("[hard]", "[hard", "cannot be used"),
        ("[[40.0, 10.0], [60.0, 10.0], [60.0, 30.0], [40.0, 30.0]]", "[[40.0, 10.0]]", "three corners"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_with_its_place(own_labs, old, new, message):
    (own_labs / "ours.toml").write_text(OWN.replace(old, new), encoding="utf-8")
    with pytest.raises(PlannerError, match=message):
        lab_profile("ours")
