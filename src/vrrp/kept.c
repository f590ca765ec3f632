/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an Active keeps the interval that it names, where that is not ours.
 * Anybody can say that it will be silent for 40 s, or for a hundredth of one;
 * to be heard three times in that rhythm, and to answer meanwhile (doubt.c),
 * takes more than a packet or two.
 */
#include "vrrp/states.h"

#define KEPT 2 /* intervals in a row */

/* So long no short interval is believed at once, after one that was not kept.
 */
#define SHY_FOR (60 * TICK_SECOND)

bool vrrp_is_kept(const struct vrrp *v)
{
	return v->kept >= KEPT;
}

bool vrrp_doubts(const struct vrrp *v, tick_t interval)
{
	return interval > v->config->interval &&
	       !(interval == v->kept_interval && vrrp_is_kept(v));
}

/*
 * For so many intervals after it was heard, an Active is believed to live:
 * three, as most Backups wait for that; fewer if we ourselves wait for fewer.
 * Not more: then one that waits for three has taken over, and we would not
 * follow it. And of ours, where its own is doubted.
 */
static tick_t trusted_for(const struct vrrp *v, tick_t interval)
{
	if (vrrp_doubts(v, interval))
		interval = v->config->interval;

	return tick_min(v->config->down_timer_adverts,
			VRRP_DOWN_ADVERTS_DEFAULT) *
	       interval;
}

/* Nobody's interval is counted. */
void vrrp_kept_anew(struct vrrp *v)
{
	v->kept = 0;
	v->kept_interval = 0;
}

/*
 * Whether the sender keeps the interval that it names: half of one or more
 * since it was heard last, and no more than an Active is waited for. One that
 * spoke in between, for another reason, is counted at the next time.
 */
void vrrp_kept_hear(struct vrrp *v, tick_t received, tick_t interval,
		    const struct ip *sender)
{
	bool same = v->kept_interval == interval &&
		    ip_equal(&v->active, sender) && v->active_until >= 0;
	tick_t gap;

	if (same && vrrp_is_kept(v))
		return;
	if (!same || interval == v->config->interval) {
		vrrp_kept_anew(v);
		if (interval != v->config->interval)
			v->kept_interval = interval;
		return;
	}
	gap = received - v->active_until + trusted_for(v, interval);
	if (gap > VRRP_DOWN_ADVERTS_DEFAULT * interval)
		v->kept = 0;
	else if (gap >= interval / 2)
		v->kept++;
}

/* It is followed, and nothing is learned from it. */
void vrrp_kept_lower(struct vrrp *v, tick_t interval, const struct ip *sender)
{
	bool same =
		v->kept_interval == interval && ip_equal(&v->active, sender);

	if (!same && !vrrp_is_kept(v))
		vrrp_kept_anew(v);
}

void vrrp_kept_trust(struct vrrp *v, tick_t received, tick_t interval)
{
	v->active_until = tick_after(received, trusted_for(v, interval));
}

/*
 * DEVIATION from (425): once. One packet of a short interval ends the wait at
 * once, and more of them would make us come and go for ever.
 */
tick_t vrrp_kept_learn(const struct vrrp *v, tick_t received, tick_t interval)
{
	bool shy = interval < v->config->interval && received < v->shy_until;

	return shy && !vrrp_is_kept(v) ? v->config->interval : interval;
}

void vrrp_kept_misled(struct vrrp *v, tick_t now)
{
	if (v->active_interval < v->config->interval && !vrrp_is_kept(v))
		v->shy_until = now + SHY_FOR;
}
