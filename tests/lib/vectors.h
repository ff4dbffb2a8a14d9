/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/bytes.h"

/* A file of published test vectors: blocks of `Name = Value` lines with blank lines between, `#`
 * starts a comment. Whatever is wrong with the file fails the test: a missing attribute, a double
 * one, and one that no test asked for. */
typedef struct Vectors Vectors;

/* name: of a file in tests/vectors. */
Vectors *vectors_open(const char *name);

/* Goes to the next block; false after the last. */
bool vectors_next(Vectors *vectors);

/* Values of this block; live until the next. vectors_bytes() reads hexadecimal. */
const char *vectors_text(Vectors *vectors, const char *name);
Bytes vectors_bytes(Vectors *vectors, const char *name);

/* Blocks so far, for messages. */
unsigned vectors_block(const Vectors *vectors);

void vectors_free(Vectors *vectors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vectors, vectors_free)
