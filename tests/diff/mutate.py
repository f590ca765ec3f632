# SPDX-License-Identifier: GPL-2.0-or-later
"""What hands, editors and templates do to a file: one change at a time."""

import string

from generate import KNOWN

NUMBERS = ["0", "-1", "1", "255", "256", "300", "65536", "99999999999", "0.5",
           "1.5", "100abc", "+5", "0x33", "010", "1e2", '"100"', "100%", "1,5",
           "1s", "100ms", "x", ".5", "40.96", "2.", '""', "254", "-254", "١"]
LENGTHS = ["/33", "/129", "/", "/x", "/24/24", "/-1", "/255.255.255.0", "/0",
           "/24x", "/024", ""]
WRONG = ["nosuchword", "nosuchword 5", "priority", "interface", "}", "{",
         "x y z", "-", "= 5", "state", "auth_pass", "virtual_router_id",
         "include nosuch.conf", "include nosuch*.conf", "$X", "${X}", "$P",
         "@other priority 5", "global_defs", "!", "~SEQ(n, 1, 3) x${n}"]


def places(lines, least=1):
    """Lines with at least so many tokens."""
    return [n for n, line in enumerate(lines) if len(line) > least]


def pick(lines, rng, least=1):
    found = places(lines, least)
    return rng.choice(found) if found else None


def token(lines, rng, test=lambda text: True):
    """(line, index) of a token that passes, or None."""
    found = [(n, k) for n, line in enumerate(lines)
             for k in range(1, len(line)) if test(line[k])]
    return rng.choice(found) if found else None


def is_number(text):
    return text.strip('"').lstrip("+-").replace(".", "", 1).isdigit()


def delete_token(lines, rng):
    at = token(lines, rng)
    if at:
        del lines[at[0]][at[1]]


def double_token(lines, rng):
    at = token(lines, rng)
    if at:
        lines[at[0]].insert(at[1], lines[at[0]][at[1]])


def swap_tokens(lines, rng):
    n = pick(lines, rng, 2)
    if n is not None:
        k = rng.randrange(1, len(lines[n]) - 1)
        lines[n][k], lines[n][k + 1] = lines[n][k + 1], lines[n][k]


def typo(lines, rng):
    at = token(lines, rng, lambda text: len(text) > 2)
    if not at:
        return
    text = lines[at[0]][at[1]]
    k = rng.randrange(len(text) - 1)
    lines[at[0]][at[1]] = rng.choice([
        text[:k] + text[k + 1:], text[:k] + text[k] + text[k:],
        text[:k] + text[k + 1] + text[k] + text[k + 2:],
        text[:k] + rng.choice(string.ascii_lowercase) + text[k + 1:],
        text.upper(), text.capitalize(), text + rng.choice(";,.:"),
        text.replace("_", "-"), text.replace("_", "")])


def number(lines, rng):
    at = token(lines, rng, is_number)
    if at:
        lines[at[0]][at[1]] = rng.choice(NUMBERS)


def prefix_length(lines, rng):
    at = token(lines, rng, lambda text: text[:1].isdigit() and "." in text
               or "::" in text)
    if at:
        lines[at[0]][at[1]] = lines[at[0]][at[1]].split("/")[0] \
            + rng.choice(LENGTHS)


def foreign_token(lines, rng):
    here, there = token(lines, rng), token(lines, rng)
    if here:
        lines[here[0]][here[1]] = lines[there[0]][there[1]]


def delete_line(lines, rng):
    n = pick(lines, rng, 0)
    if n is not None:
        del lines[n]


def double_line(lines, rng):
    n = pick(lines, rng)
    if n is not None:
        lines.insert(n, list(lines[n]))


def move_line(lines, rng):
    n = pick(lines, rng)
    if n is not None:
        line = lines.pop(n)
        lines.insert(rng.randint(0, len(lines)), line)


def drop_brace(lines, rng):
    at = token(lines, rng, lambda text: text in "{}")
    if at:
        del lines[at[0]][at[1]]


def add_brace(lines, rng):
    n = pick(lines, rng)
    if n is not None:
        lines[n].insert(rng.randint(1, len(lines[n])), rng.choice("{}"))


def brace_below(lines, rng):
    at = token(lines, rng, lambda text: text == "{")
    if at and at[1] == len(lines[at[0]]) - 1 and at[1] > 1:
        lines[at[0]].pop()
        lines.insert(at[0] + 1, [lines[at[0]][0], "{"])


def join_lines(lines, rng):
    n = pick(lines, rng)
    if n is not None and n + 1 < len(lines):
        lines[n] += lines.pop(n + 1)[1:]


def split_line(lines, rng):
    n = pick(lines, rng, 2)
    if n is not None:
        k = rng.randrange(2, len(lines[n]))
        lines.insert(n + 1, [lines[n][0], *lines[n][k:]])
        del lines[n][k:]


def superfluous(lines, rng):
    n = pick(lines, rng)
    if n is not None:
        lines[n].append(rng.choice(["1", "x", "eth1", "on", "off", ";", "#x",
                                    "# text", "! text", "200", "no", "0"]))


def assignment(lines, rng):
    n = pick(lines, rng, 2)
    if n is not None:
        how = rng.choice(["=", ":", "=="])
        if rng.random() < .5:
            lines[n].insert(2, how)
        else:
            lines[n][1:3] = [lines[n][1] + how + lines[n][2]]


def quotes(lines, rng):
    at = token(lines, rng, lambda text: text not in "{}")
    if not at:
        return
    text = lines[at[0]][at[1]]
    k = rng.randint(0, len(text))
    lines[at[0]][at[1]] = rng.choice([
        f'"{text}"', f'"{text}"', f"'{text}'", f'"{text}', f'{text}"',
        text[:k] + '"' + text[k:] + '"', text[:k] + "\\" + text[k:],
        text[:k] + "#" + text[k:], f'"{text} x"', text[:k] + "'" + text[k:]])


def definition(lines, rng):
    at = token(lines, rng, lambda text: text not in "{}")
    if not at:
        return
    text = lines[at[0]][at[1]]
    lines[at[0]][at[1]] = rng.choice(["$P", "${P}", "${P}", "$P.x", "a$P"])
    if rng.random() < .8:
        lines.insert(rng.choice([0, 0, 0, at[0], len(lines)]),
                     [0, f"$P={text}"])


def wrong_statement(lines, rng):
    n = rng.randint(0, len(lines))
    text = rng.choice(WRONG) if rng.random() < .6 else rng.choice(KNOWN)
    lines.insert(n, [1, *text.split()])


def wrong_block(lines, rng):
    n = rng.randint(0, len(lines))
    head = rng.choice(["nosuchblock", "nosuch x", "vrrp_script", "group",
                       "vrrp_instance", "track_interface", "authentication",
                       "virtual_ipaddress", "global_defs", "auth_hmac"])
    body = rng.choice([["priority", "77"], ["x"], ["10.9.0.9/24"], ["eth1"]])
    lines[n:n] = [[1, *head.split(), "{"], [2, *body], [1, "}"]]


def copy_block(lines, rng):
    starts = [n for n, line in enumerate(lines)
              if line[0] == 0 and line[-1] == "{"]
    if not starts:
        return
    start = rng.choice(starts)
    end = next((n for n in range(start, len(lines)) if lines[n][0] == 0
                and lines[n][1:] == ["}"]), len(lines) - 1)
    block = [list(line) for line in lines[start:end + 1]]
    if rng.random() < .6 and len(block[0]) > 3:
        block[0][2] += "b"
    lines[end + 1:end + 1] = block


def state(lines, rng):
    at = token(lines, rng, lambda text: text in ("MASTER", "BACKUP"))
    if at:
        lines[at[0]][at[1]] = rng.choice(
            ["SLAVE", "master", "Backup", "INIT", "FAULT", "ACTIVE", "ok"])


def truncate(lines, rng):
    del lines[rng.randint(0, len(lines)):]


CHANGES = [
    (delete_token, 3), (double_token, 2), (swap_tokens, 2), (typo, 5),
    (number, 5), (prefix_length, 2), (foreign_token, 3), (delete_line, 3),
    (double_line, 3), (move_line, 3), (drop_brace, 2), (add_brace, 1),
    (brace_below, 1), (join_lines, 2), (split_line, 1), (superfluous, 4),
    (assignment, 1), (quotes, 3), (definition, 2), (wrong_statement, 2),
    (wrong_block, 1), (copy_block, 1), (state, 1), (truncate, .3)]


def mutate(lines, rng):
    rng.choices([change for change, _ in CHANGES],
                [often for _, often in CHANGES])[0](lines, rng)


def spoil(text, rng):
    """What is done to the bytes of a file."""
    k = rng.randint(0, len(text))
    blanks = [n for n, byte in enumerate(text) if byte in b" \t"] or [0]
    b = rng.choice(blanks)
    return rng.choices([
        lambda: text.replace(b"\n", b"\r\n"),
        lambda: text.replace(b"\n", b"\r"),
        lambda: b"\xef\xbb\xbf" + text,
        lambda: text.rstrip(b"\n"),
        lambda: text[:b] + rng.choice([b"\f", b"\v", b"\xc2\xa0", b"\xa0",
                                       b"\t\t", b"\x01", b"\r"])
        + text[b + 1:],
        lambda: text[:k] + rng.choice([b"\f", b"\v", b"\xc2\xa0", b"\xa0",
                                       b"\0", b"\x7f", b"\xff", b"\\"])
        + text[k:],
        lambda: text[:k] + text[k + 1:],
        lambda: text[:k] + bytes([rng.randrange(256)]) + text[k:],
        lambda: text[:k],
        lambda: text.replace(b" ", b" " * rng.randint(2, 9)),
    ], [6, 1, 2, 3, 6, 6, 4, 3, 1, 1])[0]()
