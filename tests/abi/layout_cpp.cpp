#include <cstddef>
#include <type_traits>

#define ABI_ASSERT(condition, text) static_assert(condition, text)
#define ABI_SAME_TYPE(type, field, ...)                               \
    static_assert(std::is_same_v<decltype(type::field), __VA_ARGS__>, \
                  #type "." #field " has another type than released");

#include "layout.inc"
