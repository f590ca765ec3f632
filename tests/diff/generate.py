# SPDX-License-Identifier: GPL-2.0-or-later
"""A keepalived.conf as people write them, drawn from the words of words.py."""

import random

import words
from kinds import WAITING

INTERFACES = ["eth0", "eth0", "eth0", "eth1", "eth2"]
COMMANDS = ['"/bin/true"', "/bin/true", '"/bin/sh -c true"',
            '"/usr/bin/killall -0 haproxy"', '"/no/such/script.sh a b"',
            "/etc/keepalived/check.sh", '"pidof nginx"', "'/bin/true x'"]
NAMES = ["LVS_MAIN", "router1", "r-2", "gw_a", "web", "lb01", "VI_1", "x"]
TEXTS = ["www.example.org", '"a b"', "/", "example", "localhost"]
FILES = ["/run/x.fifo", "/tmp/track", "/etc/keepalived/file", '"/tmp/a b"']
SWITCHES = ["on", "off", "true", "false", "yes", "no"]
TABLES = {name: words.rows(getattr(words, name)) for name in (
    "GLOBAL", "INSTANCE", "SYNC_GROUP", "SCRIPT", "TRACK_FILE",
    "TRACK_PROCESS", "BFD", "SERVER", "REAL", "CHECK", "URL")}
KNOWN = sorted({row[1][0] for table in TABLES.values() for row in table
                if "{" not in row[1][0]})


class Writer:
    """
    Lines of tokens: [indent, token...]

    With `plain` there is nothing of what waits for a later release, so that
    one thing that baton does not do yet does not hide all others.
    """

    def __init__(self, seed, plain=False):
        self.random = random.Random(seed)
        self.plain = plain
        self.lines = []
        self.depth = 0
        self.six = False  # the family of the instance that is written
        self.scripts, self.files, self.processes = [], [], []
        self.names = []
        self.vrids = self.random.sample(range(1, 256), 20)

    def chance(self, part):
        return self.random.random() < part

    def say(self, *tokens):
        self.lines.append([self.depth, *map(str, tokens)])

    def open(self, *tokens):
        self.say(*tokens, "{")
        self.depth += 1

    def close(self):
        self.depth -= 1
        self.say("}")

    def may(self, word):
        """Whether it is written at all."""
        return not (self.plain and word in WAITING)

    def one_of(self, table):
        return self.random.choices(
            table, [weight for weight, _ in table])[0][1]

    def value(self, shape):
        r = self.random
        if shape.startswith("{"):
            return r.choice(shape[1:-1].split("|"))
        if ".." in shape:
            low, high = shape.rstrip("d").split("..")
            if shape.endswith("d"):
                return round(r.uniform(float(low), float(high)),
                             r.choice([1, 2]))
            return r.randint(int(low), int(high))
        return {
            "switch": lambda: r.choice(SWITCHES),
            "if": lambda: r.choice(INTERFACES),
            "a": self.address, "own": self.own, "net": self.net,
            "name": lambda: r.choice(NAMES),
            "cmd": lambda: r.choice(COMMANDS),
            "user": lambda: r.choice(["root", "root root", "nobody",
                                      "keepalived_script"]),
            "text": lambda: r.choice(TEXTS), "file": lambda: r.choice(FILES),
            "url": lambda: r.choice(["/", "/index.html", "/a?b=c"]),
        }.get(shape, lambda: shape)()

    def statement(self, table):
        shapes = self.one_of(table)
        while not self.may(shapes[0]):
            shapes = self.one_of(table)
        tokens = [self.value(shapes[0]) if shapes[0].startswith("{")
                  else shapes[0]]
        for shape in shapes[1:]:
            if shape.startswith("?"):
                if self.chance(.5):
                    break
                shape = shape[1:]
            tokens.append(self.value(shape))
        self.say(*tokens)

    def statements(self, name, most):
        for _ in range(self.random.randint(0, most)):
            self.statement(TABLES[name])

    def own(self):
        return "fe80::1" if self.six else "10.9.0.1"

    def address(self):
        r = self.random
        if self.six:
            return f"{r.choice(['fe80', 'fd00:9'])}::{r.randint(2, 0xfff):x}"
        return f"10.{r.choice([9, 9, 20])}.{r.randint(0, 3)}.{r.randint(2, 250)}"

    def net(self):
        length = self.random.choice(
            ["", "/64", "/128"] if self.six else ["", "/24", "/24", "/32"])
        return self.address() + length

    def name(self, prefix):
        r = self.random
        name = r.choice([f"{prefix}_{r.randint(1, 99)}", r.choice(NAMES),
                         f"{prefix}-{r.randint(1, 9)}", f'"{prefix} 1"',
                         f"{prefix}.{r.randint(1, 9)}"])
        return name

    # The blocks.

    def globals(self):
        self.open("global_defs")
        if self.chance(.3):
            self.open("notification_email")
            for _ in range(self.random.randint(1, 3)):
                self.say(self.random.choice(["root@localhost", "a@b.example"]))
            self.close()
        self.statements("GLOBAL", 6)
        self.close()

    def script(self):
        name = f"chk_{len(self.scripts)}"
        self.scripts.append(name)
        self.open("vrrp_script", name)
        self.say("script", self.value("cmd"))
        self.statements("SCRIPT", 4)
        self.close()

    def track_file(self):
        name = f"file_{len(self.files)}"
        self.files.append(name)
        self.open(self.random.choice(["track_file", "vrrp_track_file"]), name)
        self.say("file", self.value("file"))
        self.statements("TRACK_FILE", 2)
        self.close()

    def track_process(self):
        name = f"proc_{len(self.processes)}"
        self.processes.append(name)
        self.open("vrrp_track_process", name)
        self.say("process", self.random.choice(["haproxy", '"sleep 60"', "nginx"]))
        self.statements("TRACK_PROCESS", 3)
        self.close()

    def tracked(self, word, names):
        if not names:
            return
        one = self.random.random() < .2
        chosen = self.random.sample(names, self.random.randint(
            1, 1 if one else len(names)))
        if one:
            self.say(word, "{", chosen[0], "}")
            return
        self.open(word)
        for name in chosen:
            weight = ["weight", self.random.randint(-50, 50)] \
                if self.chance(.3) else []
            self.say(name, *weight)
        self.close()

    def trackers(self):
        """The lists of what is tracked, and what there is for them."""
        return [("track_script", self.scripts), ("track_file", self.files),
                ("track_process", self.processes),
                ("track_interface", ["eth0", "eth1", "eth2"])]

    def addresses(self, word, most):
        r = self.random
        if r.random() < .1:
            self.say(word, "{", self.net(), "}")
            return
        self.open(word)
        for _ in range(r.randint(1, most)):
            more = []
            if r.random() < .3:
                more += ["dev", r.choice(INTERFACES)]
            if r.random() < .1 and not self.six:
                more += ["brd", r.choice(["10.9.0.255", "+", "-"])]
            if r.random() < .1:
                more += ["scope", r.choice(["global", "link", "site"])]
            if r.random() < .15 and not self.six:
                more += ["label", f"eth0:{r.randint(0, 9)}"]
            if r.random() < .03:
                more += [r.choice(["no_track", "home", "nodad",
                                   "preferred_lft 0"])]
            self.say(self.net(), *more)
        self.close()

    def authentication(self):
        r = self.random
        self.open("authentication")
        self.say("auth_type", r.choice(["PASS"] * 6 + ["AH"] * self.may("AH")))
        self.say("auth_pass", r.choice(["1111", "secret", "12345678",
                                        "longerthan8", '"a b"', "k33p@l1v"]))
        self.close()

    def routes(self):
        r = self.random
        self.open("virtual_routes")
        for _ in range(r.randint(1, 2)):
            self.say(r.choice([
                "10.7.0.0/16 via 10.9.0.1 dev eth0",
                "src 10.9.0.10 to 10.8.0.0/24 via 10.9.0.254 dev eth0",
                "default via 10.9.0.254 dev eth0 metric 5",
                "10.6.0.0/16 dev eth1 scope link table 100",
                "blackhole 10.5.0.0/16"]))
        self.close()

    def rules(self):
        self.open("virtual_rules")
        self.say(self.random.choice([
            "from 10.9.0.0/24 table 100 priority 50",
            "to 10.8.0.0/16 table 5", "from 10.7.0.1 dev eth0 table main"]))
        self.close()

    def peers(self):
        self.open("unicast_peer")
        for _ in range(self.random.randint(1, 3)):
            self.say(self.address())
        self.close()

    def instance(self):
        r = self.random
        self.six = r.random() < .15
        name = f"VI_{len(self.names) + 1}" if r.random() < .7 \
            else self.name(f"V{len(self.names)}")
        self.names.append(name)
        self.open("vrrp_instance", name)
        parts = [lambda: self.say("interface", r.choice(INTERFACES)),
                 lambda: self.say("virtual_router_id", self.vrids.pop())]
        parts += [lambda: self.say("state", r.choice(["MASTER", "BACKUP"]))] \
            * (r.random() < .9)
        parts += [lambda: self.say("priority", r.randint(1, 255))] \
            * (r.random() < .9)
        parts += [lambda: self.say("advert_int", r.choice(
            [1, 1, 1, 2, 3, 5, "0.5", "0.1", "1.0"]))] * (r.random() < .8)
        parts += [lambda: self.addresses("virtual_ipaddress", 4)] \
            * (r.random() < .96)
        parts += [lambda: self.addresses("virtual_ipaddress_excluded", 3)] \
            * (r.random() < .12)
        parts += [lambda: self.statement(TABLES["INSTANCE"])] \
            * r.choice([0, 0, 1, 1, 2, 3, 5])
        for word, part, chance in (
                ("authentication", self.authentication, .3),
                ("unicast_peer", self.peers, .12),
                ("virtual_routes", self.routes, .08),
                ("virtual_rules", self.rules, .05),
                *((word, lambda word=word, names=names:
                   self.tracked(word, names),
                   .12 if word == "track_interface" else .6)
                  for word, names in self.trackers())):
            parts += [part] * (r.random() < chance and self.may(word))
        if r.random() < .3:
            r.shuffle(parts)
        for part in parts:
            part()
        self.close()
        self.six = False

    def group(self):
        self.open("vrrp_sync_group", self.name("G"))
        if self.chance(.2):
            self.say("group", "{", *self.names[:1], "}")
        else:
            self.open("group")
            for name in self.names:
                self.say(name)
            self.close()
        self.statements("SYNC_GROUP", 3)
        for word, names in self.trackers():
            if self.may(word) and self.chance(.15):
                self.tracked(word, names)
        self.close()

    def check(self):
        kind = self.random.choice(list(words.OF_CHECK))
        self.open(kind)
        if kind in ("HTTP_GET", "SSL_GET"):
            self.open("url")
            self.say("path", self.value("url"))
            self.statements("URL", 2)
            self.close()
        if kind == "MISC_CHECK":
            self.say("misc_path", self.value("cmd"))
        own = words.rows(words.OF_CHECK[kind]) if words.OF_CHECK[kind] else []
        for _ in range(self.random.randint(0, 2) if own else 0):
            self.statement(own)
        self.statements("CHECK", 3)
        self.close()

    def server(self):
        r = self.random
        self.open("virtual_server", *r.choice([
            [self.address(), r.choice([80, 443, 53])], ["fwmark", 3]]))
        self.statements("SERVER", 6)
        if self.chance(.3):
            self.say("sorry_server", self.address(), 80)
        for _ in range(r.randint(0, 3)):
            self.open("real_server", self.address(), r.choice([80, 8080]))
            self.statements("REAL", 3)
            if self.chance(.7):
                self.check()
            self.close()
        self.close()

    def others(self):
        r = self.random
        kind = r.choice(["static_ipaddress", "static_routes", "delays",
                         "garp_group", "track_group", "polling", "ssl",
                         "static_rules", "instance",
                         *["bfd"] * self.may("bfd_instance")])
        if kind == "static_ipaddress":
            self.addresses(kind, 2)
        elif kind == "static_routes":
            self.open(kind)
            self.say("10.3.0.0/16 via 10.9.0.7 dev eth0")
            self.close()
        elif kind == "static_rules":
            self.open(kind)
            self.say("from 10.3.0.0/16 table 7 priority 30")
            self.close()
        elif kind == "instance":
            self.say(r.choice(["instance one", "use_pid_dir",
                               "child_wait_time 3"]))
        elif kind == "bfd":
            self.open("bfd_instance", "b1")
            self.say("neighbor_ip", self.address())
            self.statements("BFD", 3)
            self.close()
        elif kind == "delays":
            self.open("interface_up_down_delays")
            self.say(r.choice(INTERFACES), r.randint(0, 3), r.randint(0, 3))
            self.close()
        elif kind == "garp_group":
            self.open("garp_group")
            self.say("garp_interval", "0.1")
            self.say("interface", r.choice(INTERFACES))
            self.close()
        elif kind == "track_group" and self.names:
            self.open("track_group", "g1")
            self.say("group", "{", self.names[0], "}")
            self.close()
        elif kind == "polling":
            self.say("linkbeat_use_polling")
        elif kind == "ssl":
            self.open("SSL")
            self.say("password", "x")
            self.close()

    def file(self):
        r = self.random
        if r.random() < .3:
            self.say(r.choice(["! Configuration File for keepalived",
                               "# made by a template", "#"]))
        if r.random() < .6:
            self.globals()
        for part, chance in ((self.script, .3), (self.script, .1),
                             (self.track_file, .08),
                             (self.track_process, .06)):
            if r.random() < chance:
                part()
        for _ in range(r.choice([1, 1, 1, 1, 2, 2, 3, 5])):
            if r.random() < .93:
                self.instance()
        if self.may("vrrp_sync_group") and (
                len(self.names) > 1 and r.random() < .3 or r.random() < .03):
            self.group()
        while self.may("virtual_server") and r.random() < .15:
            self.server()
        while r.random() < .12:
            self.others()
        return self.lines


def render(lines, rng):
    """Text of lines, with one manner of blanks for the whole file."""
    indent = rng.choice(["\t", "    ", "  ", "   ", ""])
    gap = rng.choice([" "] * 8 + ["  ", "\t", "    "])
    blank = rng.choice([0, 0, .05, .2])
    texts = []
    for line in lines:
        texts.append(indent * line[0] + gap.join(line[1:]))
        if rng.random() < blank:
            texts.append(rng.choice(["", "", "  ", "# comment", "! comment"]))
    return "\n".join(texts) + "\n"
