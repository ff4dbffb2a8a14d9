/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/failure.h"

#include <NetworkManager.h>

/* What NetworkManager is told of a failure: it knows three. */
NMVpnPluginFailure failure_for_nm(FailureReason reason);
