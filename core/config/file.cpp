#include "config/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"

namespace fanfare::config {
namespace {

base::Error ErrorOf(int number) {
    return base::MakeError(number == ENOENT ? base::Code::kNotFound : base::Code::kIo,
                           std::generic_category().message(number));
}

}  // namespace

base::Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return ErrorOf(errno);
    std::string text;
    std::array<char, 16384> block;
    while (true) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ErrorOf(errno);
        if (got == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(got));
        if (text.size() > max_bytes) {
            return base::MakeError(base::Code::kTooLarge, "larger than " + std::to_string(max_bytes) + " bytes");
        }
    }
}

std::vector<std::string_view> SplitLines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace fanfare::config
