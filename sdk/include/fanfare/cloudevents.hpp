// fanfare/cloudevents.hpp: an event as CloudEvents 1.0 on the wire.
//
// Sources: CloudEvents 1.0.2 JSON format (2.2 types, 2.4 and 3.1 data), HTTP protocol binding (3.1 binary mode, 3.1.3.2
// header values), spec 3.1 (attributes).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fanfare/base64.hpp>
#include <fanfare/event.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

// "application/json", "Application/Problem+JSON; charset=utf-8": subtype json or a +json suffix.
inline bool is_json_media_type(std::string_view content_type) noexcept {
    std::string_view essence = content_type.substr(0, content_type.find(';'));
    while (!essence.empty() && (essence.back() == ' ' || essence.back() == '\t')) essence.remove_suffix(1);
    const std::size_t slash = essence.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view subtype = essence.substr(slash + 1);
    constexpr std::string_view kSuffix = "+json";
    return equal_ignoring_case(subtype, "json") ||
           (subtype.size() > kSuffix.size() &&
            equal_ignoring_case(subtype.substr(subtype.size() - kSuffix.size()), kSuffix));
}

// text/* that names no charset, or one of which UTF-8 is a superset.
inline bool is_utf8_text_media_type(std::string_view content_type) {
    if (!starts_with_ignoring_case(content_type, "text/")) return false;
    std::string_view rest = content_type;
    for (std::size_t next = rest.find(';'); next != std::string_view::npos; next = rest.find(';')) {
        rest.remove_prefix(next + 1);
        std::string_view parameter = rest.substr(0, rest.find(';'));
        while (!parameter.empty() && (parameter.front() == ' ' || parameter.front() == '\t'))
            parameter.remove_prefix(1);
        while (!parameter.empty() && (parameter.back() == ' ' || parameter.back() == '\t')) parameter.remove_suffix(1);
        constexpr std::string_view kCharset = "charset=";
        if (!starts_with_ignoring_case(parameter, kCharset)) continue;
        std::string_view charset = parameter.substr(kCharset.size());
        if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"') {
            charset = charset.substr(1, charset.size() - 2);
        }
        return equal_ignoring_case(charset, "utf-8") || equal_ignoring_case(charset, "us-ascii");
    }
    return true;
}

// How JSON data stands in a structured event.
enum class JsonData { as_received, on_one_line };

namespace detail {

// Every attribute that is present but datacontenttype: visit(const Attribute&).
template <class Visit>
void for_each_attribute(const Event& event, Visit&& visit) {
    visit(Attribute{"specversion", "1.0"});
    visit(Attribute{"id", event.id()});
    visit(Attribute{"source", event.source()});
    visit(Attribute{"type", event.type()});
    if (!event.subject().empty()) visit(Attribute{"subject", event.subject()});
    if (!event.time().empty()) visit(Attribute{"time", event.time()});
    if (!event.data_schema().empty()) visit(Attribute{"dataschema", event.data_schema()});
    for (std::size_t i = 0; i < event.extension_count(); ++i) visit(event.extension(i));
}

inline bool is_bare(const Attribute& attribute) {
    const std::string_view value = attribute.value;
    switch (attribute.kind) {
        case AttributeKind::string:
            return false;
        case AttributeKind::boolean:
            return value == "true" || value == "false";
        case AttributeKind::integer:
            return !value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9')) && is_json(value);
    }
    return false;
}

// A value that is no number or boolean in spite of its kind is written as the string it is.
inline void append_member(std::string& out, const Attribute& attribute) {
    append_json_string(out, attribute.name);
    out += ':';
    if (is_bare(attribute)) {
        out += attribute.value;
    } else {
        append_json_string(out, attribute.value);
    }
}

inline bool append_json_data(std::string& out, std::string_view data, JsonData form) {
    const std::size_t before = out.size();
    out += ",\"data\":";
    if (form == JsonData::on_one_line) {
        if (append_compact_json(out, data)) return true;
    } else if (is_json(data)) {
        out += data;
        return true;
    }
    out.resize(before);
    return false;
}

// JSON stays JSON; text is a string; all else, also what is not what its type says, is base64, so that the reader gets
// back the very bytes. No content type: JSON if it is JSON, since an absent type means that (JSON format, 3.1).
inline void append_data(std::string& out, const Event& event, JsonData form) {
    const std::string_view data = event.data();
    if (data.empty()) return;
    const std::string_view type = event.content_type();
    if ((type.empty() || is_json_media_type(type)) && append_json_data(out, data, form)) return;
    if (is_utf8_text_media_type(type) && is_utf8(data)) {
        out += ",\"data\":";
        append_json_string(out, data);
        return;
    }
    out += ",\"data_base64\":\"";
    append_base64(out, data);
    out += '"';
}

}  // namespace detail

// Appends the event in structured mode (application/cloudevents+json). With JsonData::on_one_line it has no line end.
inline void append_structured(std::string& out, const Event& event, JsonData form) {
    out += '{';
    detail::for_each_attribute(event, [&](const Attribute& attribute) {
        if (out.back() != '{') out += ',';
        detail::append_member(out, attribute);
    });
    if (!event.content_type().empty()) {
        out += ',';
        detail::append_member(out, {"datacontenttype", event.content_type()});
    }
    detail::append_data(out, event, form);
    out += '}';
}

// Percent-encodes space, '"', '%' and all outside U+0021..U+007E (HTTP binding, 3.1.3.2).
inline void append_header_value(std::string& out, std::string_view value) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '%') {
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
        } else {
            out += c;
        }
    }
}

// The ce-* headers of binary mode: add(name, value), both borrowed for the call. Content-Type is binary_content_type().
template <class Add>
void for_each_header(const Event& event, Add&& add) {
    std::string name;
    std::string value;
    detail::for_each_attribute(event, [&](const Attribute& attribute) {
        name.assign("ce-").append(attribute.name);
        value.clear();
        append_header_value(value, attribute.value);
        add(std::string_view(name), std::string_view(value));
    });
}

// Content-Type of binary mode. Without datacontenttype, data that is JSON is said to be so (JSON format, 3.1: an absent
// type means JSON, and SHOULD be made explicit in another mode); of other data no type is claimed: empty, send none.
inline std::string_view binary_content_type(const Event& event) {
    if (!event.content_type().empty()) return event.content_type();
    return is_json(event.data()) ? std::string_view("application/json") : std::string_view();
}

FANFARE_SDK_END
