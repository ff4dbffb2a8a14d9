/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

/* Stands where Intel's multi-buffer library would be found, and is no good; how, FAKE_IPSEC_MB
 * says: version    of another version than the headers processor  finds no AES instructions failing
 * every burst fails idle       does nothing, and says that it is done
 */

static int
is_mode(const char *mode)
{
    const char *asked = getenv("FAKE_IPSEC_MB");

    return asked && strcmp(asked, mode) == 0;
}

int fake_ipsec_mb(void);

/* By this a test knows whom it has before it. */
int
fake_ipsec_mb(void)
{
    return 1;
}

unsigned
imb_get_version(void)
{
    return is_mode("version") ? IMB_VERSION_NUM - 0x100 : IMB_VERSION_NUM;
}

const char *
imb_get_version_str(void)
{
    return "fake";
}

static void
gcm_pre(const void *key, struct gcm_key_data *expanded)
{
}

static void
gcm_run(const struct gcm_key_data *key,
        struct gcm_context_data *context,
        uint8_t *out,
        const uint8_t *in,
        uint64_t len,
        const uint8_t *iv,
        const uint8_t *aad,
        uint64_t aad_len,
        uint8_t *tag,
        uint64_t tag_len)
{
    memset(tag, 0, tag_len);
}

static void
expand_key(const void *key, void *encrypt, void *decrypt)
{
}

static void
hash_block(const void *data, void *digest)
{
}

static uint32_t
cipher_burst(IMB_MGR *manager,
             IMB_JOB *jobs,
             const uint32_t n,
             const IMB_CIPHER_MODE cipher,
             const IMB_CIPHER_DIRECTION direction,
             const IMB_KEY_SIZE_BYTES key_size)
{
    for (uint32_t i = 0; i < n; i++)
        jobs[i].status = IMB_STATUS_COMPLETED;
    return is_mode("failing") ? 0 : n;
}

static uint32_t
hash_burst(IMB_MGR *manager, IMB_JOB *jobs, const uint32_t n, const IMB_HASH_ALG hash)
{
    for (uint32_t i = 0; i < n; i++) {
        jobs[i].status = IMB_STATUS_COMPLETED;
        memset(jobs[i].auth_tag_output, 0, jobs[i].auth_tag_output_len_in_bytes);
    }
    return is_mode("failing") ? 0 : n;
}

IMB_MGR *
alloc_mb_mgr(uint64_t flags)
{
    return calloc(1, sizeof(IMB_MGR));
}

void
free_mb_mgr(IMB_MGR *manager)
{
    free(manager);
}

size_t
imb_get_mb_mgr_size(void)
{
    return sizeof(IMB_MGR);
}

int
imb_get_errno(IMB_MGR *manager)
{
    return 0;
}

void
init_mb_mgr_auto(IMB_MGR *manager, IMB_ARCH *arch)
{
    manager->features = is_mode("processor") ? IMB_FEATURE_SSE4_2 : IMB_CPUFLAGS_AVX2;
    manager->gcm128_pre = manager->gcm192_pre = manager->gcm256_pre = gcm_pre;
    manager->gcm128_enc = manager->gcm192_enc = manager->gcm256_enc = gcm_run;
    manager->gcm128_dec = manager->gcm192_dec = manager->gcm256_dec = gcm_run;
    manager->keyexp_128 = manager->keyexp_192 = manager->keyexp_256 = expand_key;
    manager->sha1_one_block = manager->sha256_one_block = hash_block;
    manager->sha384_one_block = manager->sha512_one_block = hash_block;
    manager->submit_cipher_burst = cipher_burst;
    manager->submit_hash_burst = hash_burst;
}
