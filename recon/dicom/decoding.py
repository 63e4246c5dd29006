"""Decoding on all cores: decoders that hold the interpreter run in processes of their own.

Measured: the decoders for JPEG 2000 and JPEG-LS hold the interpreter while they work, so that threads do not help. A process gets
one frame at a time, so memory stays bounded; one that a damaged frame ends is replaced and costs that frame only.
"""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from recon.dicom.decode_process import REPLY, REQUEST
from recon.dicom.pixels import DECODERS, JPEG_2000_SYNTAXES, JPEG_LS_SYNTAXES, Decoder, StoredArray
from recon.dicom.slice_header import SliceHeader
from recon.dicom.streams import sound_jpeg_ls

WORTH_FRAMES = 24
"""Fewer frames are decoded here: starting processes takes about half a second."""
MOST_PROCESSES = 4
_JPEG_2000, _JPEG_LS = 0, 1
_WORKER = Path(__file__).with_name("decode_process.py")

_Process = subprocess.Popen[bytes]


@contextlib.contextmanager
def decoders_for(headers: Sequence[SliceHeader]) -> Iterator[Mapping[str, Decoder]]:
    """Decoders for these images; in processes where that is worth it, ended when the block is left, however it is left."""
    slow = sum(h.syntax_uid in JPEG_2000_SYNTAXES or h.syntax_uid in JPEG_LS_SYNTAXES for h in headers)
    # A bundled program has no interpreter to start; it decodes on one core.
    if slow < WORTH_FRAMES or usable_cores() < 2 or getattr(sys, "frozen", False):
        yield DECODERS
        return
    with _processes(min(usable_cores(), MOST_PROCESSES)) as ask:
        jpeg_2000: Decoder = lambda frame, _: ask(_JPEG_2000, frame)  # noqa: E731 - the same shape as the table's rows
        jpeg_ls: Decoder = lambda frame, _: ask(_JPEG_LS, sound_jpeg_ls(frame))  # noqa: E731
        yield DECODERS | dict.fromkeys(JPEG_2000_SYNTAXES, jpeg_2000) | dict.fromkeys(JPEG_LS_SYNTAXES, jpeg_ls)


def usable_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _processes(count: int) -> Iterator[Callable[[int, bytes], StoredArray]]:
    """A function (codec, frame) -> values that any thread may call; each call has a process for itself."""
    idle: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
    started: list[_Process] = []
    lock, closing = threading.Lock(), threading.Event()

    def start() -> None:
        with lock:
            if not closing.is_set():
                started.append(_started())
                idle.put(started[-1])

    def ask(codec: int, frame: bytes) -> StoredArray:
        process = idle.get()
        if process is None:
            idle.put(None)
            raise ValueError("decoding was stopped")
        try:
            values = _asked(process, codec, frame)
        except (OSError, EOFError) as error:
            _end(process)
            start()
            raise ValueError("the decoder ended on it") from error
        except BaseException:
            idle.put(process)
            raise
        idle.put(process)
        return values

    try:
        for _ in range(count):
            start()
        yield ask
    finally:
        with lock:
            closing.set()
        idle.put(None)
        for process in started:
            _end(process)


def _started() -> _Process:
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return subprocess.Popen(
        [sys.executable, "-P", str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=no_window,
    )


def _end(process: _Process) -> None:
    process.kill()
    process.wait()


def _asked(process: _Process, codec: int, frame: bytes) -> StoredArray:
    """Raises ValueError with the decoder's words, EOFError or OSError when the process is gone."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(REQUEST.pack(codec, len(frame)) + frame)
    process.stdin.flush()
    is_decoded, kind, length = REPLY.unpack(_exactly(process, REPLY.size))
    body = _exactly(process, length)
    if not is_decoded:
        raise ValueError(body.decode("utf-8", "replace"))
    return np.frombuffer(body, dtype=kind.rstrip(b"\0").decode())


def _exactly(process: _Process, count: int) -> bytes:
    assert process.stdout is not None
    data = process.stdout.read(count)
    if len(data) < count:
        raise EOFError
    return data
