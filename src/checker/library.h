/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that only this process has, and only if a check needs them: no
 * other process is to carry them. dlopen(3). All are loaded at the set-up; the
 * sandbox lets nothing be loaded later.
 *
 *   #define FUNCTIONS(X) X(one) X(two)
 *   static struct { FUNCTIONS(LIBRARY_FIELD) } lib;
 *   LIBRARY_LOADS(load, "libx.so.1", lib, FUNCTIONS)
 *
 * makes `int load(void)`, which does it once: 0, or -ENOENT or -ENOSYS, which
 * is said in the log. Then lib.one() is that function.
 */
#pragma once

#define LIBRARY_FIELD(name) __typeof__(name) *name;
#define LIBRARY_NAME(name)  #name,

/* `fields` has room for as many pointers as there are names before NULL. */
int library_load(const char *file, const char *const *names, void *fields);

#define LIBRARY_LOADS(function, file, fields, FUNCTIONS)                       \
	static int function(void)                                              \
	{                                                                      \
		static const char *const names[] = { FUNCTIONS(                \
			LIBRARY_NAME) 0 };                                     \
		static int loaded = 1;                                         \
		if (loaded > 0)                                                \
			loaded = library_load(file, names, &(fields));         \
		return loaded;                                                 \
	}
