/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client: many short connections a second, and some long ones, to one
 * address; what became of each request, and when.
 *
 *   load [-r RATE] [-l LONG] [-e MS] [-t MS] [-s SOURCE] ADDRESS PORT
 *
 * RATE new connections a second are begun, whether those before have ended or
 * not, each for one request. LONG connections stay open, and each asks every -e
 * milliseconds; one that is lost is opened again. A request has -t milliseconds
 * from its beginning, with the connecting where there is any. The other side is
 * tests/vm/backend.c, which says its name.
 *
 * While the machine stands still, as one does that shares its processor, nobody
 * can answer. So the rate, -e and -t go by a clock of its own, which stands
 * still too: a turn of the loop counts as TURN_MOST at most.
 *
 * It reads lines from its standard input and answers each with one line of
 * JSON. Times there are nanoseconds of CLOCK_MONOTONIC.
 *
 *   report FROM TO   of requests that began in [FROM, TO):
 *                    {"short": KIND, "long": KIND, "stood": NS}, that is for
 * how long the machine stood still then, and each KIND
 *                    {"done": N, "waiting": N, "slowest": NS,
 *                     "good": {NAME: N}, "lost": [[BEGUN, ENDED, WORDS], ...]}
 *
 * The end of the input ends the program. It does not judge: see traffic.py.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS   (1u << 20)
#define SLOTS      4096 /* connections at a time */
#define NAMES      16
#define NAME_SIZE  32
#define BATCH      64
#define PORTS_FROM 10000 /* of this end */
#define PORTS      50000
#define MS         1000000ll
/* The loop waits for 10 ms at most, and others run too. */
#define TURN_MOST (50 * MS)
#define PAUSES    65536

enum {
	NOT_YET = -1,
	TIMED_OUT = -2,
	CLOSED = -3,
	FAILED = -4
};

struct request {
	int64_t begun, ended;
	int64_t began; /* by our own clock, as all that is waited for */
	int result;    /* NOT_YET, the number of a name, or below */
	int error;
	bool is_long;
};

struct slot {
	int fd; /* 0: free */
	bool is_long, asked;
	int64_t next; /* of a long one: when it asks again, by ours */
	struct request *request; /* under way, or NULL */
};

static struct request requests[REQUESTS];
static size_t request_count;
static struct slot slots[SLOTS];
static unsigned slot_count; /* of them were used */
static char names[NAMES][NAME_SIZE];
static int name_count;
static int loop;
static struct addrinfo *to, *source;
static long rate = 100, longs, every = 100, patience = 1000;

/* The machine stood still. */
static struct {
	int64_t from, till;
} pauses[PAUSES];
static size_t pause_count;
static int64_t stood; /* all of them */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int64_t own(int64_t now)
{
	return now - stood;
}

static void note_pause(int64_t now)
{
	static int64_t last;

	if (last && now - last > TURN_MOST) {
		if (pause_count == PAUSES)
			errx(1, "too many pauses");
		pauses[pause_count].from = last + TURN_MOST;
		pauses[pause_count++].till = now;
		stood += now - last - TURN_MOST;
	}
	last = now;
}

static int64_t stood_in(int64_t from, int64_t till)
{
	int64_t sum = 0;

	for (size_t n = 0; n < pause_count; n++) {
		int64_t a = pauses[n].from > from ? pauses[n].from : from;
		int64_t b = pauses[n].till < till ? pauses[n].till : till;

		sum += b > a ? b - a : 0;
	}
	return sum;
}

static int find_name(const char *bytes, size_t length)
{
	int n;

	for (n = 0; n < name_count; n++)
		if (strlen(names[n]) == length &&
		    memcmp(names[n], bytes, length) == 0)
			return n;
	if (n == NAMES || length >= NAME_SIZE)
		errx(1, "too many names, or a long one");
	memcpy(names[n], bytes, length);
	return name_count++;
}

static struct request *begin_request(bool is_long, int64_t now)
{
	struct request *r = &requests[request_count++];

	if (request_count == REQUESTS)
		errx(1, "too many requests");
	*r = (struct request){ now, 0, own(now), NOT_YET, 0, is_long };
	return r;
}

static void end_request(struct slot *s, int64_t now, int result, int error)
{
	s->request->ended = now;
	s->request->result = result;
	s->request->error = error;
	s->request = NULL;
}

static void close_slot(struct slot *s)
{
	close(s->fd);
	s->fd = 0;
}

static void lose(struct slot *s, int64_t now, int result, int error)
{
	if (!s->request)
		s->request = begin_request(s->is_long, now);
	end_request(s, now, result, error);
	close_slot(s);
}

/*
 * Each port in turn, so that none comes again before the director has forgotten
 * its last connection: for two minutes, to a server that may be gone by then.
 */
static bool bind_next(int fd)
{
	static unsigned next;
	struct sockaddr_storage at = { .ss_family =
					       (sa_family_t)to->ai_family };
	in_port_t port = htons((in_port_t)(PORTS_FROM + next++ % PORTS));
	int on = 1;

	if (source)
		memcpy(&at, source->ai_addr, source->ai_addrlen);
	if (at.ss_family == AF_INET)
		((struct sockaddr_in *)&at)->sin_port = port;
	else
		((struct sockaddr_in6 *)&at)->sin6_port = port;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&at, to->ai_addrlen) == 0;
}

static void open_slot(struct slot *s, bool is_long, int64_t now)
{
	struct epoll_event event = { EPOLLIN | EPOLLOUT | EPOLLET,
				     { .ptr = s } };
	int fd = socket(to->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	*s = (struct slot){ .fd = fd, .is_long = is_long };
	s->request = begin_request(is_long, now);
	if (!bind_next(fd) || (connect(fd, to->ai_addr, to->ai_addrlen) &&
			       errno != EINPROGRESS)) {
		lose(s, now, FAILED, errno);
		return;
	}
	epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

static struct slot *free_slot(void)
{
	for (unsigned n = 0; n < SLOTS; n++)
		if (slots[n].fd == 0 && !slots[n].is_long) {
			slot_count = n >= slot_count ? n + 1 : slot_count;
			return &slots[n];
		}
	errx(1, "too many connections");
}

static void ask(struct slot *s, int64_t now)
{
	s->asked = true;
	if (send(s->fd, "who?\n", 5, MSG_NOSIGNAL) != 5)
		lose(s, now, FAILED, errno);
}

static void take_answer(struct slot *s, int64_t now)
{
	char bytes[NAME_SIZE + 1];
	ssize_t got = recv(s->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		lose(s, now, got == 0 ? CLOSED : FAILED, errno);
		return;
	}
	if (!s->request)
		return; /* nobody asked */
	end_request(s, now, find_name(bytes, (size_t)got - 1), 0);
	s->asked = false;
	s->next = own(now) + every * MS;
	if (!s->is_long)
		close_slot(s);
}

static void ready(struct slot *s, unsigned events, int64_t now)
{
	if (s->fd == 0)
		return;
	if ((events & EPOLLOUT) && s->request && !s->asked &&
	    !(events & EPOLLERR))
		ask(s, now);
	if (s->fd && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		take_answer(s, now);
}

static void look_at_slots(int64_t now)
{
	for (unsigned n = 0; n < slot_count; n++) {
		struct slot *s = &slots[n];

		if (s->fd && s->request &&
		    own(now) - s->request->began >= patience * MS)
			lose(s, now, TIMED_OUT, 0);
		if (s->fd && s->is_long && !s->request && own(now) >= s->next) {
			s->request = begin_request(true, now);
			ask(s, now);
		}
		if (!s->fd && s->is_long)
			open_slot(s, true, now);
	}
}

static void print_kind(bool is_long, int64_t from, int64_t till)
{
	unsigned good[NAMES] = { 0 }, done = 0, waiting = 0;
	int64_t slowest = 0;
	const char *comma = "";

	printf("\"%s\": {\"lost\": [", is_long ? "long" : "short");
	for (size_t n = 0; n < request_count; n++) {
		const struct request *r = &requests[n];

		if (r->is_long != is_long || r->begun < from ||
		    r->begun >= till)
			continue;
		if (r->result == NOT_YET) {
			waiting++;
			continue;
		}
		done++;
		if (r->result >= 0) {
			good[r->result]++;
			if (r->ended - r->begun > slowest)
				slowest = r->ended - r->begun;
			continue;
		}
		printf("%s[%" PRId64 ", %" PRId64 ", \"%s\"]", comma, r->begun,
		       r->ended,
		       r->result == TIMED_OUT ? "no answer"
		       : r->result == CLOSED  ? "closed"
					      : strerror(r->error));
		comma = ", ";
	}
	printf("], \"done\": %u, \"waiting\": %u, \"slowest\": %" PRId64
	       ", \"good\": {",
	       done, waiting, slowest);
	comma = "";
	for (int n = 0; n < name_count; n++)
		if (good[n]) {
			printf("%s\"%s\": %u", comma, names[n], good[n]);
			comma = ", ";
		}
	printf("}}");
}

static void obey(void)
{
	char line[256];
	int64_t from, till;

	if (!fgets(line, sizeof(line), stdin))
		exit(0);
	if (sscanf(line, "report %" SCNd64 " %" SCNd64, &from, &till) != 2)
		errx(2, "what is %s", line);
	printf("{");
	print_kind(false, from, till);
	printf(", ");
	print_kind(true, from, till);
	printf(", \"stood\": %" PRId64 "}\n", stood_in(from, till));
	fflush(stdout);
}

static struct addrinfo *address(const char *words, const char *port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(words, port, &hints, &found))
		errx(2, "what is %s", words);
	return found;
}

/* Those of a rate, from the moment at which the first one was due. */
static void begin_short(int64_t begun, int64_t now)
{
	static int64_t started;
	int64_t due = (own(now) - begun) * rate / 1000000000;

	for (; started < due; started++)
		open_slot(free_slot(), false, now);
}

static void options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:l:e:t:s:")) != -1) {
		long number = strtol(optarg, NULL, 10);

		if (option == 'r')
			rate = number;
		else if (option == 'l')
			longs = number;
		else if (option == 'e')
			every = number;
		else if (option == 't')
			patience = number;
		else if (option == 's')
			source = address(optarg, NULL);
		else
			errx(2, "see load.c");
	}
	if (argc - optind != 2)
		errx(2, "usage: load [OPTION...] ADDRESS PORT");
	to = address(argv[optind], argv[optind + 1]);
}

int main(int argc, char **argv)
{
	struct epoll_event input = { EPOLLIN, { .ptr = NULL } };
	struct epoll_event events[BATCH];
	int64_t begun;

	options(argc, argv);
	loop = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &input);
	begun = now_ns();
	for (long n = 0; n < longs; n++)
		open_slot(free_slot(), true, begun);
	for (;;) {
		int count = epoll_wait(loop, events, BATCH, 10);
		int64_t now = now_ns();
		bool order = false;

		note_pause(now);
		for (int n = 0; n < count; n++)
			if (events[n].data.ptr)
				ready(events[n].data.ptr, events[n].events,
				      now);
			else
				order = true;
		look_at_slots(now);
		begin_short(begun, now);
		if (order)
			obey();
	}
}
