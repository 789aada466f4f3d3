/* gen WORDS HEADER SOURCE: an enum of the words, and their names. */
#include <ctype.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	FILE *in = argc > 3 ? fopen(argv[1], "r") : NULL;
	FILE *header = in ? fopen(argv[2], "w") : NULL, *source = header ? fopen(argv[3], "w") : NULL;
	char word[64];

	if (!source)
		return 1;
	fprintf(header, "enum keyword {\n");
	fprintf(source, "#include \"keywords/keywords.h\"\n\n"
	    "const char *const keyword_names[KEYWORDS] = {\n");
	while (fscanf(in, "%63s", word) == 1) {
		fprintf(source, "\t\"%s\",\n", word);
		for (char *p = word; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		fprintf(header, "\tKEYWORD_%s,\n", word);
	}
	fprintf(header, "\tKEYWORDS\n};\n\nextern const char *const keyword_names[KEYWORDS];\n");
	fprintf(source, "};\n");
	return fclose(header) != 0 || fclose(source) != 0;
}
