/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target of a check as a socket, and whose fault it is when that fails.
 *
 * What this machine lacks (a port, a descriptor, memory, an address or a device
 * of its own) says nothing of the server. That it has no route, or that nobody
 * answers for the address, does: so it is in keepalived.
 */
#pragma once

#include "base/ip.h"
#include "conf/model/check_kinds.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* The address in the kernel's words; its length. */
socklen_t target_address(const struct ip *ip, uint16_t port,
			 struct sockaddr_storage *out);

/*
 * A socket (`type` with its flags) whose packets have the mark, or -errno,
 * which is local trouble always; and it is bound as the configuration says.
 */
int target_bind(int fd, const struct conf_connect *to);
int target_socket(const struct conf_connect *to, int type, int protocol);

/*
 * Both for TCP, and it connects: 0, or -EINPROGRESS as long as it does; or
 * another -errno, which may be either's fault. `fd` is -1 then.
 */
int target_connect(const struct conf_connect *to, int *fd);

/* Whether an errno of a connection is trouble of this machine. */
bool target_is_local(int error);

/* A socket for datagrams to and from the target alone: 0 or -errno. */
int target_datagrams(const struct conf_connect *to, int *fd);
