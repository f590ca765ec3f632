# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 8: a process is a row, and a kind of holding is a file.

Adds two processes of its own to a copy of src, each by a body and a row in the
table of src/batond, and a kind of what the kernel should hold, by a file and its name in
src/router/meson.build; and nothing else. The daemon then starts the process,
starts it again when it dies, gives it the ledger of each generation, ends it
with the others, and leaves none behind when the keeper is killed. It puts the
holding, and takes it away at its end. The other process is not its child: it is
started by the test, joins, and is let in, watched and ended like one.

Compiled is what was touched, and what the list of the kinds is given to
(objects.py); the rest need not know."""

import filecmp
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tap import Report, TOP, files

sys.path.append(os.path.join(TOP, "tests"))
from objects import Build  # noqa: E402

TABLE = "batond/rows.c"
BODY = '''#include <poll.h>
#include <unistd.h>

static int third_main(const struct keeper_given *given)
{
	struct pollfd end = { given->stop, 0, 0 };
	struct ledger *ledger = NULL;
	int error = ledger_map(given->view, false, &ledger);

	fprintf(stderr,
	       "third: uid %d, %u virtual routers, error %d, model %d\\n",
	       (int)getuid(), error ? 0 : ledger_instances(ledger), error,
	       given->model != NULL);
	poll(&end, 1, -1);
	return 0;
}

static int fourth_main(const struct keeper_given *given)
{
	fprintf(stderr, "fourth: uid %d, virtual routers in the model: %d\\n",
	       (int)getuid(),
	       given->model ? (int)given->model->instance_count : -1);
	return third_main(given);
}

'''
ROW = '''	{
		.name = "third",
		.kind = KEEPER_RESTART,
		.unprivileged = true,
		.keeps = KEEPS_VIEW,
		.body = third_main,
	},
	{
		.name = "fourth",
		.kind = KEEPER_EXTERNAL,
		.unprivileged = true,
		.needs_model = true,
		.keeps = KEEPS_VIEW,
		.body = fourth_main,
	},
'''
# A route of a protocol number that baton does not use. The file's name says the
# kind.
KIND_LIST = "router/meson.build"
KIND_FILE = "router/holding_marker.c"
MARKER = "198.51.100.0/24"
KIND = """#include "router/state.h"

#include <errno.h>
#include <linux/rtnetlink.h>

static struct netlink_route marker(void)
{
	return (struct netlink_route){
		.family = IP_V4, .type = RTN_BLACKHOLE, .protocol = 200,
		.scope = NETLINK_SCOPE_AUTO, .prefix = 24,
		.destination = { .family = IP_V4, .bytes = { 198, 51, 100, 0 } },
		.table = RT_TABLE_MAIN,
		.pref = NETLINK_PREF_NONE, .ttl_propagate = NETLINK_TTL_UNSET,
	};
}

static size_t count(const struct conf_model *model,
		    const struct conf_instance *instance)
{
	return instance ? 0 : 1;
}

static const void *at(const struct conf_model *model,
		      const struct conf_instance *instance, size_t n)
{
	return model;
}

static const char *none(const struct conf_instance *instance, const void *conf,
			size_t n)
{
	return NULL;
}

static const char *no_group(const void *conf)
{
	return NULL;
}

static bool no(const void *conf)
{
	return false;
}

static bool follows(const struct conf_instance *instance, const void *conf)
{
	return false;
}

static void describe(const void *conf, struct ledger_wanted *record)
{
	record->address = marker().destination;
	record->prefix = 24;
}

static uint32_t hash(const struct holding *h, uint32_t ifindex)
{
	return 1;
}

static bool same(const struct router *r, const struct holding *h,
		 const void *key)
{
	return true;
}

static bool equal(const struct router *r, const struct holding *a,
		  const struct holding *b)
{
	return false;
}

static uint32_t concerned(const struct router *r,
			  const struct mirror_event *event)
{
	return ROUTER_NONE;
}

static void look(const struct router *r, struct holding *h)
{
}

static int command(struct router *r, const struct holding *h,
		   enum holding_command what, uint64_t cookie)
{
	struct netlink_route route = marker();

	return what == HOLDING_REMOVE
		       ? netlink_remove_route(r->netlink, &route, cookie)
		       : netlink_put_route(r->netlink, &route,
					   NETLINK_ROUTE_ADD, cookie);
}

static bool is_missing(int error)
{
	return error == ESRCH;
}

static void leftovers(struct router *r, struct ledger *before, bool first)
{
}

const struct holding_kind holding_marker = {
	.name = "marker", .number = LEDGER_KINDS_MAX - 1,
	.count = count, .at = at, .device = none, .group = no_group,
	.follows = follows, .let_go = no, .describe = describe, .hash = hash,
	.same = same, .equal = equal, .concerned = concerned,
	.look = look, .command = command, .is_missing = is_missing, .leftovers = leftovers,
};
"""
INSTANCE = """vrrp_instance v%d {
    interface nowhere
    virtual_router_id %d
    virtual_ipaddress {
        192.0.2.%d/24
    }
}
"""


def touched(source):
    """The files of the copy that are not those of the tree."""
    found = []
    for directory, _, names in os.walk(source):
        for name in names:
            copy = os.path.join(directory, name)
            path = os.path.relpath(copy, source)
            original = os.path.join(TOP, "src", path)
            if not os.path.exists(original) \
                    or not filecmp.cmp(copy, original, shallow=False):
                found.append(path)
    return sorted(found)


def add_kind(source):
    """What the compiler is told of the kinds, as (before, after), or None."""
    path = os.path.join(source, KIND_LIST)
    with open(path) as file:
        text = file.read()
    if text.count("\n  'rule',\n") != 1:
        return None
    kinds = re.findall(r"'(\w+)'", text[text.index("kinds = ["):
                                       text.index("]")])
    with open(path, "w") as file:
        file.write(text.replace("\n  'rule',\n",
                                "\n  'rule',\n  'marker',\n"))
    with open(os.path.join(source, KIND_FILE), "w") as file:
        file.write(KIND)
    before = "-DHOLDING_KINDS=" + "".join(f"KIND({kind})" for kind in kinds)
    return before, before + "KIND(marker)"


def add_row(source):
    """Whether it found its place."""
    path = os.path.join(source, TABLE)
    with open(path) as file:
        text = file.read()
    begin = "const struct keeper_row batond_rows[] = {\n"
    end = "\n};\n\nconst unsigned"
    if text.count(begin) != 1 or text.count(end) != 1:
        return False
    with open(path, "w") as file:
        file.write(text.replace(begin, BODY + begin)
                   .replace(end, "\n" + ROW + end.lstrip("\n")))
    return True


def build(directory, tree):
    """batond with a third process and another kind of holding: its path, or
    None, and the faults."""
    source = os.path.join(directory, "src")
    shutil.copytree(os.path.join(TOP, "src"), source)
    kinds = add_kind(source)
    if kinds is None or not add_row(source):
        return None, ["its place is not found once"]
    if touched(source) != sorted([TABLE, KIND_LIST, KIND_FILE]):
        return None, ["touched: " + " ".join(touched(source))]
    program = os.path.join(directory, "batond")
    return program, tree.batond(
        source, [TABLE, KIND_FILE, *told_of_kinds()], program,
        kinds).splitlines()


def told_of_kinds():
    """The sources that the list of the kinds is for."""
    found = []
    for path in files("src", ".c"):
        with open(path) as file:
            if "HOLDING_KINDS" in file.read():
                found.append(os.path.relpath(path, os.path.join(TOP, "src")))
    return found


class Daemon:
    """It, in a network of its own."""

    def __init__(self, directory, program):
        self.log_path = os.path.join(directory, "log")
        self.conf = os.path.join(directory, "conf")
        self.configure(1)
        self.command = ["unshare", "--net", program, "-n", "-f", self.conf,
                        "--run-dir", os.path.join(directory, "run")]
        os.chmod(directory, 0o755)
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def configure(self, count):
        with open(self.conf, "w") as file:
            file.write("".join(INSTANCE % (n, n, n)
                               for n in range(1, count + 1)))

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def pids(self):
        """Of the third process, in the order in which they came."""
        return [int(pid) for pid in
                re.findall(r"third: started \(pid (\d+)\)", self.log())]

    def waits(self, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.02)
        return False

    def network(self):
        """A descriptor of its network, which it keeps alive."""
        self.waits(lambda: os.readlink(f"/proc/{self.child.pid}/ns/net")
                   != os.readlink("/proc/self/ns/net"))
        return os.open(f"/proc/{self.child.pid}/ns/net", os.O_RDONLY)

    def said(self, text, times=1):
        return self.waits(lambda: self.log().count(text) >= times)


def lives(pid, name="third"):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read().startswith(f"batond: {name}")
    except (FileNotFoundError, ProcessLookupError):
        return False


def has_marker(network):
    """Whether the route is in that network."""
    shown = subprocess.run(
        ["nsenter", f"--net={network}", "ip", "route", "show", MARKER],
        text=True, stdout=subprocess.PIPE)
    return MARKER in shown.stdout


class Joining:
    """The process that joins; it is started again like a unit."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.command = [daemon.command[2], "--join", "fourth", "--run-dir",
                        daemon.command[-1]]

    def start(self):
        with open(self.daemon.log_path, "ab") as log:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.child

    def has_joined(self):
        """Whether it joins; one that is refused while the keeper is busy ends,
        and is started again."""
        def joined():
            if self.child.poll() is not None:
                self.start()
            return f"fourth: started (pid {self.child.pid})" \
                in self.daemon.log()
        return self.daemon.waits(joined)

    def ends(self):
        return self.daemon.waits(lambda: self.child.poll() is not None)


def joins(check, daemon):
    """It and the keeper, until a reload has asked it to end."""
    told = "fourth: uid 65534, virtual routers in the model: 1"
    joining = Joining(daemon)
    first = joining.start()
    check("one that others start joins, with what its row names",
          daemon.said(told) and lives(first.pid, "fourth")
          and daemon.said(f"fourth: started (pid {first.pid})"))
    other = Joining(daemon)
    other.start()
    check("there is one of it", other.ends() and other.child.returncode == 1
          and daemon.said("the keeper refuses: Device or resource busy")
          and lives(first.pid, "fourth"))
    first.kill()
    first.wait()
    joining.start()
    check("it joins again when it has died", daemon.said(told, 2)
          and daemon.said(f"fourth: started (pid {joining.child.pid})"))
    return joining


def life(report, daemon):
    def check(what, condition):
        report.check(what, [] if condition else daemon.log().splitlines())

    network = f"/proc/{os.getpid()}/fd/{daemon.network()}"
    check("what the other kind wants is put",
          daemon.waits(lambda: has_marker(network)))

    check("it is started, with the ledger and without rights or a model",
          daemon.said("third: uid 65534, 1 virtual routers, error 0, model 0"))
    check("it is called by its name", lives(daemon.pids()[0]))
    os.kill(daemon.pids()[0], signal.SIGKILL)
    check("it is started again when it dies",
          daemon.said("third: was killed by signal 9")
          and daemon.said("third: uid", 2))
    joining = joins(check, daemon)
    daemon.configure(2)
    os.kill(daemon.child.pid, signal.SIGHUP)
    check("it is given the ledger of a reload",
          daemon.said("third: uid 65534, 2 virtual routers, error 0"))
    check("so is one that joins", joining.ends() and joining.start()
          and daemon.said("virtual routers in the model: 2"))
    last = daemon.pids()[-1]
    os.kill(daemon.child.pid, signal.SIGKILL)
    daemon.child.wait()
    check("it does not outlive a keeper that is killed",
          daemon.waits(lambda: not lives(last)) and joining.ends())
    daemon.start()
    check("the next keeper starts it",
          daemon.waits(lambda: daemon.pids()[-1] != last
                       and lives(daemon.pids()[-1])))
    joining.start()
    check("one that joins finds the next keeper", joining.has_joined())
    daemon.waits(lambda: daemon.log().count("was replaced by a new one") >= 2)
    network = f"/proc/{os.getpid()}/fd/{daemon.network()}"
    check("what the other kind wants is put in its network, too",
          daemon.waits(lambda: has_marker(network)))
    os.kill(daemon.child.pid, signal.SIGTERM)
    status = daemon.child.wait(90)
    check("it ends with the others",
          status == 0 and not lives(daemon.pids()[-1]) and joining.ends())
    check("what the other kind wants goes at the end",
          not has_marker(network))


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as directory:
        program, faults = build(directory, Build(sys.argv[1]))
        report.check("a row is a process, a file and a line a kind of holding",
                     faults)
        if not faults and os.geteuid() == 0:
            daemon = Daemon(directory, program)
            try:
                life(report, daemon)
            finally:
                daemon.child.kill()
                daemon.child.wait()
    report.end()


main()
