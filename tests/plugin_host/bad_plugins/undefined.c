#include <fanfare/plugin.h>

const fanfare_plugin *a_function_that_is_nowhere(void);

const fanfare_plugin *fanfare_plugin_query_v1(const fanfare_host *host) {
    (void)host;
    return a_function_that_is_nowhere();
}
