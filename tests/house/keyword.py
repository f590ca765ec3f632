# SPDX-License-Identifier: GPL-2.0-or-later
"""Guard 7: a keyword is a row.

Adds a keyword of its own to a copy of src: a time with a default, which an
instance inherits from global_defs. It touches the file of its rows, that of
its fields and that of its user, and nothing else; everything that is known of
keywords then works for it. The test builds only what it asks."""

import os
import shutil
import subprocess
import sys
import tempfile

from tap import Report, TOP, files

# file: (text before which it stands, what is added)
CHANGES = {
    "conf/model/rows_common.c": (
        ("};\n\nstatic const struct conf_row instance_rows[]",
         '\tROW("vrrp_linger", TIME(conf_global, common.linger, 0, DAY,\n'
         '\t\t\t\t\t2 * TICK_SECOND),\n'
         '\t    "how long to linger; default 2", "vrrp_linger 5",\n'
         '\t    "vrrp_linger on"),\n'),
        ("};\n/* clang-format on */\n\nconst struct conf_rows "
         "conf_rows_common_global",
         '\tROW_WITH("linger", TIME(conf_instance, linger, 0, DAY, 0),\n'
         '\t\t INHERITS(common.linger), "how long to linger",\n'
         '\t\t "linger 5", "linger on"),\n')),
    "conf/model/model.h": (
        ("\tuint8_t version; /* 2 (keepalived's default) or 3 */\n",
         "\ttick_t linger;\n"),
        ("\tbool promote_secondaries;\n", "\ttick_t linger;\n")),
    "user.c": (
        ("", '''#include "conf/model/conf.h"
#include "conf/model/plan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *texts[2];
static int n;
static int get(void *c, const char *p, const char **t, size_t *l)
{
	if (p[0] != '0')
		return -2;
	*t = texts[n];
	*l = strlen(*t);
	return 0;
}
static void out(void *to, const char *t, size_t l) { fwrite(t, 1, l, to); }
static char bytes[1 << 20];
static size_t have;
static void keep(void *to, const void *b, size_t l)
{
	memcpy(bytes + have, b, l);
	have += l;
}
int main(void)
{
	struct conf_source source = { .read = get };
	struct arena arena = arena_over(malloc, free);
	static struct conf_diagnostics d;
	struct conf_model *m[2], *sent;
	const char *near;
	struct conf_plan *plan;
	texts[0] = "global_defs {\\n vrrp_linger 3\\n}\\nvrrp_instance A {\\n"
		" interface eth0\\n virtual_router_id 1\\n virtual_ipaddress {\\n"
		" 10.0.0.1\\n }\\n}\\n";
	texts[1] = "vrrp_instance A {\\n linger on\\n interface eth0\\n"
		" virtual_router_id 1\\n virtual_ipaddress {\\n 10.0.0.1\\n }\\n}\\n";
	d.arena = &arena;
	for (n = 0; n < 2; n++) {
		m[n] = conf_load(&source, "0", malloc, free, &d);
		printf("value %lld\\n", (long long)m[n]->instances[0].linger);
	}
	printf("message %s\\n", d.list[0].message);
	conf_print(m[0], out, stdout);
	plan = conf_plan(m[0], m[1], &arena);
	conf_plan_print(plan, NULL, out, stdout);
	conf_pack(m[0], true, keep, NULL);
	sent = conf_unpack(bytes, have, malloc, free);
	printf("sent %lld\\n", (long long)sent->instances[0].linger);
	conf_explain("linger", out, stdout, &near);
	conf_words(out, stdout);
	return 0;
}
'''),),
}

# What must be known of it then.
WANTED = ("value 3000000000", "value 2000000000",
          "message linger takes a time from 0 to 86400 seconds, not \"on\"",
          "\tvrrp_linger 3\n", "\tlinger 3\n", "linger 3 -> 2",
          "sent 3000000000", "  how long to linger.", "\nlinger\n",
          "\nvrrp_linger\n")


def change(source):
    """Puts the keyword in; what could not be put in."""
    faults = []
    for name, places in CHANGES.items():
        path = os.path.join(source, name)
        text = open(path).read() if os.path.exists(path) else ""
        for before, added in places:
            if before and text.count(before) != 1:
                faults.append(f"{name}: its place is not found once")
            text = text.replace(before, added + before, 1) if before \
                else text + added
        with open(path, "w") as file:
            file.write(text)
    return faults


def main():
    compiler = sys.argv[1:] or ["cc"]
    report = Report()
    with tempfile.TemporaryDirectory() as directory:
        source = os.path.join(directory, "src")
        for folder in ("base", "vrrp", "conf"):
            shutil.copytree(os.path.join(TOP, "src", folder),
                            os.path.join(source, folder))
        faults = change(source)
        report.check("the keyword's row, its field and its user are one file "
                     "each", faults + ([] if len(CHANGES) == 3
                                       else ["more files"]))
        program = os.path.join(directory, "user")
        sources = [path.replace(os.path.join(TOP, "src"), source)
                   for folder in ("base", "vrrp", "conf")
                   for path in files(f"src/{folder}", ".c")]
        done = subprocess.run(
            [*compiler, "-std=gnu17", "-D_GNU_SOURCE", "-O0", "-w", "-I",
             source, *sources, os.path.join(source, "user.c"), "-o", program],
            text=True, stderr=subprocess.PIPE)
        report.check("the house builds with it", done.stderr.splitlines())
        shown = subprocess.run([program], text=True,
                               stdout=subprocess.PIPE).stdout \
            if done.returncode == 0 else ""
    for words in WANTED:
        report.check(f"it is known: {words.strip()}",
                     [] if words in shown else ["not in what it printed"])
    report.end()


main()
