#ifdef __cplusplus
extern "C"
#endif
const char *greet(int kind);
