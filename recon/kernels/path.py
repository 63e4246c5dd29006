"""Kernels of the minimal path: Dijkstra's search over the 26 neighbours of a cost grid, and walking back."""

import math

import numpy as np
from numba import njit

NO_STEP = -1
"""Predecessor code of a source and of a voxel that was not reached."""


@njit(cache=True, nogil=True)
def _push(keys, cells, count, key, cell):
    n = count
    while n > 0:
        up = (n - 1) >> 1
        if keys[up] <= key:
            break
        keys[n], cells[n] = keys[up], cells[up]
        n = up
    keys[n], cells[n] = key, cell


@njit(cache=True, nogil=True)
def _pop(keys, cells, count):
    """Moves the smallest entry out; the heap then holds count - 1 entries."""
    top_key, top_cell = keys[0], cells[0]
    key, cell = keys[count - 1], cells[count - 1]
    last = count - 1
    n = 0
    while True:
        child = 2 * n + 1
        if child >= last:
            break
        if child + 1 < last and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[n], cells[n] = keys[child], cells[child]
        n = child
    keys[n], cells[n] = key, cell
    return top_key, top_cell


@njit(cache=True, nogil=True)
def _steps():
    """The 26 offsets (dz, dy, dx) and their lengths in voxels."""
    offsets = np.empty((26, 3), np.int64)
    lengths = np.empty(26, np.float32)
    n = 0
    for dz in range(-1, 2):
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                if dz == 0 and dy == 0 and dx == 0:
                    continue
                offsets[n, 0], offsets[n, 1], offsets[n, 2] = dz, dy, dx
                lengths[n] = math.sqrt(dz * dz + dy * dy + dx * dx)
                n += 1
    return offsets, lengths


@njit(cache=True, nogil=True)
def _flat_steps(offsets, shape):
    """What each of the 26 offsets adds to a flat index."""
    return (offsets[:, 0] * shape[1] + offsets[:, 1]) * shape[2] + offsets[:, 2]


@njit(cache=True, nogil=True, inline="always")
def _is_inside(offset, z, y, x, shape):
    z, y, x = z + offset[0], y + offset[1], x + offset[2]
    return 0 <= z < shape[0] and 0 <= y < shape[1] and 0 <= x < shape[2]


@njit(cache=True, nogil=True)
def minimal_cost(cost, sources, start, limit, goals):
    """Cheapest way from any source to each voxel: (arrival float32, step int8), shaped like `cost`.

    `cost` is per voxel of way, not positive = barred. `sources` are flat indices with costs `start`. The search stops beyond
    `limit`, or as soon as one of the voxels marked in `goals` (uint8; an empty array = none) is settled; that voxel's flat index
    is the third value, -1 when none was.
    """
    arrival = np.full(cost.shape, np.float32(np.inf), np.float32)
    step = np.full(cost.shape, np.int8(NO_STEP), np.int8)
    reached = spread(cost, sources, start, limit, goals, arrival, step)
    return arrival, step, reached


@njit(cache=True, nogil=True)
def spread(cost, sources, start, limit, goals, arrival, step):
    """Lowers `arrival` and `step` of `minimal_cost` in place for more sources; returns the goal reached, or -1."""
    nz, ny, nx = cost.shape
    arrival = arrival.ravel()
    step = step.ravel()
    flat_cost = cost.ravel()
    flat_goal = goals.ravel()
    has_goals = goals.size > 0
    offsets, lengths = _steps()
    adds = _flat_steps(offsets, cost.shape)
    keys = np.empty(1 << 16, np.float32)
    cells = np.empty(1 << 16, np.int64)
    count = 0
    for n in range(sources.shape[0]):
        cell = sources[n]
        if start[n] < arrival[cell]:
            arrival[cell] = start[n]
            step[cell] = NO_STEP
            if count == keys.shape[0]:
                keys, cells = np.concatenate((keys, keys)), np.concatenate((cells, cells))
            _push(keys, cells, count, start[n], cell)
            count += 1
    reached = np.int64(-1)
    while count > 0:
        key, cell = _pop(keys, cells, count)
        count -= 1
        if key > arrival[cell]:
            continue
        if key > limit:
            break
        if has_goals and flat_goal[cell]:
            reached = cell
            break
        z = cell // (ny * nx)
        y = (cell // nx) % ny
        x = cell % nx
        is_inner = 0 < z < nz - 1 and 0 < y < ny - 1 and 0 < x < nx - 1
        here = max(flat_cost[cell], 0.0)
        for n in range(26):
            if not is_inner and not _is_inside(offsets[n], z, y, x, cost.shape):
                continue
            other = cell + adds[n]
            # No way through this voxel is cheaper than the voxel itself: most neighbours need no further look.
            if arrival[other] <= key:
                continue
            there = flat_cost[other]
            if there <= 0.0:
                continue
            # Rounded before it is compared: a stored value above its own sum would be improved for ever.
            new = np.float32(key + lengths[n] * 0.5 * (there + here))
            if new < arrival[other] and new <= limit:
                arrival[other] = new
                step[other] = n
                if count == keys.shape[0]:
                    keys, cells = np.concatenate((keys, keys)), np.concatenate((cells, cells))
                _push(keys, cells, count, new, other)
                count += 1
    return reached


@njit(cache=True, nogil=True)
def guided_steps(dear, cost, source, goal, ahead, most_ahead, most):
    """Step codes (int8, as those of `minimal_cost`) of the way that is cheapest by `dear`, and whether it arrived.

    From one flat index to another; `cost` is nowhere above `dear`, and ways that cost more than `most` by it are left out.
    `ahead` (float32, shaped like `cost`) is a lower bound of the cost from each voxel to the goal, such as the arrival of a
    search from there; where it is above `most_ahead`, that is the bound. Voxels that cannot lie on the way are not looked at
    (A*, Hart, Nilsson and Raphael 1968).
    """
    nz, ny, nx = cost.shape
    arrival = np.full(cost.size, np.float32(np.inf), np.float32)
    step = np.full(cost.shape, np.int8(NO_STEP), np.int8)
    spent = np.zeros(cost.size, np.float32)
    flat_step = step.ravel()
    flat_cost, flat_dear = cost.ravel(), dear.ravel()
    flat_ahead = ahead.ravel()
    offsets, lengths = _steps()
    adds = _flat_steps(offsets, cost.shape)
    keys = np.empty(1 << 16, np.float32)
    cells = np.empty(1 << 16, np.int64)
    arrival[source] = 0.0
    _push(keys, cells, 0, np.float32(min(flat_ahead[source], most_ahead)), source)
    count = 1
    while count > 0:
        key, cell = _pop(keys, cells, count)
        count -= 1
        if cell == goal:
            return step, True
        g = arrival[cell]
        if key > np.float32(g + min(flat_ahead[cell], most_ahead)):
            continue
        z = cell // (ny * nx)
        y = (cell // nx) % ny
        x = cell % nx
        is_inner = 0 < z < nz - 1 and 0 < y < ny - 1 and 0 < x < nx - 1
        dear_here, cost_here = max(flat_dear[cell], 0.0), max(flat_cost[cell], 0.0)
        for n in range(26):
            if not is_inner and not _is_inside(offsets[n], z, y, x, cost.shape):
                continue
            other = cell + adds[n]
            if arrival[other] <= g or flat_dear[other] <= 0.0:
                continue
            new = np.float32(g + lengths[n] * 0.5 * (flat_dear[other] + dear_here))
            if new < arrival[other]:
                left = min(flat_ahead[other], most_ahead)
                paid = spent[cell] + lengths[n] * 0.5 * (flat_cost[other] + cost_here)
                arrival[other] = new
                # A voxel reached at too high a price is closed: no dearer way through it is wanted either.
                if paid + left > most:
                    continue
                spent[other] = paid
                flat_step[other] = n
                if count == keys.shape[0]:
                    keys, cells = np.concatenate((keys, keys)), np.concatenate((cells, cells))
                _push(keys, cells, count, np.float32(new + left), other)
                count += 1
    return step, False


@njit(cache=True, nogil=True)
def walk_back(step, cell, stop):
    """Flat indices from `cell` back to its source, or to the first voxel marked in `stop` (uint8; empty = none)."""
    _nz, ny, nx = step.shape
    flat = step.ravel()
    flat_stop = stop.ravel()
    offsets, _ = _steps()
    out = np.empty(1024, np.int64)
    count = 0
    while True:
        if count == out.shape[0]:
            out = np.concatenate((out, out))
        out[count] = cell
        count += 1
        if stop.size > 0 and count > 1 and flat_stop[cell]:
            break
        code = flat[cell]
        if code < 0:
            break
        cell -= (offsets[code, 0] * ny + offsets[code, 1]) * nx + offsets[code, 2]
    return out[:count].copy()


@njit(cache=True, nogil=True)
def mark_tube(mask, cells, radius_voxels, value):
    """Sets `mask` (int32) to value within radius_voxels[n] of each cell (flat index), where it is still 0."""
    nz, ny, nx = mask.shape
    for n in range(cells.shape[0]):
        z = cells[n] // (ny * nx)
        y = (cells[n] // nx) % ny
        x = cells[n] % nx
        r = radius_voxels[n]
        reach = math.ceil(r)
        for k in range(max(0, z - reach), min(nz, z + reach + 1)):
            for j in range(max(0, y - reach), min(ny, y + reach + 1)):
                for i in range(max(0, x - reach), min(nx, x + reach + 1)):
                    if mask[k, j, i] == 0 and (k - z) ** 2 + (j - y) ** 2 + (i - x) ** 2 <= r * r:
                        mask[k, j, i] = value


@njit(cache=True, nogil=True)
def way_length(step, arrival):
    """Voxel lengths of the cheapest way to each reached voxel, float32, 0 at sources; -1 where not reached."""
    _nz, ny, nx = step.shape
    offsets, lengths = _steps()
    flat = step.ravel()
    flat_arrival = arrival.ravel()
    way = np.full(flat.shape[0], np.float32(-1.0), np.float32)
    stack = np.empty(1 << 12, np.int64)
    for cell in range(flat.shape[0]):
        if not np.isfinite(flat_arrival[cell]) or way[cell] >= 0:
            continue
        count = 0
        here = cell
        while way[here] < 0 and flat[here] >= 0:
            if count == stack.shape[0]:
                stack = np.concatenate((stack, stack))
            stack[count] = here
            count += 1
            code = flat[here]
            here -= (offsets[code, 0] * ny + offsets[code, 1]) * nx + offsets[code, 2]
        if way[here] < 0:
            way[here] = 0.0
        total = way[here]
        while count > 0:
            count -= 1
            total += lengths[flat[stack[count]]]
            way[stack[count]] = total
    return way.reshape(step.shape)
