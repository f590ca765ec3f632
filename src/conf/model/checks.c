/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/checks.h"

#include "base/map.h"
#include "base/must.h"

#include <string.h>

/* The first value that is said, else `otherwise`. */
static int64_t said(int64_t check, int64_t rs, int64_t vs, int64_t otherwise)
{
	return check != CONF_UNSAID ? check
	       : rs != CONF_UNSAID  ? rs
	       : vs != CONF_UNSAID  ? vs
				    : otherwise;
}

#define SAID(field, otherwise)                                                 \
	said(check->pace.field, rs->pace.field, vs->pace.field, otherwise)

static int64_t retry_default(uint8_t kind)
{
	switch (kind) {
	case CONF_CHECK_MISC:
		return 0;
	case CONF_CHECK_DNS:
		return 3;
	default:
		return 1;
	}
}

static tick_t retry_delay_default(uint8_t kind, tick_t interval)
{
	switch (kind) {
	case CONF_CHECK_DNS:
		return interval;
	case CONF_CHECK_HTTP:
	case CONF_CHECK_SSL:
		return 3 * TICK_SECOND;
	default:
		return TICK_SECOND;
	}
}

static bool is_http(uint8_t kind)
{
	return kind == CONF_CHECK_HTTP || kind == CONF_CHECK_SSL;
}

/* What connects to the real server. */
static bool connects(uint8_t kind)
{
	return kind != CONF_CHECK_MISC && kind != CONF_CHECK_FILE &&
	       kind != CONF_CHECK_BFD;
}

static struct conf_connect target(const struct conf_virtual_server *vs,
				  const struct conf_real_server *rs,
				  const struct conf_check *check)
{
	struct conf_connect c = check->connect;

	if (c.address.family == IP_NONE)
		c.address = rs->address;
	if (c.port == 0)
		c.port = rs->port ? rs->port : vs->id.port;
	if (check->kind == CONF_CHECK_PING)
		c.port = c.bind_port = 0;
	return c;
}

static const char *host_of(const struct conf_virtual_server *vs,
			   const struct conf_real_server *rs,
			   const struct conf_check *check)
{
	return check->http.virtualhost ? check->http.virtualhost
	       : rs->virtualhost       ? rs->virtualhost
				       : vs->virtualhost;
}

struct conf_distinct conf_check_resolve(const struct conf_model *model,
					const struct conf_virtual_server *vs,
					const struct conf_real_server *rs,
					const struct conf_check *check)
{
	struct conf_distinct d = { .check = check };

	d.interval = SAID(delay_loop, CONF_DELAY_LOOP);
	d.timeout = SAID(connect_timeout, CONF_CONNECT_TIMEOUT);
	d.retry_delay = SAID(delay_before_retry,
			     retry_delay_default(check->kind, d.interval));
	d.warmup = SAID(warmup, d.interval);
	d.retry = (uint32_t)SAID(retry, retry_default(check->kind));
	d.rise = (uint32_t)SAID(rise, 1);
	d.alpha = conf_check_alpha(vs, rs, check);
	d.log_all_failures = check->log_all_failures == CONF_UNSAID
				     ? model->global.lvs.log_all_failures
				     : check->log_all_failures == 1;
	if (check->kind == CONF_CHECK_MISC)
		d.timeout =
			check->misc.timeout ? check->misc.timeout : d.interval;
	if (connects(check->kind))
		d.connect = target(vs, rs, check);
	if (is_http(check->kind))
		d.virtualhost = host_of(vs, rs, check);
	return d;
}

/* FNV-1a of 64 bits; the key is mixed at the end. */
struct hash {
	uint64_t value;
};

static void add(struct hash *h, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++)
		h->value = (h->value ^ at[i]) * UINT64_C(0x100000001b3);
}

static void add_number(struct hash *h, uint64_t number)
{
	add(h, &number, sizeof(number));
}

/* NULL is another text than any. */
static void add_text(struct hash *h, const char *text)
{
	add_number(h, text ? strlen(text) + 1 : 0);
	if (text)
		add(h, text, strlen(text));
}

static void add_connect(struct hash *h, const struct conf_connect *c)
{
	add(h, &c->address, sizeof(c->address));
	add(h, &c->bind, sizeof(c->bind));
	add_number(h, (uint64_t)c->mark << 32 | (uint32_t)c->port << 16 |
			      c->bind_port);
	add_text(h, c->interface);
}

static void add_tls(struct hash *h, const struct conf_tls *tls)
{
	add_text(h, tls->sni);
	add_text(h, tls->ca);
	add_text(h, tls->verify);
	add_number(h, tls->verifies | tls->enable_sni << 1);
}

static void add_url(struct hash *h, const struct conf_url *url)
{
	add_text(h, url->path);
	add_text(h, url->virtualhost);
	add_text(h, url->digest);
	add_text(h, url->regex);
	add_number(h, url->statuses.count);
	for (uint32_t n = 0; n < url->statuses.count; n++)
		add_number(h, url->statuses.list[n].low * 1000u +
				      url->statuses.list[n].high);
	add_number(h, url->regex_options);
	add_number(h, (uint64_t)url->regex_min << 32 | url->regex_max);
	add_number(h, url->regex_no_match | url->tls_compliant << 1);
}

static void add_http(struct hash *h, const struct conf_http *http)
{
	add_number(h, http->url_count);
	for (uint32_t n = 0; n < http->url_count; n++)
		add_url(h, &http->urls[n]);
	add_number(h, http->header_count);
	for (uint32_t n = 0; n < http->header_count; n++)
		add_text(h, http->headers[n].text);
	add_number(h, http->protocol | http->method << 8 |
			      http->fast_recovery << 16 |
			      http->tls_compliant << 17);
	add_tls(h, &http->tls);
}

static void add_smtp(struct hash *h, const struct conf_smtp *smtp)
{
	add_text(h, smtp->helo);
	add_number(h, smtp->host_count * 2 + smtp->starttls);
	for (uint32_t n = 0; n < smtp->host_count; n++)
		add_connect(h, &smtp->hosts[n].connect);
}

static void add_udp(struct hash *h, const struct conf_udp *udp)
{
	add_text(h, udp->payload);
	add_text(h, udp->reply);
	add_number(h, (uint32_t)udp->reply_min << 16 | udp->reply_max);
	add_number(h, udp->require_reply);
}

static void add_misc(struct hash *h, const struct conf_misc *misc)
{
	add_text(h, misc->command);
	add_text(h, misc->user.name);
	add_text(h, misc->user.group);
	add_number(h, misc->dynamic);
}

static void add_file(struct hash *h, const struct conf_file_check *file)
{
	add_text(h, file->name);
	add_number(h, (uint64_t)(uint32_t)file->weight.value << 2 |
			      file->weight.written << 1 | file->weight.reverse);
}

static void add_kind(struct hash *h, const struct conf_check *check)
{
	switch ((enum conf_check_kind)check->kind) {
	case CONF_CHECK_HTTP:
	case CONF_CHECK_SSL:
		add_http(h, &check->http);
		break;
	case CONF_CHECK_SMTP:
		add_smtp(h, &check->smtp);
		break;
	case CONF_CHECK_DNS:
		add_text(h, check->dns.name);
		add_number(h, check->dns.type);
		break;
	case CONF_CHECK_UDP:
		add_udp(h, &check->udp);
		break;
	case CONF_CHECK_MISC:
		add_misc(h, &check->misc);
		break;
	case CONF_CHECK_FILE:
		add_file(h, &check->file);
		break;
	case CONF_CHECK_BFD:
		add_text(h, check->bfd.name);
		break;
	case CONF_CHECK_AGENT:
		add_text(h, check->agent.send);
		break;
	case CONF_CHECK_GRPC:
		add_text(h, check->grpc.service);
		add_tls(h, &check->grpc.tls);
		add_number(h, check->grpc.uses_tls);
		break;
	case CONF_CHECK_TCP:
	case CONF_CHECK_PING:
	case CONF_CHECK_KINDS:
		break;
	}
}

/* Intervals are not in it: the shortest one rules. */
static uint64_t key_of(const struct conf_distinct *d)
{
	struct hash h = { UINT64_C(0xcbf29ce484222325) };

	add_number(&h, d->check->kind);
	if (connects(d->check->kind))
		add_connect(&h, &d->connect);
	add_text(&h, d->virtualhost);
	add_number(&h, (uint64_t)d->timeout);
	add_number(&h, (uint64_t)d->retry_delay);
	add_number(&h, (uint64_t)d->retry << 32 | d->rise);
	add_kind(&h, d->check);
	h.value ^= h.value >> 32; /* so that its low bits depend on all */
	h.value *= UINT64_C(0xd6e8feb86659fd93);
	h.value ^= h.value >> 32;
	return h.value;
}

bool conf_check_alpha(const struct conf_virtual_server *vs,
		      const struct conf_real_server *rs,
		      const struct conf_check *check)
{
	return SAID(alpha, 0) == 1;
}

static bool same_key(const void *context, uint32_t number, const void *key)
{
	const struct conf_checks *checks = context;

	return checks->list[number].key == *(const uint64_t *)key;
}

/* What is at hand while the list is made. */
struct making {
	const struct conf_model *model;
	struct conf_checks *checks;
	struct arena *arena;
	struct arena scratch;
	struct map map;
	uint32_t room; /* of the list */
	uint32_t done; /* checks of the model */
	bool failed;
};

/* Few of many are distinct, so the list grows as it is needed. */
#define LIST_FIRST 64

static bool make_room(struct making *m)
{
	struct conf_checks *checks = m->checks;
	uint32_t room = m->room ? 2 * m->room : LIST_FIRST;
	struct conf_distinct *list;

	if (!map_reserve(&m->map, m->arena->obtain, m->arena->give_back))
		return false;
	if (checks->count < m->room)
		return true;
	list = arena_alloc(&m->scratch, room * sizeof(*list));
	if (!list)
		return false;
	if (checks->count > 0)
		memcpy(list, checks->list, checks->count * sizeof(*list));
	checks->list = list;
	m->room = room;
	return true;
}

/* The number of the distinct check that this is, which may be new. */
static uint32_t number_of(struct making *m, const struct conf_distinct *one)
{
	struct conf_checks *checks = m->checks;
	uint32_t hash = (uint32_t)one->key;
	uint32_t found = map_find(&m->map, hash, &one->key);
	struct conf_distinct *d;

	if (found == MAP_NONE) {
		if (!make_room(m)) {
			m->failed = true;
			return 0;
		}
		found = checks->count++;
		checks->list[found] = *one;
		MUST(map_put(&m->map, hash, found) == 0);
	}
	d = &checks->list[found];
	d->followers++;
	if (one->interval < d->interval)
		d->interval = one->interval;
	if (one->warmup < d->warmup)
		d->warmup = one->warmup;
	d->log_all_failures |= one->log_all_failures;
	d->alpha |= one->alpha;
	return found;
}

static void collect(struct making *m, const struct conf_virtual_server *vs,
		    const struct conf_real_server *rs)
{
	for (uint32_t k = 0; k < rs->check_count && !m->failed; k++) {
		struct conf_distinct one =
			conf_check_resolve(m->model, vs, rs, &rs->checks[k]);

		one.key = key_of(&one);
		m->checks->numbers[m->done++] = number_of(m, &one);
	}
}

/* How many checks of the model there are. */
static uint32_t count(const struct conf_model *model)
{
	uint32_t all = 0;

	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		for (uint32_t s = 0; s < vs->server_count; s++)
			all += vs->servers[s].check_count;
	}
	return all;
}

/* The list is as long as it is now, and where it stays. */
static void settle(struct making *m)
{
	struct conf_checks *checks = m->checks;
	size_t size = checks->count * sizeof(*checks->list);
	void *list = arena_alloc(m->arena, size);

	if (list && size > 0)
		memcpy(list, checks->list, size);
	checks->list = list;
	m->failed |= !list;
}

const struct conf_checks *conf_checks(const struct conf_model *model,
				      struct arena *arena)
{
	struct making m = { .model = model, .arena = arena };
	uint32_t all = count(model);

	if (model->checks)
		return model->checks;
	m.checks = arena_alloc(arena, sizeof(*m.checks));
	if (m.checks)
		m.checks->numbers =
			arena_alloc(arena, all * sizeof(*m.checks->numbers));
	if (!m.checks || !m.checks->numbers)
		return NULL;
	m.checks->number_count = all;
	m.scratch = arena_over(arena->obtain, arena->give_back);
	m.map.same = same_key;
	m.map.context = m.checks;
	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		for (uint32_t s = 0; s < vs->server_count; s++)
			collect(&m, vs, &vs->servers[s]);
	}
	settle(&m);
	if (m.map.slots)
		arena->give_back(m.map.slots);
	arena_free(&m.scratch);
	return m.failed ? NULL : m.checks;
}

void conf_checks_keep(struct conf_model *model)
{
	model->checks = conf_checks(model, &model->arena);
}
