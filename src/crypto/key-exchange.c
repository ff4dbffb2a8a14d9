/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/internal.h"

struct KeyExchange {
    const KeyExchangeMethod *method;
    const KeyExchangeOperations *operations;
    Secret private_value;
    uint8_t public_value[];
};

static const KeyExchangeOperations *
operations_of(KeyExchangeKind kind)
{
    switch (kind) {
    case KE_KIND_MODP:
        return &key_exchange_modp;
    case KE_KIND_ECP:
        return &key_exchange_ecp;
    }
    g_assert_not_reached();
}

KeyExchange *
key_exchange_new(const KeyExchangeMethod *method, const RandomSource *random)
{
    KeyExchange *ke = g_malloc0(sizeof(*ke) + method->public_len);
    Bytes private_value;

    ke->method = method;
    ke->operations = operations_of(method->kind);
    ke->private_value = ke->operations->new_private(method, random);
    private_value = secret_view(&ke->private_value);
    if (!ke->operations->compute_public(method, private_value, ke->public_value))
        g_error("OpenSSL cannot do the key exchange method %s", method->keyword);
    return ke;
}

const KeyExchangeMethod *
key_exchange_method(const KeyExchange *ke)
{
    return ke->method;
}

Bytes
key_exchange_public(const KeyExchange *ke)
{
    return bytes_of(ke->public_value, ke->method->public_len);
}

Secret
key_exchange_derive(KeyExchange *ke, Bytes peer_public)
{
    g_auto(Secret) shared = secret_alloc(ke->method->shared_len);

    if (peer_public.len != ke->method->public_len)
        return (Secret){0};
    if (!ke->operations->compute_shared(
            ke->method, secret_view(&ke->private_value), peer_public, shared.data))
        return (Secret){0};
    return secret_steal(&shared);
}

void
key_exchange_free(KeyExchange *ke)
{
    if (!ke)
        return;
    secret_clear(&ke->private_value);
    g_free(ke);
}
