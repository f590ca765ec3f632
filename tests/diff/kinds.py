# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of files of which keepalived and baton differ, each with its reason.

There is no other difference: a file that one of them runs and the other does
not fails the test unless each of its messages belongs to a kind. A kind whose
example no longer shows the difference fails as well, so nothing here is stale.
"""

import re

# Words that a later release brings. Without them the rest would be less safe,
# or not what was meant, so a file that has them is refused until then.
WAITING = set("""
AH track_bfd
use_vmac use_vmac_addr vmac_xmit_base
use_ipvlan no_accept vrf
v3_checksum_as_v2 bfd_instance auth_hmac
""".split())

# Blocks of the top level: inside another block they tell of a lost brace.
TOP = ("global_defs|vrrp_instance|vrrp_sync_group|vrrp_script|virtual_server|"
       "virtual_server_group|static_\\w+|vrrp_track_\\w+|track_file|"
       "track_group|garp_group|bfd_instance|SSL|interface_up_down_delays")

INSTANCE = """
vrrp_instance VI {
	interface eth0
	virtual_router_id 51
%s
	virtual_ipaddress {
		10.9.0.10/24
	}
}
"""


class Kind:
    """
    `baton` matches the error with which baton refuses what keepalived runs;
    `keepalived` the line with which keepalived ends where baton runs. With
    `spoils` a file of this kind may have any other error: what follows the
    mistake is read as something else than it is.
    """

    def __init__(self, name, reason, example, baton=None, keepalived=None,
                 spoils=False):
        self.name, self.reason, self.example = name, reason, example
        self.baton = re.compile(baton) if baton else None
        self.keepalived = re.compile(keepalived) if keepalived else None
        self.spoils = spoils


KINDS = [
    # keepalived runs it, baton does not.
    Kind("waits for a later release",
         "baton does not do it yet, and the rest alone would be less safe or "
         "something else than what was meant",
         INSTANCE % "\tno_accept",
         baton=r"^baton does not do (?P<word>\w+) yet"),
    Kind("a brace too many or too few",
         "keepalived lets the next instance overwrite this one, or loses the "
         "rest of it, and serves with what is left",
         "vrrp_instance V {\n\tinterface eth0\n\tvirtual_router_id 7\n"
         + INSTANCE % "",
         baton=r"^a } too many|is never closed$|^there is no word before this {"
         rf"|^({TOP}) cannot stand in |takes no block$|needs a block: write {{",
         spoils=True),
    Kind("one virtual router ID twice",
         "keepalived counts only the instances that it has not lost by "
         "another mistake, and the other would answer for it",
         INSTANCE % "" + (INSTANCE % "").replace(" VI ", ' V"J" '),
         baton=r"^virtual_router_id \d+ is used on \S+ already"),
    Kind("an instance without interface or ID that keepalived lost",
         "keepalived has dropped the whole instance, for its name; baton has "
         "not, and cannot advertise it",
         INSTANCE % "" + "vrrp_instance V X {\n\tinterface eth0\n"
         "\tvirtual_ipaddress {\n\t\t10.9.0.11/24\n\t}\n}\n",
         baton=r"^vrrp_instance .* has no (interface|virtual_router_id)$"),
    Kind("an ID or an interface that is none",
         "an instance whose ID or interface may be another one than meant must "
         "not answer; keepalived ends if there was no good one before it",
         INSTANCE % "\tvirtual_router_id x",
         baton="^virtual_router_id (takes|needs) a number from 1 to 255"
         "|^interface takes the name of an interface, "),
    Kind("no virtual address where there must be one",
         "to keepalived an unknown block before it ended the instance, so it "
         "knows no version 3 or strict mode, in which it would end",
         "vrrp_instance V {\n\tinterface eth0\n\tvirtual_router_id 7\n"
         "\tnosuch {\n\t\tx\n\t}\n\tstrict_mode on\n}\n",
         baton="^vrrp_instance .* has no virtual_ipaddress$"),
    Kind("an IPv6 instance under vrrp_strict without a link-local address",
         "it cannot be advertised as RFC 9568 5.2.9 says; keepalived says so "
         "and advertises it",
         (INSTANCE % "\tstrict_mode on").replace("10.9.0.10/24", "fd00::1/64"),
         baton="^the first address of an IPv6 instance should be link-local$"),
    Kind("a zero byte",
         "keepalived drops the rest of the line without a word; a file with "
         "one is no text, and most often cut or overwritten",
         INSTANCE % "\tpriority 7\0 x",
         baton="^the line has a zero byte"),

    Kind("a virtual router without a name, or with one of more than 63 bytes",
         "keepalived drops the one without a name and serves without it; a "
         "longer name does not fit into the records",
         INSTANCE % "" + (INSTANCE % "").replace(" VI ", " "),
         baton="^name needs a text of 1 to 63 bytes"),
    Kind("a virtual router with a control byte in its name",
         "names go to terminals and logs; it would be shown as another one",
         (INSTANCE % "").replace(" VI ", " V\x85I "),
         baton="^name takes a text of 1 to 63 bytes without control "),

    Kind("half an authentication",
         "what asks for a password does not run without one, as keepalived "
         "does",
         INSTANCE % "\tauthentication {\n\t\tauth_type PASS\n\t}",
         # A password that is this very word is hidden there, too.
         baton=r"^(auth_type|\*+) has no (auth_pass|\S*\*+)$"
         r"|^(auth_pass|\*+) has no (auth_type|\S*\*+)$"
         "|^auth_(type|pass) (takes|needs) "),

    # baton runs it, keepalived does not.
    Kind("an unknown block in an instance",
         "to keepalived the } of that block ends the instance, whose rest is "
         "lost; to baton it ends the block, which is left out",
         "vrrp_instance V {\n\tnosuch {\n\t\tx\n\t}\n\tinterface eth0\n"
         "\tvirtual_router_id 7\n\tvirtual_ipaddress {\n\t\t10.9.0.11\n"
         "\t}\n}\n",
         keepalived="the virtual router id must be set$"),
    Kind("a word without its value",
         "keepalived ends; baton leaves the statement out, with a warning, as "
         "it does with a wrong value",
         INSTANCE % "\tpriority",
         keepalived="is missing a parameter after keyword"),
    Kind("an interface that does not exist",
         "keepalived ends; baton waits for it",
         (INSTANCE % "").replace("eth0", "eth7"),
         keepalived="^Non-existent interface specified in configuration$"),
    Kind("an interface that keepalived refuses",
         "keepalived ends; baton serves on lo as on any interface",
         (INSTANCE % "").replace("eth0", "lo"),
         keepalived=r"\) Unknown interface!$"),
    Kind("native_ipv6 beside IPv4 addresses",
         "keepalived drops the addresses and ends; baton goes by the addresses",
         INSTANCE % "\tnative_ipv6",
         keepalived=r"No VIP specified; at least one is required$"),
]

# keepalived 2.2.7 fails on some files: no verdict to compare with.
FAILURES = {
    "does not end": "$A=${B}\n$B=${A}\n${A}\n",
    "crashes": (INSTANCE % "").replace(" VI ", ' "VI '),
}


def unexplained(keepalived, baton, errors, fatal):
    """What two verdicts differ in beyond the kinds: a list of lines."""
    if keepalived is None or keepalived == baton:
        return []
    if baton:
        return [line for line in fatal if not any(
            kind.keepalived and kind.keepalived.search(line)
            for kind in KINDS)]
    found = {error: of_error(error) for error in errors}
    if any(kind and kind.spoils for kind in found.values()):
        return []
    return [error for error, kind in found.items() if not kind] \
        or ([] if errors else ["it is refused without an error"])


def of_error(error):
    """The kind of an error of baton, or None."""
    for kind in KINDS:
        match = kind.baton and kind.baton.search(error)
        if match and match.groupdict().get("word", None) in (None, *WAITING):
            return kind
    return None


# Where a word that waits stands, if not simply in an instance.
PLACES = {
    "global_defs {\n\t%s x\n}\n" + INSTANCE % "": """
        lvs_sync_daemon v3_checksum_as_v2""".split(),
    "%s x {\n}\n" + INSTANCE % "": """
        virtual_server virtual_server_group
        bfd_instance""".split(),
    INSTANCE % "\t%s {\n\t\tx\n\t}": """
        track_bfd auth_hmac""".split(),
    INSTANCE % "\tauthentication {\n\t\tauth_type %s\n\t\tauth_pass x\n\t}":
        ["AH"],
}


def example_of_word(word):
    for place, words in PLACES.items():
        if word in words:
            return place % word
    needs = "" if word.startswith(("use_", "dont_", "no_", "vmac_",
                                   "track_")) else " eth0"
    return INSTANCE % f"\t{word}{needs}"


class Value:
    """
    A value that differs though both run the file: `differs` matches the line
    of values.differences(), the example shows it.
    """

    def __init__(self, name, reason, example, differs):
        self.name, self.reason, self.example = name, reason, example
        self.differs = re.compile(differs)


VALUES = [
    Value("a last advertisement to a better router",
          "an Active sends one before it yields, so that the better one knows "
          "that there were two (src/vrrp/active.c); keepalived only if asked",
          INSTANCE % "",
          "^higher_prio_send_advert: keepalived False, baton True$"),
    Value("IPv6 in version 2",
          "VRRPv2 carries no IPv6 addresses (RFC 3768); baton takes version 3, "
          "with a warning",
          (INSTANCE % "\tversion 2").replace("10.9.0.10/24", "fe80::10/64"),
          "^version: keepalived 2, baton 3$"),
    Value("strict mode sets nothing else yet",
          "keepalived also stops answering and announcing upon a lower "
          "advertisement; in baton each has its own keyword",
          INSTANCE % "\tstrict_mode on",
          "^(lower_prio_no_advert: keepalived True, baton False"
          r"|garp_lower_prio_(delay|repeat): keepalived 0, baton [1-9]\d*)$"),
    Value("no refresh has no repeats",
          "vrrp_min_garp sets the number of refreshing announcements to 0; "
          "without garp_master_refresh there are none in any case",
          "global_defs {\n\tvrrp_min_garp\n}\n" + INSTANCE % "",
          "^garp_master_refresh_repeat: keepalived 0, baton 1$"),
    Value("a name in single quotes",
          "keepalived takes ' for a letter outside of commands, so that they "
          "are part of the name",
          (INSTANCE % "").replace(" VI ", " 'VI' "),
          "^.*'.*: only keepalived has it$|^.*: only baton has it$"),
]


def unlike(lines):
    """Of differences of values those that belong to no kind."""
    return [line for line in lines
            if not any(value.differs.search(line) for value in VALUES)]
