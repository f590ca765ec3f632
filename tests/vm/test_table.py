# SPDX-License-Identifier: GPL-2.0-or-later
"""The process `lvs`: what the configuration says is in the kernel's table, stays
there, and goes when it should."""

import os
import signal
import subprocess
import time

from lan import Watch, now
from machine import PATIENCE, wait_for

ONE = """\
virtual_server 10.1.2.3 80 {
    lb_algo wlc
    lb_kind DR
    protocol TCP
    real_server 192.168.0.1 80 { weight 3 }
    real_server 192.168.0.2 80 { weight 0 }
}
"""
MARK = """\
virtual_server fwmark 7 {
    lb_algo mh
    lb_kind NAT
    persistence_timeout 60
    real_server 192.168.0.4 0 { weight 1 }
    real_server 192.168.0.5 0 { weight 2 }
}
"""
ROUTER = """\
vrrp_instance A {
    interface lo
    virtual_router_id 9
    virtual_ipaddress { 10.9.9.77/24 }
}
"""
TABLE_ONE = [
    "-A -t 10.1.2.3:80 -s wlc",
    "-a -t 10.1.2.3:80 -r 192.168.0.1:80 -g -w 3",
    "-a -t 10.1.2.3:80 -r 192.168.0.2:80 -g -w 0",
]
TABLE_MARK = [
    "-A -f 7 -s mh -p 60",
    "-a -f 7 -r 192.168.0.4:0 -m -w 1",
    "-a -f 7 -r 192.168.0.5:0 -m -w 2",
]
FOREIGN = ["-A -t 10.5.5.5:25 -s rr", "-a -t 10.5.5.5:25 -r 10.9.9.1:25 -g -w 1"]


def put_foreign(space):
    for line in FOREIGN:
        space.ipvsadm(line)


def test_from_the_file_to_the_kernel_and_back(baton):
    put_foreign(baton)
    baton.start(ONE + MARK)
    baton.wait_table(FOREIGN + TABLE_ONE + TABLE_MARK)
    assert baton.stop() == 0
    assert baton.table() == sorted(FOREIGN)


def test_a_reload_changes_what_differs(baton):
    put_foreign(baton)
    baton.start(ONE + MARK)
    baton.wait_table(FOREIGN + TABLE_ONE + TABLE_MARK)
    baton.reload(ONE.replace("weight 3", "weight 4"))
    table = [line.replace("-w 3", "-w 4") for line in TABLE_ONE]
    baton.wait_table(FOREIGN + table)
    # What was cut short is no wish to end everything.
    baton.reload("global_defs {\n router_id r\n}\n")
    baton.wait_log("neither a virtual router nor a virtual server")
    assert baton.table() == sorted(FOREIGN + table)
    baton.reload(MARK)
    baton.wait_table(FOREIGN + TABLE_MARK)
    # Who keeps a virtual router may remove the last virtual server.
    baton.reload(ROUTER)
    baton.wait_table(FOREIGN)


LEAVES = """\
vrrp_instance LEAVES {
    interface d0
    virtual_router_id 9
    priority 255
    advert_int 10
    virtual_ipaddress { 10.9.9.77/24 }
}
"""


def test_a_weight_does_not_wait_for_the_rest_of_a_reload(baton):
    # What is removed leaves for up to 10 s, and no process of the reload is
    # there before.
    baton.start(ONE + MARK + LEAVES)
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    wait_for(lambda: "10.9.9.77/" in baton.run("ip", "addr", "show", "d0"),
             baton.log)
    before = baton.pid_of("vrrp"), baton.pid_of("lvs")
    baton.reload(ONE.replace("weight 3", "weight 4") + MARK)
    baton.wait_table([line.replace("-w 3", "-w 4") for line in TABLE_ONE]
                     + TABLE_MARK)
    assert (baton.pid_of("vrrp"), baton.pid_of("lvs")) == before


def events(baton):
    return subprocess.run(baton.baton("events"), capture_output=True,
                          text=True).stdout


def test_what_others_empty_is_put_back(baton, report):
    baton.start(ONE + MARK)
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    watch = Watch(baton)
    try:
        full = watch.states[-1][1]
        begun = now()
        baton.ipvsadm("-C")
        gone = watch.when(lambda table: table != full, begun)
        back = watch.when(lambda table: table == full, gone)
    finally:
        watch.close()
    # Seen at the next look, which comes each half second.
    assert back - gone <= (0.5 + 0.1 * PATIENCE) * 1e9, back - gone
    baton.wait_log("the table was emptied by another program")
    said = "entries of the kernel's table changed by another program, and put"
    wait_for(lambda: said in events(baton), lambda: events(baton))
    report(f"{(back - gone) / 1e9:.2f} s")


def test_what_others_change_is_set_again(baton):
    baton.start(ONE + MARK)
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    baton.ipvsadm("-E -t 10.1.2.3:80 -s rr")
    baton.ipvsadm("-D -f 7")
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    baton.wait_log("[10.1.2.3]:tcp:80 was changed by another program")
    baton.wait_log("FWM 7 was removed by another program")
    baton.ipvsadm("-d -t 10.1.2.3:80 -r 192.168.0.1:80")
    baton.ipvsadm("-a -t 10.1.2.3:80 -r 192.168.0.7:80 -g -w 1")
    baton.ipvsadm("-e -f 7 -r 192.168.0.4:0 -m -w 9")
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    baton.wait_log("[192.168.0.7]:80 of [10.1.2.3]:tcp:80 does not belong there")


def test_another_process_takes_the_table_as_it_is(baton):
    put_foreign(baton)
    baton.start(ONE + MARK)
    baton.wait_table(FOREIGN + TABLE_ONE + TABLE_MARK)
    before = baton.lines()
    pid = baton.pid_of()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: baton.pid_of() != pid, "another lvs")
    time.sleep(1)
    assert baton.lines() == before
    assert "by another program" not in baton.log()
    # What is known is known again, and is not told twice.
    assert baton.log().count("has its quorum") == 2
    baton.reload(ONE + MARK + "virtual_server 10.9.9.9 25 {\n protocol TCP\n"
                 " lb_kind NAT\n real_server 10.9.9.1 25 { }\n}\n")
    baton.wait_log("[10.9.9.9]:tcp:25 has its quorum")
    assert baton.log().count("has its quorum") == 3


def test_the_table_outlives_all_processes(baton):
    baton.start(ONE + MARK)
    baton.wait_table(TABLE_ONE + TABLE_MARK)
    before = baton.lines()
    baton.kill_all()
    assert baton.lines() == before
    baton.start(ONE.replace("weight 3", "weight 5") + MARK)
    baton.wait_table([line.replace("-w 3", "-w 5") for line in TABLE_ONE]
                     + TABLE_MARK)
    assert [line.replace("-w 3", "-w 5") for line in before] == baton.lines()


CHECKED = """\
virtual_server 10.1.2.3 80 {
    lb_algo wlc
    lb_kind NAT
    protocol TCP
    delay_loop %s
    real_server 192.168.0.1 80 { weight 3
        TCP_CHECK { } }
    real_server 127.0.0.1 8080 { weight 2
        TCP_CHECK { } }
}
"""


def test_without_any_book_the_table_says_what_had_failed(baton):
    baton.ipvsadm("-A -t 10.1.2.3:80 -s wlc")
    baton.ipvsadm("-a -t 10.1.2.3:80 -r 192.168.0.1:80 -m -w 1")
    baton.start(CHECKED % 1000)
    # Its weight is set, and the other one is not added before its check.
    service = "-A -t 10.1.2.3:80 -s wlc"
    one = "-a -t 10.1.2.3:80 -r 192.168.0.1:80 -m -w 3"
    baton.wait_table([service, one])
    baton.wait_log("[10.1.2.3]:tcp:80 has its quorum, with weight 3")
    listening = subprocess.Popen(
        ["ip", "netns", "exec", baton.name, "/usr/bin/python3", "-c",
         "import socket, time\n"
         "s = socket.create_server(('127.0.0.1', 8080))\ntime.sleep(100)"])
    try:
        baton.reload(CHECKED % "1\n    warmup 0")
        baton.wait_log("[127.0.0.1]:8080 of [10.1.2.3]:tcp:80 is up")
        baton.wait_table([
            service, "-a -t 10.1.2.3:80 -r 127.0.0.1:8080 -m -w 2"])
    finally:
        listening.kill()
        listening.wait()


def test_what_the_kernel_refuses_is_told_once(baton):
    baton.start(ONE + MARK.replace("mh", "twos"))
    baton.wait_log("the kernel refuses FWM 7: there is no such scheduler")
    baton.wait_table(TABLE_ONE)
    time.sleep(1)
    assert baton.log().count("the kernel refuses") == 1
    baton.reload(ONE + MARK)
    baton.wait_table(TABLE_ONE + TABLE_MARK)
