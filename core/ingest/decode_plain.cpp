// Bodies that are not CloudEvents: the body, or each of its lines, is the data; attributes come from headers.
#include "base/text.hpp"
#include "ingest/header_value.hpp"
#include "ingest/request.hpp"
#include "json/scan.hpp"

namespace fanfare::ingest {
namespace {

constexpr std::string_view kDefaultType = "event";

struct Source {
    std::string_view header;
    std::string_view attribute;
};
constexpr Source kSources[] = {
    {"Fanfare-Id", "id"}, {"Fanfare-Type", "type"}, {"Fanfare-Source", "source"}, {"Fanfare-Subject", "subject"}};

// Validate's pointer as the header that carries the attribute.
std::string HeaderOf(std::string_view pointer) {
    for (const Source& source : kSources) {
        if (pointer.substr(pointer.empty() ? 0 : 1) == source.attribute) return std::string(source.header);
    }
    return pointer == "/datacontenttype" ? "Content-Type" : std::string(pointer);
}

void TakeHeaders(const Request& request, model::Event& event, Faults& faults) {
    for (const Source& source : kSources) {
        const auto header = FindHeader(request.input, source.header, faults);
        if (!header) continue;
        auto value = DecodeHeaderValue(*header);
        if (!value) {
            faults.Add(std::string(source.header), value.error().message);
        } else if (value->empty()) {
            faults.Add(std::string(source.header), "must not be empty; without it there is a default");
        } else {
            *FindCore(event, source.attribute) = *std::move(value);
        }
    }
}

// An event without data and, unless a header gives it, without id: what all events of the request have in common.
model::Envelope Common(const Request& request, std::string_view content_type, Faults& faults) {
    model::Envelope envelope;
    envelope.event.content_type = content_type;
    TakeHeaders(request, envelope.event, faults);
    std::string cause;
    SettleEnvelope(request, envelope, cause);
    if (envelope.event.type.empty()) envelope.event.type = kDefaultType;
    if (envelope.event.source.empty()) {
        envelope.event.source = envelope.realm.empty() ? "/v1/events" : "/v1/realms/" + envelope.realm + "/events";
    }
    const bool has_id = !envelope.event.id.empty();
    if (!has_id) envelope.event.id = "-";  // so that its absence is no fault yet
    for (model::Fault& fault : model::Validate(envelope)) {
        faults.AddOnce(0, HeaderOf(fault.pointer), std::move(fault.message));
    }
    if (!has_id) envelope.event.id.clear();
    return envelope;
}

// The id of the event of this line; of a body that is one event, of line 0.
std::string DefaultId(const Request& request, std::size_t line) {
    const std::string_view signed_id = request.input.signed_id;
    if (signed_id.empty()) return base::MakeUuidV7();
    // Not on the first: then a body of one line has the same id under every Content-Type.
    return std::string(signed_id) + (line == 0 ? "" : "/" + std::to_string(line + 1));
}

model::Envelope WithData(const Request& request, const model::Envelope& common, std::string_view data,
                         std::size_t line) {
    model::Envelope envelope = common;
    if (envelope.event.id.empty()) envelope.event.id = DefaultId(request, line);
    envelope.event.data = data;
    return envelope;
}

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

Decoded RefuseEmpty() {
    return Refuse(base::Code::kInvalid, "",
                  "the request has no body: send the data of the event, or a CloudEvent if there is none");
}

class Lines {
public:
    explicit Lines(const Request& request) : request_(request) {}

    Decoded Run() {
        // Each line is data of the type that a single one would have.
        const model::Envelope common = Common(request_, "application/json", faults_);
        std::string_view rest = request_.input.body;
        for (std::size_t number = 0; !rest.empty() && !stopped_; ++number) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (!IsBlank(line)) Take(line, number, common);
        }
        if (stopped_) return *std::move(stopped_);
        if (!common.event.id.empty() && decoded_.events.size() > 1) {
            faults_.Add("Fanfare-Id", "names one event, but the body has more lines than one");
        }
        if (!faults_.empty()) return faults_.Refuse();
        if (decoded_.events.empty()) return RefuseEmpty();
        return std::move(decoded_);
    }

private:
    void Take(std::string_view line, std::size_t number, const model::Envelope& common) {
        const std::string place = "/" + std::to_string(number);
        const auto raw = json::Scan(line, {request_.limits.json_depth});
        if (!raw) {
            return faults_.Add(place, "line " + std::to_string(number + 1) + " is not JSON: " + raw.error().message);
        }
        if (raw->text.size() > request_.limits.event_bytes) {
            stopped_ = RefuseSize(request_, place, raw->text.size());
        } else if (decoded_.events.size() == request_.limits.batch_events) {
            stopped_ = Refuse(base::Code::kTooLarge, "",
                              "the body has more than " + std::to_string(request_.limits.batch_events) +
                                  " events, which is the limit of one request");
        } else {
            decoded_.events.push_back(WithData(request_, common, raw->text, number));
        }
    }

    const Request& request_;
    Faults faults_;
    Decoded decoded_;
    std::optional<Decoded> stopped_;
};

}  // namespace

Decoded DecodePlain(const Request& request) {
    const std::string_view body = request.input.body;
    if (body.empty()) return RefuseEmpty();
    if (body.size() > request.limits.event_bytes) return RefuseSize(request, "", body.size());
    Faults faults;
    const model::Envelope common = Common(request, request.content_type, faults);
    if (model::IsJson(request.content_type)) {
        const auto scanned = json::Scan(body, {request.limits.json_depth});
        if (!scanned) faults.Add("", "the body is not JSON: " + scanned.error().message);
    }
    if (!faults.empty()) return faults.Refuse();
    Decoded decoded;
    decoded.events.push_back(WithData(request, common, body, 0));
    return decoded;
}

Decoded DecodeLines(const Request& request) { return Lines(request).Run(); }

}  // namespace fanfare::ingest
