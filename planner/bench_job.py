"""One piece of a measurement that a worker process can do alone, and how many are done at a time."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass

from planner.bench_table import Row
from recon.report import Report, part_of, silent

Rows = dict[str, list[Row]]
"""Rows by the part they belong to (tree, occlusion, sections)."""

POLL_S = 0.1


@dataclass(frozen=True)
class Job:
    """A named measurement; `measure` can be sent to another process (a module's function with its arguments bound)."""

    name: str
    measure: Callable[[Report], Rows]


def done_jobs(jobs: list[Job], workers: int, report: Report) -> Iterator[tuple[Job, Rows]]:
    """Jobs with their rows as they get done, `workers` at a time; a stop ends the work of all of them."""
    if workers <= 1 or len(jobs) <= 1:
        for n, job in enumerate(jobs):
            yield job, job.measure(part_of(report, n / len(jobs), (n + 1) / len(jobs)))
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        waiting: dict[Future[Rows], Job] = {pool.submit(_measured, job): job for job in jobs}
        while waiting:
            report(1 - len(waiting) / len(jobs), f"{len(jobs) - len(waiting)} of {len(jobs)} cases measured")
            done, _ = wait(waiting, POLL_S, FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    except BaseException:
        _end(pool)
        raise
    pool.shutdown()


def _measured(job: Job) -> Rows:
    return job.measure(silent)


def _end(pool: ProcessPoolExecutor) -> None:
    """Stop at once: a case under way would go on for a minute."""
    processes = multiprocessing.active_children()
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
