// libFuzzer over the request reader: no crash, and the same outcome however the bytes are cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/request_parser.hpp"

namespace {

using fanfare::http::Limits;
using fanfare::http::impl::RequestParser;

std::string Outcome(const std::uint8_t* bytes, std::size_t count, std::size_t piece) {
    static const Limits limits;
    RequestParser parser(limits);
    parser.Start();
    std::vector<char> buffer;
    for (std::size_t at = 0; at < count; at += piece) {
        const std::size_t end = std::min(count, at + piece);
        buffer.insert(buffer.end(), bytes + at, bytes + end);
        buffer.shrink_to_fit();
        std::size_t size = buffer.size();
        RequestParser::Step step = parser.Advance(buffer.data(), size);
        if (step == RequestParser::Step::kHead) step = parser.Advance(buffer.data(), size);
        buffer.resize(size);
        if (step == RequestParser::Step::kRefused) return std::string(parser.refusal().detail);
        if (step != RequestParser::Step::kComplete) continue;
        fanfare::http::RequestHead head;
        parser.FillHead(buffer.data(), head);
        return std::string(head.method) + ' ' + std::string(head.path) + ' ' + std::string(parser.Body(buffer.data()));
    }
    return "incomplete";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    if (count == 0) return 0;
    const std::string whole = Outcome(bytes, count, count);
    if (whole != Outcome(bytes, count, 1) || whole != Outcome(bytes, count, 1 + bytes[0] % 16)) std::abort();
    return 0;
}
