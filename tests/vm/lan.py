# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside the virtual machine: a LAN of network namespaces with a client, real
servers and directors, and real connections through them."""

import json
import os
import re
import subprocess
import threading
import time

from machine import BUILD, Space, enter, wait_for

LOAD = os.path.join(BUILD, "tests/vm/load")
BACKEND = os.path.join(BUILD, "tests/vm/backend")
TUNNELS = {"tunl0": 4, "sit0": 4, "ip6tnl0": 6}


def now():
    return time.monotonic_ns()


class Lan:
    """Bridges by name, each a network of /24 and /64. Who joins one has the
    address of its number there in both families."""

    def __init__(self, nets=None):
        self.nets = nets or {"out": ("10.9.0.", "fd09::")}
        self.switch = Space("sw", dummy=False)
        self.spaces = [self.switch]
        self.count = 0
        self.switch.ip(*(f"link add {name} type bridge mcast_snooping 0"
                         for name in self.nets),
                       *(f"link set {name} up" for name in self.nets))

    def join(self, space, number, bridge="out", link="eth0"):
        """The namespace has a link there. It goes with the LAN."""
        v4, v6 = self.nets[bridge]
        self.count += 1
        port = f"p{self.count}"
        self.switch.ip(
            f"link add {port} type veth peer name {link} netns {space.name}",
            f"link set {port} master {bridge} up")
        space.ports[link] = port
        space.ip("link set lo up", f"link set {link} up",
                 f"addr add {v4}{number}/24 dev {link}",
                 f"addr add {v6}{number}/64 dev {link} nodad")
        if space not in self.spaces:
            self.spaces.append(space)
        return space

    def cut(self, space, link="eth0", how="down"):
        """The other end of its link: nobody hears it any more, or again."""
        self.switch.ip(f"link set {space.ports[link]} {how}")

    def crash(self, baton):
        """The machine of a daemon is gone, from one moment to the next."""
        for link in baton.ports:
            self.cut(baton, link)
        baton.kill_all()
        self.spaces.remove(baton)
        baton.close()

    def client(self, number=100, more=()):
        space = self.join(Space("cl", dummy=False), number)
        space.sysctl("net.ipv4.tcp_tw_reuse=1",
                     "net.ipv4.conf.eth0.accept_redirects=0")
        space.ip(*(f"addr add {address} dev eth0" for address in more))
        return space

    def close(self):
        for space in reversed(self.spaces):
            space.close()


class Server(Space):
    """A real server: it has virtual addresses on lo, where nobody asks for
    them by ARP, and a program that says its name."""

    def __init__(self, lan, name, number, virtual=(), bridge="out"):
        super().__init__(name, dummy=False)
        self.says = name
        self.program = None
        self.address = lan.nets[bridge][0] + str(number)
        self.address6 = lan.nets[bridge][1] + str(number)
        lan.join(self, number, bridge)
        # As the examples for servers say, and what a test sends about.
        self.sysctl(*(f"net.ipv4.conf.{link}.{words}"
                      for link in ("all", "eth0") for words in (
                          "arp_ignore=1", "arp_announce=2", "rp_filter=0",
                          "accept_redirects=0")),
                    "net.ipv4.conf.default.rp_filter=0",
                    "net.ipv6.conf.eth0.accept_redirects=0")
        self.ip(*(f"addr add {address}/{128 if ':' in address else 32} dev lo"
                  + " nodad" * (":" in address) for address in virtual))

    def tunnels(self, director=None):
        """What its tunnels carry is for it: IPv4 and IPv6, and by gre from the
        address of a director, and by gue on port 6080."""
        self.ip(*(f"link set {name} up" for name in TUNNELS))
        if director:
            self.ip(f"link add gre1 type gre local {self.address} "
                    f"remote {director}", "link set gre1 up")
            self.run("ip", "fou", "add", "port", "6080", "gue")
        self.sysctl(*(f"net.ipv4.conf.{name}.rp_filter=0" for name in (
            "tunl0", *(["gre1"] if director else ()))))

    def serve(self, *ports):
        """It listens when this returns."""
        self.ports_served = ports = ports or self.ports_served
        self.program = subprocess.Popen(
            ["ip", "netns", "exec", self.name, BACKEND, self.says,
             *map(str, ports)], stdout=subprocess.PIPE)
        assert self.program.stdout.readline() == b"listens\n"

    def die(self):
        self.program.kill()
        self.program.wait()
        self.program = None

    def close(self):
        if self.program:
            self.die()
        super().close()


class Kind:
    """What became of requests of one kind, short or long ones."""

    def __init__(self, found):
        self.done, self.slowest = found["done"], found["slowest"] / 1e9
        self.good, self.waiting = found["good"], found["waiting"]
        self.lost = [tuple(one) for one in found["lost"]]

    def __repr__(self):
        words = {}
        for _, _, why in self.lost:
            words[why] = words.get(why, 0) + 1
        return (f"{self.done} done, good {self.good}, lost {words}, "
                f"slowest {self.slowest:.3f} s")


class Load:
    """A client (load.c) that goes on until it is closed."""

    def __init__(self, space, address, port=80, rate=50, longs=5, every=100,
                 patience=1000, source=None):
        self.address, self.rate, self.longs = address, rate, longs
        # Of a long connection that is lost again and again.
        self.tries_a_second = max(1000 / patience, 1000 / every)
        self.begun = now()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", space.name, LOAD, "-r", str(rate),
             "-l", str(longs), "-e", str(every), "-t", str(patience),
             *(["-s", source] if source else ()), address, str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def report(self, since, till=None):
        """(short, long) of what began then."""
        self.process.stdin.write(f"report {since} {till or now()}\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        self.stood = found["stood"] / 1e9
        return Kind(found["short"]), Kind(found["long"])

    def stood_still(self, since, till):
        """For how long the machine did, in seconds."""
        self.report(since, till)
        return self.stood

    def lost(self, since, till=None):
        short, long = self.report(since, till)
        return sorted(short.lost + long.lost)

    def wait_good(self, names, since=None, seconds=10):
        """All of these have answered since then, and no other."""
        since = since or now()
        wait_for(lambda: set(self.report(since)[0].good) == set(names),
                 lambda: f"{self.address}: {self.report(since)}, not {names}",
                 seconds)

    def wait_long(self, seconds=20):
        """What long connections asked before now has ended, well or not."""
        till = now()
        wait_for(lambda: self.report(0, till)[1].waiting == 0,
                 lambda: f"{self.address}: {self.report(0)}", seconds)

    def wait_new(self, count=5, seconds=10):
        """So many that begin now are good, whoever answers."""
        since = now()
        wait_for(lambda: sum(self.report(since)[0].good.values()) >= count,
                 lambda: f"{self.address}: {self.report(since)}", seconds)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def parse(text):
    """/proc/net/ip_vs as {service: {server: weight}}, in words of the kernel."""
    table, dests = {}, None
    for line in text.splitlines()[3:]:
        words = line.split()
        if words[0] == "->":
            dests[words[1]] = int(words[3])
        else:
            dests = table.setdefault(" ".join(words[:2]), {})
    return table


class Watch:
    """Reads the kernel's table of a namespace all the time: each state that it
    had, and since when."""

    COUNTS = re.compile(r" +\d+ +\d+ *$", re.M)

    def __init__(self, space, every=0.015):
        self.space, self.every = space, every
        self.states = []  # (nanoseconds, table)
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()
        wait_for(lambda: self.states, "the table")

    def follow(self):
        enter(self.space.name)
        last = None
        with open("/proc/thread-self/net/ip_vs") as file:
            while not self.ends.wait(self.every):
                file.seek(0)
                read = self.COUNTS.sub("", file.read())
                if read != last:
                    self.states.append((now(), parse(read)))
                    last = read

    def between(self, since, till):
        """The states in [since, till], with the one that it began with."""
        found = [n for n, (at, _) in enumerate(self.states) if at <= since]
        return [one for one in self.states[found[-1] if found else 0:]
                if one[0] <= till]

    def when(self, condition, since, seconds=10):
        """When a state first was so."""
        def find():
            return next((at for at, table in list(self.states)
                         if at >= since and condition(table)), None)
        return wait_for(find, lambda: f"{self.states[-1]}\n"
                        f"{self.space.log()}", seconds)

    def close(self):
        self.ends.set()
        self.thread.join()
