#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of fuzz_packet: valid advertisements of each kind, and
each way to be malformed, for a router in each state.

usage: tests/fuzz/seed_packet.py [DIRECTORY]

A file is six bytes that choose the router, its state and the packet's
circumstances (see make() and LLVMFuzzerTestOneInput()), then the datagram."""

import os
import sys

STATES = {"init": 0, "backup": 1, "active": 2, "fault": 3}
V4 = bytes([192, 0, 2, 1, 192, 0, 2, 2])
V6 = b"".join(bytes([0xfe, 0x80] + [0] * 13 + [last]) for last in (1, 2))
MEND, PSEUDO, ELSEWHERE = 16, 32, 8
FAST, SECOND = 0, 1 << 6  # the router's interval
HIGHER, LOWER, OURS = 0, 1, 2  # the sender's address


def message(version=3, kind=1, vrid=10, priority=200, count=2, word=100,
            addresses=V4, trailer=b""):
    return bytes([version << 4 | kind, vrid, priority, count]) \
        + word.to_bytes(2, "big") + b"\0\0" + addresses + trailer


def head(state="backup", version=3, family=4, options=0, priority=100,
         sender=HIGHER, meta=MEND, ttl=255, late=0, interval=SECOND):
    router = (family == 6) | (version == 2) << 1 | options | interval
    return bytes([router, STATES[state], priority,
                  (family == 6) | sender << 1 | meta, ttl, late])


def seeds():
    """(name, bytes) of each."""
    v2 = dict(version=2, word=1, trailer=bytes(8))
    v6 = dict(addresses=V6)
    for state in STATES:
        yield f"v2-{state}", head(state, 2, interval=0) + message(**v2)
        yield f"v3-{state}", head(state) + message()
        yield f"v3-pseudo-{state}", head(state, meta=MEND | PSEUDO) \
            + message()
        yield f"v6-{state}", head(state, family=6) + message(**v6)
    # The golden vectors, with the sums they have.
    golden = {"v2": (2, 4, "210AC802000192EDC0000201C0000202" + "00" * 8),
              "v3": (3, 4, "310AC8020064828AC0000201C0000202")}
    for name, (version, family, digits) in golden.items():
        yield f"golden-{name}", head(version=version, family=family, meta=0,
                                     interval=SECOND * (version == 3)) \
            + bytes.fromhex(digits)

    for state in ("backup", "active"):
        for word, priority in (("resign", 0), ("lower", 50), ("equal", 100),
                               ("owner", 255)):
            for sender in (HIGHER, LOWER, OURS):
                yield f"{word}-{sender}-{state}", head(
                    state, sender=sender) + message(priority=priority)
        yield f"fast-{state}", head(state, interval=FAST, late=200) \
            + message(priority=50, word=1)
        yield f"slow-{state}", head(state) + message(word=4095)
        yield f"reserve-{state}", head(state) + message(word=0xf064)
        yield f"preempt-delay-{state}", head(state, options=16) \
            + message(priority=50)
        yield f"nopreempt-{state}", head(state, options=4) \
            + message(priority=50)
        yield f"two-owners-{state}", head(state, priority=255) \
            + message(priority=255)
        # And each reason to be dropped.
        yield f"ttl-{state}", head(state, ttl=254) + message()
        yield f"truncated-{state}", head(state) + message()[:7]
        yield f"version-{state}", head(state) + message(version=4)
        yield f"other-version-{state}", head(state) + message(**v2)
        yield f"type-{state}", head(state) + message(kind=7)
        yield f"length-{state}", head(state) + message(trailer=bytes(8))
        yield f"checksum-{state}", head(state, meta=0) + message()
        yield f"vrid-{state}", head(state) + message(vrid=11)
        yield f"vrid-zero-{state}", head(state) + message(vrid=0)
        yield f"count-zero-{state}", head(state) \
            + message(count=0, addresses=b"")
        yield f"interval-zero-{state}", head(state) + message(word=0)
        yield f"auth-type-{state}", head(state, 2, interval=0) \
            + message(version=2, word=0x101, trailer=b"password")
        yield f"interval-mismatch-{state}", head(state, 2, interval=0) \
            + message(version=2, word=9, trailer=bytes(8))
        yield f"address-list-{state}", head(state, 2, interval=0) \
            + message(version=2, word=1, count=1, addresses=V4[4:],
                      trailer=bytes(8))
        yield f"strict-{state}", head(state, options=8) \
            + message(count=1, addresses=V4[4:])
        yield f"not-link-local-{state}", head(state, family=6, options=8) \
            + message(addresses=bytes([0x20, 1]) + V6[2:])
        yield f"destination-{state}", head(state, meta=MEND | ELSEWHERE) \
            + message()
        yield f"many-{state}", head(state) \
            + message(count=255, addresses=V4[:4] * 255)
        yield f"many-v6-{state}", head(state, family=6) \
            + message(count=255, addresses=V6[:16] * 255)


def main():
    directory = sys.argv[1] if sys.argv[1:] else os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "corpus/packet")
    os.makedirs(directory, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)


main()
