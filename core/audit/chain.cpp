#include "audit/chain.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "json/value.hpp"

namespace fanfare::audit {
namespace {

base::Error Broken(const std::string& path, std::uint64_t line, const std::string& why) {
    return base::MakeError(base::Code::kInvalid, path + ":" + std::to_string(line) + ": " + why);
}

// Takes one more line into the chain.
base::Status Take(const std::string& path, std::string_view text, Chain& chain) {
    ++chain.lines;
    const auto line = json::Parse(text);
    if (!line || !line->is_object()) return Broken(path, chain.lines, "this is no line of an audit log");
    const std::uint64_t number = line->value("number", std::uint64_t{0});
    const std::string previous = line->value("previous", std::string());
    const bool is_first = chain.lines == 1;
    if (is_first) chain.first = number;
    if (number == 0 || (!is_first && number != chain.last_number + 1))
        return Broken(
            path, chain.lines,
            "its number is " + std::to_string(number) + ", but it follows " + std::to_string(chain.last_number));
    const bool follows = is_first ? number > 1 || previous == kBeginning : previous == chain.last;
    if (!follows) return Broken(path, chain.lines, "the line before it is not the one it was written after");
    chain.last_number = number;
    chain.last = DigestOf(text);
    return {};
}

}  // namespace

std::string DigestOf(std::string_view line) { return base::EncodeHex(base::BytesOf(base::Sha256(line))); }

base::Result<Chain> ReadChain(const std::string& path) {
    Chain chain;
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        if (errno == ENOENT) return chain;
        return base::MakeError(base::Code::kIo, "cannot read " + path + ": " + std::generic_category().message(errno));
    }
    for (std::string line; std::getline(file, line);) {
        chain.torn = file.eof();
        if (chain.torn) break;
        if (const base::Status taken = Take(path, line, chain); !taken) return taken.error();
        chain.whole_bytes += line.size() + 1;
    }
    if (file.bad())
        return base::MakeError(base::Code::kIo, "cannot read " + path + ": " + std::generic_category().message(errno));
    return chain;
}

}  // namespace fanfare::audit
