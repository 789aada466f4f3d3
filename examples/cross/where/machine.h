const char *machine(void);
