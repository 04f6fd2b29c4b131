/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's side of the console: escape keys, signs in the output; console scripts. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "console.h"
#include "script.h"

struct fixture {
	struct console console;
	int pipe[2];
	unsigned signs[3];
	unsigned keys[3];
	unsigned dirty;
	char path[64];
};

static void sign(void *opaque, enum console_sign sign)
{
	((struct fixture *)opaque)->signs[sign]++;
}

static void key(void *opaque, enum console_key key)
{
	((struct fixture *)opaque)->keys[key]++;
}

static void dirty(void *opaque)
{
	((struct fixture *)opaque)->dirty++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct console_ops ops = {f, sign, key, dirty};

	assert_int_equal(pipe(f->pipe), 0);
	fcntl(f->pipe[0], F_SETFL, O_NONBLOCK);
	console_init(&f->console, f->pipe[1], true, &ops);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->pipe[0]);
	close(f->pipe[1]);
	if (f->path[0]) {
		unlink(f->path);
	}
	free(f);
	return 0;
}

static void print(struct fixture *f, const char *text)
{
	console_write(&f->console, text, (uint32_t)strlen(text));
}

static ssize_t printed(struct fixture *f, char *buffer)
{
	return read(f->pipe[0], buffer, 4096);
}

static void output_comes_out_by_lines(void **state)
{
	struct fixture *f = *state;
	char buffer[4096];

	print(f, "ab");
	assert_int_equal(f->dirty, 1);
	assert_int_equal(printed(f, buffer), -1);
	print(f, "c");
	assert_int_equal(f->dirty, 1);
	print(f, "\n");
	assert_int_equal(printed(f, buffer), 4);
	assert_memory_equal(buffer, "abc\n", 4);
	print(f, "# ");
	assert_int_equal(f->dirty, 2);
	console_flush(&f->console);
	assert_int_equal(printed(f, buffer), 2);
}

static void signs_are_seen_also_when_a_line_comes_in_pieces(void **state)
{
	struct fixture *f = *state;

	for (const char *p = "[ 1.2] Kernel panic - not syncing: x\nSELFCHECK PASS 4 CPUs\r\n"; *p;
	     p++) {
		console_write(&f->console, p, 1);
	}
	assert_int_equal(f->signs[CONSOLE_PANIC], 1);
	assert_int_equal(f->signs[CONSOLE_CHECK_PASSED], 1);
	assert_int_equal(f->signs[CONSOLE_CHECK_FAILED], 0);
	print(f, "SELFCHECK FAIL why\nSELFCHECK\nPASS\n");
	assert_int_equal(f->signs[CONSOLE_CHECK_FAILED], 1);
	assert_int_equal(f->signs[CONSOLE_CHECK_PASSED], 1);
}

static void endless_lines_are_harmless(void **state)
{
	struct fixture *f = *state;
	char buffer[4096];

	for (unsigned i = 0; i < 20000; i++) {
		console_write(&f->console, i % 7 ? "x" : "\0", 1);
		while (printed(f, buffer) > 0) {
		}
	}
	assert_int_equal(f->signs[CONSOLE_PANIC], 0);
}

static void a_reader_that_is_gone_does_not_stop_the_guest(void **state)
{
	struct fixture *f = *state;

	f->console.out_fd = -1;
	for (unsigned i = 0; i < 10000; i++) {
		print(f, "line\n");
	}
	assert_int_equal(f->console.size, 0);
}

static uint32_t filter(struct fixture *f, const char *typed, char *left)
{
	uint32_t size = (uint32_t)strlen(typed);

	memcpy(left, typed, size);
	return console_filter(&f->console, (uint8_t *)left, size);
}

static void escape_keys_are_not_input(void **state)
{
	struct fixture *f = *state;
	char left[64];

	assert_int_equal(filter(f, "a\001xb\001sc\001hd\001?e", left), 5);
	assert_memory_equal(left, "abcde", 5);
	assert_int_equal(f->keys[CONSOLE_KEY_QUIT], 1);
	assert_int_equal(f->keys[CONSOLE_KEY_SAVE], 1);
	assert_int_equal(f->keys[CONSOLE_KEY_HELP], 2);
}

static void control_a_is_typed_by_a_second_key(void **state)
{
	struct fixture *f = *state;
	char left[64];

	assert_int_equal(filter(f, "\001a\001\001", left), 2);
	assert_memory_equal(left, "\001\001", 2);
}

static void an_escape_may_be_split(void **state)
{
	struct fixture *f = *state;
	char left[64];

	assert_int_equal(filter(f, "\001", left), 0);
	assert_int_equal(filter(f, "xy", left), 1);
	assert_int_equal(left[0], 'y');
	assert_int_equal(f->keys[CONSOLE_KEY_QUIT], 1);
}

static void without_a_terminal_every_byte_is_input(void **state)
{
	struct fixture *f = *state;
	char left[64];

	f->console.keys = false;
	assert_int_equal(filter(f, "\001x", left), 2);
	assert_int_equal(f->keys[CONSOLE_KEY_QUIT], 0);
}

/* ---- scripts ---- */

static int load_script(struct fixture *f, struct script *script, const char *text,
		       struct vmm_error *error)
{
	int fd;

	if (!f->path[0]) {
		strcpy(f->path, "/tmp/vgic5-script-XXXXXX");
		close(mkstemp(f->path));
	}
	fd = open(f->path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return script_load(script, f->path, error);
}

static void a_script_types_at_its_times(void **state)
{
	struct script script;
	struct vmm_error error;
	const uint8_t *bytes;

	assert_int_equal(load_script(*state, &script,
				     "# comment\n\n1.5 ls\\n\n1.5 \\x41\\\\\\r\\t\n3 x\n", &error),
			 0);
	assert_true(script_next_ns(&script) == 1500000000);
	assert_int_equal(script_due(&script, 1499999999, &bytes), 0);
	assert_int_equal(script_due(&script, 1500000000, &bytes), 3);
	assert_memory_equal(bytes, "ls\n", 3);
	script_took(&script, 2);
	assert_int_equal(script_due(&script, 1500000000, &bytes), 1);
	assert_int_equal(*bytes, '\n');
	script_took(&script, 1);
	assert_int_equal(script_due(&script, 1500000000, &bytes), 4);
	assert_memory_equal(bytes, "A\\\r\t", 4);
	script_took(&script, 4);
	assert_true(script_next_ns(&script) == 3000000000);
	assert_int_equal(script_due(&script, UINT64_MAX, &bytes), 1);
	script_took(&script, 1);
	assert_int_equal(script_due(&script, UINT64_MAX, &bytes), 0);
	assert_true(script_next_ns(&script) == UINT64_MAX);
	script_free(&script);
}

static void a_bad_script_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {"1 a\nx b\n", "1 a\n2\n",      "1 a\n2 \\q\n",
					  "2 a\n1 b\n", "1 a\n2 \\x4\n", "1 a\n-1 b\n",
					  "1 a\n2 \n",  "1 a\n1e30 b\n", "1 a\nnan b\n"};
	struct script script;
	struct vmm_error error;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load_script(*state, &script, bad[i], &error), -1);
		assert_non_null(strstr(error.text, ":2: "));
	}
	assert_int_equal(script_load(&script, "/nonexistent", &error), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(output_comes_out_by_lines),
		TEST(signs_are_seen_also_when_a_line_comes_in_pieces),
		TEST(endless_lines_are_harmless),
		TEST(a_reader_that_is_gone_does_not_stop_the_guest),
		TEST(escape_keys_are_not_input),
		TEST(control_a_is_typed_by_a_second_key),
		TEST(an_escape_may_be_split),
		TEST(without_a_terminal_every_byte_is_input),
		TEST(a_script_types_at_its_times),
		TEST(a_bad_script_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
