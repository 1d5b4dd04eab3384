#include "json/outline.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::json {

Outline::Place Outline::Find(std::size_t first, std::size_t at) const {
    const Mark* const root = &marks_[first];
    const Mark* const found = std::lower_bound(root, root + root->size, at,
                                               [](const Mark& mark, std::size_t byte) { return mark.at < byte; });
    return {static_cast<std::size_t>(found - marks_.get()), at};
}

void Outline::Grow(std::size_t size, std::size_t more) {
    capacity_ = std::max(capacity_ * 2, size + more);
    std::unique_ptr<Mark[]> marks(new Mark[capacity_]);  // not zeroed: each is written before it is read
    std::copy_n(marks_.get(), size, marks.get());
    marks_ = std::move(marks);
}

}  // namespace fanfare::json
