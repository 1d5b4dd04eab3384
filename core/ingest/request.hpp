// What every mode of decoding needs of a request. Inside of the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/decode.hpp"
#include "ingest/faults.hpp"
#include "model/media_type.hpp"

namespace fanfare::ingest {

struct Request {
    const Input& input;
    const DecodeLimits& limits;
    std::string_view content_type;          // empty: none
    std::optional<model::MediaType> media;  // of content_type
    std::string_view realm;                 // of path or header; empty: none
    const GuideOf& guide_of;
};

// The header of that name; a second one is a fault.
std::optional<std::string_view> FindHeader(const Input& input, std::string_view name, Faults& faults);

// Of path or header. Two that differ, or one that is no name, are faults, and then there is none.
std::string_view RealmOf(const Input& input, Faults& faults);

// JSON is UTF-8 (RFC 8259, 8.1): a charset that says otherwise is one we do not speak.
bool HasForeignCharset(const model::MediaType& media);

// The core attribute of that name which is carried as text; nullptr for extensions and for specversion.
std::string* FindCore(model::Event& event, std::string_view name);

// Settles the realm of an event that may carry one as extension, and what else we know beside it.
// False, with `cause` written, if the request names another realm.
bool SettleEnvelope(const Request& request, model::Envelope& envelope, std::string& cause);

Guide GuideTo(const Request& request, std::string_view realm);

// Adds what the schema of its realm has against the data of an event, which stands at `place`.
void CheckData(const Request& request, const model::Envelope& envelope, const std::string& place, Faults& faults);

// The refusal (413) of data above the limit.
Decoded RefuseSize(const Request& request, std::string pointer, std::size_t bytes);

Decoded DecodeStructured(const Request& request);
Decoded DecodeBatch(const Request& request);
Decoded DecodeBinary(const Request& request);
Decoded DecodePlain(const Request& request);
Decoded DecodeLines(const Request& request);

}  // namespace fanfare::ingest
