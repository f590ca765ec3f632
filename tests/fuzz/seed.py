#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of the fuzz targets but fuzz_conf's, which are files, and
those of fuzz_packet (seed_packet.py).

usage: tests/fuzz/seed.py [DIRECTORY]     (root: it makes a namespace)

What the kernel says is captured: this makes a network namespace with links,
addresses, routes and rules, and asks for dumps. What baton says is captured of
BATON_BUILD (build/debug): a daemon runs there for a moment. The rest is written
here, in the form that each target expects (see their openings)."""

import ctypes
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BATON_BUILD", os.path.join(HERE, "../../build/debug"))
CONF = b"""vrrp_script s {
 script "/bin/true"
 weight 10
}
vrrp_sync_group G {
 group {
  A
  B
 }
}
vrrp_instance A {
 interface d0
 version 3
 virtual_router_id 7
 advert_int 0.1
 track_script {
  s
 }
 virtual_ipaddress {
  192.0.2.7/24
 }
 virtual_routes {
  10.0.0.0/8 dev d0
 }
}
vrrp_instance B {
 interface d0
 version 3
 virtual_router_id 8
 advert_int 0.1
 virtual_ipaddress {
  192.0.2.8/24
 }
}
"""

# --- the kernel -----------------------------------------------------------

READ, LINK, ADDRESS, ROUTE, RULE, FORGE, LOSE = range(7)


def ip(words):
    subprocess.run(["ip", *words.split()], check=True)


def dump(kind, body):
    """The datagrams of a dump of rtnetlink(7)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.bind((0, 0))
        s.send(struct.pack("=IHHII", 16 + len(body), kind, 0x301, 1, 0) + body)
        while True:
            data = s.recv(65536)
            yield data
            if any(struct.unpack_from("=H", message, 4)[0] in (2, 3)
                   for message in messages(data)):  # NLMSG_ERROR, NLMSG_DONE
                return


def messages(data):
    while len(data) >= 16:
        length = struct.unpack_from("=I", data)[0]
        yield data[:length]
        data = data[(length + 3) & ~3:]


def forged(message):
    """A message as a move of kernel.c; at most 255 words of it."""
    message = message[:1020]
    message += bytes(-len(message) % 4)
    return bytes([FORGE, len(message) // 4]) + message


def netlink():
    """Dumps of a small kernel, and moves of kernel.c."""
    kinds = {"link": (18, bytes(16)), "address": (22, bytes(8)),
             "route4": (26, b"\x02" + bytes(11)),
             "route6": (26, b"\x0a" + bytes(11)),
             "rule4": (34, b"\x02" + bytes(11)),
             "rule6": (34, b"\x0a" + bytes(11))}
    for name, (kind, body) in kinds.items():
        for data in dump(kind, body):
            for n, message in enumerate(messages(data)):
                if n < 4:
                    yield f"forged-{name}-{n}", forged(message) + b"\0"
    up = bytes([LINK, 0, 1 | 32, LINK, 1, 1 | 4])
    there = bytes([ADDRESS, 0, 4, ADDRESS, 8 | 1, 8, ADDRESS, 4, 0,
                   ROUTE, 0, 0, ROUTE, 8 | 1, 1, ROUTE, 4, 0, RULE, 0, RULE, 2])
    yield "all", up + there
    yield "all-slowly", b"".join(bytes([m]) for m in up + there) + bytes(4)
    yield "link-down", up + there + bytes([READ, LINK, 0, 0, READ])
    yield "link-gone", up + there + bytes([READ, LINK, 64, 0, READ])
    yield "link-gone-loudly", up + there + bytes([READ, LINK, 96, 0, READ])
    yield "address-gone", up + there + bytes([READ, ADDRESS, 64, 0, READ])
    yield "lost", up + bytes([READ, LOSE, 0]) + there + bytes([READ] * 4)
    yield "renamed", up + bytes([READ, LINK, 0, 3, READ, LINK, 1, 3, READ])
    yield "replaced", up + there + bytes([READ, ROUTE, 8, 1, ROUTE, 12, 1])
    yield "crowded", (up + there) * 4
    yield "within-a-dump", up + there + bytes(
        [READ, LOSE, 0, READ, ADDRESS, 65, 0, READ, ROUTE, 64, 0, READ,
         LINK, 65, 0, READ])


# --- packets --------------------------------------------------------------

MAC = bytes([2, 0, 0, 0, 0, 9])


def piece(told, data, ttl=None):
    head = [told, len(data) // 2] if ttl is None else [told, len(data) // 4,
                                                       ttl]
    return bytes(head) + data


def neighbour():
    def arp(kind, sender=b"\xc0\0\2\7", hardware=1, sizes=b"\6\4"):
        return struct.pack("!HH", hardware, 0x800) + sizes + struct.pack(
            "!H", kind) + MAC + sender + bytes(6) + sender

    def na(options, kind=136):
        return bytes([kind, 0, 0, 0, 0x20, 0, 0, 0, 0xfe, 0x80]) \
            + bytes(13) + b"\7" + options

    link = b"\2\1" + MAC
    yield "arp-answer", piece(0, arp(2) + bytes(18))
    yield "arp-announcement", piece(0, arp(1))
    yield "arp-ours", piece(2, arp(2))
    yield "arp-other-link", piece(0, arp(2, hardware=6))
    yield "arp-other-sizes", piece(0, arp(2, sizes=b"\10\4"))
    yield "arp-short", piece(0, arp(2)[:26])
    yield "na", piece(1, na(link))
    yield "na-far", piece(5, na(link))
    yield "na-nameless", piece(3, na(link))
    yield "na-told-twice", piece(1 | 8 | 16, na(link))
    yield "na-options", piece(1, na(b"\1\2" + bytes(14) + link))
    yield "na-option-empty", piece(1, na(b"\1\0" + bytes(6) + link))
    yield "na-option-long", piece(1, na(b"\2\x40" + bytes(6)))
    yield "na-without", piece(1, na(b""))
    yield "ns", piece(1, na(link, kind=135))
    yield "many", (piece(0, arp(1)) + piece(1, na(link))) * 40


def receive():
    v3 = bytes.fromhex("310AC8020064828AC0000201C0000202")

    def v4(data, ihl=5, total=None, options=b"", version=4):
        total = ihl * 4 + len(data) if total is None else total
        return struct.pack("!BBHHHBBH4s4s", version << 4 | ihl, 0xc0, total, 1,
                           0, 255, 112, 0, bytes([192, 0, 2, 10]),
                           bytes([224, 0, 0, 18])) + options + data

    yield "v4", piece(0, v4(v3), 255)
    yield "v4-made", piece(128, v3, 255)
    yield "v4-ttl", piece(128, v3, 254)
    yield "v4-options", piece(0, v4(v3, 7, options=b"\7\7\4" + bytes(5)), 255)
    yield "v4-ihl-short", piece(0, v4(v3, 4), 255)
    yield "v4-ihl-long", piece(0, v4(v3, 15), 255)
    yield "v4-total-short", piece(0, v4(v3, total=12), 255)
    yield "v4-total-long", piece(0, v4(v3, total=0xffff), 255)
    yield "v4-trailer", piece(0, v4(v3, total=36) + bytes(24), 255)
    yield "v4-ah", piece(0, v4(b"\x70\4" + bytes(22) + v3), 255)
    yield "v4-version", piece(0, v4(v3, version=6), 255)
    yield "v4-empty", piece(0, b"", 255)
    for bit in (2, 4, 16, 32, 64):
        yield f"v4-told-{bit}", piece(128 | bit, v3, 255)
    v6 = bytes.fromhex("310AC80100640000") + b"\xfe\x80" + bytes(13) + b"\1"
    yield "v6", piece(1, v6, 255)
    for bit in (2, 4, 8, 16, 32, 64):
        yield f"v6-told-{bit}", piece(1 | bit, v6, 255)
    yield "many", (piece(128, v3, 255) + piece(1, v6, 255)) * 80


# --- orders, requests, files ----------------------------------------------

def client(what, who=0, count=7):
    return bytes([what + who * count])


def order():
    connect, send, turn, read, leave, was_read, tested = range(7)

    def record(what, seconds=0, name=b""):
        return struct.pack("=II64s", what, seconds, name)

    def asks(data, who=0):
        return client(connect, who) + client(send, who) + bytes([len(data)]) \
            + data + client(turn) + client(read, who)

    def server(what, seconds=-1, weight=0, virtual=b"7", real=b"10.0.0.1"):
        return client(connect) + client(send) + b"\xff" + struct.pack(
            "=Iii320s80s", what, seconds, weight, virtual, real) \
            + client(turn) + client(read)

    for what in range(10):
        yield f"order-{what}", asks(record(what))
    for what in range(6):
        yield f"server-{what}", server(0) + server(what, 60, 7)
    yield "server-all", server(0, virtual=b"all") + server(4, virtual=b"all")
    yield "server-near", server(0, real=b"10.0.0.2") + server(0, virtual=b"8")
    yield "server-unterminated", server(0, virtual=b"7" * 320, real=b"1" * 80)
    yield "server-never", server(0, -2) + server(3, weight=-1)
    yield "handover", asks(record(3, 0, b"A"))
    yield "handover-unknown", asks(record(3, 0, b"nobody"))
    yield "handover-unterminated", asks(record(3, 0, b"A" * 64))
    yield "confirm", asks(record(0, 60)) + client(was_read) + asks(record(2))
    yield "short", asks(record(0)[:40])
    yield "long", asks(record(0) + b"more")
    yield "gone", asks(record(0)) + client(leave) + client(was_read)
    yield "two", asks(record(0)) + asks(record(7), 1) + client(was_read) \
        + client(turn) + client(tested)
    yield "upgrade", asks(record(6)) + asks(record(6), 1) + client(tested) \
        + client(read)


def reply():
    def said(failed, text):
        data = struct.pack("=iI", failed, len(text)) + text
        return struct.pack("!H", len(data)) + data

    for which in range(6):
        yield f"done-{which}", bytes([which]) + said(0, b"done\n")
    yield "begun", b"\0" + said(-1, b"begun\n") * 3 + said(0, b"done\n")
    yield "begun-only", b"\0" + said(-1, b"begun\n")
    yield "failed", b"\2" + said(3, b"nothing\n")
    yield "unusable", b"\0" + said(22, b"wrong\n")
    yield "busy", b"\x80" + said(16, b"busy\n") * 3
    yield "short", b"\0\0\4abcd"
    yield "none", b"\0"


def requests():
    connect, send, serve, read, event, end, leave = range(7)

    def asks(text, who=0):
        return client(connect, who) + client(send, who) + bytes([len(text)]) \
            + text + client(serve) * 3 + client(read, who)

    def get(path, more=b"", method=b"GET"):
        return method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n" + more \
            + b"\r\n"

    paths = [b"/status", b"/status?name=web", b"/status?name=wep", b"/why",
             b"/why?name=mail", b"/why?name=w%22b", b"/events",
             b"/events?last=5", b"/events?since=3", b"/events?since=x",
             b"/metrics", b"/nothing"]
    for n, path in enumerate(paths):
        yield f"get-{n}", asks(get(path))
    follow = get(b"/events?follow=1")
    yield "follow", asks(follow) + client(event) + client(serve) \
        + client(read) + client(leave) + client(serve)
    yield "follow-two", asks(follow) + asks(follow, 1) + client(event) \
        + client(leave) + client(event) + client(serve) + client(read, 1)
    yield "follow-gone", asks(follow) + client(leave) + client(serve) * 2
    yield "head", asks(get(b"/status", method=b"HEAD"))
    yield "post", asks(get(b"/status", b"Content-Length: 4\r\n",
                           b"POST") + b"body")
    yield "chunked", asks(get(b"/status", b"Transfer-Encoding: chunked\r\n",
                              b"POST") + b"4\r\nbody\r\n0\r\n\r\n")
    yield "two-in-one", asks(get(b"/nothing") + get(b"/status"))
    yield "unfinished", asks(b"GET /status HTT") + client(end) + client(serve)
    yield "nonsense", asks(b"\0\1\2\3\r\n\r\n")
    yield "old", asks(b"GET /status HTTP/1.0\r\n\r\n")


def outside():
    number, when, compare, hear, look = range(5)
    for n, text in enumerate((b"7\n", b"-12 x", b"0x10", b"010", b"junk", b"",
                              b"99999999999")):
        yield f"number-{n}", bytes([number]) + text
    for n, text in enumerate((b"12:00:00", b"23-11-15 12:00:00Z",
                              b"2023-02-30 23:59:59\nmore", b"24:00:00")):
        yield f"when-{n}", bytes([when]) + text
    for how in range(8):
        yield f"compare-{how}", bytes([compare, how]) \
            + b"sleep 6\nsleep 60"

    def event(what, data):
        body = struct.pack("=IIQ", what, 0, 0) + data
        message = struct.pack("=IIIIHH", 1, 1, 0, 0, len(body), 0) + body
        whole = struct.pack("=IHHII", 16 + len(message), 3, 0, 0, 0) + message
        return bytes([len(whole), 0]) + whole

    pids = struct.pack("=IIII", 100, 100, 101, 101)
    for name, what in (("none", 0), ("fork", 1), ("exec", 2),
                       ("comm", 0x200), ("exit", 0x80000000)):
        yield f"event-{name}", bytes([hear]) + event(what, pids)
    yield "event-short", bytes([hear]) + event(1, pids)[:40]
    with open("/proc/self/stat", "rb") as file:
        yield "stat", bytes([look, 9]) + file.read()
    yield "stat-odd", bytes([look, 9]) + b"12 (a) b) S 1 2 3)"
    yield "command", bytes([look, 1]) + b"sleep\x0060\0"


def checks():
    decoded, raw, head, names, mail, agent, words, two, grpc = range(9)
    pages = {"close": b"HTTP/1.0 200 OK\r\n\r\nhello",
             "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
             "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                       b"\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX: y\r\n\r\n",
             "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 3
                        + b"HTTP/1.1 204 No\r\n\r\n",
             "upgrade": b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n"
                        b"Connection: upgrade\r\n\r\nmore",
             "two": b"HTTP/1.1 304 Same\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
             "both": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}
    for name, page in pages.items():
        for kind, what in (("", decoded), ("-raw", raw), ("-head", head)):
            yield f"http-{name}{kind}", bytes([what, 7]) + page
    asked = b"\3www\7example\3com\0\0\1\0\1"
    for name, flags in (("answer", b"\x81\x80"), ("no", b"\x81\x83"),
                        ("question", b"\1\0")):
        yield f"dns-{name}", bytes([names, 0]) + b"\x12\x34" + flags \
            + b"\0\1\0\0\0\0\0\0" + asked
    yield "dns-refused", bytes([names, 0]) \
        + b"\x12\x34\x81\x85\0\0\0\0\0\0\0\0"
    yield "mail", bytes([mail, 9]) + b"220-a\r\n220 b\r\n250\n"
    yield "mail-long", bytes([mail, 0]) + b"2" * 600
    yield "agent", bytes([agent, 5]) + b"75% up,ready\n\tdown #\xff why\n"
    ok = b"\0\0\0\4\0\0\0\0\0" + b"\0\0\1\1\4\0\0\0\1\x88" \
        + b"\0\0\7\0\1\0\0\0\1\0\0\0\0\2\10\1"
    yield "http2", bytes([two, 20]) + ok
    yield "http2-gone", bytes([two, 0]) + ok[:9] \
        + b"\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\1"
    for name, said in (("yes", b"\10\1"), ("no", b"\10\2"), ("more",
                       b"\x12\2ab\x19" + 8 * b"x" + b"\x25abcd\10\1")):
        yield f"grpc-{name}", bytes([grpc, 0]) + b"\0\0\0\0" \
            + bytes([len(said)]) + said
    for name, what in (("ping", 254), ("ping6", 255)):
        yield name, bytes([what, 0])
        yield f"{name}-other", bytes([what, 0]) + b"\0" * 20 + b"\1"
        yield f"{name}-odd", bytes([what, 0]) + b"\x4f" + bytes(99)
    yield "words", bytes([words, 0]) + b"4aXX00ff"
    yield "words-name", bytes([words, 0]) + b"www.example.com."


def packed():
    yield "unchanged", CONF + b"\f"
    for n in range(40):
        yield f"changed-{n}", CONF + b"\f" + struct.pack(
            "!BHB", 0, n * 97, 255 if n % 2 else n)


def spoiled(flags):
    """Changes of records: section, index, offset, kind, value."""
    for how in flags:
        yield f"whole-{how}", bytes([how])
        for section in range(18):
            yield f"section-{how}-{section}", bytes([how]) + b"".join(
                struct.pack("!BBHBB", section, index, at, kind, value)
                for index in (0, 1) for at, kind, value in
                ((0, 1, 255), (8, 0, 2), (16, 0, 3), (40, 0, 4), (64, 1, 1)))


def adopt():
    yield from spoiled((0, 1, 3, 7, 9, 19))


def ledger():
    yield from spoiled((0,))
    for n in range(24):
        yield f"head-{n}", b"\1" + struct.pack("!HB", n * 7, 1 << n % 8)


def state():
    yield from ((name, b"\0" + text) for name, text in old_state())
    for shows in (2, 2 + 16, 6 + 16, 6 + 16 + 32, 6 + 32, 2 + 8 + 16, 4 + 16):
        yield f"nothing-{shows}", bytes([shows])
    for name, text in new_state():
        for shows in (0, 6 + 16, 6 + 32):
            # Two halves of one length; the first one may be empty.
            older, newer = (b"\n" * (400 - len(t)) for t in text)
            yield f"sealed-{name}-{shows}", bytes([1 + shows]) + \
                text[0] + older + text[1] + newer


def new_state():
    never = 9223372036854775807
    none = f"0 0 -1 -1 -1 {never}"
    server = f"1000 5000 3 4 -1 {never}"

    def slot(number, server=server, heir=none, answers="1002 5010"):
        return (f"batond {number}\nserver {server}\nheir {heir}\n"
                f"answers {answers}\n").encode()
    yield "one", (b"", slot(1))
    yield "both", (slot(4), slot(3, none))
    yield "trial", (slot(2, "1000 5000 3 4 4 1000"), slot(1))
    yield "heir", (slot(2, server, f"1001 5005 5 4 -1 {never}"), slot(1))
    yield "waits", (slot(2, server, f"1001 5005 3 4 -1 {never}"), slot(1))
    yield "neither", (slot(2, "1000 5000 6 6 6 5"), slot(1))
    yield "dead", (slot(2, "4242 0 3 4 -1 9"), slot(1, none, none, "0 0"))
    yield "less", (slot(2)[:60], slot(1)[:90])
    yield "numbers", (slot(2, " ".join(6 * ["9" * 30])), slot("-1"))


def old_state():
    server, heir, other = ((1000 + n, 5000 + 5 * n) for n in range(3))
    line = "{} {} {} {} 3".format(*server, *other)
    runs = "\nruns 4 -1 9223372036854775807\n"
    yield "one", (line + runs).encode()
    yield "trial", (line + "\nruns 4 4 1000\n").encode()
    both = line + " {} {} 5".format(*heir) + runs
    yield "heir", (both + runs[1:]).encode()
    yield "heir-waits", both.replace(" 5\n", " 3\n").encode()
    yield "neither", (line[:-1] + "6" + runs).encode()
    yield "not-packed", (line + "\nruns 6 3 5\n").encode()
    yield "dead", b"4242 0 0 0 3" + runs.encode()
    yield "older", line.encode()
    yield "numbers", b"99999999999 99999999999999999999999 1 1 99999999999"
    yield "empty", b""


# --- baton's own answers ---------------------------------------------------

def answer():
    with tempfile.TemporaryDirectory() as folder:
        conf, run = os.path.join(folder, "c"), os.path.join(folder, "r")
        with open(conf, "wb") as file:
            file.write(CONF)
        daemon = subprocess.Popen(
            [os.path.join(BUILD, "src/batond/batond"), "-n", "--run-dir", run,
             "-f", conf], stderr=subprocess.DEVNULL)
        try:
            path = os.path.join(run, "ctl.sock")
            wait_until_active(path)
            for name, what in (("status", "/status"),
                               ("one", "/status?name=A"),
                               ("why", "/why?name=A"),
                               ("unknown", "/why?name=C"),
                               ("events", "/events?last=12")):
                status, body = ask(path, what)
                yield name, bytes([status != 200]) + body
        finally:
            daemon.terminate()
            daemon.wait()


def ask(path, what):
    connection = http.client.HTTPConnection("x")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(path)
    connection.request("GET", what)
    reply_of = connection.getresponse()
    body = reply_of.read()
    connection.close()
    return reply_of.status, body


def wait_until_active(path):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            status = json.loads(ask(path, "/status")[1])
            if all(i["state"] == "active" for i in status["instances"]):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError("the daemon does not become Active")


TARGETS = {"netlink": netlink, "neighbour": neighbour, "receive": receive,
           "order": order, "reply": reply, "http": requests, "outside": outside,
           "packed": packed, "adopt": adopt, "ledger": ledger, "state": state,
           "answer": answer, "checks": checks}


def main():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    for words in ("link set lo up", "link add d0 type veth peer name d1",
                  "link set d1 up", "link set d0 up",
                  "link add link d0 name m0 type macvlan mode private",
                  "addr add 192.0.2.1/24 dev d0",
                  "addr add 2001:db8::1/64 dev d0 nodad",
                  "route add 10.9.0.0/16 via 192.0.2.9 dev d0 mtu 1400",
                  "route add 10.8.0.0/16 nexthop dev d0 nexthop dev d1",
                  "-6 route add 2001:db8:9::/48 dev d0",
                  "rule add from 192.0.2.1 fwmark 7/15 table 100",
                  "-6 rule add iif d0 ipproto tcp sport 1-9 table 100"):
        ip(words)
    corpus = sys.argv[1] if sys.argv[1:] else os.path.join(HERE, "corpus")
    for name, seeds in TARGETS.items():
        folder = os.path.join(corpus, name)
        os.makedirs(folder, exist_ok=True)
        for seed, data in seeds():
            with open(os.path.join(folder, seed), "wb") as file:
                file.write(data)


main()
