#include "request.hpp"

#include <nlohmann/json.hpp>

#include <fanfare/base64.hpp>

#include "aws/text.hpp"
#include "mime.hpp"

namespace fanfare::plugins::ses {

namespace {

using nlohmann::json;

json TextOf(const std::string& text) { return {{"Data", text}, {"Charset", "UTF-8"}}; }

void CheckSize(std::size_t size, const Options& options) {
    if (size <= options.max_message_bytes) return;
    throw ConfigError("the mail has " + std::to_string(size) + " bytes: more than the " +
                      std::to_string(options.max_message_bytes) + " of max_message_bytes");
}

void CheckSimple(const Mail& mail, const Options& options) {
    CheckSize(mail.subject.size() + (mail.text ? mail.text->size() : 0) + (mail.html ? mail.html->size() : 0), options);
}

std::string RawOf(const Mail& mail, const Options& options) {
    const std::string mime = WriteMime(mail);
    CheckSize(mime.size(), options);
    return base64(mime);
}

json ContentOf(const Mail& mail, const Options& options) {
    if (mail.attachment) return {{"Raw", {{"Data", RawOf(mail, options)}}}};
    CheckSimple(mail, options);
    json body = json::object();
    if (mail.text) body["Text"] = TextOf(*mail.text);
    if (mail.html) body["Html"] = TextOf(*mail.html);
    return {{"Simple", {{"Subject", TextOf(mail.subject)}, {"Body", std::move(body)}}}};
}

class Form {
public:
    void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    void AddList(const std::string& name, const std::vector<std::string>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) Add(name + ".member." + std::to_string(i + 1), values[i]);
    }
    void AddText(const std::string& name, const std::string& text) {
        Add(name + ".Charset", "UTF-8");
        Add(name + ".Data", text);
    }
    std::string Text() const { return aws::FormEncode(fields_); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

void AddSimple(Form& form, const Mail& mail, const Options& options) {
    CheckSimple(mail, options);
    form.AddList("Destination.ToAddresses", mail.to);
    form.AddList("Destination.CcAddresses", mail.cc);
    form.AddList("Destination.BccAddresses", mail.bcc);
    form.AddList("ReplyToAddresses", mail.reply_to);
    if (mail.text) form.AddText("Message.Body.Text", *mail.text);
    if (mail.html) form.AddText("Message.Body.Html", *mail.html);
    form.AddText("Message.Subject", mail.subject);
}

void AddRaw(Form& form, const Mail& mail, const Options& options) {
    std::vector<std::string> all = mail.to;
    all.insert(all.end(), mail.cc.begin(), mail.cc.end());
    all.insert(all.end(), mail.bcc.begin(), mail.bcc.end());
    form.AddList("Destinations", all);
    form.Add("RawMessage.Data", RawOf(mail, options));
}

}  // namespace

aws::Call CallOfV2(const Mail& mail, const Options& options) {
    json body = {
        {"FromEmailAddress", mail.from}, {"Destination", {{"ToAddresses", mail.to}}}, {"Content", ContentOf(mail, options)}};
    if (!mail.cc.empty()) body["Destination"]["CcAddresses"] = mail.cc;
    if (!mail.bcc.empty()) body["Destination"]["BccAddresses"] = mail.bcc;
    if (!mail.reply_to.empty()) body["ReplyToAddresses"] = mail.reply_to;
    if (!options.configuration_set.empty()) body["ConfigurationSetName"] = options.configuration_set;
    for (const auto& [name, value] : mail.tags) body["EmailTags"].push_back({{"Name", name}, {"Value", value}});
    aws::Call call;
    call.path = "/v2/email/outbound-emails";
    call.headers = {{"content-type", "application/json"}};
    call.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return call;
}

aws::Call CallOfV1(const Mail& mail, const Options& options) {
    Form form;
    form.Add("Action", mail.attachment ? "SendRawEmail" : "SendEmail");
    form.Add("Version", "2010-12-01");
    form.Add("Source", mail.from);
    if (mail.attachment) {
        AddRaw(form, mail, options);
    } else {
        AddSimple(form, mail, options);
    }
    if (!options.configuration_set.empty()) form.Add("ConfigurationSetName", options.configuration_set);
    for (std::size_t i = 0; i < mail.tags.size(); ++i) {
        const std::string tag = "Tags.member." + std::to_string(i + 1);
        form.Add(tag + ".Name", mail.tags[i].first);
        form.Add(tag + ".Value", mail.tags[i].second);
    }
    aws::Call call;
    call.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
    call.body = form.Text();
    return call;
}

std::string MessageIdOf(std::string_view answer) {
    const json body = json::parse(answer, nullptr, /*allow_exceptions*/ false);
    if (!body.is_object()) return aws::XmlText(answer, "MessageId").value_or("");
    const auto id = body.find("MessageId");
    return id != body.end() && id->is_string() ? id->get<std::string>() : std::string();
}

}  // namespace fanfare::plugins::ses
