/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"

static void
test_reader_reads_numbers_in_network_order(void)
{
    const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    bool malformed = false;
    Reader r = reader_of(BYTES_OF_ARRAY(data), &malformed);

    g_assert_cmpuint(reader_u8(&r), ==, 0x01);
    g_assert_cmpuint(reader_u16(&r), ==, 0x0203);
    g_assert_cmpuint(reader_u32(&r), ==, 0x04050607);
    g_assert_cmpuint(reader_u64(&r), ==, 0x08090a0b0c0d0e0f);
    g_assert_true(reader_more(&r));
    g_assert_cmpuint(reader_u8(&r), ==, 16);
    g_assert_false(reader_more(&r));
    g_assert_false(malformed);
}

static void
test_reader_past_the_end_is_empty_and_marked(void)
{
    const uint8_t data[] = {1, 2, 3};
    bool malformed = false;
    Reader r = reader_of(BYTES_OF_ARRAY(data), &malformed);

    g_assert_cmpuint(reader_u32(&r), ==, 0);
    g_assert_true(malformed);
    g_assert_false(reader_more(&r));
    g_assert_cmpuint(reader_u8(&r), ==, 0);
}

static void
test_reader_block_counts_its_header(void)
{
    const uint8_t good[] = {0, 6, 0xaa, 0xbb, 0xcc};
    const uint8_t below_header[] = {0, 3, 0xaa, 0xbb};
    const uint8_t past_the_end[] = {0, 9, 0xaa, 0xbb};
    bool malformed = false;
    Reader r = reader_of(BYTES_OF_ARRAY(good), &malformed);
    Reader block = reader_block(&r, 4);

    g_assert_cmpuint(block.rest.len, ==, 2);
    g_assert_cmpuint(reader_u8(&r), ==, 0xcc);
    g_assert_false(malformed);

    r = reader_of(BYTES_OF_ARRAY(below_header), &malformed);
    reader_block(&r, 4);
    g_assert_true(malformed);

    malformed = false;
    r = reader_of(BYTES_OF_ARRAY(past_the_end), &malformed);
    block = reader_block(&r, 4);
    g_assert_true(malformed);
    g_assert_false(reader_more(&block));
}

static void
test_writer_drops_what_does_not_fit(void)
{
    uint8_t buffer[4];
    Writer w = writer_of(buffer, sizeof(buffer));

    writer_u16(&w, 0x0102);
    writer_u32(&w, 7);
    writer_u16(&w, 0x0304);
    g_assert_cmpuint(w.len, ==, 4);
    g_assert_cmpuint(writer_finish(&w).len, ==, 0);
}

static void
test_writer_block_is_what_reader_block_reads(void)
{
    uint8_t buffer[16];
    Writer w = writer_of(buffer, sizeof(buffer));
    WriterBlock block;
    bool malformed = false;
    Reader r, inner;

    writer_u16(&w, 0x5555);
    block = writer_begin(&w, 2);
    writer_u32(&w, 0xdeadbeef);
    writer_end(&w, block);

    r = reader_of(writer_finish(&w), &malformed);
    reader_skip(&r, 2);
    inner = reader_block(&r, 4);
    g_assert_cmpuint(reader_u32(&inner), ==, 0xdeadbeef);
    g_assert_false(reader_more(&inner));
    g_assert_false(reader_more(&r));
    g_assert_false(malformed);
}

static void
test_writer_patch_out_of_range_overflows(void)
{
    uint8_t buffer[4];
    Writer w = writer_of(buffer, sizeof(buffer));

    writer_u16(&w, 0);
    writer_patch(&w, 1, bytes_of("ab", 2));
    g_assert_true(w.overflow);
}

static void
test_bytes_equal(void)
{
    g_assert_true(bytes_equal(bytes_of_text("same"), bytes_of_text("same")));
    g_assert_false(bytes_equal(bytes_of_text("same"), bytes_of_text("sbme")));
    g_assert_false(bytes_equal(bytes_of_text("same"), bytes_of_text("sam")));
    g_assert_true(bytes_equal((Bytes){0}, bytes_of_text("")));
    for (size_t len = 1; len <= 40; len++) {
        for (size_t bit = 0; bit < 8 * len; bit++) {
            uint8_t a[40] = {1, 2, 3}, b[40] = {1, 2, 3};

            b[bit / 8] ^= (uint8_t) (1 << bit % 8);
            g_assert_false(bytes_equal(bytes_of(a, len), bytes_of(b, len)));
            g_assert_true(bytes_equal(bytes_of(a, bit / 8), bytes_of(b, bit / 8)));
        }
    }
}

static void
test_secret_is_cleared_and_handed_over(void)
{
    Secret secret = secret_of_text("hunter2");
    Secret stolen = secret_steal(&secret);

    g_assert_null(secret.data);
    g_assert_true(bytes_equal(secret_view(&stolen), bytes_of_text("hunter2")));
    secret_truncate(&stolen, 6);
    g_assert_true(bytes_equal(secret_view(&stolen), bytes_of_text("hunter")));
    secret_clear(&stolen);
    secret_clear(&stolen);
    g_assert_cmpuint(stolen.len, ==, 0);
}

static void
test_secret_truncate_wipes_the_rest(void)
{
    g_auto(Secret) secret = secret_of_text("abcdef");

    secret_truncate(&secret, 2);
    g_assert_cmpuint(secret.data[2], ==, 0);
    g_assert_cmpuint(secret.data[5], ==, 0);
}

static void
test_safe_text_has_no_control_characters(void)
{
    g_autofree char *text = log_safe_text("a\nb\x1b[31m\xff", 8);
    g_autofree char *none = log_safe_text(NULL, 0);

    g_assert_null(strpbrk(text, "\n\x1b"));
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_cmpstr(none, ==, "");
}

static void
test_bytes_from_hex(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    g_assert_true(bytes_from_hex("00fFA1", out));
    g_assert_cmpmem(out->data, out->len, "\x00\xff\xa1", 3);
    g_assert_true(bytes_from_hex("", out));
    g_assert_cmpuint(out->len, ==, 3);
    g_assert_false(bytes_from_hex("0", out));
    g_assert_false(bytes_from_hex("0g", out));
    g_assert_false(bytes_from_hex("0x00", out));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/reader/numbers", test_reader_reads_numbers_in_network_order);
    g_test_add_func("/base/reader/past-the-end", test_reader_past_the_end_is_empty_and_marked);
    g_test_add_func("/base/reader/block", test_reader_block_counts_its_header);
    g_test_add_func("/base/writer/overflow", test_writer_drops_what_does_not_fit);
    g_test_add_func("/base/writer/block", test_writer_block_is_what_reader_block_reads);
    g_test_add_func("/base/writer/patch", test_writer_patch_out_of_range_overflows);
    g_test_add_func("/base/bytes/equal", test_bytes_equal);
    g_test_add_func("/base/secret/hand-over", test_secret_is_cleared_and_handed_over);
    g_test_add_func("/base/secret/truncate", test_secret_truncate_wipes_the_rest);
    g_test_add_func("/base/log/safe-text", test_safe_text_has_no_control_characters);
    g_test_add_func("/base/bytes/hex", test_bytes_from_hex);
    return g_test_run();
}
