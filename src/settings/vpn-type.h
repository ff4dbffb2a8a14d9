/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The VPN type in NetworkManager's eyes: vpn.service-type of a profile, and the name that the
 * service has on the bus (with a suffix of NetworkManager's, one a connection). */
#define NM_IKE_SERVICE "org.freedesktop.NetworkManager.ike"
