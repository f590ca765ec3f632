/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of this machine, or of this container, as /proc shows them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* proc(5), /proc/PID/comm: 15 bytes and a zero. */
#define PROCFS_NAME_SIZE 16

/* The name of a process that lives; false: there is none, or it has ended. */
bool procfs_name(pid_t pid, char name[PROCFS_NAME_SIZE]);

/* When it began, in ticks since the machine began, so that one of the same
 * number is told from it; 0: there is none. proc(5), /proc/PID/stat, 22. */
uint64_t procfs_start_time(pid_t pid);

/* 0: there is no such process. */
pid_t procfs_parent(pid_t pid);

/*
 * Its command as it was started: words with a zero behind each, at most `size`
 * bytes. How many there are; 0 of one that has none, or of none.
 */
size_t procfs_command(pid_t pid, char *bytes, size_t size);

/*
 * The last part of the name of its program, also of one that was removed or
 * replaced since. False: it cannot be seen.
 */
#define PROCFS_PROGRAM_SIZE 256
bool procfs_program(pid_t pid, char program[PROCFS_PROGRAM_SIZE]);

/* Whether all its users, real, effective, saved, are root or this one. */
bool procfs_is_ours(pid_t pid);

/* Whether it is in this namespace of ours: "net", "pid". namespaces(7) */
bool procfs_shares(pid_t pid, const char *kind);

/* Calls back for each descriptor, with what it leads to. 0 or -errno. */
int procfs_each_descriptor(pid_t pid,
			   void (*call)(void *context, int fd,
					const char *leads_to),
			   void *context);

/* Calls back for each process; 0 or -errno. */
int procfs_each(void (*call)(void *context, pid_t pid), void *context);
