"""Loading a non-contrast scan into the open case: what takes time, put on the compute thread and brought home as one change."""

from pathlib import Path

from planner.case import Analysis
from planner.other_scan import carried, without_other_scan
from recon.errors import PlannerError
from recon.report import Report, part_of
from recon.scan_pair import ScanPair
from ui.case_work import CaseWork
from ui.jobs import Jobs
from ui.model import CaseModel

TARGET = "non-contrast scan"

Compared = tuple[Analysis, ScanPair]


def compare(model: CaseModel, jobs: Jobs, work: CaseWork, source: Path) -> None:
    """Score the scan under a path and hold it against the open one; a failure or a cancel leaves the case as it was."""
    analysis = model.analysis
    if analysis is None or not analysis.sections:
        work.told.emit("Open a case and wait until its vessels are measured.")
        return

    def home(value: Compared) -> None:
        now = model.analysis
        if now is None or now.volume is not analysis.volume:
            return
        made, pair = value
        model.show_compared(made if now is analysis else carried(without_other_scan(now), made), pair)
        work.told.emit("Both scans are compared; N shows the contrast scan, the non-contrast scan and their difference in turn.")

    jobs.compute(
        TARGET,
        "comparing with the non-contrast scan",
        lambda report: compared(analysis, source, report),
        home,
        work.failed.emit,
        lambda: work.told.emit("The comparison was cancelled; nothing was changed."),
    )


def compared(analysis: Analysis, source: Path, report: Report) -> Compared:
    """The analysis with what the scan says, and the images for its pictures.

    Raises PlannerError for another patient, a scan with contrast, or one that shows another part of the body.
    """
    from planner.run import with_other_scan
    from recon.intake import load_volume
    from recon.subtraction_picture import equal_volumes

    if analysis.physics is None:
        raise PlannerError(
            "The contrast scan was not measured.", "Its blur and contrast are not known.", "Mark the vessels first."
        )
    other = load_volume(source, part_of(report, 0.0, 0.2))
    made = with_other_scan(analysis, other, None, True, part_of(report, 0.2, 0.9))
    report(0.9, "preparing the difference")
    return made, ScanPair(other, *equal_volumes(analysis.volume, other, analysis.physics))
