"""The report as a DICOM Encapsulated PDF (PS3.3 A.45.1)."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EncapsulatedPDFStorage

from planner.case import Analysis
from planner.report.dicom.source import new_object

TITLE = "CTO plan from coronary CT"


def encapsulated_pdf(analysis: Analysis, images: list[Dataset], pdf: bytes, now: str) -> Dataset:
    """The PDF in the study of its source images, which it references."""
    dataset = new_object(analysis, EncapsulatedPDFStorage, "report", "DOC", "CTO Planner report", now)
    dataset.ConversionType = "WSD"
    dataset.AcquisitionDateTime = ""
    dataset.BurnedInAnnotation = "YES"
    dataset.RecognizableVisualFeatures = "NO"
    dataset.DocumentTitle = TITLE
    dataset.ConceptNameCodeSequence = Sequence([_document_code()])
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(pdf)
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    dataset.SourceInstanceSequence = Sequence([_reference(image) for image in images])
    return dataset


def _document_code() -> Dataset:
    code = Dataset()
    code.CodeValue = "18748-4"
    code.CodingSchemeDesignator = "LN"
    code.CodeMeaning = "Diagnostic imaging report"
    return code


def _reference(image: Dataset) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return reference
