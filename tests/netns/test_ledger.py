# SPDX-License-Identifier: GPL-2.0-or-later
"""A `vrrp` that was taken over writes what it likes into its book of the
ledger. The keeper, which is root, believes none of it: it lives, answers, and
the next `vrrp` serves. Also where the head was changed, which `vrrp` cannot.

$BATON_ROUNDS says how many ledgers are spoiled at random (make soak-gapless: a
hundred).
"""

import contextlib
import os
import random
import re
import signal
import struct

import pytest

from daemons import Baton, Instance
from lan import now, wait_for
from scene import (CORES, COUNTERS, HELD, LEDGER_HEAD, LEDGER_SECTION, LONG,
                   RECORDS, RING, SERVER, ids, kinds, ledger_of, replaced,
                   sections_of)

pytestmark = pytest.mark.skipif(not Baton.is_built(),
                                reason="batond is not built")

SEEDS = 5 * int(os.environ.get("BATON_ROUNDS", "1")) if LONG else 6
HEAD, SECTION = LEDGER_HEAD, LEDGER_SECTION
SECTIONS_END = HEAD.size + 32 * SECTION.size
# What a sanitizer or an assertion says.
BROKEN = ("AddressSanitizer", "runtime error", "MUST(", "LeakSanitizer")


def change(section, **fields):
    """A lie about a section: its stride, count or offset."""
    def lie(ledger):
        at = sections_of(ledger)[section][0]
        words = list(SECTION.unpack_from(ledger, at))
        for name, value in fields.items():
            words[("kind", "stride", "count", "book", "offset").index(name)] \
                = value
        SECTION.pack_into(ledger, at, *words)
    return lie


def another_magic(ledger):
    ledger[0:4] = b"none"


def any_sections(ledger):
    ledger[HEAD.size:SECTIONS_END] = random.Random(1).randbytes(
        SECTIONS_END - HEAD.size)


def many_sections(ledger):
    HEAD.pack_into(ledger, 0, *HEAD.unpack_from(ledger)[:2], 0xffffffff)


LIES = {
    "a million instances": change(RECORDS, count=1_000_000),
    "no instances": change(RECORDS, count=0),
    "instances of 4 GB": change(RECORDS, stride=0xfffffff8),
    "instances outside": change(RECORDS, offset=1 << 40),
    "instances in the head": change(RECORDS, offset=0),
    "instances at an odd place": change(RECORDS, offset=4097),
    "cores of one byte": change(CORES, stride=1),
    "a million holdings": change(HELD, count=1_000_000),
    "a ring of none": change(RING, count=0),
    "a ring of all": change(RING, count=0xffffffff),
    "counters twice": change(COUNTERS, kind=RECORDS),
    "sections without an end": many_sections,
    "no ledger": another_magic,
    "any sections": any_sections,
}


def start(lan, **options):
    a, _ = lan.routers
    daemon = Baton(a).start(
        [Instance(name=f"v{n}", vrid=n, interval=0.3, priority=200,
                  addresses=[f"10.9.{n}.1/24", f"10.9.{n}.2/24"])
         for n in range(1, 5)]
        + [Instance(name=f"w{n}", family=6, vrid=n, interval=0.3,
                    priority=200,
                    addresses=[f"fe80::{n}/64", f"2001:db8::{n}/64"])
           for n in range(1, 3)])
    for instance in daemon.instances:
        daemon.wait_state("active", instance.name)
    return daemon


def serves_again(daemon, old):
    """The next `vrrp`, after the death of one whose ledger was spoiled."""
    replaced(daemon, "vrrp", old=old)
    for instance in daemon.instances:
        daemon.wait_state("active", instance.name)
    assert ids(daemon)["keeper"] == old["keeper"]
    wait_for(lambda: "vrrp: was killed" in daemon.log(), 10, "its death")
    log = daemon.log()
    assert not any(word in log for word in BROKEN), log
    # The next one did not die of it.
    ends = re.findall("vrrp: (?:was killed|exited).*", log)
    assert len(ends) == 1, (ends, log)


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_in_the_head(lan, lie):
    daemon = start(lan)
    old = ids(daemon)
    with ledger_of(old["vrrp"]) as ledger:
        os.kill(old["vrrp"], signal.SIGSTOP)
        lie(ledger)
    # It answers, whatever comes of it.
    begun = now()
    daemon.ask("handover", "v1", check=False)
    daemon.ask("status", check=False)
    assert now() - begun < 10e9
    assert ids(daemon)["keeper"] == old["keeper"]
    os.kill(old["vrrp"], signal.SIGKILL)
    wait_for(lambda: daemon.vrrp_pid() not in (None, old["vrrp"]), 10,
             "another vrrp")
    serves_again(daemon, old)
    # Who shows it, and has to find its way in it, finds it as it was made.
    shown = ids(daemon)
    for pid in kinds(daemon)["ctl"]:
        with contextlib.suppress(ProcessLookupError):  # it has answered
            os.kill(pid, signal.SIGKILL)
    replaced(daemon, "ctl", old=shown)
    assert len(daemon.all_status()["instances"]) == len(daemon.instances)


def spoil(ledger, seed):
    """What `vrrp` can write: some random changes of its records, of its totals
    or of the ring, or nothing but random bytes."""
    r = random.Random(seed)
    known = sections_of(ledger)
    server, ring = known[SERVER][3], known[RING][3]
    last = min(offset for at, _, _, offset in known.values()
               if offset > server and SECTION.unpack_from(ledger, at)[3]
               != SECTION.unpack_from(ledger, known[SERVER][0])[3])
    places = {"records": (known[RECORDS][3], ring),
              "totals": (server, known[RECORDS][3]),
              "ring": (ring, last),
              "all": (server, last)}
    kind = r.choice(["records"] * 3 + ["totals", "ring", "all"])
    begin, end = places[kind]
    if kind == "all":
        ledger[begin:end] = r.randbytes(end - begin)
        return
    for _ in range(r.choice([1, 3, 10, 100])):
        at = r.randrange(begin, end - 8)
        if r.random() < 0.5:
            ledger[at] = r.choice([0, 1, 0x7f, 0x80, 0xff])
        else:
            at &= ~7
            ledger[at:at + 8] = struct.pack("=Q", r.choice([
                0, 1, 2**63 - 1, 2**63, 2**64 - 1, r.getrandbits(64),
                now() + r.randrange(-10**12, 10**12) & 2**64 - 1]))


def test_a_ledger_that_was_spoiled(make_lan):
    """Its writer stops, and dies. What is there is adopted if it can be."""
    for seed in range(1, SEEDS + 1):
        daemon = start(make_lan())
        old = ids(daemon)
        with ledger_of(old["vrrp"]) as ledger:
            os.kill(old["vrrp"], signal.SIGSTOP)
            spoil(ledger, seed)
        os.kill(old["vrrp"], signal.SIGKILL)
        try:
            serves_again(daemon, old)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
        daemon.kill()
