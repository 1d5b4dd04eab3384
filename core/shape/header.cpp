#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "shape/field.hpp"

namespace fanfare::shape {
namespace {

// They belong to the connection and to the framing of the request, which the client sets (RFC 9110, 7.6.1; RFC 9112,
// 6).
constexpr std::array<std::string_view, 11> kRefused = {
    "host",    "content-length", "transfer-encoding",  "connection",          "keep-alive", "te",
    "trailer", "upgrade",        "proxy-authenticate", "proxy-authorization", "expect"};

// RFC 9110, 5.6.2.
bool IsToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return alphanumeric || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
    });
}

class HeaderText {
public:
    std::variant<std::vector<std::pair<std::string, std::string>>, std::vector<Fault>> Run(std::string_view text) {
        for (std::size_t line = 1; !text.empty(); ++line) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            Line(line, text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (!faults_.empty()) return std::move(faults_);
        return std::move(headers_);
    }

private:
    void Line(std::size_t number, std::string_view line) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (base::Trim(line).empty()) return;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            faults_.push_back({"headers", number, 1, model::Quote(line) + " has no colon", "write Name: value"});
            return;
        }
        const std::string_view name = base::Trim(line.substr(0, colon));
        if (Fault fault = CheckHeaderName(name); !fault.message.empty()) {
            fault.part = "headers";
            fault.line = number;
            fault.column = 1;
            faults_.push_back(std::move(fault));
            return;
        }
        headers_.emplace_back(name, base::Trim(line.substr(colon + 1)));
    }

    std::vector<std::pair<std::string, std::string>> headers_;
    std::vector<Fault> faults_;
};

}  // namespace

Fault CheckHeaderName(std::string_view name) {
    Fault fault{std::string(name), 0, 0, {}, {}};
    const std::string lower = base::ToLower(name);
    if (!IsToken(name)) {
        fault.message = model::Quote(name) + " is not the name of a header";
        fault.hint = "names are letters, digits and '-'";
    } else if (lower == "content-type") {
        fault.message = "Content-Type is set by what the payload is";
        fault.hint = "write content_type beside the template";
    } else if (std::find(kRefused.begin(), kRefused.end(), lower) != kRefused.end()) {
        fault.message = "the header " + std::string(name) + " belongs to the connection and cannot be set";
        fault.hint = "remove it";
    }
    return fault;
}

std::variant<std::vector<std::pair<std::string, std::string>>, std::vector<Fault>> ParseHeaders(std::string_view text) {
    return HeaderText().Run(text);
}

}  // namespace fanfare::shape
