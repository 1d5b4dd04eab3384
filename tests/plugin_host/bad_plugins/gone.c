__attribute__((visibility("default"))) int gone(void);
int gone(void) { return 1; }
