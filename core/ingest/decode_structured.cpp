// JSON event format, 2-4: an object of attributes with `data` or `data_base64`, or an array of such objects.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "ingest/request.hpp"
#include "json/reader.hpp"
#include "json/scan.hpp"
#include "model/quote.hpp"

namespace fanfare::ingest {
namespace {

using model::Quote;

// JSON format, 2.2: "only the integer component optionally prefixed with a minus sign is permitted"; 32 bits.
std::optional<std::string> CanonicalInteger(std::string_view number) {
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    return std::to_string(value);
}

// One event of a request. `place` is the pointer to it: "" or "/3".
class StructuredEvent {
public:
    StructuredEvent(const Request& request, std::string place, json::Outline& outline, Faults& faults)
        : request_(request), place_(std::move(place)), outline_(outline), faults_(faults), mark_(faults.mark()) {}

    // The refusal that ends the whole request, if there is one; faults of the event alone are collected.
    std::optional<Decoded> Run(const json::Raw& object) {
        if (object.kind != json::Kind::kObject) {
            Add("", "is " + std::string(json::Name(object.kind)) + "; an event is an object");
            return std::nullopt;
        }
        const auto members = json::Members(object);
        if (!members) {
            Add("", members.error().message);
            return std::nullopt;
        }
        for (const json::Member& member : *members) Take(member);
        if (!has_version_) Add("/specversion", "is required: send \"1.0\"");
        TakeData();
        if (event().data.size() > request_.limits.event_bytes) return RefuseSize(request_, place_, event().data.size());
        std::string cause;
        if (!SettleEnvelope(request_, envelope_, cause)) Add("/realm", cause);
        for (model::Fault& fault : model::Validate(envelope_)) Add(fault.pointer, std::move(fault.message));
        if (faults_.mark() == mark_) CheckData(request_, envelope_, place_ + "/data", faults_);
        return std::nullopt;
    }

    model::Envelope& envelope() { return envelope_; }
    // Of its data in the outline; nullopt if that is no JSON.
    const std::optional<json::Outline::Place>& outlined() const { return outlined_; }

private:
    model::Event& event() { return envelope_.event; }

    void Add(std::string_view pointer, std::string message) {
        if (pointer.empty()) return faults_.Add(place_, std::move(message));
        faults_.AddOnce(mark_, place_ + std::string(pointer), std::move(message));
    }

    void Take(const json::Member& member) {
        std::string unescaped;
        std::string_view name = member.name;
        if (name.find('\\') != std::string_view::npos) name = unescaped = json::UnescapeName(name);
        if (name == "data") {
            data_ = member.value;
            return;
        }
        // JSON format, 2.2: null is absent; of `data` it is a value (3.1.1).
        if (member.value.kind == json::Kind::kNull) return;
        if (name == "data_base64") {
            base64_ = member.value;
        } else if (name == "specversion") {
            TakeVersion(member.value);
        } else if (std::string* const core = FindCore(event(), name)) {
            TakeCore(name, member.value, *core);
        } else {
            TakeExtension(name, member.value);
        }
    }

    void TakeVersion(const json::Raw& value) {
        has_version_ = true;
        if (value.text != "\"1.0\"") {
            Add("/specversion", Quote(value.text) + " is not a version that fanfare reads; send \"1.0\"");
        }
    }

    void TakeCore(std::string_view name, const json::Raw& value, std::string& to) {
        const std::string pointer = "/" + std::string(name);
        if (value.kind != json::Kind::kString) {
            return Add(pointer, "is " + std::string(json::Name(value.kind)) + "; it must be a string");
        }
        to = json::Unescape(value);
        if (to.empty()) Add(pointer, "must not be empty");
    }

    void TakeExtension(std::string_view name, const json::Raw& value) {
        model::Attribute extension{std::string(name), {}, model::AttributeKind::kString};
        if (value.kind == json::Kind::kString) {
            extension.value = json::Unescape(value);
        } else if (value.kind == json::Kind::kBoolean) {
            extension.kind = model::AttributeKind::kBoolean;
            extension.value = value.text;
        } else if (value.kind == json::Kind::kNumber) {
            auto integer = CanonicalInteger(value.text);
            if (!integer) {
                return AddExtension(
                    name, Quote(value.text) + " is not an integer of 32 bits, the only numbers that attributes are");
            }
            extension.kind = model::AttributeKind::kInteger;
            extension.value = *std::move(integer);
        } else {
            return AddExtension(name, "is " + std::string(json::Name(value.kind)) +
                                          "; an attribute is a string, an integer or a boolean");
        }
        event().extensions.push_back(std::move(extension));
    }

    // Such a name may hold anything, so it is shown and not pointed at.
    void AddExtension(std::string_view name, std::string message) {
        const bool plain = base::IsName(name);
        if (plain) return Add("/" + std::string(name), std::move(message));
        Add("", "the member " + Quote(name) + " " + message);
    }

    void TakeData() {
        const bool has_data = data_ && !(base64_ && data_->kind == json::Kind::kNull);
        if (has_data && base64_) return Add("/data_base64", "stands beside data; an event has one of them");
        if (!CheckCharset()) return;
        if (base64_) return TakeBase64();
        if (!has_data) return;
        if (event().content_type.empty()) event().content_type = "application/json";
        if (model::IsJson(event().content_type)) {
            event().data = data_->text;
            outlined_ = outline_.Find(0, static_cast<std::size_t>(data_->text.data() - request_.input.body.data()));
        } else if (data_->kind == json::Kind::kString) {
            event().data = json::Unescape(*data_);
        } else if (data_->kind != json::Kind::kNull) {
            Add("/data", "is " + std::string(json::Name(data_->kind)) +
                             "; data that is not of a JSON type must be a string, or stand in data_base64");
        }
    }

    bool CheckCharset() {
        const bool no_parameters = event().content_type.find(';') == std::string::npos;
        if (no_parameters || !model::IsJson(event().content_type)) return true;
        const auto media = model::ParseMediaType(event().content_type);
        if (!media || !HasForeignCharset(*media)) return true;
        Add("/datacontenttype", "JSON is UTF-8; charset " + Quote(media->charset) + " is not read");
        return false;
    }

    void TakeBase64() {
        if (base64_->kind != json::Kind::kString) {
            return Add("/data_base64", "is " + std::string(json::Name(base64_->kind)) + "; it must be a string");
        }
        auto bytes = base::DecodeBase64(json::Unescape(*base64_));
        if (!bytes) return Add("/data_base64", "is not base64 (RFC 4648, section 4, with padding)");
        event().data = *std::move(bytes);
        if (event().data.empty() || !model::IsJson(event().content_type)) return;
        outlined_ = json::Outline::Place{outline_.size(), 0};
        const auto scanned = json::Scan(event().data, {request_.limits.json_depth}, &outline_);
        if (!scanned) Add("/data_base64", "is not JSON as datacontenttype says: " + scanned.error().message);
    }

    const Request& request_;
    std::string place_;
    json::Outline& outline_;  // of the whole body, and of data that was encoded
    Faults& faults_;
    std::size_t mark_;
    model::Envelope envelope_;
    std::optional<json::Raw> data_;
    std::optional<json::Raw> base64_;
    std::optional<json::Outline::Place> outlined_;
    bool has_version_ = false;
};

base::Result<json::Raw> ScanBody(const Request& request, json::Outline& outline) {
    return json::Scan(request.input.body, {request.limits.json_depth}, &outline);
}

Decoded RefuseJson(const base::Error& error) {
    return Refuse(base::Code::kInvalid, "", "the body is not JSON: " + error.message);
}

}  // namespace

Decoded DecodeStructured(const Request& request) {
    Decoded decoded;
    const auto body = ScanBody(request, decoded.outline);
    if (!body) return RefuseJson(body.error());
    Faults faults;
    StructuredEvent event(request, "", decoded.outline, faults);
    if (auto refused = event.Run(*body)) return *std::move(refused);
    if (!faults.empty()) return faults.Refuse();
    decoded.Add(std::move(event.envelope()), event.outlined());
    return decoded;
}

Decoded DecodeBatch(const Request& request) {
    Decoded decoded;
    const auto body = ScanBody(request, decoded.outline);
    if (!body) return RefuseJson(body.error());
    if (body->kind != json::Kind::kArray) {
        return Refuse(base::Code::kInvalid, "",
                      "the body is " + std::string(json::Name(body->kind)) + "; a batch is an array of events");
    }
    Faults faults;
    json::Reader reader(body->text);
    reader.Enter();
    for (std::size_t index = 0; reader.NextElement(); ++index) {
        if (index == request.limits.batch_events) {
            return Refuse(
                base::Code::kTooLarge, "",
                "the batch has more than " + std::to_string(index) + " events, which is the limit of one request");
        }
        const json::Raw raw = reader.Take();
        if (index == 0) {
            decoded.events.reserve(std::min(request.limits.batch_events, body->text.size() / raw.text.size() + 1));
        }
        StructuredEvent event(request, "/" + std::to_string(index), decoded.outline, faults);
        if (auto refused = event.Run(raw)) return *std::move(refused);
        decoded.Add(std::move(event.envelope()), event.outlined());
    }
    if (!faults.empty()) return faults.Refuse();
    return decoded;
}

}  // namespace fanfare::ingest
