#include "mail.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fanfare/cloudevents.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

#include "text.hpp"

namespace fanfare::plugins::ses {

namespace {

constexpr std::size_t kMaxRecipients = 50;  // SES API Reference v2, Destination

std::vector<std::string> Addresses(const Event& event, const std::vector<aws::OptionText>& list) {
    std::vector<std::string> out;
    for (const aws::OptionText& text : list) {
        for (const std::string& address : SplitAddresses(text.For(event))) out.push_back(WriteAddress(address));
    }
    return out;
}

void CheckRecipients(const Mail& mail) {
    const std::size_t count = mail.to.size() + mail.cc.size() + mail.bcc.size();
    if (mail.to.empty()) throw ConfigError("recipients is empty for this event");
    if (count > kMaxRecipients) {
        throw ConfigError("the mail has " + std::to_string(count) + " recipients: SES takes 50 at most");
    }
}

// JSON for people: a string as its text, all else indented. What is not JSON, as it is.
std::string Readable(const Event& event) {
    const std::string_view data = event.data();
    const bool may_be_json = event.content_type().empty() || is_json_media_type(event.content_type());
    if (may_be_json && is_json(data)) {
        const bool is_string = data[data.find_first_not_of(" \t\r\n")] == '"';
        return is_string ? nlohmann::json::parse(data).get<std::string>() : IndentJson(data);
    }
    if (!is_utf8(data)) throw ConfigError("the data is not text: set attachment_name to send it as a file, or text");
    return std::string(data);
}

void SetBody(const Event& event, const Options& options, Mail& mail) {
    if (options.text.is_set()) mail.text = options.text.For(event);
    if (options.html.is_set()) mail.html = options.html.For(event);
    if (mail.text || mail.html) return;
    if (mail.attachment) {
        mail.text = "";
    } else if (!event.shaped()) {
        mail.text = Readable(event);
    } else if (!is_utf8(event.data())) {
        throw ConfigError("what the shape makes is not text: set attachment_name to send it as a file");
    } else if (starts_with_ignoring_case(event.content_type(), "text/html")) {
        mail.html = event.data();
    } else {
        mail.text = event.data();
    }
}

void SetAttachment(const Event& event, const Options& options, Mail& mail) {
    if (!options.attachment_name.is_set()) return;
    const std::string_view name = options.attachment_name.For(event);
    if (name.empty() || !IsLine(name)) throw ConfigError("attachment_name is no file name for this event");
    const std::string_view type = event.content_type();
    const bool usable =
        type.find('/') != std::string_view::npos && IsLine(type) && type.size() <= 200 &&
        std::all_of(type.begin(), type.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    mail.attachment =
        Attachment{std::string(name), std::string(usable ? type : "application/octet-stream"), event.data()};
}

}  // namespace

Mail MakeMail(const Event& event, const Options& options) {
    Mail mail;
    const std::string_view name = options.sender_name.For(event);
    mail.from = name.empty() ? WriteAddress(options.sender) : NamedAddress(name, options.sender);
    mail.to = Addresses(event, options.recipients);
    mail.cc = Addresses(event, options.cc);
    mail.bcc = Addresses(event, options.bcc);
    mail.reply_to = Addresses(event, options.reply_to);
    CheckRecipients(mail);
    mail.subject = options.subject.For(event);
    SetAttachment(event, options, mail);
    SetBody(event, options, mail);
    // Not every implementation of the API takes an empty one.
    if (mail.text && mail.text->empty()) mail.text = "\n";
    for (const auto& [tag, text] : options.tags) {
        const std::string_view value = text.For(event);
        if (!IsTag(value))
            throw ConfigError("tag '" + tag + "' is '" + first_line(value, 64) +
                              "': SES takes letters, digits and _ - . @");
        mail.tags.emplace_back(tag, value);
    }
    return mail;
}

}  // namespace fanfare::plugins::ses
