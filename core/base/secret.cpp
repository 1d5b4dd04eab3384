#include "base/secret.hpp"

#include <string.h>

namespace fanfare::base {

void Secret::Wipe() noexcept {
    if (!value_.empty()) explicit_bzero(value_.data(), value_.size());
    value_.clear();
}

}  // namespace fanfare::base
