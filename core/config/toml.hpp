// toml++ as this room uses it: a fault of syntax is a value, not an exception and not an abort.
#pragma once

#define TOML_EXCEPTIONS 0
// toml++ 3.3 asserts before it checks: "[=]" would end a build without NDEBUG, though the next line reports it.
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>
