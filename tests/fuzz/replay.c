/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target without libFuzzer, as a test: every file of its corpus, then random inputs made
 * from them by changing bytes.
 *
 *     replay_TARGET CORPUS-FOLDER [COUNT]
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES 4096u
#define MAX_FILES 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *data;
	size_t size;
};

static struct input inputs[MAX_FILES];
static size_t input_count;

static uint64_t random_bits(void)
{
	static uint64_t s = 1;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s * 0x2545f4914f6cdd1dull;
}

static void read_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	struct input *i = &inputs[input_count];

	if (!in)
		return;
	i->data = malloc(MAX_BYTES);
	if (!i->data)
		abort();
	i->size = fread(i->data, 1, MAX_BYTES, in);
	fclose(in);
	input_count++;
}

static void read_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[1024];

	while (dir && input_count < MAX_FILES && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		read_file(path);
	}
	if (dir)
		closedir(dir);
}

static void random_input(void)
{
	uint8_t data[MAX_BYTES];
	size_t size = random_bits() % 1024 + 64;

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)random_bits();
	LLVMFuzzerTestOneInput(data, size);
}

static void changed_input(const struct input *from)
{
	uint8_t data[MAX_BYTES];
	unsigned int changes = random_bits() % 16 + 1;

	memcpy(data, from->data, from->size);
	for (unsigned int i = 0; i < changes && from->size; i++)
		data[random_bits() % from->size] = (uint8_t)random_bits();
	LLVMFuzzerTestOneInput(data, from->size);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 2000;

	if (argc < 2)
		return 2;
	if (getenv("VGIC5_LONG"))
		count *= 50;
	read_folder(argv[1]);
	for (size_t i = 0; i < input_count; i++)
		LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size);
	printf("ok 1 - %zu inputs of the corpus\n", input_count);
	for (unsigned long i = 0; i < count; i++) {
		if (!input_count || random_bits() % 4 == 0)
			random_input();
		else
			changed_input(&inputs[random_bits() % input_count]);
	}
	printf("ok 2 - %lu random inputs\n1..2\n", count);
	for (size_t i = 0; i < input_count; i++)
		free(inputs[i].data);
	return 0;
}
