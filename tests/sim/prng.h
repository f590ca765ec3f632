/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulator's random numbers: xoshiro256** (Blackman and Vigna, 2018),
 * seeded by splitmix64. The same seed gives the same numbers on every
 * machine, which is all that is asked of it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct prng {
	uint64_t s[4];
};

static inline uint64_t prng_rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static inline struct prng prng_seed(uint64_t seed)
{
	struct prng p;

	for (int i = 0; i < 4; i++) {
		uint64_t z = (seed += 0x9e3779b97f4a7c15u);

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		p.s[i] = z ^ (z >> 31);
	}
	return p;
}

static inline uint64_t prng_next(struct prng *p)
{
	uint64_t result = prng_rotate(p->s[1] * 5, 7) * 9;
	uint64_t t = p->s[1] << 17;

	p->s[2] ^= p->s[0];
	p->s[3] ^= p->s[1];
	p->s[1] ^= p->s[2];
	p->s[0] ^= p->s[3];
	p->s[2] ^= t;
	p->s[3] = prng_rotate(p->s[3], 45);
	return result;
}

/* From low to high, both included. (The bias is below 2^-30 here.) */
static inline int64_t prng_range(struct prng *p, int64_t low, int64_t high)
{
	return low + (int64_t)(prng_next(p) % (uint64_t)(high - low + 1));
}

/* True in so many of a thousand cases. */
static inline bool prng_chance(struct prng *p, unsigned per_mille)
{
	return per_mille > 0 && prng_next(p) % 1000 < per_mille;
}
