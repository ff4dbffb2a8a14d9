/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/random.h"

/* OpenSSL's generator; aborts if it fails, since nothing safe can follow. */
extern const RandomSource random_system;
