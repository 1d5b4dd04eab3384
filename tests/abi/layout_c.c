#include <assert.h>
#include <stddef.h>

#define ABI_ASSERT(condition, text) static_assert(condition, text)
#define ABI_SAME_TYPE(type, field, ...) \
    static_assert(_Generic(((type *)0)->field, __VA_ARGS__: 1, default: 0), #type "." #field " has another type than released");

#include "layout.inc"
