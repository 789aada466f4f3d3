/* text.h -- two helpers for lines of text. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Upper-cases s in place and returns it. */
char *text_upper(char *s);

/* Writes s into buf, with dots up to the given width; returns buf. */
char *text_pad(char *buf, size_t size, const char *s, size_t width);

#endif
