"""The program checks itself: the real engine on made objects whose truth is known by formula.

Tolerances are those of docs/clinical.md G.1 for noiseless objects (app settings): length 0.5 mm or 2 %, arc 3 degrees,
calcium share 2 points, bend 2 degrees, projection 0.05 mm, angle round trip 1e-6 degrees. The whole heart at the end has
noise, and the tolerances of clinical use: caps 2 mm, length 2.5 mm, bend 5 degrees.
"""

from collections.abc import Callable

from planner.selftest_blooming import blooming_checks
from planner.selftest_carm import carm_checks
from planner.selftest_check import Check
from planner.selftest_curves import curve_checks
from planner.selftest_heart import heart_checks
from planner.selftest_sections import section_checks
from planner.selftest_views import view_checks
from recon.report import Report, part_of, silent

__all__ = ["GROUPS", "Check", "selftest"]

GROUPS: tuple[tuple[str, float, Callable[[Report], tuple[Check, ...]]], ...] = (
    ("C-arm geometry", 0.02, carm_checks),
    ("views of a ramp", 0.03, view_checks),
    ("curves and straightened views", 0.06, curve_checks),
    ("blooming of a slab", 0.07, blooming_checks),
    ("calcium and lumen of sections", 0.35, section_checks),
    ("occlusion in a heart", 1.0, heart_checks),
)
"""Groups of checks: name, fraction of the whole time at which it ends, and what runs it."""


def selftest(report: Report = silent) -> tuple[Check, ...]:
    """Run all groups; a check that could not be measured is a failed check, not an error."""
    checks: list[Check] = []
    started = 0.0
    for name, ended, group in GROUPS:
        report(started, name)
        checks += group(part_of(report, started, ended))
        started = ended
    report(1.0, "done")
    return tuple(checks)
