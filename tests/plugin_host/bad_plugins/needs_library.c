#include <fanfare/plugin.h>

int gone(void);

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    gone();
    return 0;
}
