#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random faults: SIGKILL and SIGSTOP of the daemon's processes at random moments
of reloads, upgrades, handovers, trials, drains, stops and nothing, on two
routers.

usage: tests/netns/faults.py [--seed N] [--rounds N] [--setting WORD]

A round is drawn from its seed and the setting (grounds.py), and from nothing
else: it begins with the file and the roles that it says, so each can be
repeated alone, --seed N --rounds 1, also after many others. After a round
there must be one Active of each virtual router, the addresses that the files
say and no other, all processes and no more than these, and open descriptors and
mapped ledgers as at the start. One that does not settle is shown with what was
done and when, and with both logs; the next one then begins on new ground.
"""

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass

from grounds import DEBUG, FILES, SETTINGS, Ground, census
from lan import Lan, end_on_signals, wait_for
from scene import kinds

PATIENCE = 25  # seconds, of a machine that has only this to do
PACE = 3 if DEBUG else 1  # how much longer everything takes
SEEK = 0.2  # seconds in which a process may come that is to be hurt
TELL_EVERY = 25  # rounds

WHATS = ["reload", "reload", "renew", "upgrade", "handover", "trial",
         "confirmed", "drain", "stop", "nothing"]
# Given at a random moment of that.
ALSO = [None] * 5 + ["reload", "upgrade", "handover", "undrain"]
# Who is hurt. An heir is the newest `vrrp`, a server the newest `ctl`; conf and
# files read a configuration; all are hurt at one moment.
VICTIMS = ["keeper"] * 4 + ["vrrp"] * 5 + ["heir"] * 2 + [
    "ctl", "server", "conf", "files", "all"]
VICTIMS_RICH = VICTIMS + ["run"] * 4 + ["mail"] * 2
NEWEST = {"heir": "vrrp", "server": "ctl"}


@dataclass
class Hurt:
    at: float  # seconds after the order
    router: int
    who: str
    how: int
    length: float  # of a SIGSTOP

    def __str__(self):
        how = signal.Signals(self.how).name
        length = f" for {self.length:.3f} s" if self.how == signal.SIGSTOP \
            else ""
        return f"{self.at:.3f} s: {how} of {'ab'[self.router]}'s {self.who}" \
            + length


class Round:
    """What is done, drawn from a seed."""

    def __init__(self, setting, seed):
        draw = random.Random(f"{setting} {seed}")
        self.setting, self.seed = setting, seed
        self.what = draw.choice(WHATS)
        self.router = draw.randrange(2)
        self.before = draw.choice(sorted(FILES))
        self.after = draw.choice(sorted(set(FILES) - {self.before}))
        self.second = draw.choice([0.05, 0.3, 0.8]) * PACE
        victims = VICTIMS_RICH if setting == "rich" else VICTIMS
        self.hurts = [Hurt(
            draw.uniform(0, draw.choice([0.03, 0.1, 0.4])) * PACE,
            self.router if draw.random() < 0.8 else 1 - self.router,
            draw.choice(victims),
            draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP]),
            draw.choice([draw.uniform(0.01, 1), draw.uniform(2, 4)]))
            for _ in range(draw.choice([1, 1, 2, 3]))]
        self.also = draw.choice(ALSO)
        self.also_at = draw.uniform(0, 0.5) * PACE

    def __str__(self):
        also = [f"{self.also_at:.3f} s: {self.also} too"] if self.also else []
        return (f"{self.what} on {'ab'[self.router]}, from {self.before} to "
                f"{self.after}; "
                + "; ".join([*map(str, self.hurts), *also]))

    @property
    def returns(self):
        """Whether the trial ends by itself, whatever happens: somebody has
        lived all the time who knows of it."""
        hurt = {one.who for one in self.hurts if one.router == self.router}
        return self.what == "trial" and not self.also and \
            "all" not in hurt and \
            not ("keeper" in hurt and hurt & {"vrrp", "heir"})

    def steps(self, ground):
        """[(seconds, what is done then)] of the order, without the faults."""
        daemon = ground.daemons[self.router]

        def order(*words, to=(daemon,)):
            return lambda: [ground.order(one, *words) for one in to]

        def write(*daemons):
            return lambda: [one.write(self.after) for one in daemons]
        both = ground.daemons
        also = [(self.also_at, order(self.also))] if self.also else []
        return also + {
            "reload": [(0, write(*both)), (0, order("reload", to=both))],
            "renew": [(0, write(*both)),
                      (0, order("reload", "--upgrade", to=both))],
            "upgrade": [(0, order("upgrade"))],
            "handover": [(0, order("handover"))],
            # The file is as before when the trial is over: who asks for a
            # reload then gets what runs already.
            "trial": [(0, write(daemon)),
                      (0, order("reload", "--confirm", "1")),
                      (1 + self.second, lambda: daemon.write(self.before))],
            "confirmed": [(0, write(daemon)),
                          (0, order("reload", "--confirm", "2")),
                          (self.second, order("confirm"))],
            "drain": [(0, order("drain")), (self.second, order("undrain"))],
            "stop": [(0, lambda: daemon.router.signal_all(
                signal.SIGTERM, kinds(daemon).get("keeper", [])[:1]))],
            "nothing": [],
        }[self.what]


class Play:
    """A round on a ground."""

    def __init__(self, ground, drawn):
        self.ground, self.drawn = ground, drawn
        self.started = time.monotonic()

    def run(self):
        """Until it has settled: how many seconds that took."""
        self.prepare()
        self.ground.mark()
        self.ground.note(None, f"seed {self.drawn.seed}: {self.drawn}")
        for daemon in self.ground.daemons:
            daemon.fill()
        begun = time.monotonic()
        self.steps = self.drawn.steps(self.ground)
        self.steps += [(hurt.at, lambda hurt=hurt: self.hurt(hurt))
                       for hurt in self.drawn.hurts]
        while self.steps:
            self.steps.sort(key=lambda step: step[0])
            wait = begun + self.steps[0][0] - time.monotonic()
            if wait > 0:
                time.sleep(min(wait, 0.01))
            else:
                self.steps.pop(0)[1]()
            self.ground.collect()
            self.now = time.monotonic() - begun
        alone = [self.ground.daemons[self.drawn.router]] \
            if self.drawn.returns else []
        self.settle("the end of the round", alone)
        return time.monotonic() - begun

    def settle(self, what, alone=()):
        self.ground.await_end(alone)
        wait_for(self.ground.settled, PATIENCE, what)

    def prepare(self):
        """The file and the roles that each round begins with."""
        ground = self.ground
        for daemon in ground.daemons:
            if daemon.file_now != self.drawn.before:
                daemon.write(self.drawn.before)
                if ground.usual is not None:
                    ground.order(daemon, "reload")
        self.settle("the beginning of the round")
        a, b = ground.daemons
        if b.state("gate") == "active":
            ground.order(b, "handover")
            wait_for(lambda: a.state("gate") == "active", PATIENCE,
                     "the roles of the beginning")
        self.settle("the beginning of the round")
        if ground.usual is None:
            ground.usual = {daemon: census(daemon)
                            for daemon in ground.daemons}

    def hurt(self, hurt):
        """Now, or as soon as there is such a process."""
        daemon = self.ground.daemons[hurt.router]
        until = time.monotonic() + SEEK * PACE
        while not (pids := self.victims(daemon, hurt.who)):
            if time.monotonic() > until:
                self.ground.note(daemon, f"there is no {hurt.who}")
                return
        # Frozen first, so that none acts upon the death of another.
        daemon.router.signal_all(signal.SIGSTOP, pids)
        daemon.router.signal_all(hurt.how, pids)
        self.ground.note(daemon, f"{hurt.how.name} of {hurt.who} {pids}")
        if hurt.how == signal.SIGSTOP:
            self.steps.append((self.now + hurt.length,
                               lambda: self.go_on(daemon, hurt.who, pids)))

    @staticmethod
    def victims(daemon, who):
        if who == "all":
            return list(daemon.processes())
        pids = kinds(daemon).get(NEWEST.get(who, who), [])
        return pids[-1:] if who in NEWEST else pids[:1]

    def go_on(self, daemon, who, pids):
        # One that was killed has left its number to another.
        left = set(pids) & set(daemon.processes())
        daemon.router.signal_all(signal.SIGCONT, left)
        self.ground.note(daemon, f"SIGCONT of {who} {sorted(left)}")


def play(ground, seed):
    """One round. The error of one that does not settle says all of it."""
    drawn = Round(ground.setting, seed)
    try:
        return Play(ground, drawn).run()
    except AssertionError as error:
        raise AssertionError(
            f"not settled: {error}\n{drawn}\nagain: tests/netns/faults.py "
            f"--setting {ground.setting} --seed {seed} --rounds 1\n"
            f"{ground.report()}") from None


def run(setting, seeds):
    """Rounds with these seeds: how many did not settle."""
    ground = lan = None
    bad, worst, whats = [], (0, 0), Counter()
    for number, seed in enumerate(seeds, 1):
        if ground is None:
            lan = Lan()
            ground = Ground(lan, setting, Round(setting, seed).before)
        try:
            worst = max(worst, (play(ground, seed), seed))
        except AssertionError as error:
            bad.append(seed)
            print(error, flush=True)
        finally:
            whats[Round(setting, seed).what] += 1
        odd = oddities(ground)
        if seed in bad or number == len(seeds):
            odd += [text for text in (daemon.replayed() for daemon
                                      in ground.daemons) if text]
            ground.close()
            lan.close()
            ground = None
        if odd:
            bad += [] if seed in bad else [seed]
            print(f"{setting}, seed {seed}:", *odd, sep="\n", flush=True)
        if number % TELL_EVERY == 0 or number == len(seeds):
            print(f"{setting}: {number} rounds, {len(bad)} not settled {bad}, "
                  f"the longest {worst[0]:.1f} s (seed {worst[1]}), "
                  f"{dict(whats)}", flush=True)
    return len(bad)


ODD = ("Sanitizer", "runtime error", "killed by signal 31",
       "killed by signal 6", "killed by signal 11")


def oddities(ground):
    """Lines of the logs that no fault may cause."""
    return [line for daemon in ground.daemons
            for line in daemon.log()[ground.begun.get(daemon, 0):].splitlines()
            if any(word in line for word in ODD)]


def main():
    parser = argparse.ArgumentParser(
        description="Random faults on two routers.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--setting", default="plain", choices=SETTINGS)
    options = parser.parse_args()
    end_on_signals()
    sys.exit(1 if run(options.setting, range(
        options.seed, options.seed + options.rounds)) else 0)


if __name__ == "__main__":
    main()
