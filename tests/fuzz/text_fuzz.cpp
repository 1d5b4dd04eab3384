// libFuzzer over the small texts of strangers and operators: a trace, a time, a content type, a wait, a quantity, a
// key.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/quantity.hpp"
#include "http_client/retry_after.hpp"
#include "ingest/trace.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/media_type.hpp"
#include "model/timestamp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    using namespace fanfare;
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    if (ingest::IsTraceParent(text) && text.size() < 55) std::abort();
    (void)model::IsTimestamp(text);
    (void)model::IsJson(text);
    if (const auto type = model::ParseMediaType(text)) {
        if (type->essence.find('/') == std::string_view::npos) std::abort();
    }
    if (const auto wait = http_client::ParseRetryAfter(text, base::Time())) {
        if (wait->count() < 0 || *wait > http_client::kMaxRetryAfter) std::abort();
    }
    if (const auto duration = config::ParseDuration(text)) {
        if (*duration < base::Duration::zero()) std::abort();
    }
    (void)config::ParseSize(text);
    (void)config::ParseRate(text);
    if (const auto id = model::ParseDeliveryId(text)) {
        if (*model::ParseDeliveryId(model::ToText(*id)) != *id) std::abort();
    }
    if (const auto key = model::ParseEventKey(text)) {
        if (*model::ParseEventKey(model::ToText(*key)) != *key) std::abort();
    }
    return 0;
}
