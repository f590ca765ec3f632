/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/own.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const struct conf_ssl *ssl, enum own_file which)
{
	switch (which) {
	case OWN_CERTIFICATE:
		return ssl->certificate;
	case OWN_KEY:
		return ssl->key;
	case OWN_CA:
		return ssl->ca;
	case OWN_FILES:
		break;
	}
	return NULL;
}

/* Nothing but a file: others may hold up who opens them. */
static int open_one(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat is;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

void own_open(const struct conf_model *model, int files[])
{
	for (unsigned n = 0; n < OWN_FILES; n++) {
		const char *path =
			path_of(&model->global.lvs.ssl, (enum own_file)n);

		files[n] = path ? open_one(path) : -ENODATA;
	}
}

/* Text that ends with a zero, and may have others; or NULL and errno. */
static char *read_one(int fd, size_t *size)
{
	char *text = malloc(OWN_BYTES_MOST + 1);
	size_t all = 0;
	ssize_t length;

	if (!text)
		return NULL;
	while (all < OWN_BYTES_MOST &&
	       (length = read(fd, text + all, OWN_BYTES_MOST - all)) > 0)
		all += (size_t)length;
	text[all] = '\0';
	if (all == OWN_BYTES_MOST) {
		errno = EFBIG;
	} else if (length == 0) {
		*size = all;
		return text;
	}
	secret_wipe(text, all);
	free(text);
	return NULL;
}

char *own_text(const char *path)
{
	int fd = open_one(path), error;
	char *text = NULL;
	size_t size;

	errno = fd < 0 ? -fd : 0;
	if (fd < 0)
		return NULL;
	text = read_one(fd, &size);
	error = errno;
	close(fd);
	errno = error;
	return text;
}

static struct tls_file file_of(const struct own *o, const struct conf_ssl *ssl,
			       enum own_file which)
{
	return (struct tls_file){ o->texts[which], path_of(ssl, which) };
}

void own_read(struct own *o, const struct conf_ssl *ssl, const int files[])
{
	*o = (struct own){ .tls.password = ssl->password };
	for (unsigned n = 0; n < OWN_FILES; n++) {
		const char *path = path_of(ssl, (enum own_file)n);
		int fd = files ? files[n] : -EBADF;

		if (!path)
			continue;
		errno = fd < 0 ? -fd : 0;
		o->texts[n] = fd < 0 ? NULL : read_one(fd, &o->lengths[n]);
		if (!o->texts[n] && !o->error) {
			o->error = errno;
			snprintf(o->why, sizeof(o->why),
				 "%.200s, of SSL, cannot be read: %s", path,
				 strerror(errno));
		}
		if (fd >= 0)
			close(fd);
	}
	o->tls.certificate = file_of(o, ssl, OWN_CERTIFICATE);
	o->tls.key = file_of(o, ssl, OWN_KEY);
	o->tls.ca = file_of(o, ssl, OWN_CA);
}

void own_wipe(struct own *o)
{
	for (unsigned n = 0; n < OWN_FILES; n++) {
		if (o->texts[n])
			secret_wipe(o->texts[n], o->lengths[n]);
		free(o->texts[n]);
	}
	*o = (struct own){ 0 };
}
