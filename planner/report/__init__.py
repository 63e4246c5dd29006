"""What leaves the program: result files, the report with the plan inside, DICOM objects."""

from planner.report.outputs import write_outputs
from planner.report.plan_in_pdf import plan_from_pdf

__all__ = ["plan_from_pdf", "write_outputs"]
