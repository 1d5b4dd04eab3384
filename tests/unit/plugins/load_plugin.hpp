// The plugin under test, from its library. Stays loaded, as in a host.
#pragma once

#include <dlfcn.h>

#include <stdexcept>

#include <fanfare/plugin.h>

namespace fanfare::test {

inline const fanfare_plugin& LoadPlugin(const char* path) {
    void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    const auto query = reinterpret_cast<fanfare_plugin_query_fn>(::dlsym(library, FANFARE_ENTRY_SYMBOL));
    if (query == nullptr) throw std::runtime_error(::dlerror());
    return *query(nullptr);
}

}  // namespace fanfare::test
