#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of a kernel's IPVS, byte by byte, as files of a folder: the corpus of
tests/fuzz/fuzz_ipvs.c, and what tests/unit/sys_ipvs_message.c decodes.

usage, in the machine: tests/vm/boot -o FOLDER tests/vm/record.py /mnt
"""

import os
import socket
import struct
import subprocess
import sys

TABLE = """\
-A -t 10.1.2.3:80 -s wlc
-a -t 10.1.2.3:80 -r 192.168.0.1:80 -g -w 3 -x 100 -y 50
-a -t 10.1.2.3:80 -r 192.168.0.2:8080 -m -w 0
-A -u 10.1.2.3:53 -s rr -o
-A -t [2001:db8::1]:443 -s sh -p 300 -M 64 -b sh-fallback,sh-port
-a -t [2001:db8::1]:443 -r [2001:db8::2]:443 -i -w 1
-a -t [2001:db8::1]:443 -r 192.168.0.3:443 -i --tun-type gue --tun-port 5555 --tun-csum -w 2
-A -f 7 -s mh -p 60 --pe sip
-a -f 7 -r 192.168.0.4:0 -g -w 1
"""


def attribute(number, data):
    length = 4 + len(data)
    return struct.pack("=HH", length, number) + data + b"\0" * (-length % 4)


def main():
    folder = sys.argv[1]
    subprocess.run(["modprobe", "-a", "ip_vs", "ip_vs_pe_sip", "dummy"],
                   check=True)
    for line in TABLE.splitlines():
        subprocess.run(["ipvsadm", *line.split()], check=True)
    subprocess.run("ip link add d0 type dummy; ip link set d0 up;"
                   "ip addr add 10.9.9.9/24 dev d0; sleep 0.1;"
                   "ipvsadm --set 900 120 300;", shell=True, check=True)
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    netlink.bind((0, 0))
    netlink.setsockopt(270, 10, 1)  # NETLINK_CAP_ACK

    def ask(name, family, command, flags=1, body=b"", version=1):
        netlink.send(struct.pack("=IHHIIBBH", 20 + len(body), family, flags,
                                 1, 0, command, version, 0) + body)
        answer = netlink.recv(65536)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(answer)
        return answer

    answer = ask("family", 16, 3, 1, attribute(2, b"IPVS\0"))
    at = 20
    while at < len(answer):
        length, number = struct.unpack_from("=HH", answer, at)
        if number == 1:
            family, = struct.unpack_from("=H", answer, at + 4)
        at += (length + 3) & ~3

    def dump(name, command, body=b""):
        ask(name, family, command, 0x301, body)
        netlink.setblocking(False)
        try:
            while True:
                netlink.recv(65536)
        except BlockingIOError:
            pass
        netlink.setblocking(True)

    def key(af, protocol, address, port):
        return attribute(1, attribute(1, struct.pack("=H", af))
                         + attribute(2, struct.pack("=H", protocol))
                         + attribute(3, address.ljust(16, b"\0"))
                         + attribute(4, struct.pack("!H", port)))

    dump("services", 4)
    dump("dests", 8, key(2, 6, socket.inet_aton("10.1.2.3"), 80))
    v6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    dump("dests-of-ipv6", 8, key(10, 6, v6, 443))
    dump("dests-of-mark", 8, attribute(1, attribute(1, struct.pack("=H", 2))
                                       + attribute(5, struct.pack("=I", 7))))
    dump("dests-of-none", 8, key(2, 6, socket.inet_aton("10.1.2.9"), 80))
    ask("timeouts", family, 13)
    ask("refused", family, 3, 5, key(2, 6, socket.inet_aton("10.1.2.9"), 80))
    ask("done", family, 3, 5, key(2, 6, socket.inet_aton("10.1.2.3"), 80))
    subprocess.run("ipvsadm -C; ipvsadm --start-daemon master "
                   "--mcast-interface d0 --syncid 9;"
                   "ipvsadm --start-daemon backup --mcast-interface d0 "
                   "--syncid 10 --mcast-group 224.0.1.1 --mcast-port 9000 "
                   "--mcast-ttl 3 --sync-maxlen 1400", shell=True, check=True)
    dump("daemons", 11)
    for role in "master", "backup":
        subprocess.run(["ipvsadm", "--stop-daemon", role], check=True)


main()
