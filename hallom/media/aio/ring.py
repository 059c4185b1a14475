"""Many system calls in one: as much of Linux's io_uring as the mixer needs (io_uring(7), Linux 5.4)."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SETUP, ENTER = 425, 426
"""System calls; Linux gives these the same numbers on every processor."""
SENDMSG, RECVMSG = 9, 10
"""Operations of an entry."""
GET_EVENTS = 1
SUBMISSIONS_AT = 0x10000000
"""Where the kernel shows the entries to mmap (IORING_OFF_SQES)."""
SINGLE_MAP = 1
"""Feature: both queues lie in one mapping (Linux 5.4); without it the ring is not used."""
ENTRIES = 256
"""Calls handed over at once; more are handed over in several goes. Memory of the kernel: 24 KiB."""
WORDS = 8
"""An entry has eight words of 64 bits."""

Entries = NDArray[np.uint64]
COMPLETION_WORDS, TAG, RESULT = 4, 0, 2
"""Of 32 bits: the tag (its upper half is never used), the result, flags."""


class Ring:
    """Carries out entries made by `entries()`; raises OSError when this system has no such thing or forbids it."""

    def __init__(self, size: int = ENTRIES) -> None:
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._call.restype = ctypes.c_long
        parameters = (ctypes.c_uint32 * 30)()
        self.descriptor = self._system(SETUP, size, ctypes.byref(parameters))
        try:
            self._map(parameters)
        except BaseException:
            os.close(self.descriptor)
            raise

    def _map(self, parameters: ctypes.Array[ctypes.c_uint32]) -> None:
        told = list(parameters)
        if not told[5] & SINGLE_MAP or sys.byteorder != "little":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        self._size, count = told[0], told[1]
        submission, completion = told[10:20], told[20:30]
        length = max(submission[6] + 4 * self._size, completion[5] + 4 * COMPLETION_WORDS * count)
        queues = mmap.mmap(self.descriptor, length)
        entries = mmap.mmap(self.descriptor, 8 * WORDS * self._size, offset=SUBMISSIONS_AT)
        self._words = memoryview(queues).cast("B")[: length // 4 * 4].cast("I")
        self._entries = np.frombuffer(entries, np.uint64).reshape(self._size, WORDS)
        completions = np.frombuffer(queues, np.int32, COMPLETION_WORDS * count, completion[5])
        self._completions = completions.reshape(count, COMPLETION_WORDS)
        self._submit_tail, first = submission[1] // 4, submission[6] // 4
        self._done_head, self._done_tail = completion[0] // 4, completion[1] // 4
        for index in range(self._size):
            self._words[first + index] = index
        self._tags = np.arange(self._size, dtype=np.uint64)
        self._tail = 0
        self._results = np.empty(self._size, np.int32)

    def _system(self, number: int, *arguments: object) -> int:
        """Raises OSError."""
        result = int(self._call(number, *arguments))
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    def submit(self, entries: Entries) -> NDArray[np.int32]:
        """What each call returned, in order: a count, or a negative errno; none of them may wait.

        Valid until the next time: made anew 50 times a second, arrays of each length stayed with numpy.
        """
        if len(self._results) < len(entries):
            self._results = np.empty(2 * len(entries), np.int32)
        results = self._results[: len(entries)]
        for start in range(0, len(entries), self._size):
            part = slice(start, start + self._size)
            self._carry_out(entries[part], results[part])
        return results

    def _carry_out(self, entries: Entries, results: NDArray[np.int32]) -> None:
        count = len(entries)
        self._place(entries)
        taken = 0
        while taken < count:
            try:
                taken += self._enter(count - taken, 0)
            except OSError as error:
                # What the kernel did not take is taken back: its memory will be used for other things.
                results[taken:] = -(error.errno or errno.EIO)
                self._advance(taken - count)
                break
        self._collect(taken, results)

    def _place(self, entries: Entries) -> None:
        count, start = len(entries), self._tail % self._size
        until_end = min(count, self._size - start)
        ours = self._entries
        ours[start : start + until_end] = entries[:until_end]
        ours[: count - until_end] = entries[until_end:]
        tags = self._tags[:count]
        ours[start : start + until_end, 4] = tags[:until_end]
        ours[: count - until_end, 4] = tags[until_end:]
        self._advance(count)

    def _advance(self, count: int) -> None:
        self._tail = (self._tail + count) & 0xFFFFFFFF
        self._words[self._submit_tail] = self._tail

    def _enter(self, count: int, wanted: int) -> int:
        while True:
            try:
                flags = GET_EVENTS if wanted else 0
                return self._system(ENTER, self.descriptor, count, wanted, flags, None, 0)
            except InterruptedError:
                continue

    def _collect(self, taken: int, results: NDArray[np.int32]) -> None:
        words = self._words
        head = words[self._done_head]
        while (words[self._done_tail] - head) & 0xFFFFFFFF < taken:
            # Calls that may not wait are done when they are handed over; this is for the one that is not.
            self._enter(0, taken)
        for start, end in self._stretches(head, taken):
            done = self._completions[start:end]
            results[done[:, TAG]] = done[:, RESULT]
        words[self._done_head] = (head + taken) & 0xFFFFFFFF

    def _stretches(self, head: int, count: int) -> list[tuple[int, int]]:
        """Where so many completions lie: in one piece, or up to the end and on from the beginning."""
        size = len(self._completions)
        start = head % size
        if start + count <= size:
            return [(start, start + count)]
        return [(start, size), (0, start + count - size)]

    def close(self) -> None:
        os.close(self.descriptor)


def entries(count: int, operation: int, flags: int) -> Entries:
    """So many entries of one operation; `flags` are those of sendmsg(2) and recvmsg(2)."""
    made = np.zeros((count, WORDS), np.uint64)
    made[:, 0] = operation
    made[:, 3] = 1 | flags << 32
    return made


def set_descriptors(made: Entries, descriptors: Sequence[int] | NDArray[np.int32]) -> None:
    made.view(np.int32)[:, 1] = descriptors


def set_messages(made: Entries, addresses: NDArray[np.uint64]) -> None:
    """Where the `struct msghdr` of each entry is."""
    made[:, 2] = addresses
