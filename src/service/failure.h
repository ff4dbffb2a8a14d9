/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/engine.h"

#include <NetworkManager.h>

/* Which of NetworkManager's failures it is. */
NMVpnPluginFailure failure_for_nm(FailureReason reason);

/* Which secret another one of could have helped; IKE_SECRET_N: none, or that is not certain. */
IkeSecretKind failure_secret(FailureReason reason, const ConnectionConfig *config);
