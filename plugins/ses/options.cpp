#include "options.hpp"

#include "text.hpp"

namespace fanfare::plugins::ses {

namespace {

// A list of texts, or one.
std::vector<aws::OptionText> ReadList(const Config& config, const std::string& pointer) {
    std::vector<aws::OptionText> out;
    auto one = aws::OptionText::Of(config, pointer);
    if (one.is_set()) out.push_back(std::move(one));
    for (std::size_t i = 0; i < config.size(pointer); ++i) {
        out.push_back(aws::OptionText::Of(config, pointer + '/' + std::to_string(i)));
    }
    return out;
}

// What is no template can be checked now.
void CheckAddresses(const std::vector<aws::OptionText>& list) {
    for (const aws::OptionText& text : list) {
        if (text.configured().find("{{") != std::string::npos) continue;
        for (const std::string& address : SplitAddresses(text.configured())) CheckAddress(address);
    }
}

void CheckLine(const aws::OptionText& line) {
    if (!IsLine(line.configured()))
        throw ConfigError("option " + line.pointer() + " has a line break or control character");
}

}  // namespace

Options ReadOptions(const Config& config) {
    Options out;
    out.sender = config.str("/sender");
    CheckAddress(out.sender);
    out.sender_name = aws::OptionText::Of(config, "/sender_name");
    out.recipients = ReadList(config, "/recipients");
    out.cc = ReadList(config, "/cc");
    out.bcc = ReadList(config, "/bcc");
    out.reply_to = ReadList(config, "/reply_to");
    for (const auto* list : {&out.recipients, &out.cc, &out.bcc, &out.reply_to}) CheckAddresses(*list);
    out.subject = aws::OptionText::Of(config, "/subject");
    out.text = aws::OptionText::Of(config, "/text");
    out.html = aws::OptionText::Of(config, "/html");
    out.attachment_name = aws::OptionText::Of(config, "/attachment_name");
    for (const auto* line : {&out.sender_name, &out.subject, &out.attachment_name}) CheckLine(*line);
    out.configuration_set = config.str("/configuration_set", "");
    for (std::size_t i = 0; i < config.size("/tags"); ++i) {
        std::string name = config.key("/tags", i);
        auto value = aws::OptionText::Of(config, pointer("/tags", name));
        if (!IsTag(name))
            throw ConfigError("tags: '" + name + "' is no name of a tag: use letters, digits, '_' and '-'");
        out.tags.emplace_back(std::move(name), std::move(value));
    }
    out.v1 = config.str("/api", "v2") == "v1";
    out.max_message_bytes = static_cast<std::size_t>(config.i64("/max_message_bytes", out.v1 ? 10 << 20 : 40 << 20));
    return out;
}

aws::Service ServiceOf(const Options& options) { return {"email", options.v1 ? "SES" : "SESV2"}; }

}  // namespace fanfare::plugins::ses
