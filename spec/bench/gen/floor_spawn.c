/* floor_spawn.c -- `floor_spawn FILE JOBS`: runs the commands that FILE lists and
 * nothing else, JOBS at a time. A line is "layer<TAB>word<TAB>word..."; a layer
 * begins when the one before it has ended. What no full build can go below. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MAX_WORDS = 4096 };

extern char **environ;

static long running;

static void
reap(void)
{
	int status;

	if (wait(&status) < 0 || status != 0) {
		fputs("floor_spawn: a command failed\n", stderr);
		exit(1);
	}
	running--;
}

static void
start(char *line)
{
	char *argv[MAX_WORDS + 1];
	size_t n = 0;
	pid_t pid;

	for (char *word = strtok(line, "\t"); word && n < MAX_WORDS; word = strtok(NULL, "\t"))
		argv[n++] = word;
	argv[n] = NULL;
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) != 0)
		exit(1);
	running++;
}

int
main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "r") : NULL;
	long jobs = argc == 3 ? atol(argv[2]) : 0, layer = 0;
	char *line = NULL;
	size_t cap = 0;

	if (!f || jobs < 1)
		return 2;
	while (getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		long next = atol(line);
		while (running > 0 && (next != layer || running >= jobs))
			reap();
		layer = next;
		start(strchr(line, '\t') + 1);
	}
	while (running > 0)
		reap();
	free(line);
	fclose(f);
	return 0;
}
