#include "compose.hpp"

#include <algorithm>
#include <chrono>

#include <fanfare/cloudevents.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

#include "text.hpp"

namespace fanfare::plugins::smtp {
namespace {

constexpr std::size_t kMaxRecipients = 1000;

// An option's text for this event.
std::string TextFor(const Event& event, const std::string& pointer, const std::string& configured) {
    if (const auto rendered = event.option(pointer)) return std::string(*rendered);
    if (!IsTemplate(configured)) return configured;
    throw ConfigError(pointer.substr(1) +
                      " has become a template since the event was accepted: 'fanfare deliveries retry --render' sends "
                      "what it makes of it now");
}

std::optional<std::string> TextFor(const Event& event, const Texts& texts) {
    if (texts.items.empty()) return std::nullopt;
    return TextFor(event, texts.items.front().first, texts.items.front().second);
}

// A member of a list is one address: nothing of an event can make it two. A string is a list whatever stands in it.
std::vector<Mailbox> MailboxesFor(const Event& event, const Texts& texts) {
    std::vector<Mailbox> found;
    for (const auto& [pointer, configured] : texts.items) {
        const std::string text = TextFor(event, pointer, configured);
        try {
            if (texts.is_list) {
                found.push_back(ParseMailbox(text));
            } else {
                found = ParseMailboxes(text);
            }
        } catch (const ConfigError& e) {
            throw ConfigError(pointer.substr(1) + ": " + e.what());
        }
    }
    return found;
}

std::string SubjectFor(const Event& event, const Texts& texts) {
    if (auto text = TextFor(event, texts)) return *std::move(text);
    std::string subject(event.type());
    if (!event.subject().empty()) subject.append(": ").append(event.subject());
    return subject;
}

std::string_view Essence(std::string_view content_type) {
    std::string_view essence = content_type.substr(0, content_type.find(';'));
    while (!essence.empty() && essence.back() == ' ') essence.remove_suffix(1);
    return essence;
}

// What goes into a header field, where it must not be able to say anything else.
std::string AttachmentType(std::string_view content_type) {
    const bool legal =
        !content_type.empty() && content_type.find('/') != std::string_view::npos &&
        std::all_of(content_type.begin(), content_type.end(), [](char c) { return c >= ' ' && c < 0x7F; });
    return legal ? std::string(content_type) : "application/octet-stream";
}

// The data as text, HTML or attachment.
void TakeData(const Event& event, Draft& draft) {
    const std::string_view data = event.data();
    const std::string_view type = event.content_type();
    if (is_utf8(data)) {
        const bool is_html = equal_ignoring_case(Essence(type), "text/html");
        const bool may_be_json = type.empty() || is_json_media_type(type);
        const bool is_text = event.shaped() || data.empty() || type.empty() || is_utf8_text_media_type(type);
        if (is_html) {
            draft.html = std::string(data);
            return;
        }
        if (!event.shaped() && may_be_json && is_json(data)) {
            draft.text = ReadableJson(data);
            return;
        }
        if (is_text || may_be_json) {
            draft.text = std::string(data);
            return;
        }
    }
    draft.attachment = Attachment{AttachmentType(type), data};
}

// What a shape makes stands in place of the option of its kind; without a shape, the options stand in place of the
// data.
void TakeBody(const Options& options, const Event& event, Draft& draft) {
    std::optional<std::string> text = TextFor(event, options.text);
    std::optional<std::string> html = TextFor(event, options.html);
    if (event.shaped() || !text) TakeData(event, draft);
    if (text && !draft.text) draft.text = std::move(text);
    if (html && (!draft.html || !event.shaped())) draft.html = std::move(html);
}

void TakeHeaders(const Options& options, const Event& event, Draft& draft) {
    const auto renders = [&](std::string_view name) {
        for (std::size_t i = 0; i < event.header_count(); ++i) {
            if (equal_ignoring_case(event.header(i).name, name)) return true;
        }
        return false;
    };
    for (const auto& [name, value] : options.headers) {
        if (!renders(name)) draft.headers.emplace_back(name, TextFor(event, value).value_or(""));
    }
    for (std::size_t i = 0; i < event.header_count(); ++i) {
        const Header header = event.header(i);
        CheckHeaderName(header.name);
        draft.headers.emplace_back(header.name, header.value);
    }
}

// When the event was accepted: the same at every attempt, so that a second copy shows for what it is.
std::int64_t DateOf(const Event& event) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    if (event.received_unix_ns() > 0) return event.received_unix_ns() / kNanoseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

Draft Compose(const Options& options, const Event& event) {
    Draft draft;
    draft.from = options.from;
    draft.to = MailboxesFor(event, options.to);
    draft.cc = MailboxesFor(event, options.cc);
    draft.bcc = MailboxesFor(event, options.bcc);
    draft.reply_to = MailboxesFor(event, options.reply_to);
    const std::size_t recipients = draft.to.size() + draft.cc.size() + draft.bcc.size();
    if (recipients == 0) throw ConfigError("the event names no recipient: to, cc and bcc are empty");
    if (recipients > kMaxRecipients) throw ConfigError("the event names more than 1000 recipients");
    draft.subject = SubjectFor(event, options.subject);
    TakeBody(options, event, draft);
    TakeHeaders(options, event, draft);
    draft.unix_s = DateOf(event);
    draft.id = std::string(event.delivery_id());
    return draft;
}

std::vector<std::string> RecipientsOf(const Draft& draft) {
    std::vector<std::string> found;
    for (const std::vector<Mailbox>* list : {&draft.to, &draft.cc, &draft.bcc}) {
        for (const Mailbox& mailbox : *list) {
            const bool known = std::any_of(found.begin(), found.end(), [&](const std::string& address) {
                return IsSameAddress(address, mailbox.address);
            });
            if (!known) found.push_back(mailbox.address);
        }
    }
    return found;
}

}  // namespace fanfare::plugins::smtp
