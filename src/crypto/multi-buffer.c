/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/multi-buffer.h"

#include "base/log.h"

#include <dlfcn.h>

enum { BITS_OF_PATCH = 8 }; /* of a version number */

/* Without them AES would be done by tables, whose timing tells keys. */
static const uint64_t needed_features = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;

/* What is not reached through a manager. */
static struct {
    unsigned (*get_version)(void);
    const char *(*get_version_str)(void);
    IMB_MGR *(*alloc_manager)(uint64_t flags);
    void (*init_manager)(IMB_MGR *manager, IMB_ARCH *arch);
    void (*free_manager)(IMB_MGR *manager);
    size_t (*manager_len)(void);
    int (*get_errno)(IMB_MGR *manager);
} library;

static bool
find_symbols(void *handle)
{
    const struct {
        const char *name;
        void **to;
    } symbols[] = {
        {"imb_get_version", (void **) &library.get_version},
        {"imb_get_version_str", (void **) &library.get_version_str},
        {"alloc_mb_mgr", (void **) &library.alloc_manager},
        {"init_mb_mgr_auto", (void **) &library.init_manager},
        {"free_mb_mgr", (void **) &library.free_manager},
        {"imb_get_mb_mgr_size", (void **) &library.manager_len},
        {"imb_get_errno", (void **) &library.get_errno},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++) {
        *symbols[i].to = dlsym(handle, symbols[i].name);
        if (!*symbols[i].to)
            return false;
    }
    return true;
}

/* A manager is a struct of function pointers that grew from version to version. */
static bool
is_version_of_headers(void)
{
    return library.get_version() >> BITS_OF_PATCH == IMB_VERSION_NUM >> BITS_OF_PATCH;
}

static bool
is_sound(IMB_MGR *manager)
{
    uint64_t features = manager->features;

    if (library.get_errno(manager) != 0 || (features & needed_features) != needed_features)
        return false;
    return !(features & IMB_FEATURE_SELF_TEST) || (features & IMB_FEATURE_SELF_TEST_PASS);
}

static IMB_MGR *
new_manager(void)
{
    IMB_MGR *manager = library.alloc_manager(0);

    if (!manager)
        return NULL;
    library.init_manager(manager, NULL);
    if (is_sound(manager))
        return manager;
    library.free_manager(manager);
    return NULL;
}

static IMB_MGR *
manager_of_library(void *handle)
{
    IMB_MGR *manager;

    if (!find_symbols(handle))
        return NULL;
    if (!is_version_of_headers()) {
        log_info("the multi-buffer library is %s, not what this was built for: OpenSSL is used",
                 library.get_version_str());
        return NULL;
    }
    manager = new_manager();
    log_info("the multi-buffer library %s %s",
             library.get_version_str(),
             manager ? "ciphers packets" : "does not work on this processor: OpenSSL is used");
    return manager;
}

/* What was loaded stays until the process ends: SAs have its functions. */
static gpointer
load(gpointer unused)
{
    void *handle = dlopen(IPSEC_MB_SONAME, RTLD_NOW | RTLD_LOCAL);
    IMB_MGR *manager = handle ? manager_of_library(handle) : NULL;

    if (handle && !manager)
        dlclose(handle);
    return manager;
}

const IMB_MGR *
multi_buffer_functions(void)
{
    static GOnce once = G_ONCE_INIT;

    return g_once(&once, load, NULL);
}

/* Between bursts its lanes keep states of hashes and tails of packets. */
static void
free_of_thread(gpointer data)
{
    MultiBuffer *mb = data;

    secret_wipe(mb->manager, mb->manager_len);
    library.free_manager(mb->manager);
    secret_wipe(mb, sizeof(*mb));
    g_free(mb);
}

MultiBuffer *
multi_buffer_of_thread(void)
{
    static GPrivate of_thread = G_PRIVATE_INIT(free_of_thread);
    MultiBuffer *mb = g_private_get(&of_thread);
    IMB_MGR *manager;

    if (mb)
        return mb;
    manager = multi_buffer_functions() ? new_manager() : NULL;
    if (!manager)
        return NULL;
    mb = g_new0(MultiBuffer, 1);
    mb->manager = manager;
    mb->manager_len = library.manager_len();
    g_private_set(&of_thread, mb);
    return mb;
}
