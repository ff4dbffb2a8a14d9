/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/xml-document.h"

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <string.h>

enum {
    MAX_ELEMENTS = 16 * 1024,   /* with their ends: real profiles have some hundreds */
    MAX_ATTRIBUTES = 16 * 1024, /* libxml2 compares each with all others of its element */
    ROOT_WITHIN = 4096,         /* bytes: comments may stand before it */
};

/* Not in them: XML_PARSE_NOENT, XML_PARSE_DTDLOAD, and XML_PARSE_HUGE, without which libxml2 itself
 * is content with 256 elements in each other. */
static const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
                           | XML_PARSE_NOCDATA | XML_PARSE_COMPACT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlTextReader, xmlFreeTextReader)

bool
xml_document_is_sensible(const char *text)
{
    unsigned elements = 0, attributes = 0;

    for (const char *c = text; *c; c++) {
        elements += *c == '<' || g_str_has_prefix(c, "&lt;");
        attributes += *c == '=';
    }
    return elements <= MAX_ELEMENTS && attributes <= MAX_ATTRIBUTES;
}

bool
xml_document_has_root(const char *text, const char *name)
{
    size_t len = strnlen(text, ROOT_WITHIN);
    g_autoptr(xmlTextReader) reader =
        xmlReaderForMemory(text, (int) len, "profile.xml", "UTF-8", options);

    while (reader && xmlTextReaderRead(reader) == 1) {
        const char *local = (const char *) xmlTextReaderConstLocalName(reader);

        if (xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT)
            return local && g_ascii_strcasecmp(local, name) == 0;
    }
    return false;
}

xmlDoc *
xml_document_read(const char *text)
{
    xmlDoc *document;

    if (strlen(text) > G_MAXINT || strstr(text, "<!DOCTYPE") || strstr(text, "<!ENTITY")
        || !xml_document_is_sensible(text))
        return NULL;
    /* It is UTF-8 by now, whatever its first line says. */
    document = xmlReadMemory(text, (int) strlen(text), "profile.xml", "UTF-8", options);
    if (document && (document->intSubset || document->extSubset || !xmlDocGetRootElement(document)))
        g_clear_pointer(&document, xmlFreeDoc);
    return document;
}

bool
xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *) node->name, name) == 0;
}

xmlNode *
xml_child(xmlNode *element, const char *name)
{
    for (xmlNode *node = element ? element->children : NULL; node; node = node->next) {
        if (xml_is(node, name))
            return node;
    }
    return NULL;
}

xmlNode *
xml_find(xmlNode *element, const char *name)
{
    xmlNode *found = NULL;

    if (!element || xml_is(element, name))
        return element;
    if (element->type != XML_ELEMENT_NODE)
        return NULL;
    for (xmlNode *node = element->children; node && !found; node = node->next)
        found = xml_find(node, name);
    return found;
}

char *
xml_text(xmlNode *element)
{
    xmlChar *content = element ? xmlNodeGetContent(element) : NULL;
    char *text = g_strdup(content ? (const char *) content : "");

    xmlFree(content);
    return g_strstrip(text);
}

bool
xml_flag(xmlNode *element)
{
    g_autofree char *text = xml_text(element);

    return g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
}
