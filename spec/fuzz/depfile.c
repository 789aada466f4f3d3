/* Any bytes as a depfile: no crash, and what it names has no newline in it. */
#include "base/die.h"
#include "nodes/action_depfile.h"

static void
on_path(void *arg, struct str path)
{
	size_t *bytes = arg;

	CHECK(path.n > 0 && !memchr(path.p, '\n', path.n) && !memchr(path.p, '\0', path.n));
	*bytes += path.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of the exact size, so that a read behind the end is seen. */
	char *copy = mem_alloc(size + 1);
	struct err e = ERR_INIT;
	size_t bytes = 0;

	memcpy(copy, data, size);
	char *exact = mem_realloc(copy, size ? size : 1);
	bool ok = depfile_parse((struct str){ exact, size }, on_path, &bytes, &e);
	CHECK(bytes <= size);
	CHECK(ok == (e.code == NULL));
	err_fini(&e);
	mem_free(exact);
	return 0;
}
