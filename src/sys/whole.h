/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that others look for, as a whole or not at all: written beside its
 * place under another name, and renamed.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/*
 * A symbolic link that stands there is replaced and not followed; of its
 * folder links are followed. Anything else that is no regular file is left
 * alone: -EEXIST. Who waits by inotify(7) for IN_CLOSE_WRITE of that name is
 * told. 0 or -errno.
 */
int whole_write(const char *path, mode_t mode, const char *text, size_t length);
