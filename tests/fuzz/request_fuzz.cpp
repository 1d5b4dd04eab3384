// libFuzzer over requests of strangers: structured, binary and batched CloudEvents, lines, plain bodies and a trace.
// What is accepted keeps the promises of decode.hpp; what is refused says why, in text that any terminal can show.
// The input is headers, "name: value" a line, an empty line, and the body.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "ingest/decode.hpp"
#include "ingest/trace.hpp"
#include "json/scan.hpp"
#include "model/media_type.hpp"

namespace {

using namespace fanfare;

std::string_view TakeLine(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

// As the reader of requests lets one in (RFC 9110, 5.6.2).
bool IsName(std::string_view text) {
    constexpr std::string_view kTokens =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return !text.empty() && text.find_first_not_of(kTokens) == std::string_view::npos;
}

ingest::Input Cut(std::string_view rest) {
    ingest::Input input;
    while (!rest.empty()) {
        const std::string_view line = TakeLine(rest);
        if (line.empty()) break;
        const std::size_t colon = std::min(line.find(": "), line.size());
        const std::string_view name = line.substr(0, colon);
        if (IsName(name)) input.headers.push_back({name, line.substr(std::min(colon + 2, line.size()))});
    }
    input.body = rest;
    return input;
}

void Require(bool holds) {
    if (!holds) std::abort();
}

void CheckRefusal(const ingest::Decoded& decoded) {
    Require(decoded.events.empty() && !decoded.refusal->faults.empty() && !decoded.refusal->error.message.empty());
    for (const char c : decoded.refusal->error.message) Require(c < 0 || c >= 0x20);
    Require(base::IsUtf8(decoded.refusal->error.message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    const ingest::Input input = Cut({reinterpret_cast<const char*>(bytes), count});
    ingest::Decoded decoded = ingest::Decode(input, {});
    if (decoded.refusal) {
        CheckRefusal(decoded);
        return 0;
    }
    http::RequestHead head;
    for (const ingest::NamedValue& one : input.headers) head.headers.push_back({one.name, one.value});
    for (std::size_t i = 0; i < decoded.events.size(); ++i) {
        model::Envelope& envelope = decoded.events[i];
        Require(model::Validate(envelope).empty());
        const model::Event& event = envelope.event;
        if (!event.data.empty() && model::IsJson(event.content_type)) Require(json::Scan(event.data).has_value());
        ingest::AddTrace(head, envelope.event);
        Require(model::Validate(envelope).empty());
    }
    return 0;
}
