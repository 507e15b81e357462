/*
 * The fast path for leaves: recognises the one shape that an ASMX response consists of, <Name>text</Name>, without
 * libxml2.
 *
 * It only says yes where libxml2 could not say anything else: no attribute, prefix, reference, CDATA, "]", carriage
 * return or control character, valid UTF-8, matching tags, all of it in the bytes at hand. Everything else is left
 * to the parser. Internal to csrc/xml.
 */
#ifndef DNP_XML_LEAF_SCAN_H
#define DNP_XML_LEAF_SCAN_H

#include "base/slice.h"

struct dnp_scanned_leaf {
    struct dnp_slice name;
    struct dnp_slice text;
};

/*
 * Reads one leaf at the start of `bytes`, white space before it included. Returns how many bytes it takes, or 0 when
 * there is none that it may read.
 */
size_t dnp_leaf_scan(struct dnp_slice bytes, struct dnp_scanned_leaf *leaf);

#endif
