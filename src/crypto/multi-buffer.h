/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "crypto/internal.h"

/* Who includes this is built only where the library's header is. */
#if __has_include(<intel-ipsec-mb.h>)
#include <intel-ipsec-mb.h>

/* Intel's multi-buffer library: packets of equal kind side by side in one vector register. It is
 * loaded when the first SA is made, so that who has none does not carry it, and who has no such
 * library does without. */

enum {
    MULTI_BUFFER_BURST = 64, /* packets in one call; the library takes 128 at most */
    MULTI_BUFFER_MAX_ICV_LEN = 32,
};

/* The library's functions for this processor: to read only. NULL if the library is not here, is
 * another than this was built for, or has no AES instructions to work with. */
const IMB_MGR *multi_buffer_functions(void);

/* What one thread computes with. */
typedef struct {
    IMB_MGR *manager;
    size_t manager_len;
    IMB_JOB jobs[MULTI_BUFFER_BURST];
    uint8_t ivs[MULTI_BUFFER_BURST * 16];
    uint8_t computed[MULTI_BUFFER_BURST][MULTI_BUFFER_MAX_ICV_LEN];
    uint8_t received[MULTI_BUFFER_BURST][MULTI_BUFFER_MAX_ICV_LEN];
} MultiBuffer;

/* The calling thread's, made at its first use and gone with the thread; NULL if that fails. */
MultiBuffer *multi_buffer_of_thread(void);

#endif
