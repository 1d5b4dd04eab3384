// Where a walk stands in a value, without copying the names above.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::schema {

// Lives on the stack of the walk; what it is made of must outlive it.
class Place {
public:
    Place() = default;
    Place(const Place* above, std::string_view member) : above_(above), member_(member), depth_(above->depth_ + 1) {}
    Place(const Place* above, std::size_t element)
        : above_(above), element_(element), is_element_(true), depth_(above->depth_ + 1) {}

    // 0 for the whole.
    std::size_t depth() const { return depth_; }
    // RFC 6901. Past 1 KiB it is cut and ends in "...", since the names are a stranger's.
    std::string Pointer() const;
    // For people: "errors[0].timestamp"; cut as well.
    std::string Name() const;

private:
    // From the whole downwards, itself last.
    std::vector<const Place*> Trail() const;

    const Place* above_ = nullptr;
    std::string_view member_;
    std::size_t element_ = 0;
    bool is_element_ = false;
    std::size_t depth_ = 0;
};

// `text`, or as much of it as is not longer than `most` bytes and "...". Control characters become "?".
std::string Shortened(std::string_view text, std::size_t most);

}  // namespace fanfare::schema
