# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual servers of generated files come to the same in keepalived and baton.

keepalived's checker shows all values that it uses (-d), in a network and mount
namespace of its own; a library stands for the kernel's IPVS (fakeipvs.c)."""

import os
import random
import re
import select
import subprocess
import time

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("BATON_RELEASE", os.path.join(TOP, "build/release"))
FILES = int(os.environ.get("BATON_SERVERS", "2"))
FIRST = int(os.environ.get("BATON_FIRST", "0"))
SERVERS = 25  # of one file

KEEPALIVED = """
mount -t tmpfs none /run && mkdir /run/keepalived || exit 9
LD_PRELOAD=$1 exec timeout -k 1 120 keepalived -n -l -d -C -f $2 \\
    -p /run/k.pid -c /run/c.pid
"""


class Writer:
    """A file of virtual servers, mostly right."""

    def __init__(self, seed):
        self.random = random.Random(f"servers {seed}")
        self.lines = []

    def say(self, *words):
        self.lines.append(" ".join(str(word) for word in words))

    def maybe(self, chance, *words):
        if self.random.random() < chance:
            self.say(*words)

    def pace(self, check=None, of_virtual=False):
        r = self.random
        self.maybe(.3, "delay_loop", r.choice([1, 2.5, 30, "0.1"]))
        self.maybe(.2, "warmup", r.choice([0, 1, 4]))
        # 0 counts in a check only, and is else as if it were not written.
        self.maybe(.3, "retry", r.choice([0, 1, 5] if check else [1, 5]))
        self.maybe(.3, "delay_before_retry", r.choice([0, 1, 2.25]))
        # Of a virtual server it is on by its presence.
        self.maybe(.2, "alpha", r.choice(["", "on"] if of_virtual
                                         else ["", "on", "off"]))
        self.maybe(.3, "connect_timeout", r.choice([1, 2.5, 30]))

    def method(self):
        return self.random.choice([
            "NAT", "DR", "DR", "TUN", "TUN type ipip",
            "TUN type gue port 6080", "TUN type gue port 7 csum",
            "TUN type gre csum", "TUN type gue port 7 remcsum"])

    def check(self):
        r = self.random
        kind = r.choice(["TCP_CHECK"] * 3 + [
            "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "UDP_CHECK",
            "PING_CHECK"])
        self.say(kind, "{")
        self.pace(kind)
        self.maybe(.2, "connect_ip", "10.7.0.1")
        self.maybe(.2, "connect_port", 8080)
        self.maybe(.1, "bindto", "10.7.0.2")
        self.maybe(.1, "fwmark", 9)
        if kind in ("HTTP_GET", "SSL_GET"):
            for n in range(r.randint(1, 3)):
                self.say("url {")
                self.say("path", f"/{n}")
                self.maybe(.3, "status_code", r.choice(
                    ["200", "200-299 404", "301 303 400-499"]))
                self.maybe(.2, "digest", "9b3a0c85a887a256d6939da88aabd8cd")
                self.maybe(.2, "virtualhost", "u.example")
                self.say("}")
            self.maybe(.3, "http_protocol", r.choice(["1.0", "1.0C", "1.1"]))
            self.maybe(.2, "fast_recovery")
            self.maybe(.1, "nb_get_retry", 4)
            if kind == "SSL_GET":
                self.maybe(.4, "enable_sni")
        elif kind == "SMTP_CHECK":
            self.maybe(.4, "helo_name", "h.example")
        elif kind == "DNS_CHECK":
            self.maybe(.5, "type", r.choice(["A", "AAAA", "MX", "SOA"]))
            self.maybe(.5, "name", "example.org")
        elif kind == "UDP_CHECK":
            self.maybe(.5, "payload", r.choice(["00", "Ab12f 3 456"]))
            self.maybe(.5, "require_reply", r.choice(["", "00 0X"]))
        self.say("}")

    def real_server(self, number):
        r = self.random
        self.say("real_server", f"10.6.{number // 3}.{number % 3 + 1}",
                 r.choice(["80", "80", "80", "81", ""]), "{")
        self.maybe(.4, "weight", r.choice([0, 1, 5, 65536]))
        self.maybe(.2, "lvs_method", self.method())
        self.maybe(.2, "uthreshold", 10)
        self.maybe(.2, "lthreshold", 5)
        self.maybe(.2, "inhibit_on_failure", r.choice(["", "on", "off"]))
        self.pace()
        for _ in range(r.choice([0, 1, 1, 1, 2])):
            self.check()
        self.say("}")

    def virtual_server(self, number):
        r = self.random
        by = r.random()
        if by < .15:
            self.say("virtual_server fwmark", number + 1, "{")
        elif by < .3:
            self.say(f"virtual_server_group G{number} {{")
            self.say(f"10.8.{number}.1-5 80")
            self.say(f"10.8.{number}.64/28 80")
            self.say("}")
            self.say(f"virtual_server group G{number} {{")
        else:
            self.say("virtual_server", f"10.5.0.{number + 1}",
                     r.choice(["80"] * 5 + ["0", ""]), "{")
        self.maybe(.8, r.choice(["lb_algo", "lvs_sched"]), r.choice(
            "rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh".split()))
        self.maybe(.9, r.choice(["lb_kind", "lvs_method"]), self.method())
        self.maybe(.9, "protocol", r.choice(["TCP", "TCP", "UDP", "SCTP"]))
        for flag in ("flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback",
                     "mh-port", "mh-fallback"):
            self.maybe(.06, flag)
        self.maybe(.1, "ops")
        self.maybe(.2, "persistence_timeout", r.choice(["", 50]))
        self.maybe(.1, "persistence_granularity", "255.255.255.0")
        self.maybe(.3, "quorum", r.choice([1, 2, 9]))
        self.maybe(.2, "hysteresis", r.choice([0, 1, 3]))
        self.maybe(.2, "omega")
        self.maybe(.2, "inhibit_on_failure")
        self.maybe(.2, "weight", 3)
        self.maybe(.2, "virtualhost", "v.example")
        self.pace(of_virtual=True)
        if r.random() < .3:
            self.say("sorry_server 10.6.9.9", r.choice(["80", "81"]))
            self.maybe(.3, "sorry_server_inhibit")
            self.maybe(.3, "sorry_server_lvs_method", self.method())
        for n in range(r.randint(1, 4)):
            self.real_server(n)
        self.say("}")

    def text(self):
        for number in range(SERVERS):
            self.virtual_server(number)
        return "\n".join(self.lines) + "\n"


# keepalived's line, and what baton's tool says for it.
LINES = [(re.compile(pattern), to) for pattern, to in (
    (r"VS VIP = (\S+), VPORT = (\d+)", r"VS \1 \2"),
    (r"VS FWMARK = (\d+)", r"VS fwmark \1"),
    (r"VS GROUP = \[(\w+)\].*", r"VS group \1"),
    (r"Address family = (\w+)", r"family \1"),
    (r"lvs_sched = (\w+)", r"sched \1"),
    
    (r"persistence timeout = (\d+)", r"persistence \1"),
    (r"persistence granularity = (\S+)", r"granularity \1"),
    (r"protocol = (TCP|UDP|SCTP)", r"protocol \1"),
    (r"omega is (\w+)", r"omega \1"),
    (r"Using HA suspend", r"ha_suspend 1"),
    (r"quorum = (\d+), hysteresis = (\d+)", r"quorum \1 \2"),
    (r"sorry server = \[(\S+)\]:\w+:(\d+)", r"sorry \1 \2"),
    (r"connection limit range = (\d+) -> (\d+)", r"limits \1 \2"),
    (r"initial weight = (\d+)", r"weight \1"),
    (r"Alpha = (\w+)", r"alpha \1"),
    (r"Delay loop = (\d+) us", r"interval \1us"),
    (r"Warmup = (\d+) us", r"warmup \1us"),
    (r"Retries = (\d+)", r"retry \1"),
    (r"Delay before retry = (\d+) us", r"retry delay \1us"),
    (r"Log all failures = (\w+)", r"log \1"),
    (r"Dest = \[(\S+)\]:(\d+)", r"dest \1 \2"),
    (r"Bind to = \[(\S+)\]:\d+", r"bind \1"),
    (r"Mark = (\d+)", r"mark \1"),
    (r"Timeout = (\S+)", r"timeout \1"),
    (r"Enable SNI (\w+)", r"sni \1"),
    (r"Fast recovery (\w+)", r"fast_recovery \1"),
    (r"Checked url = (\S+)", r"url \1"),
    (r"digest = (\w+)", r"digest \1"),
    (r"Virtual host = (\S+)", r"url host \1"),
    (r"helo = (\S+)", r"helo \1"),
    (r"Type = (\w+)", r"type \1"),
    (r"Name =\s*(\S*)", r"name \1"),
    (r"Payload len = (\d+)", r"payload \1"),
    (r"Require reply = (\w+)", r"reply \1"),
    (r"timeout = (\d+)", r"script timeout \1"),
    (r"dynamic = (\w+)", r"dynamic \1"),
)]

SWITCHES = {"ON": "1", "OFF": "0", "yes": "1", "no": "0", "YES": "1",
            "NO": "0", "enabled": "1", "disabled": "0", "set": "1",
            "unset": "0"}


def value(line):
    # Of weights that are all 0, counted below 0.
    line = line.replace("quorum 0 4294967295", "quorum 1 0")
    words = [SWITCHES.get(word, word) for word in line.split()]
    if words and re.fullmatch(r"\d+us", words[-1]):
        words[-1] = f"{int(words[-1][:-2]) / 1e6:.6f}"
    return " ".join(words)


def forwarding(line):
    """TUN, type = GUE, port = 6080, remote checksum -> TUN GUE 6080 ..."""
    return re.sub(r",|type =|port =|no checksum", "", line.split("=", 1)[1]).split()


def theirs(dump):
    """The lines of keepalived's dump, as baton's tool says them."""
    found, part, flags, number = [], None, {}, []
    for line in dump.splitlines():
        line = re.sub(r"^\w+ \w+ +\d+ [\d:]+ \d+: ", "", line).strip()
        if line.startswith("------<"):
            part = line.strip("-<> ")
            flags = {}
            continue
        if part not in ("Virtual server", "Real server", "Health checkers"):
            continue
        if re.match(r"VS |RIP |.* -> \[", line):
            found.append("---")
        flag = re.match(r"(flag-\d|..-port|..-fallback) = (\w+)", line)
        if flag:
            place = {"fallback": 0, "port": 1}.get(
                flag[1].split("-")[1]) if flag[1][0] != "f" \
                else int(flag[1][-1]) - 1
            flags[place] = SWITCHES[flag[2]]
        elif line.startswith("One packet"):
            found.append("flags " + "".join(flags.get(n, "0")
                                            for n in range(3)))
            # Behind it may stand that it is for UDP alone.
            found.append(value("ops " + line.split()[4]))
            found.append("persistence 0")
            number.append(len(found))
        elif line.startswith("persistence timeout"):
            found[-1] = "persistence " + line.split()[-1]
        elif "forwarding method =" in line:
            who = "RS" if part == "Real server" else \
                "sorry" if any(one.startswith("sorry ") for one in
                               found[number[-1]:]) else "VS"
            found.append(" ".join([who, "forwarding", *forwarding(line)]))
        elif line.startswith("Inhibit on failure is"):
            on = SWITCHES[line.split()[-1]]
            if part == "Real server":
                found.append(f"inhibit {on}")
            elif any(one.startswith("sorry ") for one in found[number[-1]:]):
                found.append(f"sorry inhibit {on}")
        elif line.startswith("RIP = "):
            rip, port = re.match(r"RIP = (\S+), RPORT = (\d+)", line).groups()
            found.append(f"RS {rip} {port}")
        elif line.startswith("Keepalive method = "):
            kind = line.split()[3].rstrip(",")
            found.append(f"check {kind}")
            if "http protocol" in line:
                found.append("protocol " + line.split()[-1])
        elif re.fullmatch(r"\d\d\d(-\d\d\d)?", line):
            found[-1] += " " + line
        elif line == "HTTP Status Code(s)":
            found.append("statuses")
        else:
            for pattern, to in LINES:
                match = pattern.fullmatch(line)
                if match:
                    found.append(value(match.expand(to)))
    return found


def groups(lines):
    """A list for each virtual server, real server and check; sorted."""
    found, kind = [], ""
    for line in lines:
        line = " ".join(line.split())
        if line == "---":
            found.append([])
        elif found:
            found[-1].append(line)
    for group in found:
        first = group[0] if group else ""
        if first.startswith("VS "):
            kind = first.split()[1]
            if not any(line.startswith("ha_suspend") for line in group):
                group.append("ha_suspend 0")
        if kind == "fwmark":
            group[:] = [line for line in group
                        if not line.startswith("protocol ")
                        or any(one.startswith("check ") for one in group)]
        if kind == "group":
            group[:] = [line for line in group
                        if not line.startswith("family ")]
            group[:] = [" ".join(line.split()[:2])
                        if re.match(r"RS \d|sorry \d", line) else line
                        for line in group]
        if "check PING_CHECK" in group:
            group[:] = [re.sub(r"^dest (\S+) .*", r"dest \1", line)
                        for line in group]
        group.sort()
    return found


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    library = tmp_path_factory.mktemp("fake") / "fakeipvs.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library,
                    os.path.join(TOP, "tests", "diff", "fakeipvs.c"),
                    "-ldl"], check=True)
    return library


def keepalived(fake, path):
    """What its checker says of its values, before it begins to check. A line
    at a time it takes a second, and on a busy machine many."""
    with subprocess.Popen(
            ["unshare", "-n", "-m", "-p", "--fork", "--kill-child",
             "--mount-proc", "sh", "-c", KEEPALIVED, "sh", fake, path],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        said, end = b"", time.monotonic() + 120
        while b"Activating healthchecker" not in said and select.select(
                [process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                break
            said += piece
        process.kill()  # and with it all that it started
        process.wait(timeout=30)
    return said.decode(errors="replace")


def baton(path):
    with open(path) as file:
        done = subprocess.run([os.path.join(BUILD, "tests/diff/servers")],
                              stdin=file, text=True, timeout=30,
                              capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", range(FIRST, FIRST + FILES))
def test_generated_servers_have_the_same_values(fake, tmp_path, seed):
    path = tmp_path / "servers.conf"
    path.write_text(Writer(seed).text())
    ours = baton(path)
    dump = keepalived(fake, path)
    wanted, found = groups(theirs(dump)), groups(ours.splitlines())
    assert len(wanted) > SERVERS, dump
    for one, other in zip(wanted, found):
        # Of a real server without a port keepalived checks port 0, in vain.
        one = [line for line in one if not re.match(r"dest \S+ 0$", line)]
        if not any(line.startswith("dest ") for line in one):
            other = [line for line in other if not line.startswith("dest ")]
        assert other == one, "\n".join(one) + "\n---\n" + "\n".join(other)
    assert len(found) == len(wanted)
