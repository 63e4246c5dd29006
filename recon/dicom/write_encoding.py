"""Saving a CT image in a chosen lossless transfer syntax."""

from pathlib import Path

import gdcm
import numpy as np
from pydicom.dataset import Dataset
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

GDCM_SYNTAXES = {
    "jpeg-2000": gdcm.TransferSyntax.JPEG2000Lossless,
    "jpeg-lossless": gdcm.TransferSyntax.JPEGLosslessProcess14_1,
}


def save_encoded(dataset: Dataset, path: Path, syntax: str) -> None:
    """Write a dataset whose PixelData is plain little-endian 16 bit to `path`, beside first, then renamed.

    Raises OutputError when the file cannot be written.
    """
    uid = SYNTAXES[syntax]
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset["PixelData"].VR = "OW"
    if syntax in ("rle", "jpeg-ls"):
        dataset.compress(uid, generate_instance_uid=False)
    if syntax not in GDCM_SYNTAXES:
        dataset.file_meta.TransferSyntaxUID = uid
    if syntax == "explicit-big":
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    beside = path.with_name(path.name + ".part")
    try:
        dataset.save_as(beside, enforce_file_format=True)
        if syntax in GDCM_SYNTAXES:
            _transcode(beside, GDCM_SYNTAXES[syntax])
        beside.replace(path)
    except OSError as error:
        raise OutputError(
            "An image cannot be written.", f"{path}: {error.strerror}.", "Make room or choose another folder."
        ) from error


def _transcode(path: Path, target: int) -> None:
    """Encode a plain file in place by GDCM, whose codecs pydicom does not offer for writing."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(target))
    if reader.Read():
        change.SetInput(reader.GetImage())
        if change.Change():
            writer = gdcm.ImageWriter()
            writer.SetFileName(str(path))
            writer.SetFile(reader.GetFile())
            writer.SetImage(change.GetOutput())
            if writer.Write():
                return
    raise OutputError("An image cannot be written.", f"{path}: its encoder failed.", "Choose another transfer syntax.")
