/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nftables in this network namespace, by its netlink subsystem
 * (linux/netfilter/nf_tables.h): transactions, questions, and notice of what
 * other programs change.
 *
 * Each call is over when it returns: the kernel does a transaction within
 * sendmsg(2), all of it or nothing, and makes the next part of an answer within
 * recvmsg(2). It needs CAP_NET_ADMIN.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest transaction: 2^17 ranges of IPv6 are 12 MB. */
#define NFT_BATCH_MAX (32u << 20)

struct nft;

/* -errno: -EPROTONOSUPPORT, this kernel has no nfnetlink. */
int nft_open(struct nft **out);
void nft_close(struct nft *n);

/* What is to be done, as messages; filled by nft_message(). */
struct nft_batch {
	char *bytes; /* NULL: nothing yet */
	size_t length, room;
	bool failed; /* no memory, or it is too large */
};

/*
 * Another message (NFT_MSG_) for a family (NFPROTO_), with room for
 * NFT_MESSAGE_MAX bytes, which libmnl's calls may fill; then nft_end(). NULL:
 * there is no memory, and the batch has failed.
 */
#define NFT_MESSAGE_MAX 65536
struct nlmsghdr *nft_message(struct nft_batch *b, unsigned type, unsigned flags,
			     uint8_t family);
void nft_end(struct nft_batch *b, const struct nlmsghdr *message);
void nft_batch_free(struct nft_batch *b);

/* 0, and all of it is done; or -errno, and nothing is. The batch is empty
 * then. */
int nft_commit(struct nft *n, struct nft_batch *b);

/*
 * A question: one message of a batch, which is empty then. `take` is called for
 * each message of the answer, and its result, -errno, ends the reading. 0 or
 * -errno; -ENOENT: there is no such thing.
 */
int nft_ask(struct nft *n, struct nft_batch *b,
	    int (*take)(void *context, const struct nlmsghdr *message),
	    void *context);

/* Readable when a program has changed something. */
int nft_fd(const struct nft *n);

/* Who has changed something; the kernel's name for a process. */
struct nft_author {
	char name[16]; /* "": it is not known, or several have */
	uint32_t pid;  /* in the first PID namespace */
};

/* Reads what there is. True: another program, not we, has changed something, or
 * may have. */
bool nft_others(struct nft *n, struct nft_author *by);
