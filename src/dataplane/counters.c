/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataplane/dataplane.h"

#include <stddef.h>

#define DROP(name) offsetof(DataPlaneCounters, drop_##name)

static const struct {
    size_t offset;
    const char *words;
} drops[] = {
    {DROP(icv), "with a wrong ICV"},
    {DROP(replay), "replayed"},
    {DROP(malformed), "malformed"},
    {DROP(unknown_spi), "of unknown SPI"},
    {DROP(foreign), "from somebody else"},
    {DROP(selectors), "outside the selectors"},
    {DROP(ecn), "marked for congestion without understanding it"},
    {DROP(ike), "IKE messages of too many at once"},
    {DROP(no_sa), "that no SA takes"},
    {DROP(sequence), "of an SA that is used up"},
    {DROP(too_big), "too big for the path"},
    {DROP(send), "that could not be sent"},
    {DROP(device), "between us and the device"},
};

char *
data_plane_counters_to_text(const DataPlaneCounters *counters)
{
    GString *text = g_string_new(NULL);
    bool any = false;

    g_string_append_printf(text,
                           "%" G_GUINT64_FORMAT " packets in, %" G_GUINT64_FORMAT " out",
                           counters->in_packets,
                           counters->out_packets);
    for (size_t i = 0; i < G_N_ELEMENTS(drops); i++) {
        uint64_t n = *(const uint64_t *) ((const uint8_t *) counters + drops[i].offset);

        if (n > 0)
            g_string_append_printf(
                text, "%s %" G_GUINT64_FORMAT " %s", any ? "," : "; dropped:", n, drops[i].words);
        any |= n > 0;
    }
    return g_string_free(text, FALSE);
}
