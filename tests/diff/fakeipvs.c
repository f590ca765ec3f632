/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for the kernel's IPVS where it has none: libnl's calls succeed, so
 * that keepalived's checker runs. Loaded before it by LD_PRELOAD.
 */
#include <stdio.h>
#include <stdlib.h>
struct nl_sock;
struct nl_msg;
static int *flag;
int genl_ctrl_resolve(struct nl_sock *s, const char *n)
{
	(void)s;
	(void)n;
	return 31;
}
int nl_socket_modify_cb(struct nl_sock *s, int type, int kind, void *f,
			void *arg)
{
	(void)s;
	(void)kind;
	(void)f;
	if (type == 4 || type == 3)
		flag = arg;
	return 0;
}
int nl_socket_modify_err_cb(struct nl_sock *s, int kind, void *f, void *arg)
{
	(void)s;
	(void)kind;
	(void)f;
	flag = arg;
	return 0;
}
int nl_send_auto(struct nl_sock *s, struct nl_msg *m)
{
	(void)s;
	(void)m;
	return 1;
}
int nl_recvmsgs_default(struct nl_sock *s)
{
	(void)s;
	if (flag)
		*flag = 1;
	return 0;
}
