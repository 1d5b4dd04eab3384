// What the plugin may ask of its instance's options. Immutable, so safe from every thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/catalog.hpp"

namespace fanfare::plugin {

class Options {
public:
    // Takes care that no secret stands among the plain options: a value that is one becomes null.
    explicit Options(InstanceOptions options);

    // By JSON pointer (RFC 6901); nullopt or nullptr if the value is absent or of another type.
    const std::string* String(std::string_view pointer) const;
    std::optional<std::int64_t> Integer(std::string_view pointer) const;
    std::optional<double> Number(std::string_view pointer) const;
    std::optional<bool> Boolean(std::string_view pointer) const;
    // Members of the list or table.
    std::optional<std::size_t> Size(std::string_view pointer) const;
    // Name of the n-th member of the table.
    const std::string* Key(std::string_view pointer, std::size_t n) const;

    const base::Secret* Secret(std::string_view pointer) const;
    // All of them, for masking.
    const std::vector<base::Secret>& secrets() const { return masks_; }
    const std::string& destination() const { return options_.destination; }
    const std::shared_ptr<const http_client::Settings>& http() const { return options_.http; }

private:
    InstanceOptions options_;
    std::vector<base::Secret> masks_;
};

}  // namespace fanfare::plugin
