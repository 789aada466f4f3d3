/* memory.c -- /proc/meminfo, and the limit of the control group (version 2). */
#include "os/memory.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "os/fs.h"

static bool
read_file(const char *path, struct buf *text)
{
	struct err ignored = ERR_INIT;

	buf_reset(text);
	bool ok = fs_read(AT_FDCWD, path, text, &ignored);
	err_fini(&ignored);
	return ok && text->n > 0;
}

static int64_t
machine_kib(struct buf *text)
{
	const char *at;

	if (!read_file("/proc/meminfo", text))
		return INT64_MAX;
	at = strstr(text->p, "MemAvailable:");
	return at ? strtoll(at + strlen("MemAvailable:"), NULL, 10) : INT64_MAX;
}

/* The number behind `field` ("": the first) in a file of our group; -1: none ("max" is
 * none, too). */
static int64_t
group_bytes(struct str group, const char *name, const char *field, struct buf *text)
{
	struct buf path = BUF_INIT;
	int64_t n = -1;

	buf_printf(&path, "/sys/fs/cgroup%.*s/%s", STR_ARG(group), name);
	const char *at = read_file(path.p, text) ? strstr(text->p, field) : NULL;
	if (at)
		at += strlen(field);
	if (at && *at >= '0' && *at <= '9')
		n = strtoll(at, NULL, 10);
	buf_fini(&path);
	return n;
}

static int64_t
group_kib(struct buf *text)
{
	struct buf own = BUF_INIT;
	int64_t limit = -1, used = -1;

	if (read_file("/proc/self/cgroup", &own) && str_starts(buf_str(&own), STR("0::/"))) {
		struct str group = { own.p + 3, strcspn(own.p + 3, "\n") };
		limit = group_bytes(group, "memory.max", "", text);
		if (limit >= 0)
			used = group_bytes(group, "memory.current", "", text);
		/* files that were read count as used, and go when there is need */
		int64_t files = used > 0 ? group_bytes(group, "memory.stat", "\nfile ", text) : 0;
		used -= files > 0 && files <= used ? files : 0;
	}
	buf_fini(&own);
	if (limit < 0 || used < 0)
		return INT64_MAX;
	return limit > used ? (limit - used) / 1024 : 0;
}

int64_t
memory_available_kib(void)
{
	const char *fake = getenv("SKYLUA_FAKE_MEMORY");
	struct buf text = BUF_INIT;

	if (fake)
		return strtoll(fake, NULL, 10);
	int64_t machine = machine_kib(&text), group = group_kib(&text);
	buf_fini(&text);
	return machine < group ? machine : group;
}
