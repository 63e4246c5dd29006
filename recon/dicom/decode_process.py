"""A process that decodes frames: requests on standard input, pixels on standard output, until the input ends.

Run as a file by `recon.dicom.decoding`, with the environment's interpreter; it imports nothing of the program. It ends by itself
when the process that started it is gone, because its input then ends.
"""

import os
import struct
import sys
from collections.abc import Callable
from typing import Any

import jpeg_ls
import numpy as np
import openjpeg

REQUEST = struct.Struct("<BI")
"""Number of the codec and length of the code stream that follows."""
REPLY = struct.Struct("<B8sI")
"""1 = decoded, type of the values, length of the values that follow; or 0, and the length of a text that says why not."""


def _jpeg_ls(frame: bytes) -> Any:
    buffer, info = jpeg_ls.decode_pixel_data(frame)
    return np.frombuffer(buffer, dtype="<u1" if info["bits_per_sample"] <= 8 else "<u2")


CODECS: tuple[Callable[[bytes], Any], ...] = (openjpeg.decode, _jpeg_ls)


def main() -> None:
    """Serve requests until the input ends."""
    requests = sys.stdin.buffer
    # A decoder that prints a warning must not print it between the pixels.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        codec, length = REQUEST.unpack(head)
        frame = requests.read(length)
        try:
            values = np.ascontiguousarray(CODECS[codec](frame))
            body = values.tobytes()
            replies.write(REPLY.pack(1, values.dtype.str.encode(), len(body)) + body)
        except Exception as error:  # whatever a decoder raises is told to the process that asked
            body = str(error).encode("utf-8", "replace")
            replies.write(REPLY.pack(0, b"", len(body)) + body)
        replies.flush()


if __name__ == "__main__":
    main()
