/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "platform/udp-socket.h"

/* What the kernel's IPsec is asked for at a socket. Functions return 0 or a negative errno. */

/* Whether the kernel takes ESP in UDP (RFC 3948) out of what arrives. What is left is IKE with its
 * non-ESP marker; keepalives are taken too. Only where the kernel was seen to have ESP: elsewhere
 * the option may be accepted, and every ESP datagram lost. */
int udp_encap_set(UdpSocket *socket, bool on);

/* What goes through this socket is never subject to an IPsec policy: IKE is its own protection (RFC
 * 4301, 5.1, calls this BYPASS). Needs CAP_NET_ADMIN. */
int udp_encap_bypass_policies(UdpSocket *socket);
