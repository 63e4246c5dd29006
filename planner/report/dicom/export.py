"""All DICOM objects of one analysis, as file names and bytes."""

import io

import pydicom
from pydicom.dataset import Dataset

from planner.case import Analysis
from planner.report.dicom.encapsulated_pdf import encapsulated_pdf
from planner.report.dicom.secondary_capture import secondary_captures
from planner.report.dicom.segmentation import segmentation, why_no_segmentation
from planner.report.dicom.source import source_images, why_no_dicom
from planner.report.dicom.structured_report import structured_report, why_no_structured_report
from recon.report import Report


def left_out(analysis: Analysis) -> tuple[str, ...]:
    """Which objects are not written, and why."""
    missing = why_no_dicom(analysis.volume)
    reasons = (missing,) if missing else (why_no_structured_report(analysis), why_no_segmentation(analysis))
    return tuple(reason for reason in reasons if reason)


def dicom_files(analysis: Analysis, pdf: bytes, pages_png: list[bytes], now: str, report: Report) -> dict[str, bytes]:
    """Encapsulated PDF, SR, segmentation and secondary captures by file name; empty when the source is not DICOM.

    Source identity is copied as it stands, even where a value is too long: changing it would part patient and plan.
    """
    if why_no_dicom(analysis.volume):
        return {}
    with pydicom.config.disable_value_validation():
        report(0.0, "writing the DICOM report")
        images = source_images(analysis.volume)
        found: dict[str, Dataset] = {"report.dcm": encapsulated_pdf(analysis, images, pdf, now)}
        report(0.2, "writing the DICOM measurements")
        if not why_no_structured_report(analysis):
            found["measurements.dcm"] = structured_report(analysis, images)
        report(0.5, "writing the DICOM segmentation")
        if analysis.target is not None and not why_no_segmentation(analysis):
            found["segmentation.dcm"] = segmentation(analysis, images, analysis.target)
        report(0.9, "writing the DICOM pictures")
        for number, capture in enumerate(secondary_captures(analysis, pages_png, now), start=1):
            found[f"picture-{number}.dcm"] = capture
        return {name: _bytes(dataset) for name, dataset in found.items()}


def _bytes(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
