/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel holds for all virtual servers together: the daemons that
 * share connections with another director, and timeouts. Before they are
 * changed the first time the timeouts of the kernel are noted in the book, and
 * put back when the configuration has none any more, or the daemon ends.
 */
#include "director/director_state.h"

#include "ledger/ledger.h"
#include "ledger/lvs.h"

#include <errno.h>
#include <string.h>

#define LOOK_EVERY (2 * TICK_SECOND)
#define MASTER     0
#define BACKUP     1

uint32_t kernel_find(const struct director *d, const char *name)
{
	for (uint32_t n = 0; n < d->model->instance_count; n++)
		if (strcmp(d->model->instances[n].name, name) == 0)
			return n;
	return LVS_NONE;
}

bool kernel_read(struct director *d, uint32_t number, struct vrrp_saved *core)
{
	struct ledger_instance instance;

	return number < ledger_instances(d->ledger) &&
	       ledger_read_instance(d->ledger, number, &instance, core);
}

bool kernel_instance(struct director *d, struct vrrp_saved *core)
{
	const char *name = d->model->global.lvs.sync.instance;

	return name && kernel_read(d, kernel_find(d, name), core);
}

static uint32_t id_of(const struct director *d)
{
	const struct conf_sync_daemon *sync = &d->model->global.lvs.sync;
	uint32_t n;

	if (sync->id != CONF_SYNC_ID_UNSAID)
		return (uint32_t)sync->id;
	n = sync->instance ? kernel_find(d, sync->instance) : LVS_NONE;
	return n == LVS_NONE ? 0 : d->model->instances[n].vrrp.vrid;
}

/* What is not said is the kernel's affair. */
static bool agrees(const struct ipvs_daemon *want,
		   const struct ipvs_daemon *have)
{
	return want->role == have->role && want->id == have->id &&
	       strcmp(want->interface, have->interface) == 0 &&
	       (!want->ttl || want->ttl == have->ttl) &&
	       (!want->port || want->port == have->port) &&
	       (!want->maxlen || want->maxlen == have->maxlen) &&
	       (!want->group_family ||
		memcmp(want->group, have->group, sizeof(want->group)) == 0);
}

/*
 * What is to run; a role of 0: it is not to. Where both run already, and as
 * they should, both stay: a stop loses what they have in their queues. False:
 * the state of the virtual router cannot be read just now.
 */
static bool want_daemons(struct director *d, const struct ipvs_daemon have[2],
			 struct ipvs_daemon want[2])
{
	const struct conf_sync_daemon *sync = &d->model->global.lvs.sync;
	struct ipvs_daemon daemon = {
		.ttl = sync->ttl,
		.group_family = sync->group.family,
		.port = sync->port,
		.maxlen = sync->maxlen,
		.id = id_of(d),
	};
	struct vrrp_saved core = { .state = VRRP_BACKUP };

	want[MASTER] = want[BACKUP] = (struct ipvs_daemon){ 0 };
	if (!sync->interface || d->stopping)
		return true;
	memcpy(daemon.interface, sync->interface,
	       strnlen(sync->interface, sizeof(daemon.interface) - 1));
	memcpy(daemon.group, sync->group.bytes, sizeof(daemon.group));
	if (sync->instance && !kernel_instance(d, &core))
		return false;
	for (unsigned n = 0; n < 2; n++) {
		want[n] = daemon;
		want[n].role = n == MASTER ? IPVS_MASTER : IPVS_BACKUP;
	}
	if (sync->instance && !(agrees(&want[MASTER], &have[MASTER]) &&
				agrees(&want[BACKUP], &have[BACKUP])))
		want[core.state == VRRP_ACTIVE ? BACKUP : MASTER] =
			(struct ipvs_daemon){ 0 };
	return true;
}

/* One role: stopped if it is not as it should be, and started. */
static int change_daemon(struct director *d, const struct ipvs_daemon *want,
			 const struct ipvs_daemon *have)
{
	int error = 0;

	if (agrees(want, have) || (!want->role && !have->role))
		return 0;
	if (have->role)
		error = ipvs_daemon_stop(d->ipvs, have->role);
	if (!error && want->role)
		error = ipvs_daemon_start(d->ipvs, want);
	return error == -ESRCH || error == -EEXIST ? 0 : error;
}

static void change_daemons(struct director *d)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct ipvs_daemon want[2], have[2];
	int error;

	/* Those of others are left alone. */
	if (!d->model->global.lvs.sync.interface && !book->syncs)
		return;
	error = ipvs_daemons(d->ipvs, have);
	if (!want_daemons(d, have, want))
		return; /* they stay as they are, for now */
	book->syncs = true;
	/* The one that is to stop first: some options are of both. */
	for (unsigned n = 0; n < 2 && !error; n++)
		if (!want[n].role)
			error = change_daemon(d, &want[n], &have[n]);
	for (unsigned n = 0; n < 2 && !error; n++)
		if (want[n].role)
			error = change_daemon(d, &want[n], &have[n]);
	news_of_sync(d, error);
	if (!error && !want[MASTER].role && !want[BACKUP].role)
		book->syncs = d->model->global.lvs.sync.interface != NULL &&
			      !d->stopping;
}

static uint32_t either(uint32_t said, uint32_t otherwise)
{
	return said ? said : otherwise;
}

/* 0 or -errno. */
static int change_timeouts(struct director *d)
{
	const struct conf_lvs_timeouts *said = &d->model->global.lvs.timeouts;
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct ipvs_timeouts now, want;
	bool any = said->tcp || said->tcpfin || said->udp;
	bool noted = book->tcp != 0;
	int error;

	if ((!any && !noted) || (d->stopping && !noted))
		return 0;
	error = ipvs_get_timeouts(d->ipvs, &now);
	if (error)
		return error;
	if (!noted) {
		book->tcp_fin = now.tcp_fin;
		book->udp = now.udp;
		book->tcp = now.tcp;
	}
	want = (struct ipvs_timeouts){ book->tcp, book->tcp_fin, book->udp };
	if (any && !d->stopping)
		want = (struct ipvs_timeouts){
			either(said->tcp, want.tcp),
			either(said->tcpfin, want.tcp_fin),
			either(said->udp, want.udp),
		};
	if (memcmp(&want, &now, sizeof(now)) != 0)
		error = ipvs_set_timeouts(d->ipvs, &want);
	if (!error && (!any || d->stopping))
		book->tcp = book->tcp_fin = book->udp = 0;
	return error;
}

tick_t kernel_turn(struct director *d, tick_t now, bool news)
{
	if (!news && now < d->kernel_at)
		return d->kernel_at;
	change_daemons(d);
	news_of_timeouts(d, change_timeouts(d));
	d->kernel_at = now + LOOK_EVERY;
	return d->kernel_at;
}
