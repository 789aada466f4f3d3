/* Writes in capitals; `out` has room for n bytes. */
void text_upper(char *out, const char *in, int n);
