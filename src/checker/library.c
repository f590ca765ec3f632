/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int library_load(const char *file, const char *const *names, void *fields)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!library) {
		fprintf(stderr,
			"batond: check: %s; install it, checks need it\n",
			dlerror());
		return -ENOENT;
	}
	for (unsigned n = 0; names[n]; n++) {
		void *at = dlsym(library, names[n]);

		if (!at) {
			fprintf(stderr, "batond: check: %s is too old\n", file);
			return -ENOSYS;
		}
		memcpy((char *)fields + n * sizeof(at), &at, sizeof(at));
	}
	return 0;
}
