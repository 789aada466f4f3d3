const char *rest(void);
const char *whom(void);
