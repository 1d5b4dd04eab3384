/* No entry by the name that this host looks for. */
#define FANFARE_NO_ENTRY_PROTOTYPE
#include <fanfare/plugin.h>

#ifndef ENTRY
#define ENTRY some_other_function
#endif

FANFARE_EXPORT const fanfare_plugin *ENTRY(const fanfare_host *host);

const fanfare_plugin *ENTRY(const fanfare_host *host) {
    (void)host;
    return 0;
}
