/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays files, or all files of directories, to a fuzz target without the
 * fuzzer: so what was once found stays fixed. Speaks TAP; a file that kills
 * the target is the last one named.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Plays one file; false if it cannot be read. */
static bool play(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat about;
	uint8_t *data;
	bool good = false;

	if (!file)
		return false;
	printf("# %s\n", path);
	fflush(stdout);
	if (fstat(fileno(file), &about) == 0) {
		size_t size = (size_t)about.st_size;

		/* As large as it is, so that a read beyond it is seen. */
		data = malloc(size > 0 ? size : 1);
		good = data && fread(data, 1, size, file) == size;
		if (good)
			LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	fclose(file);
	return good;
}

/* Plays a directory's files; returns how many, or -1. */
static int play_all(const char *directory)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;
	int count = 0;

	if (!entries)
		return -1;
	while (count >= 0 && (entry = readdir(entries)) != NULL) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		count = play(path) ? count + 1 : -1;
	}
	closedir(entries);
	return count;
}

int main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int count = play_all(argv[i]);

		if (count < 0)
			count = play(argv[i]);
		printf("%s %d - %d files of %s are harmless\n",
		       count > 0 ? "ok" : "not ok", i, count, argv[i]);
		failed += count <= 0;
	}
	return failed > 0;
}
