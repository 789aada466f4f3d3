/* floor_stat.c -- `floor_stat FILE`: lstat of every path that FILE lists, a thread
 * per processor; prints the seconds that this took. What no build with nothing
 * to do can go below. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

static char **paths;
static size_t npaths;
static long nthreads;

static void
read_paths(const char *name)
{
	FILE *f = fopen(name, "r");
	char line[4096];
	size_t cap = 0;

	if (!f)
		exit(1);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (npaths == cap) {
			cap = cap ? cap * 2 : 1024;
			paths = realloc(paths, cap * sizeof(paths[0]));
		}
		if (!paths || !(paths[npaths++] = strdup(line)))
			exit(1);
	}
	fclose(f);
}

static void *
look(void *arg)
{
	size_t part = (size_t)arg, n = npaths / (size_t)nthreads + 1;
	struct stat st;

	for (size_t i = part * n; i < (part + 1) * n && i < npaths; i++)
		if (fstatat(AT_FDCWD, paths[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			exit(1);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	struct timespec a, b;

	if (argc != 2)
		return 2;
	read_paths(argv[1]);
	nthreads = sysconf(_SC_NPROCESSORS_ONLN);
	if (nthreads > MAX_THREADS)
		nthreads = MAX_THREADS;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (long i = 0; i < nthreads; i++)
		if (pthread_create(&threads[i], NULL, look, (void *)i) != 0)
			return 1;
	for (long i = 0; i < nthreads; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.6f\n",
	    (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
