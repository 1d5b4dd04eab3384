#include "aws/profile.hpp"

#include <optional>

#include "aws/text.hpp"

namespace fanfare::plugins::aws {

namespace {

constexpr std::string_view kPrefix = "profile";

// nullopt: not a section of a profile ("[sso-session x]").
std::optional<std::string> NameOf(std::string_view line, bool is_config_file) {
    const std::size_t end = line.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = Trim(line.substr(1, end - 1));
    if (!is_config_file || name == "default") return std::string(name);
    const bool prefixed = name.substr(0, kPrefix.size()) == kPrefix && name.size() > kPrefix.size() &&
                          (name[kPrefix.size()] == ' ' || name[kPrefix.size()] == '\t');
    if (!prefixed) return std::nullopt;
    return std::string(Trim(name.substr(kPrefix.size())));
}

}  // namespace

void AddProfiles(std::string_view text, bool is_config_file, Profiles& profiles) {
    Profile* current = nullptr;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        // An indented line belongs to the value above it: a table of settings that is not about credentials.
        if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == ' ' || line[0] == '\t') continue;
        if (line[0] == '[') {
            const auto name = NameOf(line, is_config_file);
            current = name ? &profiles[*name] : nullptr;
            continue;
        }
        const std::size_t equals = line.find('=');
        if (current == nullptr || equals == std::string_view::npos) continue;
        (*current)[LowerCase(Trim(line.substr(0, equals)))] = Trim(line.substr(equals + 1));
    }
}

Profiles ReadProfiles(const Surroundings& surroundings) {
    Profiles profiles;
    const auto config = surroundings.variable("AWS_CONFIG_FILE").value_or("~/.aws/config");
    if (const auto text = surroundings.file(config)) AddProfiles(*text, true, profiles);
    const auto credentials = surroundings.variable("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials");
    if (const auto text = surroundings.file(credentials)) AddProfiles(*text, false, profiles);
    return profiles;
}

std::string UsualProfile(const Surroundings& surroundings) {
    return surroundings.variable("AWS_PROFILE").value_or("default");
}

std::string ValueOf(const Profiles& profiles, const std::string& profile, const std::string& name) {
    const auto section = profiles.find(profile);
    if (section == profiles.end()) return {};
    const auto value = section->second.find(name);
    return value == section->second.end() ? std::string() : value->second;
}

}  // namespace fanfare::plugins::aws
