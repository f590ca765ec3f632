# SPDX-License-Identifier: GPL-2.0-or-later
"""What keepalived's daemon and baton make of the same file: the values.

keepalived tells by its dump at the start (-d), baton by `baton print`.
"""

import os
import re
import tempfile

import judge

# Of the dump of an instance, with the statement that baton prints.
NUMBERS = {
    "VRRP Version": "version",
    "Virtual Router ID": "virtual_router_id",
    "Priority": "priority",
    "Interface": "interface",
    "Preempt delay": "preempt_delay",
    "Gratuitous ARP delay": "garp_master_delay",
    "Gratuitous ARP repeat": "garp_master_repeat",
    "Gratuitous ARP refresh": "garp_master_refresh",
    "Gratuitous ARP refresh repeat": "garp_master_refresh_repeat",
    "Gratuitous ARP lower priority delay": "garp_lower_prio_delay",
    "Gratuitous ARP lower priority repeat": "garp_lower_prio_repeat",
    "Down timer adverts": "down_timer_adverts",
    "Multicast address": "mcast_dst_ip",
}
ADDRESSES = {"Virtual IP": "virtual_ipaddress",
             "Virtual IP Excluded": "virtual_ipaddress_excluded"}


def of_keepalived(dump):
    """{instance: {statement: value}}"""
    found, one, group = {}, None, None
    for line in dump.splitlines():
        line = re.sub(r"^\w{3} \w{3} +\d+ [\d:]+ \d+: ", "", line)
        depth = len(line) - len(line.lstrip())
        key, _, value = line.strip().partition(" = ")
        if line.startswith("------<"):
            one = None
        if depth == 1 and key == "VRRP Instance":
            one = found.setdefault(value, {
                "virtual_ipaddress": set(), "preempt_delay": "0",
                "virtual_ipaddress_excluded": set()})
        if one is None:
            continue
        if depth == 3:
            name = re.match(r"(.*?) (\(\d+\))?:$", line.strip())
            group = ADDRESSES.get(name[1].strip()) if name else None
            multicast = re.match("Multicast address (.*)", line.strip())
            if multicast:
                one["mcast_dst_ip"] = multicast[1].split(",")[0]
            if key in NUMBERS:
                one[NUMBERS[key]] = value.split(" sec")[0]
            if key == "Advert interval":
                number, unit = value.split()
                one["advert_int"] = f"{int(number) / 1000:g}" \
                    if unit == "milli-sec" else number
            if key == "Preempt":
                one["nopreempt"] = value == "disabled"
            if key.startswith("Send advert after receive"):
                high = "higher" in key
                one["higher_prio_send_advert" if high else
                    "lower_prio_no_advert"] = (value == "true") == high
        if depth == 5 and group:
            one[group].add(of_address(line.split(), True))
    return found


def of_address(words, dumped=False):
    """(address/length, interface or None, label or None)"""
    address = words[0]
    if dumped and "/" not in address:
        address += "/128" if ":" in address else "/32"
    after = dict(zip(words, words[1:]))
    return address, after.get("label")


def of_baton(printed):
    found, one, group = {}, None, None
    for line in printed.splitlines():
        depth = len(line) - len(line.lstrip("\t"))
        words = line.split()
        if not words:
            continue
        if depth == 0 and words[0] == "vrrp_instance":
            name = line.partition(" ")[2].rpartition(" {")[0]
            one = found.setdefault(name.strip('"'), {
                "virtual_ipaddress": set(), "nopreempt": False,
                "virtual_ipaddress_excluded": set()})
        elif depth == 0:
            one = None
        elif one is not None and depth == 1:
            group = words[0] if words[0] in one and words[-1] == "{" else None
            if words[0] in ("lower_prio_no_advert", "higher_prio_send_advert"):
                one[words[0]] = words[1] == "on"
            elif words[0] == "nopreempt":
                one["nopreempt"] = True
            elif not group and len(words) > 1:
                one[words[0]] = words[1]
        elif one is not None and group:
            one[group].add(of_address(words))
    return found


def once(theirs, ours):
    """Of an address that stands twice baton takes the first, and warns."""
    known = {address for address, _ in ours}
    return {one for one in theirs if one in ours or one[0] not in known}


def differences(theirs, ours):
    """Lines that say what differs; theirs is what counts."""
    lines = [f"{name}: only keepalived has it" for name in theirs
             if name not in ours]
    lines += [f"{name}: only baton has it" for name in ours
              if name not in theirs]
    for name in theirs.keys() & ours.keys():
        for key, value in theirs[name].items():
            other = ours[name].get(key)
            if key in ADDRESSES.values():
                value = once(value, other)
            if other is None and key == "mcast_dst_ip":
                continue
            if value != other and not same_number(value, other):
                lines.append(f"{key}: keepalived {value}, baton {other}")
    return sorted(lines)


def same_number(one, other):
    try:
        return abs(float(one) - float(other)) < 1e-6
    except (TypeError, ValueError):
        return False


class Values:
    """Asks both; only of files that both run."""

    def __init__(self):
        # PID files of its own: other tests run keepalived at the same time.
        self.folder = tempfile.TemporaryDirectory(prefix="baton-diff-")
        self.pids = [os.path.join(self.folder.name, name)
                     for name in ("keepalived.pid", "vrrp.pid")]
        self.daemon = judge.Server(
            judge.KEEPALIVED, "-n", "-l", "-P", "-R", "-d", "-f", "@",
            "-p", self.pids[0], "-r", self.pids[1],
            until="------< Interfaces >------", wall=30)

    def differences(self, referee, text):
        referee.put(referee.path, text)
        dump = self.dump(referee.path)
        printed = referee.servers["print"].ask(referee.path)
        return differences(of_keepalived(dump), of_baton(printed.output))

    def dump(self, path):
        # The last one was killed, and its number may be another's by now.
        for left in filter(os.path.exists, self.pids):
            os.unlink(left)
        answer = self.daemon.ask(path)
        if answer.code != -1:
            raise judge.Died(f"keepalived ended: {answer}")
        return answer.output + answer.errors

    def close(self):
        self.daemon.close()
        self.folder.cleanup()
