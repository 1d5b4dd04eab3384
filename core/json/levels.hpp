// What is open where JSON text is read. Inside of the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fanfare::json {

// Whether each open level is an object. The first 64 levels cost no memory.
class Levels {
public:
    std::size_t depth() const { return depth_; }
    bool object() const { return (top_ & 1) != 0; }
    void Push(bool object) {
        if (depth_ != 0 && depth_ % 64 == 0) [[unlikely]] {
            Keep();
        }
        top_ = top_ << 1 | std::uint64_t{object};
        ++depth_;
    }
    void Pop() {
        --depth_;
        top_ >>= 1;
        if (depth_ != 0 && depth_ % 64 == 0) [[unlikely]] {
            TakeBack();
        }
    }

private:
    // Apart, so that the rest is short enough to be inlined.
    [[gnu::noinline]] void Keep() { rest_.push_back(top_); }
    [[gnu::noinline]] void TakeBack() {
        top_ = rest_.back();
        rest_.pop_back();
    }

    std::size_t depth_ = 0;
    std::uint64_t top_ = 0;
    std::vector<std::uint64_t> rest_;
};

}  // namespace fanfare::json
