/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/kinds.h"

#include "base/must.h"

static const struct kind *const kinds[CONF_CHECK_KINDS] = {
	[CONF_CHECK_TCP] = &kind_tcp,     [CONF_CHECK_HTTP] = &kind_http,
	[CONF_CHECK_SSL] = &kind_ssl,     [CONF_CHECK_SMTP] = &kind_smtp,
	[CONF_CHECK_DNS] = &kind_dns,     [CONF_CHECK_UDP] = &kind_udp,
	[CONF_CHECK_AGENT] = &kind_agent, [CONF_CHECK_PING] = &kind_ping,
	[CONF_CHECK_GRPC] = &kind_grpc,   [CONF_CHECK_FILE] = &kind_file,
	[CONF_CHECK_MISC] = &kind_misc,
};

const struct kind *kind_of(const struct conf_check *check)
{
	bool http =
		check->kind == CONF_CHECK_HTTP || check->kind == CONF_CHECK_SSL;

	if (http && check->http.protocol == CONF_HTTP_2)
		return &kind_http2;
	return check->kind < ARRAY_LENGTH(kinds) ? kinds[check->kind] : NULL;
}
