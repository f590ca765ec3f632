# SPDX-License-Identifier: GPL-2.0-or-later
"""`baton rs`: an order for a real server is in the kernel's table at once, and
holds over a reload, deaths of processes and a restart until it is taken back."""

import json
import os
import signal
import subprocess

from machine import BATON, wait_for

FILE = """\
virtual_server 10.1.2.3 80 {
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    real_server 192.168.0.1 80 { weight 3 }
    real_server 192.168.0.2 80 { weight 2 }
}
virtual_server fwmark 7 {
    lb_algo rr
    lb_kind DR
    real_server 192.168.0.4 0 { weight 1 }
}
"""
MORE = """\
virtual_server 10.1.2.2 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 192.168.0.7 80 { weight 1 }
}
"""
TABLE_MORE = ["-A -t 10.1.2.2:80 -s rr",
              "-a -t 10.1.2.2:80 -r 192.168.0.7:80 -g -w 1"]
ONE = "-a -t 10.1.2.3:80 -r 192.168.0.1:80 -m -w 3"
TWO = "-a -t 10.1.2.3:80 -r 192.168.0.2:80 -m -w 2"
REST = ["-A -t 10.1.2.3:80 -s wlc", "-A -f 7 -s rr",
        "-a -f 7 -r 192.168.0.4:0 -g -w 1"]


def rs(baton, *command, status=0):
    done = subprocess.run([BATON, "--run-dir", baton.run_dir, "rs", *command],
                          capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr + baton.log()
    return done.stderr if status else done.stdout


def real(baton, address, virtual=0):
    """What is said of it; {}: nothing, or there is nobody to say it."""
    done = subprocess.run([BATON, "--run-dir", baton.run_dir, "vs", "--json"],
                          capture_output=True, text=True)
    servers = json.loads(done.stdout)["virtual_servers"][virtual][
        "servers"] if done.stdout else []
    return next((s for s in servers if s["address"] == address), {})


def line(baton, address):
    done = subprocess.run([BATON, "--run-dir", baton.run_dir, "vs"],
                          capture_output=True, text=True)
    return next((line for line in done.stdout.splitlines()
                 if line.startswith("  " + address)), done.stdout + done.stderr)


def begin(baton, text=FILE):
    baton.start(text)
    baton.wait_table(REST + [ONE, TWO])


def test_each_order_and_back(baton):
    begin(baton)
    said = rs(baton, "weight", "10.1.2.3:80", "192.168.0.1:80", "7")
    assert said == ("192.168.0.1:80 of [10.1.2.3]:tcp:80 has weight 7 until "
                    "`baton rs unset`, whatever the configuration says\n")
    baton.wait_table(REST + [ONE.replace("-w 3", "-w 7"), TWO])
    wait_for(lambda: "weight 7 (ordered, 3 in the configuration)" in
             line(baton, "192.168.0.1"), lambda: line(baton, "192.168.0.1"))
    # As the configuration writes them, which has a blank before the port.
    rs(baton, "disable", "10.1.2.3", "80", "192.168.0.2", "80")
    baton.wait_table(REST + [ONE.replace("-w 3", "-w 7")])
    wait_for(lambda: ", disabled, ordered at " in line(baton, "192.168.0.2"),
             lambda: line(baton, "192.168.0.2"))
    rs(baton, "drain", "fwmark", "7", "192.168.0.4")
    # It has no connection.
    baton.wait_table([w for w in REST if "192.168.0.4" not in w]
                     + [ONE.replace("-w 3", "-w 7")])
    said = rs(baton, "enable", "7", "192.168.0.4")
    assert said == "192.168.0.4:0 of FWM 7 is as the configuration says\n"
    rs(baton, "unset", "10.1.2.3", "192.168.0.1")
    rs(baton, "enable", "10.1.2.3", "192.168.0.2")
    baton.wait_table(REST + [ONE, TWO])
    shown = real(baton, "192.168.0.1")
    assert shown["ordered"] is None and shown["order"] == "none"
    assert not os.path.exists(os.path.join(baton.run_dir, "servers"))


def test_what_cannot_be_meant(baton):
    begin(baton)
    assert rs(baton, "drain", "10.1.2.4:80", "192.168.0.1", status=1) == (
        "baton: rs drain: no virtual server is called 10.1.2.4:80; did you "
        "mean 10.1.2.3:80?\n")
    assert "has no real server 192.168.0.9:80; did you mean 192.168.0." in rs(
        baton, "drain", "10.1.2.3:80", "192.168.0.9:80", status=1)
    assert rs(baton, "drian", "7", "192.168.0.4", status=2) == (
        "baton: rs: there is no order drian; did you mean drain?\n")
    assert "is no weight" in rs(baton, "weight", "7", "192.168.0.4", "many",
                                status=2)
    assert "is no time" in rs(baton, "drain", "7", "192.168.0.4", "soon",
                              status=2)
    assert "say what and which" in rs(baton, "weight", "7", "192.168.0.4",
                                      status=2)


def ask(baton, *words):
    done = subprocess.run(baton.baton(*words), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + baton.log()
    return done.stdout


def test_a_machine_in_all_virtual_servers(baton):
    text = FILE.replace("192.168.0.4 0", "192.168.0.2 0")
    rest = REST[:2]
    two = [TWO, "-a -f 7 -r 192.168.0.2:0 -g -w 1"]
    baton.start(text)
    baton.wait_table(rest + [ONE] + two)
    assert rs(baton, "disable", "all", "192.168.0.2") == (
        "192.168.0.2:80 of [10.1.2.3]:tcp:80 is out of service, and its "
        "connections end; `baton rs enable` brings it back\n"
        "192.168.0.2:0 of FWM 7 is out of service, and its connections end; "
        "`baton rs enable` brings it back\n")
    baton.wait_table(rest + [ONE])
    # With a port it is one of them.
    rs(baton, "enable", "all", "192.168.0.2:80")
    baton.wait_table(rest + [ONE, TWO])
    rs(baton, "unset", "all", "192.168.0.2")
    baton.wait_table(rest + [ONE] + two)
    assert "no virtual server has a real server 192.168.0.9" in rs(
        baton, "drain", "all", "192.168.0.9", status=1)


def test_an_order_of_a_hash_warns(baton):
    baton.start(FILE.replace("lb_algo wlc", "lb_algo sh"))
    wait_for(lambda: len(baton.table()) == 5, baton.log)
    assert ("the scheduler sh refuses the clients that it gives to a server of "
            "weight 0; with sh-fallback they go to another one\n") in rs(
                baton, "drain", "10.1.2.3:80", "192.168.0.1")
    assert "refuses" not in rs(baton, "drain", "7", "192.168.0.4")


def test_orders_outlive_an_upgrade_and_a_trial(baton):
    begin(baton)
    rs(baton, "disable", "10.1.2.3:80", "192.168.0.2")
    baton.wait_table(REST + [ONE])
    ask(baton, "upgrade")
    rs(baton, "weight", "10.1.2.3:80", "192.168.0.1", "5")
    ordered = REST + [ONE.replace("-w 3", "-w 5")]
    baton.wait_table(ordered)
    # On trial is a file that does not have the server; then it returns.
    baton.write(FILE.replace("real_server 192.168.0.2 80 { weight 2 }", "") +
                MORE)
    ask(baton, "reload", "--confirm", "2")
    baton.wait_table(ordered + TABLE_MORE)
    baton.wait_log("the configuration of before returns")
    baton.wait_table(ordered)
    wait_for(lambda: real(baton, "192.168.0.2").get("order") == "disabled",
             lambda: line(baton, "192.168.0.2"))
    # What others could write is not believed.
    assert baton.stop() == 0
    os.chmod(os.path.join(baton.run_dir, "servers"), 0o666)
    baton.start(FILE)
    baton.wait_log("/servers is not believed: others could write it")
    baton.wait_table(REST + [ONE, TWO])


def test_orders_outlive_processes_and_reloads(baton):
    begin(baton)
    rs(baton, "weight", "10.1.2.3:80", "192.168.0.1", "9")
    rs(baton, "disable", "10.1.2.3:80", "192.168.0.2")
    ordered = REST + [ONE.replace("-w 3", "-w 9")]
    baton.wait_table(ordered)
    pid = baton.pid_of()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: baton.pid_of() not in (0, pid), baton.log)
    baton.ipvsadm("-e -t 10.1.2.3:80 -r 192.168.0.1:80 -m -w 1")
    baton.wait_table(ordered)
    # Another file, in which the servers have other numbers.
    pid = baton.pid_of()
    baton.reload(MORE + FILE.replace("weight 3", "weight 4"))
    baton.wait_table(ordered + TABLE_MORE)
    wait_for(lambda: "weight 9 (ordered, 4 in the configuration)" in
             line(baton, "192.168.0.1"), lambda: line(baton, "192.168.0.1"))
    # The death of all, and a restart.
    baton.kill_all()
    baton.start(FILE + MORE)
    baton.wait_log("orders of `baton rs` hold for 2 real servers")
    baton.wait_table(ordered + TABLE_MORE)
    assert baton.stop() == 0
    baton.start(FILE)
    baton.wait_table(ordered)
    # It leaves the file, and comes back as one that nobody has ordered away.
    baton.reload(FILE.replace("real_server 192.168.0.2 80 { weight 2 }", ""))
    baton.wait_log("1 orders of `baton rs` end")
    baton.reload(FILE)
    baton.wait_table(ordered + [TWO])
    rs(baton, "unset", "10.1.2.3:80", "192.168.0.1")
    baton.wait_table(REST + [ONE, TWO])
