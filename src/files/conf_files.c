/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the files of a configuration. Errors are handed to src/conf, which
 * tells them with the place that asked for the file.
 */
#include "files/conf_files.h"
#include "base/must.h"
#include "files/broker.h"
#include "files/machine.h"
#include "files/simple.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

/* More than any configuration, all files of it; src/conf has the same bound. */
#define FILE_MAX ((size_t)32 << 20)

struct conf_files_text {
	struct conf_files_text *next;
	char bytes[];
};

static void wait_for(int fd)
{
	struct pollfd more = { fd, POLLIN, 0 };

	poll(&more, 1, -1);
}

/*
 * All that can be read, into room that grows from `room` bytes. `total` counts
 * what was read, of a file that is then refused too. `waits`: for what is yet
 * to come, to its end.
 */
static int read_all(int fd, size_t room, bool waits, size_t *total,
		    struct conf_files_text **out, size_t *length)
{
	struct conf_files_text *text = malloc(sizeof(*text) + room);
	size_t have = 0;

	while (text) {
		ssize_t got = read(fd, text->bytes + have, room - have);
		struct conf_files_text *larger;

		if (got < 0 && errno == EAGAIN && waits) {
			wait_for(fd);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int error = errno;

			free(text);
			return -error;
		}
		have += (size_t)got;
		*total += (size_t)got;
		if (got == 0) {
			*out = text;
			*length = have;
			return 0;
		}
		if (*total > FILE_MAX) {
			free(text);
			return -EFBIG;
		}
		if (have < room)
			continue;
		room *= 2;
		larger = realloc(text, sizeof(*text) + room);
		if (!larger)
			free(text);
		text = larger;
	}
	return -ENOMEM;
}

/* A file that is left out is told of, but not one that nobody could open. */
static int noted(struct conf_files *files, int error)
{
	files->broken |= error == BROKER_GONE;
	return error;
}

/* A text that lives until the files are closed. */
static void keep(struct conf_files *files, struct conf_files_text *text,
		 const char **bytes)
{
	text->next = files->texts;
	files->texts = text;
	*bytes = text->bytes;
}

/* What stands for options is no file. */
static int read_simple(struct conf_files *files, const char *name,
		       const char **bytes, size_t *length)
{
	char *written = simple_text(name, length);
	struct conf_files_text *text =
		written ? malloc(sizeof(*text) + *length) : NULL;

	if (text)
		memcpy(text->bytes, written, *length);
	free(written);
	if (!text)
		return -ENOMEM;
	keep(files, text, bytes);
	return 0;
}

int conf_files_given(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0)
		return STDIN_FILENO;
	for (size_t n = 0; n < ARRAY_LENGTH(folders); n++) {
		size_t length = strlen(folders[n]);
		char *end;
		long fd;

		if (strncmp(path, folders[n], length) != 0)
			continue;
		fd = strtol(path + length, &end, 10);
		if (end > path + length && !*end && fd >= 0 && fd <= INT_MAX)
			return (int)fd;
	}
	return -1;
}

int conf_files_copy(int fd)
{
	struct conf_files_text *text = NULL;
	size_t total = 0, length = 0;
	int error = read_all(fd, 4096, true, &total, &text, &length);
	int copy = error ? -1 : memfd_create("baton-given", MFD_CLOEXEC);

	for (size_t at = 0; !error && at < length;) {
		ssize_t wrote =
			pwrite(copy, text->bytes + at, length - at, (off_t)at);

		if (wrote > 0)
			at += (size_t)wrote;
		else if (wrote == 0 || errno != EINTR)
			error = wrote ? -errno : -EIO;
	}
	free(text);
	if (!error && copy >= 0)
		return copy;
	if (copy >= 0)
		close(copy);
	return error ? error : -errno;
}

/* What is open already. It is read once: what comes from a pipe is then gone.
 */
static int read_given(struct conf_files *files, int fd, const char **bytes,
		      size_t *length)
{
	struct conf_files_text *text = NULL;
	int error = read_all(fd, 4096, files->given == 0, &files->read, &text,
			     length);

	if (!error)
		keep(files, text, bytes);
	return error;
}

static int read_file(void *context, const char *path, const char **bytes,
		     size_t *length)
{
	struct conf_files *files = context;
	struct conf_files_text *text = NULL;
	struct opened file;
	bool waits = files->broker <= 0 && !files->texts;
	int error, given = conf_files_given(path);

	if (simple_is_name(path))
		return read_simple(files, path, bytes, length);
	if (given >= 0 && (files->broker <= 0 || files->given > 0))
		return read_given(files,
				  files->given > 0 ? files->given : given,
				  bytes, length);
	error = files->broker > 0 ? broker_open(files->broker, path, &file)
				  : opener_open(path, &file);
	if (error)
		return noted(files, error);
	if (files->read > FILE_MAX ||
	    (file.regular && file.size > FILE_MAX - files->read))
		error = -EFBIG;
	else
		error = read_all(
			file.fd, file.regular ? (size_t)file.size + 1 : 4096,
			waits && file.fifo, &files->read, &text, length);
	close(file.fd);
	if (error == 0 && *length == 0 && file.fifo) {
		free(text);
		error = -ENODATA;
	}
	if (error < 0)
		return error;
	keep(files, text, bytes);
	/* It was cut off or grew meanwhile. Files of the kernel have no size.
	 */
	return file.written || (file.size > 0 && *length != file.size)
		       ? CONF_SOURCE_WRITTEN
		       : 0;
}

static int list_files(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	struct conf_files *files = context;

	if (files->broker <= 0)
		return opener_list(pattern, found, to);
	return noted(files, broker_list(files->broker, pattern, found, to));
}

bool conf_files_has_interface(void *context, const char *name)
{
	(void)context;
	return if_nametoindex(name) != 0;
}

unsigned conf_files_obstacles(void *context, const char *interface)
{
	(void)context;
	return machine_obstacles(interface);
}

/* Whether a socket address of getifaddrs(3) is this one. */
static bool is_address(const struct sockaddr *one, const struct ip *address)
{
	if (!one)
		return false;
	if (one->sa_family == AF_INET && address->family == IP_V4)
		return memcmp(&((const struct sockaddr_in *)(const void *)one)
				       ->sin_addr,
			      address->bytes, 4) == 0;
	return one->sa_family == AF_INET6 && address->family == IP_V6 &&
	       memcmp(&((const struct sockaddr_in6 *)(const void *)one)
			       ->sin6_addr,
		      address->bytes, 16) == 0;
}

bool conf_files_has_address(void *context, const char *interface,
			    const struct ip *address)
{
	struct ifaddrs *all;
	bool found = false;

	(void)context;
	if (getifaddrs(&all) < 0)
		return true; /* nobody knows */
	for (struct ifaddrs *one = all; one && !found; one = one->ifa_next)
		found = strcmp(one->ifa_name, interface) == 0 &&
			is_address(one->ifa_addr, address);
	freeifaddrs(all);
	return found;
}

/* The kernel tells them in the order in which they came (getifaddrs(3)). */
bool conf_files_is_first_address(void *context, const char *interface,
				 const struct ip *address)
{
	struct ifaddrs *all;
	bool is_first = false;

	(void)context;
	if (address->family != IP_V4 || getifaddrs(&all) < 0)
		return false;
	for (struct ifaddrs *one = all; one; one = one->ifa_next) {
		if (strcmp(one->ifa_name, interface) != 0 || !one->ifa_addr ||
		    one->ifa_addr->sa_family != AF_INET)
			continue;
		is_first = is_address(one->ifa_addr, address);
		break;
	}
	freeifaddrs(all);
	return is_first;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

struct conf_source conf_files_source(struct conf_files *files,
				     const char *config_id)
{
	struct conf_source source = {
		.context = files,
		.read = read_file,
		.list = list_files,
		.environment = environment,
		.config_id = config_id,
	};

	if (gethostname(files->host, sizeof(files->host) - 1) == 0)
		source.host = files->host;
	if (getcwd(files->directory, sizeof(files->directory)))
		source.directory = files->directory;
	if (getrandom(&source.seed, sizeof(source.seed), GRND_NONBLOCK) < 0)
		source.seed = 1;
	return source;
}

void conf_files_close(struct conf_files *files)
{
	while (files->texts) {
		struct conf_files_text *text = files->texts;

		files->texts = text->next;
		free(text);
	}
}

const char *conf_files_default(void)
{
	if (access(CONF_FILES_OURS, F_OK) < 0 &&
	    access(CONF_FILES_THEIRS, F_OK) == 0)
		return CONF_FILES_THEIRS;
	return CONF_FILES_OURS;
}
