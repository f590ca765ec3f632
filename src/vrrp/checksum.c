/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vrrp/checksum.h"

uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t length)
{
	size_t i;

	for (i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (i < length)
		sum += (uint32_t)(bytes[i] << 8);
	return sum;
}

uint32_t checksum_add_pseudo(uint32_t sum, const struct ip *source,
			     const struct ip *destination, size_t length,
			     uint8_t next_header)
{
	sum = checksum_add(sum, source->bytes, ip_size(source->family));
	sum = checksum_add(sum, destination->bytes,
			   ip_size(destination->family));
	return sum + (uint32_t)length + next_header;
}

uint16_t checksum_end(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}
