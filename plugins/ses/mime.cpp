#include "mime.hpp"

#include <fanfare/base64.hpp>

#include "aws/text.hpp"
#include "text.hpp"

namespace fanfare::plugins::ses {

namespace {

// All bodies are base64, which has no '_': no boundary can stand in one.
constexpr char kMixed[] = "_fanfare_mixed";
constexpr char kAlternative[] = "_fanfare_alternative";

void AppendHeader(std::string& out, const char* name, const std::string& value) {
    if (!value.empty()) out.append(name).append(": ").append(value).append("\r\n");
}

// One address a line, so that lines stay short.
std::string Joined(const std::vector<std::string>& addresses) {
    std::string out;
    for (const std::string& address : addresses) {
        if (!out.empty()) out += ",\r\n ";
        out += address;
    }
    return out;
}

void AppendBody(std::string& out, std::string_view data) {
    constexpr std::size_t kBytesOfLine = 57;  // 76 characters
    out += "Content-Transfer-Encoding: base64\r\n\r\n";
    for (std::size_t at = 0; at < data.size(); at += kBytesOfLine) {
        append_base64(out, data.substr(at, kBytesOfLine));
        out += "\r\n";
    }
}

void AppendPart(std::string& out, const char* boundary) { out.append("--").append(boundary).append("\r\n"); }
void AppendEnd(std::string& out, const char* boundary) { out.append("--").append(boundary).append("--\r\n"); }

void AppendText(std::string& out, const char* type, std::string_view text) {
    out.append("Content-Type: ").append(type).append("; charset=utf-8\r\n");
    AppendBody(out, text);
}

void AppendTexts(std::string& out, const Mail& mail) {
    if (!mail.html) return AppendText(out, "text/plain", *mail.text);
    if (!mail.text) return AppendText(out, "text/html", *mail.html);
    out.append("Content-Type: multipart/alternative; boundary=\"").append(kAlternative).append("\"\r\n\r\n");
    AppendPart(out, kAlternative);
    AppendText(out, "text/plain", *mail.text);
    AppendPart(out, kAlternative);
    AppendText(out, "text/html", *mail.html);
    AppendEnd(out, kAlternative);
}

void AppendAttachment(std::string& out, const Attachment& attachment) {
    AppendHeader(out, "Content-Type", attachment.content_type);
    out.append("Content-Disposition: attachment;\r\n filename*=UTF-8''")
        .append(aws::PercentEncode(attachment.name))
        .append("\r\n");
    AppendBody(out, attachment.data);
}

}  // namespace

std::string WriteMime(const Mail& mail) {
    std::string out;
    AppendHeader(out, "From", mail.from);
    AppendHeader(out, "To", Joined(mail.to));
    AppendHeader(out, "Cc", Joined(mail.cc));
    AppendHeader(out, "Reply-To", Joined(mail.reply_to));
    AppendHeader(out, "Subject", HeaderText(mail.subject, "\r\n "));
    AppendHeader(out, "MIME-Version", "1.0");
    out.append("Content-Type: multipart/mixed; boundary=\"").append(kMixed).append("\"\r\n\r\n");
    AppendPart(out, kMixed);
    AppendTexts(out, mail);
    AppendPart(out, kMixed);
    AppendAttachment(out, mail.attachment.value());
    AppendEnd(out, kMixed);
    return out;
}

}  // namespace fanfare::plugins::ses
