/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>

/* XML by libxml2: nothing is fetched, and no entities but XML's own five are known, so that a text
 * is never larger than its file. */

/* Whether it has no more elements, escaped ones too, and attributes than a profile may have. */
bool xml_document_is_sensible(const char *text);

/* Whether the text begins as a document with this outermost element, in upper or lower case. */
bool xml_document_has_root(const char *text, const char *name);

/* NULL if it is not well formed, not sensible, has a document type, or is nested without sense.
 * Freed with xmlFreeDoc(). */
xmlDoc *xml_document_read(const char *text);

/* The first child element of the name, whatever its namespace; NULL: has none. */
xmlNode *xml_child(xmlNode *element, const char *name);

/* The first element of the name at any depth, element itself too. */
xmlNode *xml_find(xmlNode *element, const char *name);

bool xml_is(const xmlNode *node, const char *name);

/* What stands in it as text, without white space around it; owned by the caller. */
char *xml_text(xmlNode *element);

/* "true" and "1" are; anything else is not. */
bool xml_flag(xmlNode *element);
