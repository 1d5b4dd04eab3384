// A string that does not print and is wiped when it goes.
#pragma once

#include <string>
#include <utility>

namespace fanfare::base {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(other.value_) { other.Wipe(); }
    Secret& operator=(Secret other) noexcept {
        value_.swap(other.value_);
        return *this;
    }
    ~Secret() { Wipe(); }

    // The plain text. Name the call site with care: what is read here must not be stored, logged or shown.
    const std::string& Reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    void Wipe() noexcept;
    std::string value_;
};

}  // namespace fanfare::base
