// An option that may hold a template: its text for one event.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fanfare/event.hpp>
#include <fanfare/host.hpp>

namespace fanfare::plugins::aws {

class OptionText {
public:
    OptionText() = default;  // of an option that is not set
    OptionText(std::string pointer, std::string configured)
        : pointer_(std::move(pointer)), configured_(std::move(configured)) {}
    static OptionText Of(const Config& config, std::string pointer) {
        std::string text = config.str(pointer, "");
        return {std::move(pointer), std::move(text)};
    }

    bool is_set() const noexcept { return !configured_.empty(); }
    // Empty if it is not set, or is rendered to nothing. Borrows from the event or from this.
    // Errors: ConfigError, if nothing was rendered for a template.
    std::string_view For(const Event& event) const {
        if (!is_set()) return {};
        if (const auto text = event.option(pointer_)) return *text;
        if (configured_.find("{{") == std::string::npos) return configured_;
        throw ConfigError("option " + pointer_ + " has become a template since the event was accepted: 'fanfare deliveries retry --render' sends what it makes of it now");
    }
    const std::string& configured() const noexcept { return configured_; }
    const std::string& pointer() const noexcept { return pointer_; }

private:
    std::string pointer_;
    std::string configured_;
};

}  // namespace fanfare::plugins::aws
