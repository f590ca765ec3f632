/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox: which system calls a process may still make (seccomp(2), by
 * libseccomp). Any other call ends the process at once by SIGSYS; the kernel
 * logs the call's number, and the keeper starts the process again.
 *
 * None of them can make or change a file. Only three can open or look at one:
 * the doorman and the one that sends mail, which must load libraries, and the
 * one that opens files for another. None can run a program, trace or signal
 * another process, or make memory executable that was not.
 */
#pragma once

/* Whose rules. */
enum sandbox {
	/* Sends and receives on what it has open, and joins groups. */
	SANDBOX_VRRP,
	/*
	 * Waits, forks and loads libraries; reads no byte of anybody. What it
	 * may not do, its children may not either.
	 */
	SANDBOX_DOORMAN,
	/* Accepts and answers connections. Its parent is the doorman. */
	SANDBOX_SERVER,
	/* Opens files and folders for reading, and hands descriptors on. */
	SANDBOX_FILES,
	/* Reads and writes what it has open or is handed. */
	SANDBOX_CONF,
	/*
	 * Finds the addresses of a server (in threads, by whatever libraries
	 * nsswitch.conf(5) names), and connects to it.
	 */
	SANDBOX_MAIL,
	/* Connects to servers, by addresses, over TCP and UDP. */
	SANDBOX_CHECK,
	/* Sends and receives on the sockets that it has open. */
	SANDBOX_LVS,
	SANDBOXES
};

/*
 * For a parent, before it forks those who will be confined: has a sanitizer
 * read what it needs for a report, as no file can be read later. They do it
 * themselves too; this saves them the time. Nothing without sanitizers.
 */
void sandbox_prepare(void);

/*
 * Confines this process for ever, and what it forks from now on. It also sets
 * no_new_privs. 0 or -errno; after an error, end the process.
 */
int sandbox_enter(enum sandbox which);
