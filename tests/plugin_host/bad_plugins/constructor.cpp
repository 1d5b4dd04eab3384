#include <fanfare/plugin.h>

#include <cstdlib>

namespace {
struct Static {
    Static() { CONSTRUCTOR; }
} instance;
}  // namespace

extern "C" const fanfare_plugin* fanfare_plugin_query_v1(const fanfare_host*) { return nullptr; }
