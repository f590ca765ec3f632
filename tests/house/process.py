# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 8: a process is a row.

Adds a process of its own to a copy of src, by a body and a row in the table of
src/batond, and nothing else. The daemon then starts it, starts it again when it
dies, gives it the ledger of each generation, ends it with the others, and
leaves none behind when the keeper is killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from tap import Report, TOP, files

TABLE = "batond/rows.c"
BODY = '''#include <poll.h>
#include <unistd.h>

static int third_main(const struct keeper_given *given)
{
	struct pollfd end = { given->stop, 0, 0 };
	struct ledger *ledger = NULL;
	int error = ledger_map(given->view, false, &ledger);

	printf("third: uid %d, %u virtual routers, error %d, model %d\\n",
	       (int)getuid(), error ? 0 : ledger_instances(ledger), error,
	       given->model != NULL);
	fflush(stdout);
	poll(&end, 1, -1);
	return 0;
}

'''
ROW = '''	{
		.name = "third",
		.kind = KEEPER_RESTART,
		.unprivileged = true,
		.keeps = KEEPS_VIEW,
		.body = third_main,
	},
'''
INSTANCE = """vrrp_instance v%d {
    interface nowhere
    virtual_router_id %d
    virtual_ipaddress {
        192.0.2.%d/24
    }
}
"""
LIBRARIES = ["libmnl", "libcap-ng", "libseccomp", "popt", "jansson",
             "libcurl"]


def build(directory, compiler):
    """batond with a third process: its path, or None, and the faults."""
    source = os.path.join(directory, "src")
    shutil.copytree(os.path.join(TOP, "src"), source)
    path = os.path.join(source, TABLE)
    with open(path) as file:
        text = file.read()
    begin = "const struct keeper_row batond_rows[] = {\n"
    if text.count(begin) != 1 or text.count("\n};\n\nconst unsigned") != 1:
        return None, ["its place is not found once"]
    text = text.replace(begin, BODY + begin) \
        .replace("\n};\n\nconst unsigned", "\n" + ROW + "};\n\nconst unsigned")
    with open(path, "w") as file:
        file.write(text)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *LIBRARIES],
                           text=True, stdout=subprocess.PIPE).stdout.split()
    program = os.path.join(directory, "batond")
    # All but the commands of baton(1).
    sources = [path.replace(os.path.join(TOP, "src"), source)
               for folder in ("base", "vrrp", "conf", "sys", "ledger", "files",
                              "router", "keeper", "ctl", "batond")
               for path in files(f"src/{folder}", ".c")
               if "/ctl/command" not in path]
    done = subprocess.run(
        [*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O0", "-w",
         '-DBATON_VERSION="0"', "-I", source, *sources, *flags, "-ldl", "-o",
         program], text=True, stderr=subprocess.PIPE)
    return program, done.stderr.splitlines()


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

    def said(self, text, times=1):
        return self.waits(lambda: self.log().count(text) >= times)


def lives(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read().startswith("batond: third")
    except (FileNotFoundError, ProcessLookupError):
        return False


def life(report, daemon):
    def check(what, condition):
        report.check(what, [] if condition else daemon.log().splitlines())

    check("it is started, with the ledger and without rights or a model",
          daemon.said("third: uid 65534, 1 virtual routers, error 0, model 0"))
    check("it is called by its name", lives(daemon.pids()[0]))
    os.kill(daemon.pids()[0], signal.SIGKILL)
    check("it is started again when it dies",
          daemon.said("third: was killed by signal 9")
          and daemon.said("third: uid", 2))
    daemon.configure(2)
    os.kill(daemon.child.pid, signal.SIGHUP)
    check("it is given the ledger of a reload",
          daemon.said("third: uid 65534, 2 virtual routers, error 0"))
    last = daemon.pids()[-1]
    os.kill(daemon.child.pid, signal.SIGKILL)
    daemon.child.wait()
    check("it does not outlive a keeper that is killed",
          daemon.waits(lambda: not lives(last)))
    daemon.start()
    check("the next keeper starts it",
          daemon.waits(lambda: daemon.pids()[-1] != last
                       and lives(daemon.pids()[-1])))
    daemon.waits(lambda: daemon.log().count("was replaced by a new one") >= 2)
    os.kill(daemon.child.pid, signal.SIGTERM)
    status = daemon.child.wait(90)
    check("it ends with the others",
          status == 0 and not lives(daemon.pids()[-1]))


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as directory:
        program, faults = build(directory, sys.argv[1:] or ["cc"])
        report.check("a row in one file is a process", faults)
        if not faults and os.geteuid() == 0:
            daemon = Daemon(directory, program)
            try:
                life(report, daemon)
            finally:
                daemon.child.kill()
                daemon.child.wait()
    report.end()


main()
