# SPDX-License-Identifier: GPL-2.0-or-later
"""The file `state` of a run directory (src/ledger/state.h), read and forged."""

import os

SLOT = 512
SUM_AT = SLOT - 18
SIZE = 2 * SLOT


def _sum(data):
    total = 0xcbf29ce484222325
    for byte in data:
        total = (total ^ byte) * 0x100000001b3 % 2 ** 64
    return total


def sealed(text):
    """A slot that says this, with the checksum that belongs to it."""
    body = text.encode().ljust(SUM_AT, b"\n")
    return body + b"\n%016x\n" % _sum(body)


def slots(path):
    """[(number, text)] of both; a slot that was never written has number 0."""
    found = []
    with open(path, "rb") as file:
        for _ in range(2):
            text = file.read(SLOT)[:SUM_AT].rstrip(b"\n\0").decode()
            found.append((int(text.split()[1]) if text else 0, text))
    return found


def newest(path):
    """What counts: its number, and its lines."""
    number, text = max(slots(path))
    return number, text.splitlines()


def write(path, number, lines):
    """Puts that into the slot that belongs to the number."""
    text = "\n".join([f"batond {number}", *lines[1:]]) + "\n"
    with open(path, "r+b") as file:
        os.pwrite(file.fileno(), sealed(text), number % 2 * SLOT)
