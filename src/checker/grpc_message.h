/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of grpc.health.v1.Health/Check, in the frames of gRPC (a byte and
 * four of the length) and the encoding of protocol buffers: a request with one
 * string, an answer with one number.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GRPC_SERVICE_MOST 200
#define GRPC_REQUEST_MOST (5 + 3 + GRPC_SERVICE_MOST)
#define GRPC_ANSWER_MOST  64

/* Of that service, cut at GRPC_SERVICE_MOST, or "" of the whole server. */
size_t grpc_request(const char *service, uint8_t bytes[GRPC_REQUEST_MOST]);

/* As grpc.health.v1 numbers them. */
enum grpc_serving {
	GRPC_UNKNOWN,
	GRPC_SERVING,
	GRPC_NOT_SERVING,
	GRPC_SERVICE_UNKNOWN,
	GRPC_MALFORMED, /* not of the protocol: what came is no such answer */
};

enum grpc_serving grpc_answer(const uint8_t *bytes, size_t length);

const char *grpc_serving_name(enum grpc_serving serving);
