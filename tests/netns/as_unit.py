# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command with the rights that a systemd unit gives.

usage: as_unit.py UNIT COMMAND...

systemd itself cannot run in a test. What of a unit could keep a daemon from
working is done here as systemd.exec(5) says: CapabilityBoundingSet,
NoNewPrivileges, UMask, SystemCallFilter with its sets of calls as
systemd-analyze(1) lists them, RestrictAddressFamilies, MemoryDenyWriteExecute
and RestrictNamespaces. The mounts are not.
"""

import ctypes
import errno
import os
import re
import socket
import subprocess
import sys

ALLOW = 0x7fff0000
EQ, MASKED_EQ = 4, 7
PROT_EXEC, PROT_WRITE = 4, 2
CLONE_NEW = 0x7e020000  # every kind of namespace but that of time
AF_MAX = 46

lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
lib.seccomp_init.restype = ctypes.c_void_p


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int),
                ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings(path):
    """{name: [value, ...]} of the unit."""
    found = {}
    with open(path) as file:
        for line in file:
            match = re.match(r"([A-Za-z]+)=(.*)", line)
            if match:
                found.setdefault(match[1], []).append(match[2].strip())
    return found


def calls_of(name):
    """The calls of a set, or the call itself."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name], text=True,
        stdout=subprocess.PIPE, check=True).stdout.splitlines()[1:]
    words = [line.strip() for line in listed]
    return set().union(*(calls_of(word) for word in words
                         if word and not word.startswith("#")))


def allowed(lines):
    """The calls that are left after these SystemCallFilter= lines. systemd
    always adds those of @default."""
    calls = calls_of("@default")
    for line in lines:
        named = set().union(*(calls_of(word)
                              for word in line.lstrip("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def rule(context, action, call, *compares):
    number = lib.seccomp_syscall_resolve_name(call.encode())
    if number == -1:  # of another architecture, or newer than the library
        return
    array = (Compare * max(len(compares), 1))(*compares)
    done = lib.seccomp_rule_add_array(ctypes.c_void_p(context),
                                      ctypes.c_uint(action), number,
                                      len(compares), array)
    if done not in (0, -errno.EDOM, -errno.EACCES):
        raise OSError(-done, f"{call}: {os.strerror(-done)}")


def load(context):
    done = lib.seccomp_load(ctypes.c_void_p(context))
    if done:
        raise OSError(-done, os.strerror(-done))


def confine(unit):
    """Two filters, as systemd has several: what is allowed; what of it is
    refused by its arguments."""
    refused = 0x00050000 | errno.EPERM
    first = lib.seccomp_init(ctypes.c_uint(refused))
    calls = allowed(unit["SystemCallFilter"])
    for call in sorted(calls | {"seccomp", "prctl"}):
        rule(first, ALLOW, call)
    second = lib.seccomp_init(ctypes.c_uint(ALLOW))
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        both = PROT_EXEC | PROT_WRITE
        rule(second, refused, "mmap", Compare(2, MASKED_EQ, both, both))
        for call in ("mprotect", "pkey_mprotect"):
            rule(second, refused, call,
                 Compare(2, MASKED_EQ, PROT_EXEC, PROT_EXEC))
    if unit["RestrictNamespaces"] == ["yes"]:
        rule(second, refused, "unshare")
        rule(second, refused, "setns")
        for bit in range(17, 32):
            if CLONE_NEW & 1 << bit:
                rule(second, refused, "clone",
                     Compare(0, MASKED_EQ, 1 << bit, 1 << bit))
    families = {int(getattr(socket, word)) for line in
                unit["RestrictAddressFamilies"] for word in line.split()}
    for family in set(range(AF_MAX)) - families:
        rule(second, 0x00050000 | errno.EAFNOSUPPORT, "socket",
             Compare(0, EQ, family, 0))
    for context in (first, second):
        load(context)


def main():
    unit = settings(sys.argv[1])
    os.umask(int(unit["UMask"][0], 8))
    names = [f"+{word.removeprefix('CAP_').lower()}"
             for line in unit["CapabilityBoundingSet"]
             for word in line.split()]
    confine(unit)
    os.execvp("setpriv", ["setpriv", "--bounding-set",
                          ",".join(["-all", *names]), "--inh-caps", "-all",
                          "--no-new-privs", *sys.argv[2:]])


main()
