/* The library that bad_library.c is linked with, and that is not installed. */
void kompan_gone(void);

__attribute__((visibility("default"))) void
kompan_gone(void)
{
}
