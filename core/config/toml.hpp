// toml++ as this room uses it: a fault of syntax is a value, not an exception.
#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>
