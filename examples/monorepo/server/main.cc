#include <cstdio>

extern "C" {
#include "base/text/text.h"
}
#include "base/wire/wire.h"
#include "server/greet.h"
#include "web/pages.h"

int main(int argc, char **argv)
{
	char out[80];

	text_upper(out, argc > 1 ? argv[1] : greet(WIRE_HELLO), sizeof(out));
	std::printf("%s\n", out);
	if (argc == 1)
		std::printf("%s", reinterpret_cast<const char *>(pages_index_html));
}
