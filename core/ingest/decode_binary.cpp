// HTTP binding, 3.1: the body is the data, Content-Type is datacontenttype, every other attribute is a ce-* header.
#include <algorithm>

#include "base/text.hpp"
#include "ingest/header_value.hpp"
#include "ingest/request.hpp"
#include "json/scan.hpp"
#include "model/quote.hpp"

namespace fanfare::ingest {
namespace {

constexpr std::string_view kPrefix = "ce-";

bool IsAttribute(std::string_view header) {
    return header.size() >= kPrefix.size() && base::EqualsIgnoreCase(header.substr(0, kPrefix.size()), kPrefix);
}

// Validate's pointer as the header that carries the attribute.
std::string HeaderOf(std::string_view pointer) {
    if (pointer.empty()) return {};
    if (pointer == "/datacontenttype") return "Content-Type";
    return std::string(kPrefix) + std::string(pointer.substr(1));
}

class BinaryEvent {
public:
    explicit BinaryEvent(const Request& request) : request_(request) {}

    Decoded Run() {
        const std::string_view body = request_.input.body;
        if (body.size() > request_.limits.event_bytes) return RefuseSize(request_, "", body.size());
        for (const NamedValue& header : request_.input.headers) {
            if (IsAttribute(header.name)) Take(header);
        }
        if (!has_version_) faults_.AddOnce(0, "ce-specversion", "is required: send 1.0");
        TakeData();
        std::string cause;
        if (!SettleEnvelope(request_, envelope_, cause)) faults_.Add("ce-realm", cause);
        for (model::Fault& fault : model::Validate(envelope_)) {
            faults_.AddOnce(0, HeaderOf(fault.pointer), std::move(fault.message));
        }
        if (faults_.empty()) CheckData(request_, envelope_, "", faults_);
        if (!faults_.empty()) return faults_.Refuse();
        decoded_.Add(std::move(envelope_), place_);
        return std::move(decoded_);
    }

private:
    void Take(const NamedValue& header) {
        const std::string name = base::ToLower(header.name.substr(kPrefix.size()));
        const std::string place = std::string(kPrefix) + name;
        if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) {
            return faults_.AddOnce(0, place, "stands there twice");
        }
        seen_.push_back(name);
        auto value = DecodeHeaderValue(base::Trim(header.value));
        if (!value) return faults_.Add(place, value.error().message);
        if (name == "specversion") return TakeVersion(*value);
        // HTTP binding, 3.1.1.
        if (name == "datacontenttype") return faults_.Add(place, "must not be sent: Content-Type says it");
        std::string* const core = FindCore(envelope_.event, name);
        if (!core) {
            envelope_.event.extensions.push_back({name, *std::move(value), model::AttributeKind::kString});
            return;
        }
        if (value->empty()) return faults_.Add(place, "must not be empty");
        *core = *std::move(value);
    }

    void TakeVersion(std::string_view version) {
        has_version_ = true;
        if (version != "1.0") {
            faults_.Add("ce-specversion", model::Quote(version) + " is not a version that fanfare reads; send 1.0");
        }
    }

    void TakeData() {
        model::Event& event = envelope_.event;
        event.content_type = request_.content_type;
        event.data = request_.input.body;
        if (event.data.empty() || !model::IsJson(event.content_type)) return;
        const auto scanned = json::Scan(event.data, {request_.limits.json_depth}, &decoded_.outline);
        if (!scanned) faults_.Add("", "the data is not JSON as Content-Type says: " + scanned.error().message);
        place_ = json::Outline::Place{};
    }

    const Request& request_;
    Faults faults_;
    Decoded decoded_;
    model::Envelope envelope_;
    std::optional<json::Outline::Place> place_;  // of its data
    std::vector<std::string> seen_;
    bool has_version_ = false;
};

}  // namespace

Decoded DecodeBinary(const Request& request) { return BinaryEvent(request).Run(); }

}  // namespace fanfare::ingest
