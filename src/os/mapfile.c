/* mapfile.c -- mmap. */
#include "os/mapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool
mapfile_open(struct mapfile *m, int fd, uint64_t size, struct err *e)
{
	*m = (struct mapfile){ NULL, 0 };
	if (size == 0)
		return true;
	void *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
	    fd, 0);
	if (p == MAP_FAILED)
		return err_errno(e, errno, "cannot map a file of %llu bytes",
		    (unsigned long long)size);
	*m = (struct mapfile){ p, (size_t)size };
	return true;
}

bool
mapfile_open_path(struct mapfile *m, int dir, const char *path, struct err *e)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	*m = (struct mapfile){ NULL, 0 };
	if (fd < 0)
		return err_errno(e, errno, "cannot read %s", path);
	bool ok = fstat(fd, &st) == 0 ? S_ISREG(st.st_mode) || err_set(e, ERR_IO,
	    "cannot read %s: it is not a regular file", path) :
	    err_errno(e, errno, "cannot read %s", path);
	ok = ok && mapfile_open(m, fd, (uint64_t)st.st_size, e);
	close(fd);
	return ok;
}

void
mapfile_close(struct mapfile *m)
{
	if (m->p)
		munmap(m->p, m->n);
	*m = (struct mapfile){ NULL, 0 };
}
