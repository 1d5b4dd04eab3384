#include "ingest/decode.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "ingest/request.hpp"
#include "model/quote.hpp"

namespace fanfare::ingest {
namespace {

bool StartsWithIgnoreCase(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && base::EqualsIgnoreCase(text.substr(0, start.size()), start);
}

bool IsBinary(const Input& input) {
    return std::any_of(input.headers.begin(), input.headers.end(),
                       [](const NamedValue& header) { return StartsWithIgnoreCase(header.name, "ce-"); });
}

void RefusePlainHeaders(const Input& input, Faults& faults) {
    for (const std::string_view name : {"Fanfare-Id", "Fanfare-Type", "Fanfare-Source", "Fanfare-Subject"}) {
        if (FindHeader(input, name, faults)) {
            faults.Add(std::string(name), "is for plain events; a CloudEvent brings its own attributes");
        }
    }
}

// What makes the identity of an event must be signed where a signature is asked for, or a recorded request could be
// sent again as a new event.
void RefuseUnsignedHeaders(const Input& input, bool is_binary, Faults& faults) {
    for (const std::string_view name : {"Fanfare-Id", "Fanfare-Source"}) {
        if (FindHeader(input, name, faults)) {
            faults.Add(std::string(name), "is not covered by the signature that this realm asks for; leave it out");
        }
    }
    if (is_binary) {
        faults.Add("ce-id",
                   "is not covered by the signature that this realm asks for; send the event in structured mode");
    }
}

Decoded DecodeCloudEvents(const Request& request, Faults& faults, Decoded (*decode)(const Request&)) {
    RefusePlainHeaders(request.input, faults);
    return faults.empty() ? decode(request) : faults.Refuse();
}

Decoded DecodeByMode(const Request& request, Faults& faults) {
    const std::string_view essence = request.media ? request.media->essence : std::string_view();
    if (base::EqualsIgnoreCase(essence, "application/cloudevents-batch+json")) {
        return DecodeCloudEvents(request, faults, DecodeBatch);
    }
    if (base::EqualsIgnoreCase(essence, "application/cloudevents+json")) {
        return DecodeCloudEvents(request, faults, DecodeStructured);
    }
    // HTTP binding, 3: the prefix says CloudEvents, in a format that is not ours.
    if (StartsWithIgnoreCase(essence, "application/cloudevents")) {
        return Refuse(base::Code::kUnsupported, "Content-Type",
                      model::Quote(essence) +
                          " is not a format of CloudEvents that fanfare reads; send application/cloudevents+json "
                          "or application/cloudevents-batch+json");
    }
    const bool is_binary = IsBinary(request.input);
    if (!request.input.signed_id.empty()) RefuseUnsignedHeaders(request.input, is_binary, faults);
    if (is_binary) return DecodeCloudEvents(request, faults, DecodeBinary);
    if (!faults.empty()) return faults.Refuse();
    if (base::EqualsIgnoreCase(essence, "application/x-ndjson")) return DecodeLines(request);
    return DecodePlain(request);
}

}  // namespace

Decoded Decode(const Input& input, const DecodeLimits& limits, const GuideOf& guide_of) {
    Faults faults;
    Request request{input,   limits, FindHeader(input, "Content-Type", faults).value_or(""), {}, RealmOf(input, faults),
                    guide_of};
    if (!request.content_type.empty()) {
        request.media = model::ParseMediaType(request.content_type);
        if (!request.media) {
            return Refuse(base::Code::kUnsupported, "Content-Type",
                          model::Quote(request.content_type) + " is not a media type");
        }
        const bool is_json = model::IsJson(request.content_type) ||
                             base::EqualsIgnoreCase(request.media->essence, "application/x-ndjson");
        if (is_json && HasForeignCharset(*request.media)) {
            return Refuse(base::Code::kUnsupported, "Content-Type",
                          "JSON is UTF-8; charset " + model::Quote(request.media->charset) + " is not read");
        }
    }
    return DecodeByMode(request, faults);
}

}  // namespace fanfare::ingest
