#include "profile/error_history.hpp"

#include "base/crypto.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "json/scan.hpp"

namespace fanfare::profile {
namespace {

// RFC 9562, section 5.8: version 8, made of a digest; so a message that is written again has the same ids.
std::string UuidOf(std::string_view identity) {
    base::Digest digest = base::Sha256(identity);
    digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x80);
    digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);
    std::string text = base::EncodeHex(base::BytesOf(digest).substr(0, 16));
    for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
    return text;
}

std::string ElementOf(const ErrorEntry& entry) {
    std::string out =
        entry.kind == ErrorEntry::Kind::kHard ? R"({"error_type":"harderror")" : R"({"error_type":"softerror")";
    const auto add = [&](std::string_view name, std::string_view value) {
        out.append(",\"").append(name).append("\":");
        base::AppendJsonString(out, value);
    };
    add("error_uuid", UuidOf(entry.identity));
    add("error_sender", entry.sender);
    add("error_message", entry.message);
    add("timestamp", base::FormatTime(entry.at));
    if (entry.code != 0) add("error_code", std::to_string(entry.code));
    if (!entry.response.empty()) {
        out += R"(,"error_debug":{"response":)";
        base::AppendJsonString(out, entry.response);
        out += '}';
    }
    return out + "}";
}

}  // namespace

std::optional<std::string> WithErrors(std::string_view message, const std::vector<ErrorEntry>& added) {
    const auto scanned = json::Scan(message);
    if (!scanned || scanned->kind != json::Kind::kObject) return std::nullopt;
    const auto members = json::Members(*scanned);
    if (!members) return std::nullopt;
    std::string out = "{";
    std::vector<std::string> errors;
    for (const json::Member& member : *members) {
        if (json::NameIs(member.name, "errors_count")) continue;
        if (json::NameIs(member.name, "errors")) {
            if (member.value.kind != json::Kind::kArray) continue;
            for (const json::Raw& element : json::Elements(member.value)) errors.emplace_back(element.text);
            continue;
        }
        out.append("\"").append(member.name).append("\":").append(member.value.text).append(",");
    }
    for (const ErrorEntry& entry : added) errors.push_back(ElementOf(entry));
    out += "\"errors_count\":" + std::to_string(errors.size()) + ",\"errors\":[";
    for (const std::string& error : errors) out += (&error == &errors.front() ? "" : ",") + error;
    return out + "]}";
}

}  // namespace fanfare::profile
