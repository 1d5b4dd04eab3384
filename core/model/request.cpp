#include "model/request.hpp"

#include "base/packed.hpp"

namespace fanfare::model {
namespace {

constexpr char kFormat = 1;

void PackPairs(std::string& out, const Request::Pairs& pairs) {
    base::PackNumber(out, pairs.size());
    for (const auto& [name, value] : pairs) {
        base::PackText(out, name);
        base::PackText(out, value);
    }
}

// The number of pairs is not believed before they are there.
bool UnpackPairs(base::Unpacker& from, Request::Pairs& pairs) {
    std::uint64_t count = 0;
    if (!from.Number(count)) return false;
    for (; count > 0; --count) {
        auto& [name, value] = pairs.emplace_back();
        if (!from.Text(name) || !from.Text(value)) return false;
    }
    return true;
}

bool UnpackPayload(base::Unpacker& from, std::optional<Payload>& payload) {
    std::uint64_t has_payload = 0;
    if (!from.Number(has_payload) || has_payload > 1) return false;
    if (has_payload == 0) return true;
    payload.emplace();
    return from.Text(payload->content_type) && from.Text(payload->body);
}

std::size_t BytesOf(const Request::Pairs& pairs) {
    std::size_t bytes = pairs.capacity() * sizeof(Request::Pairs::value_type);
    for (const auto& [name, value] : pairs) bytes += name.size() + value.size();
    return bytes;
}

}  // namespace

std::size_t BytesOf(const Request& request) {
    const std::size_t payload =
        request.payload ? request.payload->content_type.size() + request.payload->body.size() : 0;
    return sizeof(Request) + payload + BytesOf(request.headers) + BytesOf(request.options);
}

std::string Encode(const Request& request) {
    std::string out(1, kFormat);
    base::PackNumber(out, request.payload ? 1 : 0);
    if (request.payload) {
        base::PackText(out, request.payload->content_type);
        base::PackText(out, request.payload->body);
    }
    PackPairs(out, request.headers);
    PackPairs(out, request.options);
    return out;
}

base::Result<Request> DecodeRequest(std::string_view bytes) {
    const auto broken = [] {
        return base::MakeError(base::Code::kCorrupt, "a stored request is not in the form that this fanfare writes");
    };
    if (bytes.empty() || bytes.front() != kFormat) return broken();
    base::Unpacker from(bytes.substr(1));
    Request request;
    if (!UnpackPayload(from, request.payload) || !UnpackPairs(from, request.headers) ||
        !UnpackPairs(from, request.options) || !from.empty()) {
        return broken();
    }
    return request;
}

}  // namespace fanfare::model
