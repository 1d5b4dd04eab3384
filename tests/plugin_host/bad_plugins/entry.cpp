#include <fanfare/plugin.h>

#include <stdexcept>

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { throw std::runtime_error("no"); }
