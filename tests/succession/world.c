/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include "base/must.h"

#include <stddef.h>

const char *const move_names[MOVES] = {
	[MOVE_SETS_UP] = "the server is ready",
	[MOVE_HEIR_SETS_UP] = "the heir is ready",
	[MOVE_ADOPTS] = "it has adopted",
	[MOVE_LEAVES] = "what is removed has left",
	[MOVE_STARTS] = "another server is started",
	[MOVE_YIELDS] = "the server yields",
	[MOVE_YIELD_SEEN] = "that is seen",
	[MOVE_ENDS] = "the server ends as it was told",
	[MOVE_SEEN] = "the end of the server is seen",
	[MOVE_HEIR_SEEN] = "the end of the heir is seen",
	[MOVE_RETURNS] = "the one before begins to return",
	[MOVE_HANG_SEEN] = "a server that hangs is killed",
	[MOVE_TIME] = "the deadline",
	[MOVE_RELOAD] = "a reload",
	[MOVE_TRIAL] = "a reload on trial",
	[MOVE_CONFIRM] = "a confirmation",
	[MOVE_STOP] = "a stop",
	[MOVE_DIES] = "the server dies",
	[MOVE_HEIR_DIES] = "the heir dies",
	[MOVE_START_FAILS] = "the next process cannot be started",
	[MOVE_RETURN_FAILS] = "the return cannot begin",
	[MOVE_KEEPER_DIES] = "the keeper dies, and another comes",
	[MOVE_LATE] = "the deadline comes early",
	[MOVE_HANGS] = "the server hangs",
	[MOVE_HEIR_HANGS] = "the heir hangs",
	[MOVE_REFUSED] = "a change that must be refused",
	[MOVE_TOLD] = "that it is time is told in vain",
};

static void check(struct world *w, bool good, const char *rule)
{
	if (!good && !w->broken)
		w->broken = rule;
}

static bool lives(const struct process_played *p)
{
	return p->is != REALLY_NONE && p->is != REALLY_DEAD;
}

static void kill_played(struct process_played *p)
{
	if (lives(p))
		p->is = REALLY_DEAD;
}

static void step(struct world *w, const struct succession_event *event);

static void tell(struct world *w, enum succession_what what)
{
	step(w, &(struct succession_event){ .what = what });
}

/* The heir takes the place of the server. */
static bool move_in(struct world *w)
{
	bool alive = w->heir.is == REALLY_WAITS;

	check(w, w->server.is != REALLY_ACTS,
	      "nobody goes on while another serves");
	check(w, w->heir.is != REALLY_SETS_UP, "who goes on has set itself up");
	check(w, w->next != 0, "there is something to go on with");
	check(w, w->s.deaf == w->unheard, "who goes on knows who listened");
	w->unheard = false;
	/* What it gives back stays with the one that may return. */
	w->server = w->heir;
	w->heir = (struct process_played){ 0 };
	w->server.is = alive ? REALLY_ACTS : REALLY_NONE;
	w->runs = w->next;
	w->next = 0;
	w->before = true;
	w->adopted = false;
	w->leaves = false;
	w->again = false;
	return alive;
}

static void drop_next(struct world *w)
{
	check(w, w->next != 0, "only what is there is dropped");
	w->next = 0;
	w->leaves = false;
}

/* True if the event that follows must be told after all acts. */
static bool perform(struct world *w, enum succession_act act,
		    enum succession_what *after)
{
	switch (act) {
	case ACT_START_HEIR:
		check(w, w->heir.is == REALLY_NONE, "there is one heir");
		check(w, w->next != 0, "an heir has something to run");
		check(w, !w->leaves || w->timed || w->server.is != REALLY_ACTS,
		      "what is removed leaves first");
		check(w, !w->before || w->adopted || w->timed,
		      "what the last one knew is read first");
		w->started = true;
		w->heir = (struct process_played){ .is = REALLY_SETS_UP,
						   .runs = w->next };
		break;
	case ACT_KILL_HEIR:
		kill_played(&w->heir);
		break;
	case ACT_YIELD:
		check(w,
		      w->heir.is == REALLY_WAITS || w->heir.is == REALLY_DEAD,
		      "nobody yields to who is not ready");
		w->server.told_yield = true;
		break;
	case ACT_KILL_SERVER:
		kill_played(&w->server);
		break;
	case ACT_SUCCEED:
		*after = SUCCESSION_SERVER_ENDED;
		return !move_in(w);
	case ACT_GO:
		check(w, w->s.deaf || !w->unheard,
		      "who is told to go knows who listened");
		w->unheard = false;
		if (w->server.is == REALLY_WAITS)
			w->server.is = REALLY_ACTS;
		break;
	case ACT_AGAIN:
		check(w, w->runs != 0, "it is known what to start again");
		check(w, !w->s.stopping, "nothing is started in a stop");
		w->again = true;
		break;
	case ACT_GIVE_UP:
		check(w, w->started, "an heir is given up once");
		w->started = false;
		break;
	case ACT_DROP_NEXT:
		drop_next(w);
		break;
	case ACT_RELEASE:
		check(w, w->adopted, "what was not read yet is kept");
		w->before = false;
		break;
	case ACT_END_SERVER:
		w->server.told_end = true;
		w->again = false;
		break;
	case ACT_END_OTHERS:
		check(w, !lives(&w->server), "the others end after who serves");
		w->others_end = true;
		break;
	case ACT_RETURN:
		check(w, w->fallback != 0, "there is something to return to");
		check(w, !succession_is_busy(&w->s),
		      "a return waits for the end of another change");
		w->reading = true;
		break;
	case ACTS:
		break;
	}
	return false;
}

static void rules(struct world *w)
{
	bool trial = w->s.trial != TRIAL_NONE;

	check(w, w->server.is != REALLY_ACTS || w->heir.is != REALLY_ACTS,
	      "only one serves");
	check(w, (w->next != 0) == (w->s.phase != SUCCESSION_NONE),
	      "what is to be next belongs to a phase");
	check(w,
	      w->s.phase != SUCCESSION_YIELD || w->s.heir == PARTY_ACTS ||
		      w->s.heir == PARTY_SETS_UP,
	      "one yields to an heir");
	check(w, w->s.confirm_by == TICK_NEVER || trial,
	      "only a trial waits to be confirmed");
	check(w, !trial || w->fallback != 0, "a trial has a way back");
	check(w, w->s.before == w->before, "what is kept is known");
	check(w, w->s.server != PARTY_ACTS || w->server.is != REALLY_SETS_UP,
	      "who is said to act has been told to");
}

static void step(struct world *w, const struct succession_event *event)
{
	enum succession_trial trial = w->s.trial;
	enum succession_what after = SUCCESSION_BEGIN;
	struct succession_acts acts;
	bool more = false;

	succession_step(&w->s, w->now, event, &acts);
	for (unsigned n = 0; n < acts.count; n++)
		more |= perform(w, acts.list[n], &after);
	/* The keeper gives back what there is no way back to. */
	if (trial != TRIAL_NONE && w->s.trial == TRIAL_NONE)
		w->fallback = 0;
	if (more)
		tell(w, after);
	rules(w);
}

static bool begin(struct world *w, tick_t confirm, bool leaves)
{
	uint8_t runs = w->runs;

	if (w->budget.begins == 0 || succession_is_busy(&w->s) || w->reading ||
	    runs == 0)
		return false;
	/* Something is on trial: only another trial is accepted. */
	if (w->s.confirm_by != TICK_NEVER && confirm == 0)
		return false;
	w->budget.begins--;
	w->next = (uint8_t)(10 + w->budget.begins);
	w->leaves = leaves;
	w->confirmed = false;
	if (confirm > 0 && !w->fallback)
		w->fallback = runs;
	step(w, &(struct succession_event){
			.what = SUCCESSION_BEGIN,
			.confirm = confirm,
			.leaves = leaves ? 3 * TICK_SECOND : 0,
		});
	return true;
}

static bool returns(struct world *w)
{
	if (!w->reading)
		return false;
	w->reading = false;
	if (succession_is_busy(&w->s)) {
		tell(w, SUCCESSION_RETURN_FAILED);
		return true;
	}
	w->next = w->fallback;
	step(w, &(struct succession_event){ .what = SUCCESSION_BEGIN,
					    .returns = true });
	return true;
}

/* Another keeper goes on with who serves (keeper/resume.c), or starts one. */
static void resume(struct world *w)
{
	bool trial = w->fallback != 0 && w->s.trial != TRIAL_COMES;
	bool heir_goes = w->s.phase == SUCCESSION_YIELD &&
			 w->heir.is == REALLY_WAITS &&
			 w->server.is != REALLY_ACTS;
	tick_t confirm_by = w->s.confirm_by;
	/* What a process keeps is what it runs. */
	uint8_t runs = w->server.is != REALLY_NONE ? w->server.runs
		       : w->runs                   ? w->runs
						   : w->next;

	if (trial && confirm_by == TICK_NEVER) /* it is about to return */
		confirm_by = 0;
	if (heir_goes) {
		/* It sees that the old one has let go, and goes on by itself.
		 */
		trial = w->fallback != 0 && w->s.trial != TRIAL_RETURNS;
		runs = w->heir.runs;
		w->server = w->heir;
		w->server.is = REALLY_ACTS;
	} else if (w->server.is != REALLY_ACTS) {
		w->server = (struct process_played){ 0 };
	}
	w->heir = (struct process_played){ 0 };
	w->leaves = w->before = w->adopted = w->again = w->reading = false;
	w->unheard = w->started = false;
	w->next = w->runs = 0;
	if (!trial) {
		w->fallback = 0;
		confirm_by = TICK_NEVER;
	}
	if (!lives(&w->server)) { /* what is in force is started afresh */
		w->fallback = 0;
		w->runs = runs;
		succession_init(&w->s, TICK_NEVER);
		w->again = true;
		return;
	}
	w->server.told_yield = false;
	succession_resume(&w->s, true, confirm_by);
	w->next = runs;
	tell(w, SUCCESSION_BEGIN);
}

static bool take(uint8_t *budget)
{
	if (*budget == 0)
		return false;
	--*budget;
	return true;
}

/* The deadline has come, and nothing before it. */
static bool time_comes(struct world *w)
{
	tick_t by = succession_deadline(&w->s);

	if (by == TICK_NEVER)
		return false;
	w->now = tick_max(w->now, by);
	w->timed = true;
	tell(w, SUCCESSION_TIME);
	w->timed = false;
	check(w, succession_deadline(&w->s) > w->now,
	      "a deadline is told once");
	return true;
}

/* What must happen before a deadline, if nothing is late. */
static bool is_under_way(const struct world *w)
{
	return (w->server.is == REALLY_SETS_UP && !w->server.hangs) ||
	       (w->heir.is == REALLY_SETS_UP && !w->heir.hangs) ||
	       w->server.is == REALLY_DEAD || w->heir.is == REALLY_DEAD ||
	       w->server.is == REALLY_YIELDED || w->again ||
	       (w->leaves && w->s.phase == SUCCESSION_DRAIN &&
		w->server.is == REALLY_ACTS && !w->server.hangs) ||
	       (w->server.is == REALLY_ACTS && !w->server.hangs &&
		(w->server.told_yield || (w->before && !w->adopted)));
}

static bool sees_end(struct world *w, struct process_played *p,
		     enum succession_what what)
{
	if (p->is != REALLY_DEAD)
		return false;
	*p = (struct process_played){ 0 };
	if (p == &w->server)
		w->unheard |= w->s.phase != SUCCESSION_YIELD;
	tell(w, what);
	check(w,
	      what != SUCCESSION_SERVER_ENDED ||
		      w->s.phase != SUCCESSION_READY ||
		      w->s.by <= w->now + TICK_SECOND,
	      "an heir has little time while nobody serves");
	return true;
}

static bool hang(struct world *w, struct process_played *p)
{
	if (!lives(p) || p->hangs || p->is == REALLY_YIELDED ||
	    !take(&w->budget.hangs))
		return false;
	p->hangs = true;
	return true;
}

/* Those that the processes do. */
static bool move_process(struct world *w, enum move move)
{
	struct process_played *server = &w->server, *heir = &w->heir;

	switch ((int)move) {
	case MOVE_SETS_UP:
		if (server->is != REALLY_SETS_UP || server->told_yield ||
		    server->hangs)
			return false;
		server->is = REALLY_WAITS;
		tell(w, SUCCESSION_SERVER_READY);
		return true;
	case MOVE_HEIR_SETS_UP:
		if (heir->is != REALLY_SETS_UP || heir->hangs)
			return false;
		heir->is = REALLY_WAITS;
		if (w->s.phase == SUCCESSION_READY)
			w->unheard = w->s.server != PARTY_ACTS;
		tell(w, SUCCESSION_HEIR_READY);
		return true;
	case MOVE_ADOPTS:
		if (server->is != REALLY_ACTS || !w->before || w->adopted ||
		    server->hangs)
			return false;
		w->adopted = true;
		tell(w, SUCCESSION_ADOPTED);
		return true;
	case MOVE_YIELDS:
		if (!server->told_yield || !lives(server) || server->hangs ||
		    server->is == REALLY_YIELDED)
			return false;
		/* One that is not told to go yet just ends by the signal. */
		server->is = server->is == REALLY_ACTS ? REALLY_YIELDED
						       : REALLY_DEAD;
		return true;
	case MOVE_YIELD_SEEN:
		if (server->is != REALLY_YIELDED)
			return false;
		*server = (struct process_played){ 0 };
		w->unheard |= w->s.phase != SUCCESSION_YIELD;
		tell(w, SUCCESSION_SERVER_ENDED);
		return true;
	case MOVE_ENDS:
		if (!server->told_end || !lives(server))
			return false;
		w->handed = server->is == REALLY_ACTS;
		server->is = REALLY_DEAD;
		return true;
	case MOVE_SEEN:
		return sees_end(w, server, SUCCESSION_SERVER_ENDED);
	case MOVE_HEIR_SEEN:
		return sees_end(w, heir, SUCCESSION_HEIR_ENDED);
	case MOVE_HANGS:
		return hang(w, server);
	case MOVE_HEIR_HANGS:
		return hang(w, heir);
	case MOVE_HANG_SEEN:
		/* In the other phases there are deadlines for that. */
		if (!server->hangs || !lives(server) ||
		    (w->s.phase != SUCCESSION_NONE &&
		     w->s.phase != SUCCESSION_DRAIN))
			return false;
		server->is = REALLY_DEAD;
		return true;
	case MOVE_DIES:
		if (!lives(server) || !take(&w->budget.deaths))
			return false;
		server->is = REALLY_DEAD;
		return true;
	case MOVE_HEIR_DIES:
		if (!lives(heir) || !take(&w->budget.deaths))
			return false;
		heir->is = REALLY_DEAD;
		return true;
	}
	return false;
}

static bool start_again(struct world *w)
{
	if (!w->again)
		return false;
	w->again = false;
	if (w->server.is != REALLY_NONE)
		return false;
	w->server = (struct process_played){ .is = REALLY_SETS_UP,
					     .runs = w->runs };
	tell(w, SUCCESSION_STARTED);
	return true;
}

/* The process that was just asked for is none. */
static bool start_fails(struct world *w)
{
	if (w->heir.is != REALLY_SETS_UP || !take(&w->budget.failures))
		return false;
	w->heir = (struct process_played){ 0 };
	tell(w, SUCCESSION_HEIR_FAILED);
	return true;
}

/* A change while another is under way: nothing comes of it. */
static bool refuse(struct world *w)
{
	const struct succession_event event = {
		.what = SUCCESSION_BEGIN,
		.confirm = TICK_SECOND,
	};
	struct succession_acts acts;
	struct succession s = w->s;

	if (!succession_is_busy(&s) || !take(&w->budget.orders))
		return false;
	succession_step(&s, w->now, &event, &acts);
	check(w,
	      acts.count == 0 && s.phase == w->s.phase &&
		      s.trial == w->s.trial && s.by == w->s.by &&
		      s.confirm_by == w->s.confirm_by,
	      "a change waits for the end of another");
	return true;
}

static bool confirm(struct world *w)
{
	if (w->s.confirm_by == TICK_NEVER || !take(&w->budget.begins))
		return false;
	w->confirmed = true;
	tell(w, SUCCESSION_CONFIRM);
	return true;
}

/* Nothing leaves without who serves: then there is the deadline. */
static bool is_drained(const struct world *w)
{
	return w->s.phase == SUCCESSION_DRAIN && w->s.accepted &&
	       w->heir.is == REALLY_NONE && w->server.is == REALLY_ACTS &&
	       !w->server.hangs && (w->leaves || !w->before || w->adopted);
}

static bool move_keeper(struct world *w, enum move move)
{
	switch ((int)move) {
	case MOVE_LEAVES:
		if (!is_drained(w))
			return false;
		w->leaves = false;
		tell(w, SUCCESSION_DRAINED);
		return true;
	case MOVE_STARTS:
		return start_again(w);
	case MOVE_RETURNS:
		return returns(w);
	case MOVE_TIME:
		return !is_under_way(w) && time_comes(w);
	case MOVE_LATE:
		return is_under_way(w) && take(&w->budget.lates) &&
		       time_comes(w);
	case MOVE_RELOAD:
		return begin(w, 0, w->budget.begins % 2);
	case MOVE_TRIAL:
		return begin(w, 10 * TICK_SECOND, false);
	case MOVE_CONFIRM:
		return confirm(w);
	case MOVE_STOP:
		if (w->s.stopping || !take(&w->budget.stops))
			return false;
		w->again = false;
		w->serves = w->server.is == REALLY_ACTS ||
			    w->s.phase == SUCCESSION_YIELD;
		tell(w, SUCCESSION_STOP);
		return true;
	case MOVE_START_FAILS:
		return start_fails(w);
	case MOVE_RETURN_FAILS:
		if (!w->reading || !take(&w->budget.failures))
			return false;
		w->reading = false;
		tell(w, SUCCESSION_RETURN_FAILED);
		return true;
	case MOVE_REFUSED:
		return refuse(w);
	case MOVE_TOLD:
		if (w->s.phase != SUCCESSION_DRAIN ||
		    w->s.heir != PARTY_DOOMED || !take(&w->budget.orders))
			return false;
		w->now = tick_max(w->now, w->s.by);
		tell(w, SUCCESSION_TIME);
		return true;
	case MOVE_KEEPER_DIES:
		if (w->s.stopping || !take(&w->budget.keepers))
			return false;
		resume(w);
		rules(w);
		return true;
	}
	return false;
}

bool world_move(struct world *w, enum move move)
{
	bool moved = move_process(w, move) || move_keeper(w, move);

	w->trouble |= moved && move >= MOVE_DIES;
	return moved;
}

void world_begin(struct world *w, const struct budget *budget)
{
	w->budget = *budget;
	w->runs = 1;
	w->again = true;
	succession_init(&w->s, TICK_NEVER);
}

/* The moves of a world in which nothing more goes wrong come to an end. */
#define SETTLE_MOVES 200

void world_settles(struct world *w)
{
	bool on_trial = w->s.trial != TRIAL_NONE && !w->confirmed;
	uint8_t back = w->fallback;
	unsigned moves = 0;
	bool moved = true;

	while (moved && !w->broken && moves < SETTLE_MOVES) {
		moved = false;
		for (enum move m = 0; m < MOVES_GOOD && !moved; m++)
			moved = world_move(w, m);
		moves += moved;
	}
	check(w, moves < SETTLE_MOVES, "it comes to an end");
	check(w, w->s.phase == SUCCESSION_NONE, "no phase lasts for ever");
	check(w, w->heir.is == REALLY_NONE, "no heir waits for ever");
	check(w, !w->before || w->s.stopping, "what was read is given back");
	if (w->s.stopping) {
		check(w, !lives(&w->server), "a stop ends who serves");
		check(w, w->others_end, "a stop ends the others");
		check(w, w->handed || w->trouble || !w->serves,
		      "who serves at a stop hands over");
		return;
	}
	check(w, w->server.is == REALLY_ACTS, "somebody serves");
	check(w, w->server.runs == w->runs, "it runs what is in force");
	check(w, w->s.trial == TRIAL_NONE, "a trial ends");
	check(w, !on_trial || w->runs == back,
	      "what nobody has confirmed returns");
}
