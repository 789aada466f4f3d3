/* out.c -- `out FILE`: the shortest action there is: makes an empty file. */
#include <fcntl.h>

int
main(int argc, char **argv)
{
	return argc != 2 || open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644) < 0;
}
