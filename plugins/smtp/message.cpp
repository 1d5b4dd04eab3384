#include "message.hpp"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <string_view>

#include <fanfare/text.hpp>

#include "header.hpp"
#include "text.hpp"

namespace fanfare::plugins::smtp {
namespace {

// RFC 5322, 3.3. Always UTC: the host's zone is nobody's business.
std::string DateText(std::int64_t unix_s) {
    return Poco::DateTimeFormatter::format(Poco::Timestamp::fromEpochTime(unix_s), "%w, %d %b %Y %H:%M:%S +0000");
}

// One part of a body, with its own headers.
struct Part {
    std::string headers;
    std::string body;
};

void AppendTransferEncoding(Part& part, Encoded encoded) {
    part.headers.append("Content-Transfer-Encoding: ").append(encoded.transfer_encoding).append("\r\n");
    part.body = std::move(encoded.bytes);
}

Part TextPart(std::string_view type, std::string_view text) {
    Part part;
    part.headers.append("Content-Type: ").append(type).append("; charset=utf-8\r\n");
    AppendTransferEncoding(part, EncodeText(text));
    return part;
}

Part AttachmentPart(const Attachment& attachment) {
    Part part;
    AppendTextHeader(part.headers, "Content-Type", attachment.content_type);
    part.headers += "Content-Disposition: attachment; filename=\"data\"\r\n";
    AppendTransferEncoding(part, EncodeBytes(attachment.bytes));
    return part;
}

// A boundary that stands in none of the parts. "=_" can be in no quoted-printable or base64 text (RFC 2045, 6.7).
std::string BoundaryFor(const std::vector<Part>& parts, const std::string& stem) {
    for (std::size_t n = 0;; ++n) {
        const std::string boundary = "=_" + stem + "_" + std::to_string(n);
        const bool taken = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
            return part.body.find("--" + boundary) != std::string::npos;
        });
        if (!taken) return boundary;
    }
}

Part Multipart(std::string_view kind, const std::vector<Part>& parts, const std::string& stem) {
    if (parts.size() == 1) return parts.front();
    const std::string boundary = BoundaryFor(parts, stem);
    Part whole;
    whole.headers.append("Content-Type: multipart/")
        .append(kind)
        .append(";\r\n boundary=\"")
        .append(boundary)
        .append("\"\r\n");
    for (const Part& part : parts) {
        whole.body.append("--").append(boundary).append("\r\n").append(part.headers).append("\r\n").append(part.body);
        // The line end before a boundary is the boundary's (RFC 2046, 5.1.1).
        whole.body += "\r\n";
    }
    whole.body.append("--").append(boundary).append("--\r\n");
    return whole;
}

Part BodyOf(const Draft& draft) {
    std::vector<Part> alternatives;
    if (draft.text) alternatives.push_back(TextPart("text/plain", *draft.text));
    if (draft.html) alternatives.push_back(TextPart("text/html", *draft.html));
    std::vector<Part> parts;
    if (!alternatives.empty()) parts.push_back(Multipart("alternative", alternatives, draft.id + "_a"));
    if (draft.attachment) parts.push_back(AttachmentPart(*draft.attachment));
    if (parts.empty()) parts.push_back(TextPart("text/plain", {}));
    return Multipart("mixed", parts, draft.id + "_m");
}

bool HasHeader(const Draft& draft, std::string_view name) {
    return std::any_of(draft.headers.begin(), draft.headers.end(),
                       [&](const auto& header) { return equal_ignoring_case(header.first, name); });
}

}  // namespace

std::string Build(const Draft& draft) {
    std::string out;
    out.append("Date: ").append(DateText(draft.unix_s)).append("\r\n");
    AppendAddressHeader(out, "From", {draft.from});
    AppendAddressHeader(out, "Reply-To", draft.reply_to);
    AppendAddressHeader(out, "To", draft.to);
    AppendAddressHeader(out, "Cc", draft.cc);
    AppendTextHeader(out, "Subject", draft.subject);
    out.append("Message-ID: <").append(draft.id).append("@").append(DomainOf(draft.from.address)).append(">\r\n");
    // Nobody is away from their desk for a program.
    if (!HasHeader(draft, "Auto-Submitted")) out += "Auto-Submitted: auto-generated\r\n";
    for (const auto& [name, value] : draft.headers) AppendTextHeader(out, name, value);
    out += "MIME-Version: 1.0\r\n";
    const Part body = BodyOf(draft);
    return out.append(body.headers).append("\r\n").append(body.body);
}

}  // namespace fanfare::plugins::smtp
