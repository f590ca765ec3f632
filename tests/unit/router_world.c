/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router_world.h"

#include "router/book.h"
#include "router/speech.h"
#include "sys/clock.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct world world;

/* ---- clocks ---- */

tick_t clock_now(void)
{
	return world.now;
}

tick_t clock_real_now(void)
{
	return world.now;
}

tick_t clock_asleep(void)
{
	return 0;
}

/* ---- the mirror ---- */

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

/* `prefix` may be -1: any. */
static struct mirror_address *find(uint32_t ifindex, const struct ip *address,
				   int prefix)
{
	for (unsigned i = 0; i < world.address_count; i++) {
		struct mirror_address *a = &world.addresses[i];

		if (a->ifindex == ifindex && ip_equal(&a->address, address) &&
		    (prefix < 0 || a->prefix == prefix))
			return a;
	}
	return NULL;
}

const struct mirror_address *
mirror_find(const struct mirror *m, uint32_t ifindex, const struct ip *address)
{
	return find(ifindex, address, -1);
}

const struct mirror_address *mirror_find_exact(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix)
{
	return find(ifindex, address, prefix);
}

tick_t mirror_deadline(const struct mirror *m)
{
	return TICK_NEVER;
}

int mirror_read(struct mirror *m)
{
	return 0;
}

bool mirror_more(const struct mirror *m)
{
	return false;
}

void world_tell(const struct mirror_event *event)
{
	if (!world.dead)
		interfaces_changed(&world.router, event);
}

/* Links change by themselves, and addresses since another program does it. */
static void tell(enum mirror_change change, const struct mirror_link *link,
		 const struct mirror_address *address)
{
	world_tell(
		&(struct mirror_event){ .change = change,
					.link = link,
					.address = address,
					.port = address ? WORLD_STRANGER : 0 });
}

void world_link(unsigned link, bool up, bool carrier)
{
	world.links[link].up = up;
	world.links[link].carrier = up && carrier;
	tell(MIRROR_LINK_CHANGED, &world.links[link], NULL);
}

static uint32_t flags_of(const struct netlink_address *a)
{
	bool looked_for = a->address.family == IP_V6 && !a->no_dad;

	return (looked_for ? IFA_F_TENTATIVE : 0) |
	       (a->no_prefix_route ? IFA_F_NOPREFIXROUTE : 0) |
	       (a->home ? IFA_F_HOMEADDRESS : 0) |
	       (a->temporary ? IFA_F_MANAGETEMPADDR : 0);
}

static struct mirror_address *put(const struct netlink_address *as)
{
	struct mirror_address *a = &world.addresses[world.address_count++];
	const struct mirror_link *link = mirror_link(NULL, as->ifindex);

	assert_in_range(world.address_count, 1, WORLD_ADDRESSES);
	*a = (struct mirror_address){
		.ifindex = as->ifindex,
		.address = as->address,
		.prefix = as->prefix,
		.scope = as->scope,
		.peer = as->peer,
		.broadcast = as->broadcast,
		.flags = flags_of(as),
		.tag = as->tag,
		.valid = as->valid,
		.preferred = as->valid,
	};
	if (as->address.family == IP_V4)
		strcpy(a->label, as->label[0] ? as->label
				 : link       ? link->name
					      : "");
	return a;
}

/* Without settings, for ever. */
static struct netlink_address plain(uint32_t ifindex, const struct ip *address,
				    uint8_t prefix, uint8_t tag)
{
	return (struct netlink_address){
		.ifindex = ifindex,
		.address = *address,
		.prefix = prefix,
		.tag = tag,
		.valid = UINT32_MAX,
	};
}

void world_address_comes(unsigned link, const char *address, uint8_t prefix,
			 uint8_t tag)
{
	struct ip ip = ip_of(address);
	struct netlink_address a =
		plain(world.links[link].ifindex, &ip, prefix, tag);

	tell(MIRROR_ADDRESS_ADDED, &world.links[link], put(&a));
}

struct mirror_address *world_change(unsigned link, const char *address)
{
	struct ip ip = ip_of(address);
	struct mirror_address *a = find(world.links[link].ifindex, &ip, -1);

	assert_non_null(a);
	return a;
}

void world_changed(unsigned link, const struct mirror_address *a)
{
	tell(MIRROR_ADDRESS_CHANGED, &world.links[link], a);
}

void world_refreshed(unsigned link, const char *address)
{
	tell(MIRROR_ADDRESS_REFRESHED, &world.links[link],
	     world_change(link, address));
}

static struct mirror_address take(struct mirror_address *a)
{
	struct mirror_address gone = *a;

	*a = world.addresses[--world.address_count];
	return gone;
}

void world_address_goes(unsigned link, const char *address)
{
	struct ip ip = ip_of(address);
	struct mirror_address *a = find(world.links[link].ifindex, &ip, -1);
	struct mirror_address gone;

	assert_non_null(a);
	gone = take(a);
	tell(MIRROR_ADDRESS_REMOVED, &world.links[link], &gone);
}

const struct mirror_address *world_has(unsigned link, const char *address)
{
	struct ip ip = ip_of(address);

	return find(world.links[link].ifindex, &ip, -1);
}

/* ---- netlink ---- */

struct world_command *world_queue(enum world_command_type type, uint64_t cookie)
{
	struct world_command *c = &world.commands[world.command_count++];

	assert_in_range(world.command_count, 1, WORLD_COMMANDS);
	*c = (struct world_command){ .type = type, .cookie = cookie };
	return c;
}

static int queue(enum world_command_type type, const struct netlink_address *a,
		 uint64_t cookie)
{
	struct world_command *c = world_queue(type, cookie);

	if (a)
		c->address = *a;
	return 0;
}

int netlink_add(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie)
{
	return queue(WORLD_ADD, a, cookie);
}

int netlink_set(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie)
{
	return queue(WORLD_SET, a, cookie);
}

int netlink_remove(struct netlink *n, const struct netlink_address *a,
		   uint64_t cookie)
{
	return queue(WORLD_REMOVE, a, cookie);
}

int netlink_set_link(struct netlink *n, uint32_t ifindex, unsigned setting,
		     uint32_t value, uint64_t cookie)
{
	return queue(WORLD_LINK, NULL, cookie);
}

static unsigned unanswered(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world.command_count; i++)
		count += !world.commands[i].answered;
	return count;
}

uint32_t netlink_port(const struct netlink *n)
{
	return WORLD_US;
}

unsigned netlink_pending(const struct netlink *n)
{
	return world.late ? 0 : unanswered();
}

bool netlink_flush(struct netlink *n)
{
	return false;
}

/* What the kernel would do, unless the test wants an error. */
static int answer(const struct world_command *c)
{
	const struct netlink_address *a = &c->address;
	struct mirror_address *has =
		c->type >= WORLD_LINK
			? NULL
			: find(a->ifindex, &a->address, a->prefix);
	int once = world.once;

	world.once = 0;
	if (once || world.answer)
		return once ? once : world.answer;
	if (c->type > WORLD_LINK)
		return world_answer_route(c);
	if (c->type == WORLD_ADD && has)
		return EEXIST;
	if (c->type == WORLD_REMOVE && !has)
		return EADDRNOTAVAIL;
	if (c->type == WORLD_REMOVE)
		take(has);
	else if (c->type == WORLD_SET && has)
		has->valid = a->valid, has->tag = a->tag;
	else if (c->type != WORLD_LINK)
		put(a);
	return 0;
}

int netlink_read(struct netlink *n)
{
	unsigned count = world.late ? 0 : world.command_count;

	for (unsigned i = 0; i < count; i++) {
		struct world_command *c = &world.commands[i];

		if (c->answered)
			continue;
		c->answered = true;
		holdings_done(&world.router, c->cookie, answer(c));
	}
	return 0;
}

/* ---- transmit and receive ---- */

void transmit_queue(struct transmit *t, const struct transmit_frame *frame)
{
	bool dead = world.dead_peer && frame->to.family == IP_V4 &&
		    frame->to.bytes[3] == world.dead_peer;
	bool ethernet = !frame->protocol && frame->to.family == IP_NONE;
	bool advert = frame->bytes[ethernet ? 14 + 9 : 9] == VRRP_PROTOCOL;

	world.sent = *frame;
	world.adverts += advert;
	world.others += !advert;
	sending_done(&world.router, frame->cookie, frame->ifindex,
		     dead || !world.dead_peer ? world.send_answer : 0);
}

void transmit_flush(struct transmit *t)
{
}

int receive_join(struct receive *r, uint32_t ifindex, const struct ip *group)
{
	return -world.join_answer;
}

void receive_leave(struct receive *r, uint32_t ifindex, const struct ip *group)
{
}

/* ---- the world ---- */

static void make_links(unsigned links)
{
	for (unsigned i = 0; i < links; i++) {
		struct mirror_link *l = &world.links[world.link_count++];
		struct ip own = ip_of("10.99.0.1");
		struct netlink_address a;

		snprintf(l->name, sizeof(l->name), "eth%u", i);
		l->ifindex = i + 1;
		l->up = l->carrier = l->has_mac = true;
		l->type = ARPHRD_ETHER;
		l->mtu = 1500;
		l->promotes_secondaries = true;
		l->mac[5] = (uint8_t)l->ifindex;
		own.bytes[2] = (uint8_t)i;
		a = plain(l->ifindex, &own, 24, 0);
		put(&a);
	}
}

/* The configuration of the next process, and a ledger for it. */
static void load(const char *text)
{
	struct router *r = &world.router;
	struct ledger_size size;
	int fd;

	world.loaded = conf_load_text(text);
	assert_non_null(world.loaded->model);
	book_size(world.loaded->model, &size);
	fd = ledger_create(&size, "test", &r->ledger);
	assert_true(fd >= 0);
	close(fd);
	r->ledger->started = world.now;
	book_fill(world.loaded->model, r->ledger);
}

/* A process with r->ledger; as router_run(). */
static void start(struct ledger *before, bool deaf)
{
	struct router *r = &world.router;

	world.dead = false;
	r->model = world.loaded->model;
	r->server = ledger_server(r->ledger);
	r->instance_count = ledger_instances(r->ledger);
	r->holding_count = ledger_holdings(r->ledger);
	r->stop_at = r->planned = TICK_NEVER;
	r->standby = true;
	r->wake = -1;
	r->now = world.now;
	assert_int_equal(setup_objects(r), 0);
	interfaces_update(r);
	adopt_all(r, before, deaf);
	r->waited = router_waits(r);
}

void world_begin(const char *text, unsigned links)
{
	memset(&world, 0, sizeof(world));
	world.now = 1000 * TICK_SECOND;
	make_links(links);
	load(text);
	start(NULL, false);
	world_pass(0);
}

void world_begin_with(const char *text, const char *address, uint8_t prefix,
		      uint8_t tag)
{
	struct ip ip = ip_of(address);
	struct netlink_address a;

	memset(&world, 0, sizeof(world));
	world.now = 1000 * TICK_SECOND;
	make_links(1);
	a = plain(world.links[0].ifindex, &ip, prefix, tag);
	put(&a);
	load(text);
	start(NULL, false);
	world_pass(0);
}

void world_end(void)
{
	setup_free(&world.router);
	ledger_unmap(world.router.ledger);
	conf_unload(world.loaded);
}

void world_die(void)
{
	struct ledger *ledger = world.router.ledger;

	world_mark();
	ledger_note_death(ledger, world.now); /* as the keeper does */
	setup_free(&world.router);
	world.router = (struct router){ .ledger = ledger };
	world.dead = true;
}

void world_go_on(bool deaf)
{
	start(NULL, deaf);
}

void world_replace(const char *text, bool deaf)
{
	struct conf_loaded *old = world.loaded;
	struct ledger *before = world.router.ledger;

	load(text);
	world.router.ledger->deaths = before->deaths; /* as the keeper does */
	ledger_inherit_results(world.router.ledger, before);
	start(before, deaf);
	ledger_unmap(before);
	conf_unload(old);
}

void world_heirs_die(const char *text, uint32_t within, unsigned times)
{
	struct conf_loaded *old = world.loaded;
	struct ledger *before = world.router.ledger;

	load(text);
	world.router.ledger->deaths = before->deaths;
	for (unsigned n = 0; n < times; n++) {
		start(before, false);
		world_die();
		ledger_begin(&ledger_record_at(world.router.ledger, within)
				      ->sequence);
	}
	start(before, false);
	ledger_unmap(before);
	conf_unload(old);
}

/* Who reads a record while it changes must see that (ledger/copy.h). */
static tick_t watched_turn(struct router *r)
{
	size_t size = r->instance_count * sizeof(struct ledger_record);
	struct ledger_record *before = malloc(size + 1);
	tick_t next;

	assert_non_null(before);
	for (uint32_t n = 0; n < r->instance_count; n++)
		memcpy(&before[n], r->instances[n].record, sizeof(*before));
	next = turn_run(r);
	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct ledger_record *is = r->instances[n].record;

		assert_int_equal(is->sequence % 2, 0);
		if (is->sequence == before[n].sequence)
			assert_memory_equal(is, &before[n], sizeof(*is));
	}
	free(before);
	return next;
}

void world_pass(tick_t time)
{
	struct router *r = &world.router;
	tick_t end = world.now + time;

	for (unsigned n = 0;; n++) {
		assert_in_range(n, 0, 10000);
		r->now = world.now;
		if (watched_turn(r) > end)
			break;
		world.now = tick_max(world.now, r->planned);
	}
	world.now = r->now = end;
}

void world_be_active(uint32_t instance)
{
	for (unsigned n = 0; world_core(instance)->state != VRRP_ACTIVE; n++) {
		assert_in_range(n, 0, 100);
		world_pass(100 * TICK_MILLISECOND);
	}
	world_pass(0);
}

void world_mark(void)
{
	for (unsigned i = 0; i < world.command_count; i++)
		assert_true(world.commands[i].answered);
	world.command_count = 0;
}

unsigned world_asked(enum world_command_type type, const char *address)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world.command_count; i++) {
		const struct world_command *c = &world.commands[i];
		struct ip ip = { 0 };

		if (address)
			ip = ip_of(address);
		count += c->type == type &&
			 (!address || ip_equal(&ip, &c->address.address));
	}
	return count;
}

enum ledger_holding_state world_state_of(uint32_t holding)
{
	return (enum ledger_holding_state)ledger_held_at(world.router.ledger,
							 holding)
		->state;
}

const struct vrrp_saved *world_core(uint32_t instance)
{
	return world.router.instances[instance].core;
}
