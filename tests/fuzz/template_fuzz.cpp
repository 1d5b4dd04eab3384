// libFuzzer over templates and events: what a template for JSON makes is JSON, it makes the same twice, and a URL keeps
// the part before its first tag.
// The input is a template for JSON, a NUL, the rest of a URL, a NUL, and the data of an event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/scan.hpp"
#include "shape/shape.hpp"

namespace {

using namespace fanfare;

// A number that no double holds is JSON too, so it is the grammar that is asked.
constexpr json::ScanLimits kAnyDepth{10'000};

std::string_view TakeUpToNul(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

void RunTemplate(std::string_view text, const model::Envelope& envelope) {
    shape::Spec spec;
    spec.payload = shape::PayloadKind::kTemplate;
    spec.text = text;
    spec.content_type = "application/json";
    spec.missing = shape::Missing::kEmpty;
    const auto compiled = shape::Shape::Compile(spec);
    const auto* const made = std::get_if<std::shared_ptr<const shape::Shape>>(&compiled);
    if (made == nullptr) return;
    model::Request first;
    model::Request second;
    const bool ok = (*made)->Render(envelope, first).ok();
    if (ok != (*made)->Render(envelope, second).ok()) std::abort();
    if (ok && (first != second || !json::Scan(first.payload->body, kAnyDepth))) std::abort();
}

void RunUrl(std::string_view text, const model::Envelope& envelope) {
    const std::string prefix = "https://h/p/";
    const std::vector<shape::OptionSpec> specs = {{"/u", prefix + std::string(text), shape::Place::kUrl}};
    const auto compiled = shape::Options::Compile(specs, shape::Missing::kEmpty);
    const auto* const made = std::get_if<std::shared_ptr<const shape::Options>>(&compiled);
    model::Request request;
    if (made == nullptr || !(*made)->Render(envelope, request) || request.options.empty()) return;
    const std::string& url = request.options[0].second;
    if (!url.starts_with(prefix)) std::abort();
    for (const char c : url) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    std::string_view rest(reinterpret_cast<const char*>(bytes), count);
    const std::string_view text = TakeUpToNul(rest);
    const std::string_view url = TakeUpToNul(rest);
    model::Envelope envelope;
    envelope.event.id = "1";
    envelope.event.source = "/s";
    envelope.event.type = "t\"<&";
    envelope.event.data = rest;
    envelope.event.content_type = json::Scan(rest) ? "application/json" : "text/plain";
    RunTemplate(text, envelope);
    RunUrl(url, envelope);
    return 0;
}
