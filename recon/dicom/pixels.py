"""Pixel data of one image to HU: decoding by transfer syntax, sign, padding and the slice's own rescale."""

import struct
from collections.abc import Callable, Mapping
from io import BytesIO

import gdcm
import jpeg_ls
import numpy as np
import numpy.typing as npt
import openjpeg
from pydicom.encaps import generate_frames

from recon.dicom.elements import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, CutShortError, elements
from recon.dicom.files import FileReader
from recon.dicom.jpeg_lossless import lossless_jpeg
from recon.dicom.slice_header import SliceHeader
from recon.dicom.streams import sound_jpeg, sound_jpeg_ls, stated_size

AIR_HU = -1024
"""What padding becomes: outside the scanned circle nothing was measured, and air is what surrounds a body."""
PADDING_CEILING_HU = -500.0
"""A padding value whose HU is above this would blank out tissue; it is not believed [E]."""

StoredArray = npt.NDArray[np.signedinteger | np.unsignedinteger]


class PixelsUnusableError(ValueError):
    """The pixel data of one image cannot be decoded; the text says why in plain words."""


def hu_into(
    out: npt.NDArray[np.int16],
    header: SliceHeader,
    reader: FileReader,
    padding_hu: int = AIR_HU,
    decoders: "Mapping[str, Decoder] | None" = None,
) -> None:
    """Fills `out` (rows, columns), any strides, with the image's HU; padding becomes `padding_hu`.

    `decoders` (see `recon.dicom.decoding`) are used instead of those of this module.
    Raises PixelsUnusableError when the pixel data are missing, cut short or cannot be decoded.
    """
    rescaled_into(out, stored_pixels(header, reader, decoders), header, padding_hu)


def rescaled_into(out: npt.NDArray[np.int16], stored: StoredArray, header: SliceHeader, padding_hu: int = AIR_HU) -> None:
    """Stored values to HU by the image's own Rescale Slope (0028,1053) and Intercept (0028,1052)."""
    slope = 1.0 if header.slope is None else header.slope
    intercept = 0.0 if header.intercept is None else header.intercept
    bits = header.bits_stored or header.bits_allocated
    whole = slope == 1.0 and intercept.is_integer() and abs(intercept) <= 32768
    # Sixteen bits leave no room for an intercept: such values are added in a wider type and cut instead of wrapping around.
    roomy = abs(intercept) < 8192 and (bits < 16 or (header.signed and intercept == 0))
    if whole and roomy and stored.itemsize == 2:
        np.add(stored.view(np.int16), np.int16(intercept), out=out)
    elif whole and stored.itemsize <= 2:
        wide = np.add(stored, np.int32(intercept), dtype=np.int32)
        out[...] = np.clip(wide, -32768, 32767, out=wide)
    else:
        scaled = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
        out[...] = np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)
    padding = believed_padding(header)
    if padding is not None:
        low, high = padding
        mask = stored == low if low == high else (stored >= low) & (stored <= high)
        out[mask] = padding_hu


def believed_padding(header: SliceHeader) -> tuple[int, int] | None:
    """The stored range of (0028,0120) Pixel Padding Value, None when absent or when it lies among tissue."""
    if header.padding is None:
        return None
    slope = 1.0 if header.slope is None else header.slope
    highest_hu = max(value * slope for value in header.padding) + (header.intercept or 0.0)
    return header.padding if highest_hu <= PADDING_CEILING_HU else None


def stored_pixels(header: SliceHeader, reader: FileReader, decoders: "Mapping[str, Decoder] | None" = None) -> StoredArray:
    """The stored values of one frame, shape (rows, columns), sign and unused high bits corrected."""
    if header.pixel_offset is None:
        raise PixelsUnusableError("it holds no pixel data")
    if header.rows < 1 or header.columns < 1 or header.bits_allocated not in (8, 16, 32):
        raise PixelsUnusableError(f"{header.rows} x {header.columns} pixels of {header.bits_allocated} bits are no CT image")
    if header.syntax_uid in _UNCOMPRESSED:
        stored = _uncompressed(header, reader)
    else:
        decoder = (decoders or DECODERS).get(header.syntax_uid)
        if decoder is None:
            raise PixelsUnusableError(f"its compression ({header.syntax_uid}) is not supported")
        stored = _decoded(header, _frame_bytes(header, reader), decoder)
    return _without_high_bits(stored, header)


_UNCOMPRESSED = frozenset((IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE, ""))


def _uncompressed(header: SliceHeader, reader: FileReader) -> StoredArray:
    assert header.pixel_offset is not None
    size = header.rows * header.columns * header.bits_allocated // 8
    if header.pixel_length is None or header.pixel_length < size * (header.frame + 1):
        raise PixelsUnusableError("its pixel data are shorter than its size says, or packed although it says that they are not")
    offset = header.pixel_offset + header.frame * size
    if header.syntax_uid == DEFLATED_LITTLE:
        try:
            body = elements(reader.part(header.ref, 0, None), frozenset()).inflated or b""
        except CutShortError as error:
            raise PixelsUnusableError(str(error)) from error
        data = body[offset : offset + size]
    else:
        data = reader.part(header.ref, offset, size)
    if len(data) < size:
        raise PixelsUnusableError(f"it is cut short: {len(data)} of {size} bytes of pixel data")
    kind = ("i" if header.signed else "u") + str(header.bits_allocated // 8)
    stored = np.frombuffer(data, dtype=(">" if header.syntax_uid == EXPLICIT_BIG else "<") + kind)
    return stored.astype(kind, copy=False).reshape(header.rows, header.columns)


def _frame_bytes(header: SliceHeader, reader: FileReader) -> bytes:
    """The code stream of one frame of encapsulated pixel data (PS3.5 section A.4)."""
    if header.pixel_length is not None:
        return reader.part(header.ref, header.pixel_offset or 0, header.pixel_length)
    data = reader.part(header.ref, header.pixel_offset or 0, None)
    try:
        frames = generate_frames(BytesIO(data), number_of_frames=header.frames)
        for index, frame in enumerate(frames):
            if index == header.frame:
                return bytes(frame)
    except (ValueError, EOFError, RuntimeError, struct.error) as error:
        raise PixelsUnusableError(f"its compressed pixel data are damaged ({error})") from error
    raise PixelsUnusableError("its compressed pixel data hold too few frames")


def _decoded(header: SliceHeader, frame: bytes, decoder: "Decoder") -> StoredArray:
    size = stated_size(frame)
    # A damaged stream may claim gigapixels: the decoder would reserve them before it fails.
    if size is not None and size != (header.rows, header.columns):
        raise PixelsUnusableError(f"the compressed image has {size[0]} x {size[1]} pixels, not {header.rows} x {header.columns}")
    try:
        stored = decoder(frame, header)
    except (RuntimeError, ValueError, TypeError, MemoryError, OverflowError) as error:
        raise PixelsUnusableError(f"its compressed pixel data cannot be decoded ({error})") from error
    if stored.size != header.rows * header.columns:
        raise PixelsUnusableError(f"the compressed image has {stored.size} pixels instead of {header.rows} x {header.columns}")
    return stored.reshape(header.rows, header.columns)


def _without_high_bits(stored: StoredArray, header: SliceHeader) -> StoredArray:
    """Clears overlay bits above Bits Stored (0028,0101), or extends the sign into them."""
    width = stored.itemsize * 8
    bits = header.bits_stored or width
    signed = np.dtype(f"i{stored.itemsize}")
    if not 0 < bits < width:
        return stored.view(signed) if header.signed else stored
    if header.signed:
        return (stored.view(signed) << (width - bits)) >> (width - bits)
    return stored & np.array((1 << bits) - 1, dtype=stored.dtype)


Decoder = Callable[[bytes, SliceHeader], StoredArray]


def _jpeg_ls(frame: bytes, header: SliceHeader) -> StoredArray:
    buffer, info = jpeg_ls.decode_pixel_data(sound_jpeg_ls(frame))
    return np.frombuffer(buffer, dtype="<u1" if info["bits_per_sample"] <= 8 else "<u2")


def _jpeg_2000(frame: bytes, header: SliceHeader) -> StoredArray:
    decoded: StoredArray = openjpeg.decode(frame)
    # The code stream's own sign may disagree with (0028,0103); the values are then meant by the header.
    return decoded


def _run_length(frame: bytes, header: SliceHeader) -> StoredArray:
    """RLE (PS3.5 annex G): one run-length coded segment a byte of a value, most significant first."""
    # Imported here: its compiler costs half a second that series without RLE need not wait for.
    from recon.kernels.packbits import unpacked

    data = np.frombuffer(frame, dtype=np.uint8)
    width, pixels = header.bits_allocated // 8, header.rows * header.columns
    if len(data) < 64 or int.from_bytes(frame[:4], "little") != width:
        raise ValueError("its run-length header is damaged")
    starts = [*(int.from_bytes(frame[i : i + 4], "little") for i in range(4, 4 + 4 * width, 4)), len(data)]
    planes = np.empty((width, pixels), dtype=np.uint8)
    for plane, start, stop in zip(planes, starts, starts[1:], strict=False):
        if not 64 <= start < stop <= len(data) or unpacked(data, start, stop, plane) != pixels:
            raise ValueError("a run-length segment is too short")
    return np.ascontiguousarray(planes[::-1].T).view(f"<u{width}")


def _jpeg_lossless(frame: bytes, header: SliceHeader) -> StoredArray:
    samples = lossless_jpeg(frame)
    return samples if header.bits_allocated > 8 else samples.astype(np.uint8)


def _jpeg(frame: bytes, header: SliceHeader) -> StoredArray:
    """The lossy forms of JPEG (8 and 12 bits), by GDCM."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(sound_jpeg(frame))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.columns, header.rows, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(header.syntax_uid)))
    bits = header.bits_stored or header.bits_allocated
    image.SetPixelFormat(gdcm.PixelFormat(1, header.bits_allocated, bits, bits - 1, int(header.signed)))
    # The binding hands bytes out as text with escapes, and nothing when it failed.
    decoded = (image.GetBuffer() or "").encode("utf-8", "surrogateescape")
    return np.frombuffer(decoded, dtype=f"<u{header.bits_allocated // 8}")


_JPEG_PREFIX = "1.2.840.10008.1.2.4."
JPEG_LS_SYNTAXES = frozenset(_JPEG_PREFIX + last for last in ("80", "81"))
JPEG_2000_SYNTAXES = frozenset(_JPEG_PREFIX + last for last in ("90", "91", "201", "202", "203"))
"""JPEG 2000 and High-Throughput JPEG 2000."""
DECODERS: dict[str, Decoder] = {
    _JPEG_PREFIX + "50": _jpeg,
    _JPEG_PREFIX + "51": _jpeg,
    _JPEG_PREFIX + "57": _jpeg_lossless,
    _JPEG_PREFIX + "70": _jpeg_lossless,
    **dict.fromkeys(JPEG_LS_SYNTAXES, _jpeg_ls),
    **dict.fromkeys(JPEG_2000_SYNTAXES, _jpeg_2000),
    "1.2.840.10008.1.2.5": _run_length,
}
"""Transfer syntax UID to decoder: one decoder a syntax, so that two machines never give two values."""
