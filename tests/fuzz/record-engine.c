/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/writer.h"
#include "fuzz/engine-config.h"
#include "lib/link.h"

#include <string.h>

/* Writes the corpus of fuzz-engine: conversations between the engine and the tests' gateway, both
 * on tests/lib/crypto-null.c, as the engine's inputs.
 *
 *     record-engine FOLDER */

enum { SIZE = 64 * 1024 };

typedef struct {
    const char *name;
    uint8_t bits;
    ResponderFault fault;
    bool nat;
} Record;

static const Record records[] = {
    {"main-psk", 0, FAULT_NONE, false},
    {"main-xauth-nat", ENGINE_XAUTH, FAULT_NONE, true},
    {"main-push", ENGINE_PUSH, FAULT_NONE, false},
    {"main-pfs-short", ENGINE_PFS | ENGINE_SHORT, FAULT_NONE, false},
    {"aggressive-psk", ENGINE_AGGRESSIVE | ENGINE_FORCED, FAULT_NONE, false},
    {"aggressive-xauth-asked", ENGINE_AGGRESSIVE | ENGINE_XAUTH | ENGINE_ASK, FAULT_NONE, false},
    {"aggressive-xauth-push", ENGINE_AGGRESSIVE | ENGINE_XAUTH | ENGINE_PUSH, FAULT_NONE, true},
    {"ike-refused", 0, FAULT_IKE_REFUSED, false},
    {"esp-refused", ENGINE_PFS, FAULT_ESP_REFUSED, false},
    {"networks-refused", ENGINE_AGGRESSIVE, FAULT_NETWORKS_REFUSED, false},
    {"persistent", ENGINE_PERSISTENT | ENGINE_FORCED, FAULT_NONE, false},
    {"persistent-xauth", ENGINE_PERSISTENT | ENGINE_XAUTH | ENGINE_SHORT, FAULT_NONE, true},
    {"persistent-aggressive",
     ENGINE_PERSISTENT | ENGINE_AGGRESSIVE | ENGINE_SHORT,
     FAULT_NONE,
     false},
    {"xauth-forever", ENGINE_XAUTH, FAULT_XAUTH_FOREVER, false},
};

/* The messages to the client in their order, with the time between them. */
static void
write_inputs(Writer *w, Link *link)
{
    IkeTime now = LINK_BEGIN;

    for (guint i = 0; i < link->messages->len; i++) {
        const LinkMessage *message = link->messages->pdata[i];
        Bytes bytes = bytes_of_gbytes(message->bytes);
        IkeTime at = message->at + LINK_LATENCY;

        if (message->direction != TO_CLIENT)
            continue;
        if (at - now >= 100 * IKE_MILLISECOND) {
            writer_u8(w, ENGINE_TIME);
            writer_u16(w, (uint16_t) ((at - now) / (100 * IKE_MILLISECOND)));
        }
        now = at;
        writer_u8(w, ENGINE_DATAGRAM);
        writer_u8(w, message->nat_t);
        writer_u16(w, (uint16_t) bytes.len);
        writer_bytes(w, bytes);
    }
}

static void
converse(Link *link)
{
    link_connect(link);
    if (link->closed)
        return;
    link_run(link, IKE_SECOND);
    responder_probe(link->gateway, 5, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    if (responder_n_children(link->gateway) == 0)
        return;
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 10 * IKE_SECOND);
    responder_push(link->gateway, link->now);
    responder_delete_isakmp(link->gateway, link->now);
    link_flush(link);
    link_run(link, IKE_SECOND);
    if (link->closed)
        return;
    link_run(link, 10 * IKE_SECOND);
    responder_rekey(link->gateway, responder_child(link->gateway, 0), link->now);
    link_flush(link);
    link_run(link, 2000 * IKE_SECOND); /* and over the end of the ISAKMP SA's lifetime */
}

static void
record(const Record *what, const char *folder)
{
    static uint8_t buffer[SIZE];
    ResponderConfig gateway = responder_config_default();
    Writer w = writer_of(buffer, sizeof(buffer));
    g_autofree char *path = g_build_filename(folder, what->name, NULL);
    g_autoptr(Link) link = NULL;
    Bytes bytes;

    gateway.fault = what->fault;
    gateway.pushes = what->bits & ENGINE_PUSH;
    link = link_new(engine_config(what->bits), &gateway, ENGINE_SEED);
    link->nat = what->nat;
    link->secret_user = "alice";
    link->secret_password = "correct horse";
    converse(link);
    writer_u8(&w, what->bits);
    write_inputs(&w, link);
    bytes = writer_finish(&w);
    if (!g_file_set_contents(path, (const char *) bytes.data, (gssize) bytes.len, NULL))
        g_error("%s cannot be written", path);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        g_error("usage: record-engine FOLDER");
    for (size_t i = 0; i < G_N_ELEMENTS(records); i++)
        record(&records[i], argv[1]);
    return 0;
}
