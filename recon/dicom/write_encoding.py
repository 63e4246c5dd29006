"""Saving a CT image in a chosen lossless transfer syntax."""

import os
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from recon.errors import OutputError

SYNTAXES: dict[str, UID] = {
    "explicit-little": ExplicitVRLittleEndian,
    "implicit-little": ImplicitVRLittleEndian,
    "explicit-big": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpeg-ls": JPEGLSLossless,
    "jpeg-2000": JPEG2000Lossless,
    "jpeg-lossless": JPEGLosslessSV1,
}
"""Names of transfer syntaxes; all lossless."""


def save_encoded(dataset: Dataset, path: Path, syntax: str) -> None:
    """Write a dataset whose PixelData is plain little-endian 16 bit to `path`, beside first, then renamed.

    Raises OutputError when the file cannot be written.
    """
    uid = SYNTAXES[syntax]
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset["PixelData"].VR = "OW"
    if syntax == "jpeg-lossless":
        _jpeg_lossless(dataset)
    elif uid.is_encapsulated and syntax != "deflated":
        dataset.compress(uid, generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = uid
    little = syntax != "explicit-big"
    if not little:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    beside = path.with_name(path.name + ".part")
    try:
        dataset.save_as(beside, enforce_file_format=True)
        os.replace(beside, path)
    except OSError as error:
        raise OutputError("An image cannot be written.", f"{path}: {error.strerror}.", "Make room or choose another folder.") from error


def _jpeg_lossless(dataset: Dataset) -> None:
    """Encode by GDCM, whose codec pydicom does not offer for writing."""
    import gdcm

    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimension(0, dataset.Columns)
    image.SetDimension(1, dataset.Rows)
    sign = gdcm.PixelFormat.INT16 if dataset.PixelRepresentation else gdcm.PixelFormat.UINT16
    pixel_format = gdcm.PixelFormat(sign)
    pixel_format.SetBitsStored(dataset.BitsStored)
    pixel_format.SetHighBit(dataset.HighBit)
    image.SetPixelFormat(pixel_format)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian))
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetByteStringValue(dataset.PixelData)
    image.SetDataElement(element)
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(image)
    if not change.Change():
        raise OutputError("An image cannot be written.", "JPEG lossless encoding failed.", "Choose another transfer syntax.")
    fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
    data = fragments.GetFragment(0).GetByteValue().GetBuffer()
    dataset.PixelData = encapsulate([data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
