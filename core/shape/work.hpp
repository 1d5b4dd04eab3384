// How much one rendering may do. Inside of the room.
//
// Every byte that is looked at counts, not only those that are written: what a template makes small in the end, such as
// {{#data.items}}{{data.huge | truncate 1}}{{/data.items}}, costs all the same.
#pragma once

#include <cstddef>

namespace fanfare::shape {

// Of one payload, field or value on its way through filters.
inline constexpr std::size_t kMaxOutput = std::size_t{4} << 20;

class Work {
public:
    explicit Work(std::size_t event_bytes) : limit_(kBase + kPerByte * event_bytes) {}

    void Charge(std::size_t bytes) { used_ += bytes; }
    bool spent() const { return used_ > limit_; }
    std::size_t used() const { return used_; }

private:
    // Linear in the event, so that nobody makes it slow out of proportion. The base lets a small event make a large
    // payload; per byte there is room for the passes that a deeply nested template makes over the whole event.
    static constexpr std::size_t kBase = std::size_t{16} << 20;
    static constexpr std::size_t kPerByte = 32;

    std::size_t limit_;
    std::size_t used_ = 0;
};

}  // namespace fanfare::shape
