#include "cli/project.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace fanfare::cli {
namespace {

constexpr std::size_t kLongestName = 40;

using Words = std::vector<std::pair<std::string_view, std::string>>;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// It is the name of a file, a word of TOML and of CMake, and with hyphens that of a package.
bool IsPluginName(std::string_view name) {
    if (name.empty() || name.size() > kLongestName || !IsLower(name.front()) || name.back() == '_') return false;
    if (name.find("__") != std::string_view::npos) return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return IsLower(c) || IsDigit(c) || c == '_'; });
}

// "acme_mail" is class AcmeMail.
std::string ClassName(std::string_view name) {
    std::string out;
    bool begins = true;
    for (const char c : name) {
        if (c != '_') out += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        begins = c == '_';
    }
    return out;
}

std::string PackageName(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

std::string Replaced(std::string_view text, const Words& words) {
    std::string out;
    while (!text.empty()) {
        const auto found =
            std::find_if(words.begin(), words.end(), [&](const auto& word) { return text.starts_with(word.first); });
        if (found == words.end()) {
            out += text.front();
            text.remove_prefix(1);
        } else {
            out += found->second;
            text.remove_prefix(found->first.size());
        }
    }
    return out;
}

base::Status CheckOptions(const ProjectOptions& options) {
    const auto invalid = [](std::string text) { return base::MakeError(base::Code::kInvalid, std::move(text)); };
    if (!IsPluginName(options.name)) {
        return invalid("'" + options.name + "' is no name for a plugin: 1 to " + std::to_string(kLongestName) +
                       " lower-case letters, digits and single '_', a letter first");
    }
    if (options.lang != "cpp" && options.lang != "c") {
        return invalid("--lang " + options.lang +
                       ": say cpp or c; for Rust see hello_rust among the examples of fanfare-dev");
    }
    if (options.kind != "http" && options.kind != "blocking") {
        return invalid("--kind " + options.kind + ": say http (the host's HTTP client) or blocking (calls that wait)");
    }
    return {};
}

}  // namespace

base::Result<std::vector<ProjectFile>> MakeProject(const ProjectOptions& options) {
    if (base::Status checked = CheckOptions(options); !checked) return std::move(checked).error();
    const Words in_text{{"@NAME@", options.name},
                        {"@CLASS@", ClassName(options.name)},
                        {"@PACKAGE@", PackageName(options.name)},
                        {"@EXTENSION@", options.lang},
                        // The unit tests are C++ in both.
                        {"@LANGUAGES@", options.lang == "c" ? "C CXX" : "CXX"}};
    const Words in_path{{"NAME", options.name}};
    const std::array<std::string, 3> parts{"common/", options.kind + "/", options.kind + "-" + options.lang + "/"};
    std::vector<ProjectFile> files;
    for (const ProjectTemplate& one : ProjectTemplates()) {
        const auto part =
            std::find_if(parts.begin(), parts.end(), [&](const auto& head) { return one.path.starts_with(head); });
        if (part == parts.end()) continue;
        files.push_back({Replaced(one.path.substr(part->size()), in_path), Replaced(one.text, in_text),
                         one.text.starts_with("#!")});
    }
    return files;
}

}  // namespace fanfare::cli
