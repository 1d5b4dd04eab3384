#include "message.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fanfare/base64.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

#include "md5.hpp"

namespace fanfare::plugins::sqs {

namespace {

constexpr std::size_t kMaxAttributes = 10;
constexpr std::size_t kMaxId = 128;
constexpr char kNoGroup[] = "fanfare";

struct MessageAttribute {
    std::string name;
    std::string_view type;
    std::string_view value;
};
using Attributes = std::vector<MessageAttribute>;

// UTF-8 of #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF.
bool IsText(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_sequence(text, at);
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        const std::string_view character = text.substr(at, length);
        if (length == 0 || control || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") return false;
        at += length;
    }
    return true;
}

// Letters, digits and punctuation of ASCII.
bool IsId(std::string_view id) {
    return !id.empty() && id.size() <= kMaxId &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

bool IsAttributeName(std::string_view name) {
    const bool legal = std::all_of(name.begin(), name.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    });
    return legal && !name.empty() && name.size() <= 256 && name.front() != '.' && name.back() != '.' &&
           name.find("..") == std::string_view::npos && !starts_with_ignoring_case(name, "aws.") &&
           !starts_with_ignoring_case(name, "amazon.");
}

class AttributeWriter {
public:
    AttributeWriter(const Event& event, const Options& options) : event_(event), options_(options) {}

    // Rendered ones first: somebody asked for them. Errors: ConfigError.
    Attributes Write() {
        for (std::size_t i = 0; i < event_.header_count(); ++i) AddRendered(event_.header(i));
        if (event_.shaped()) return std::move(out_);
        if (options_.attributes) {
            for (const std::string& name : *options_.attributes) AddNamed(name);
            return std::move(out_);
        }
        for (const char* name :
             {"id", "source", "type", "specversion", "subject", "time", "datacontenttype", "realm", "dataschema"}) {
            AddNamed(name);
        }
        for (std::size_t i = 0; i < event_.extension_count(); ++i) AddExtension(event_.extension(i));
        return std::move(out_);
    }

private:
    void AddRendered(const Header& header) {
        const bool fit = IsAttributeName(header.name) && IsText(header.value) && out_.size() < kMaxAttributes;
        if (!fit) {
            throw ConfigError(
                "rendered header '" + first_line(header.name, 64) +
                "' cannot be a message attribute: check its name, its text, and that there are ten at most");
        }
        Add(std::string(header.name), "String", header.value);
    }

    void AddNamed(std::string_view name) {
        if (name == "realm") return Add("realm", "String", event_.realm());
        if (name == "datacontenttype") return Add("content-type", "String", event_.content_type());
        if (name == "id") return AddCore(name, event_.id());
        if (name == "source") return AddCore(name, event_.source());
        if (name == "type") return AddCore(name, event_.type());
        if (name == "specversion") return AddCore(name, "1.0");
        if (name == "subject") return AddCore(name, event_.subject());
        if (name == "time") return AddCore(name, event_.time());
        if (name == "dataschema") return AddCore(name, event_.data_schema());
        for (std::size_t i = 0; i < event_.extension_count(); ++i) {
            if (event_.extension(i).name == name) return AddExtension(event_.extension(i));
        }
    }

    void AddCore(std::string_view name, std::string_view value) { Add("ce-" + std::string(name), "String", value); }
    void AddExtension(const Attribute& extension) {
        const bool number = extension.kind == AttributeKind::integer;
        Add("ce-" + std::string(extension.name), number ? "Number" : "String", extension.value);
    }

    // SQS takes no empty value; what a rendered header says already is not said twice.
    void Add(std::string name, std::string_view type, std::string_view value) {
        if (value.empty() || out_.size() == kMaxAttributes || !IsText(value)) return;
        for (const MessageAttribute& earlier : out_) {
            if (equal_ignoring_case(earlier.name, name)) return;
        }
        out_.push_back({std::move(name), type, value});
    }

    const Event& event_;
    const Options& options_;
    Attributes out_;
};

void AppendLength(std::string& out, std::string_view text) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift & 0xFF);
    out += text;
}

// By name: length and bytes of name, type and value, with 1 for a text before the value.
std::string Md5Of(Attributes attributes) {
    if (attributes.empty()) return {};
    std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::string text;
    for (const MessageAttribute& attribute : attributes) {
        AppendLength(text, attribute.name);
        AppendLength(text, attribute.type);
        text += '\x01';
        AppendLength(text, attribute.value);
    }
    return Md5Hex(text);
}

std::string_view CheckedId(std::string_view id, const char* option) {
    if (IsId(id)) return id;
    throw ConfigError(std::string(option) + " is '" + first_line(id, 64) +
                      "': SQS takes 1 to 128 letters, digits and punctuation marks, no spaces");
}

// An order key may be any text: as it is if SQS takes it, else by its digest, so that equal keys stay together.
std::string GroupOf(const Event& event, const Options& options, const Crypto& crypto) {
    if (options.group_id.is_set()) return std::string(CheckedId(options.group_id.For(event), "message_group_id"));
    if (!options.fifo) return {};
    const std::string_view key = event.order_key();
    if (key.empty()) return kNoGroup;
    if (IsId(key)) return std::string(key);
    return base64(bytes_of(crypto.sha256(key)));
}

std::string DeduplicationIdOf(const Event& event, const Options& options) {
    if (!options.fifo) return {};
    const auto& option = options.deduplication_id;
    return std::string(CheckedId(option.is_set() ? option.For(event) : event.delivery_id(), "deduplication_id"));
}

std::string BodyOf(const Event& event, const Options& options) {
    if (event.data().empty()) {
        throw ConfigError("SQS takes no empty message: give the destination shape.payload = \"cloudevents\"");
    }
    if (options.base64) return base64(event.data());
    if (!IsText(event.data())) {
        throw ConfigError(
            "the data is not text that SQS takes (UTF-8 without control characters): set encoding = \"base64\"");
    }
    return std::string(event.data());
}

void AppendMember(std::string& json, const char* name, std::string_view value) {
    if (value.empty()) return;
    json.append(",\"").append(name).append("\":");
    append_json_string(json, value);
}

void AppendAttributes(std::string& json, const Attributes& attributes) {
    if (attributes.empty()) return;
    json += ",\"MessageAttributes\":{";
    for (const MessageAttribute& attribute : attributes) {
        if (json.back() != '{') json += ',';
        append_json_string(json, attribute.name);
        json.append(":{\"DataType\":\"").append(attribute.type).append("\",\"StringValue\":");
        append_json_string(json, attribute.value);
        json += '}';
    }
    json += '}';
}

Entry Make(const Event& event, std::size_t index, const Options& options, const Crypto& crypto) {
    Entry entry;
    entry.index = index;
    const std::string body = BodyOf(event, options);
    const Attributes attributes = AttributeWriter(event, options).Write();
    entry.size = body.size();
    for (const MessageAttribute& one : attributes) entry.size += one.name.size() + one.type.size() + one.value.size();
    if (entry.size > options.max_message_bytes) {
        throw ConfigError("the message has " + std::to_string(entry.size) +
                          " bytes with its attributes: more than the " + std::to_string(options.max_message_bytes) +
                          " of max_message_bytes");
    }
    entry.body_md5 = Md5Hex(body);
    entry.json = "{\"Id\":\"" + std::to_string(index) + "\",\"MessageBody\":";
    append_json_string(entry.json, body);
    if (options.delay_seconds) entry.json += ",\"DelaySeconds\":" + std::to_string(*options.delay_seconds);
    AppendMember(entry.json, "MessageGroupId", GroupOf(event, options, crypto));
    AppendMember(entry.json, "MessageDeduplicationId", DeduplicationIdOf(event, options));
    AppendAttributes(entry.json, attributes);
    entry.json += '}';
    entry.attributes_md5 = Md5Of(attributes);
    return entry;
}

}  // namespace

std::variant<Entry, Outcome> MakeEntry(const Event& event, std::size_t index, const Options& options,
                                       const Crypto& crypto) {
    try {
        return Make(event, index, options, crypto);
    } catch (const ConfigError& e) {
        return Outcome::rejected(e.what());
    }
}

}  // namespace fanfare::plugins::sqs
