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

void FillIn(model::Envelope& envelope) {
    if (envelope.event.type.empty()) envelope.event.type = kDefaultType;
    if (!envelope.event.source.empty()) return;
    envelope.event.source = envelope.realm.empty() ? "/v1/events" : "/v1/realms/" + envelope.realm + "/events";
}

// An event without data and, unless a header gives it, without id: what all events of the request have in common.
model::Envelope Common(const Request& request, std::string_view content_type, Faults& faults) {
    model::Envelope envelope;
    envelope.event.content_type = content_type;
    TakeHeaders(request, envelope.event, faults);
    std::string cause;
    SettleEnvelope(request, envelope, cause);
    model::Envelope whole = envelope;
    FillIn(whole);
    if (whole.event.id.empty()) whole.event.id = "-";  // so that its absence is no fault yet
    for (model::Fault& fault : model::Validate(whole)) {
        faults.AddOnce(0, HeaderOf(fault.pointer), std::move(fault.message));
    }
    return envelope;
}

// The id of the event of this line; of a body that is one event, of line 0.
std::string DefaultId(const Request& request, std::size_t line) {
    const std::string_view signed_id = request.input.signed_id;
    if (signed_id.empty()) return base::MakeUuidV7();
    // Not on the first: then a body of one line has the same id under every Content-Type.
    return std::string(signed_id) + (line == 0 ? "" : "/" + std::to_string(line + 1));
}

// Makes events out of texts, as the profile of their realm has it.
class Maker {
public:
    Maker(const Request& request, std::string_view content_type, Decoded& decoded, Faults& faults)
        : request_(request), decoded_(decoded), faults_(faults), common_(Common(request, content_type, faults)) {
        if (model::IsJson(content_type)) profile_ = GuideTo(request, common_.realm).profile;
    }

    // `json`: of the text, null if it is none, and then `outlined` is where it stands in the outline. `place`: the
    // pointer to it. The refusal that ends the whole request, if there is one.
    std::optional<Decoded> Add(std::string_view text, const json::Raw* json, const json::Outline::Place& outlined,
                               const std::string& place, std::size_t line) {
        const std::size_t mark = faults_.mark();
        model::Envelope envelope = common_;
        envelope.event.data = text;
        const bool is_dropped = profile_ != nullptr && json != nullptr && Apply(text, *json, place, envelope);
        FillIn(envelope);
        if (envelope.event.id.empty()) envelope.event.id = DefaultId(request_, line);
        if (envelope.event.data.size() > request_.limits.event_bytes) {
            return RefuseSize(request_, place, envelope.event.data.size());
        }
        if (faults_.mark() == mark) CheckData(request_, envelope, place, faults_);
        if (is_dropped) {
            decoded_.dropped.push_back({decoded_.events.size(), std::move(envelope.event.id)});
        } else {
            const bool is_as_scanned = json != nullptr && envelope.event.data == text;
            decoded_.Add(std::move(envelope), is_as_scanned ? std::optional(outlined) : std::nullopt);
        }
        return std::nullopt;
    }

    bool has_id() const { return !common_.event.id.empty(); }
    std::size_t count() const { return decoded_.events.size() + decoded_.dropped.size(); }

private:
    // Whether the profile drops it.
    bool Apply(std::string_view text, const json::Raw& json, const std::string& place, model::Envelope& envelope) {
        const auto header = [&](std::string_view name) {
            Faults twice;
            auto value = FindHeader(request_.input, name, twice);
            if (!twice.empty()) faults_.AddOnce(0, std::string(name), "stands there twice");
            return value;
        };
        profile::Applied applied = profile_->Apply(text, json, header);
        for (model::Fault& fault : applied.violations) {
            faults_.AddViolation(place + fault.pointer, std::move(fault.message));
        }
        if (!applied.violations.empty()) return false;
        model::Event& event = envelope.event;
        if (event.type.empty() && applied.missing_type) {
            const std::string at = PlaceOf(place, applied.missing_type->pointer);
            faults_.AddViolation(at, std::move(applied.missing_type->message));
        }
        if (applied.data) event.data = *std::move(applied.data);
        const std::pair<std::string*, profile::Found*> attributes[] = {{&event.id, &applied.id},
                                                                       {&event.type, &applied.type},
                                                                       {&event.source, &applied.source},
                                                                       {&event.subject, &applied.subject},
                                                                       {&event.time, &applied.time}};
        for (const auto& [attribute, found] : attributes) {
            if (attribute->empty()) *attribute = found->value;
        }
        Validate(envelope, place, applied);
        return applied.is_dropped;
    }

    // Only what the profile has put in can be at fault: the rest is known to be good.
    void Validate(const model::Envelope& envelope, const std::string& place, const profile::Applied& applied) {
        model::Envelope whole = envelope;
        FillIn(whole);
        if (whole.event.id.empty()) whole.event.id = "-";
        for (model::Fault& fault : model::Validate(whole)) {
            const profile::Found* const found = fault.pointer == "/id"        ? &applied.id
                                                : fault.pointer == "/type"    ? &applied.type
                                                : fault.pointer == "/source"  ? &applied.source
                                                : fault.pointer == "/subject" ? &applied.subject
                                                                              : nullptr;
            if (found == nullptr) continue;
            faults_.AddViolation(PlaceOf(place, found->place),
                                 "as " + fault.pointer.substr(1) + " of the event: " + fault.message);
        }
    }

    // A pointer is one into the body, anything else is the name of a header.
    static std::string PlaceOf(const std::string& place, const std::string& where) {
        return where.starts_with('/') ? place + where : where;
    }

    const Request& request_;
    Decoded& decoded_;
    Faults& faults_;
    const model::Envelope common_;
    const profile::Profile* profile_ = nullptr;
};

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

Decoded RefuseEmpty() {
    return Refuse(base::Code::kInvalid, "",
                  "the request has no body: send the data of the event, or a CloudEvent if there is none");
}

class Lines {
public:
    // Each line is data of the type that a single one would have.
    explicit Lines(const Request& request)
        : request_(request), maker_(request, "application/json", decoded_, faults_) {}

    Decoded Run() {
        std::string_view rest = request_.input.body;
        for (std::size_t number = 0; !rest.empty() && !stopped_; ++number) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (!IsBlank(line)) Take(line, number);
        }
        if (stopped_) return *std::move(stopped_);
        if (maker_.has_id() && maker_.count() > 1) {
            faults_.Add("Fanfare-Id", "names one event, but the body has more lines than one");
        }
        if (!faults_.empty()) return faults_.Refuse();
        if (maker_.count() == 0) return RefuseEmpty();
        return std::move(decoded_);
    }

private:
    void Take(std::string_view line, std::size_t number) {
        const std::string place = "/" + std::to_string(number);
        json::Outline& outline = decoded_.outline;
        const std::size_t first = outline.size();
        const auto raw = json::Scan(line, {request_.limits.json_depth}, &outline);
        if (!raw) {
            return faults_.Add(place, "line " + std::to_string(number + 1) + " is not JSON: " + raw.error().message);
        }
        if (raw->text.size() > request_.limits.event_bytes) {
            stopped_ = RefuseSize(request_, place, raw->text.size());
        } else if (maker_.count() == request_.limits.batch_events) {
            stopped_ = Refuse(base::Code::kTooLarge, "",
                              "the body has more than " + std::to_string(request_.limits.batch_events) +
                                  " events, which is the limit of one request");
        } else {
            const auto before = static_cast<std::size_t>(raw->text.data() - line.data());
            stopped_ = maker_.Add(raw->text, &*raw, {first, before}, place, number);
        }
    }

    const Request& request_;
    Faults faults_;
    Decoded decoded_;
    std::optional<Decoded> stopped_;
    Maker maker_;
};

}  // namespace

Decoded DecodePlain(const Request& request) {
    const std::string_view body = request.input.body;
    if (body.empty()) return RefuseEmpty();
    if (body.size() > request.limits.event_bytes) return RefuseSize(request, "", body.size());
    Faults faults;
    Decoded decoded;
    Maker maker(request, request.content_type, decoded, faults);
    std::optional<json::Raw> raw;
    if (model::IsJson(request.content_type)) {
        const auto scanned = json::Scan(body, {request.limits.json_depth}, &decoded.outline);
        if (scanned) {
            raw = *scanned;
        } else {
            faults.Add("", "the body is not JSON: " + scanned.error().message);
        }
    }
    if (faults.empty()) {
        if (auto refused = maker.Add(body, raw ? &*raw : nullptr, {}, "", 0)) return *std::move(refused);
    }
    if (!faults.empty()) return faults.Refuse();
    return decoded;
}

Decoded DecodeLines(const Request& request) { return Lines(request).Run(); }

}  // namespace fanfare::ingest
