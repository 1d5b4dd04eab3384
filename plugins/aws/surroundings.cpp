#include "aws/surroundings.hpp"

#include <cstdlib>
#include <fstream>

namespace fanfare::plugins::aws {

namespace {

constexpr std::size_t kMaxFile = 1u << 20;

std::optional<std::string> VariableOfProcess(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::optional<std::string> FileOfProcess(const std::string& path) {
    const bool at_home = path.compare(0, 2, "~/") == 0;
    std::ifstream file(at_home ? VariableOfProcess("HOME").value_or("") + path.substr(1) : path, std::ios::binary);
    std::string text(kMaxFile + 1, '\0');
    if (!file.is_open() || (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof())) {
        return std::nullopt;
    }
    if (file.gcount() > static_cast<std::streamsize>(kMaxFile)) return std::nullopt;
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace

Surroundings Surroundings::OfThisProcess() { return {&VariableOfProcess, &FileOfProcess}; }

}  // namespace fanfare::plugins::aws
