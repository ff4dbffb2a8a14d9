/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "formats/import.h"

#include <libxml/tree.h>

/* The parts of the format ProfileXML (the format itself is in internal.h). */

/* What several elements say together. */
typedef struct {
    Import *import;
    bool split, without_class;
    bool device_tunnel;
    bool remember; /* the password */
    bool has_suite;
} ProfileXml;

/* An element, and what reads it; NULL: it asks for nothing here. */
typedef struct {
    const char *name;
    void (*read)(xmlNode *element, ProfileXml *profile);
} ElementReader;

/* Each child element by its row; one that has none becomes a note. */
void profile_xml_read_children(xmlNode *element, const ElementReader *rows, ProfileXml *profile);

/* Says by its name, and its text if that is short, that it is not had. */
void profile_xml_not_had(xmlNode *element, ProfileXml *profile);

/* The same, if it is switched on. */
void profile_xml_not_had_if_on(xmlNode *element, ProfileXml *profile);

/* NULL if its protocols have IKEv2 among them; else their names, owned by the caller. */
char *profile_xml_other_protocols(xmlNode *native);

void profile_xml_read_native(xmlNode *native, ProfileXml *profile);
