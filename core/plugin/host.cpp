#include "plugin/host.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/crypto.hpp"
#include "plugin/instance.hpp"
#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

constexpr std::size_t kMaxFields = 32;

// Runs a service for a plugin. Nothing may be thrown across the border; want of memory is all there can be.
template <class T, class Service>
T Serve(fanfare_ctx* ctx, T otherwise, Service service) noexcept {
    if (ctx == nullptr || ctx->instance == nullptr) return otherwise;
    try {
        return service(*ctx->instance);
    } catch (...) {
        return otherwise;
    }
}

template <class Service>
void Serve(fanfare_ctx* ctx, Service service) noexcept {
    Serve(ctx, 0, [&](Instance& instance) {
        service(instance);
        return 0;
    });
}

log::Level LevelOf(fanfare_level level) {
    switch (level) {
        case FANFARE_TRACE: return log::Level::kTrace;
        case FANFARE_DEBUG: return log::Level::kDebug;
        case FANFARE_WARN: return log::Level::kWarn;
        case FANFARE_ERROR: return log::Level::kError;
        default: return log::Level::kInfo;
    }
}

void Log(fanfare_ctx* ctx, fanfare_level level, fanfare_str message, const fanfare_kv* fields, size_t count) {
    Serve(ctx, [&](Instance& instance) {
        if (fields == nullptr) count = 0;
        instance.Log(LevelOf(level), View(message), {fields, std::min(count, kMaxFields)});
    });
}

void SetError(fanfare_ctx* ctx, fanfare_str message) {
    Serve(ctx, [&](Instance& instance) { instance.SetError(View(message)); });
}

void Complete(fanfare_ctx* ctx, uint64_t batch, const fanfare_result* const* results, size_t count) {
    Serve(ctx, [&](Instance& instance) {
        if (results != nullptr) instance.Complete(batch, {results, count});
    });
}

void CompleteAll(fanfare_ctx* ctx, uint64_t batch, const fanfare_result* result) {
    Serve(ctx, [&](Instance& instance) { instance.CompleteAll(batch, result); });
}

// One getter of the options: found, written to `out`, or FANFARE_EFAILED.
template <class Out, class Get>
fanfare_status Option(fanfare_ctx* ctx, Out* out, Get get) {
    return Serve<fanfare_status>(ctx, FANFARE_EFAILED, [&](Instance& instance) -> fanfare_status {
        const auto value = get(instance.options());
        if (!value || out == nullptr) return FANFARE_EFAILED;
        if constexpr (std::is_same_v<Out, fanfare_str>) {
            *out = Str(*value);
        } else {
            *out = *value;
        }
        return FANFARE_OK;
    });
}

fanfare_status ConfigStr(fanfare_ctx* ctx, fanfare_str pointer, fanfare_str* out) {
    return Option(ctx, out, [&](const Options& options) { return options.String(View(pointer)); });
}
fanfare_status ConfigI64(fanfare_ctx* ctx, fanfare_str pointer, int64_t* out) {
    return Option(ctx, out, [&](const Options& options) { return options.Integer(View(pointer)); });
}
fanfare_status ConfigF64(fanfare_ctx* ctx, fanfare_str pointer, double* out) {
    return Option(ctx, out, [&](const Options& options) { return options.Number(View(pointer)); });
}
fanfare_status ConfigBool(fanfare_ctx* ctx, fanfare_str pointer, uint32_t* out) {
    return Option(ctx, out, [&](const Options& options) { return options.Boolean(View(pointer)); });
}
fanfare_status ConfigSize(fanfare_ctx* ctx, fanfare_str pointer, size_t* out) {
    return Option(ctx, out, [&](const Options& options) { return options.Size(View(pointer)); });
}
fanfare_status ConfigKey(fanfare_ctx* ctx, fanfare_str pointer, size_t n, fanfare_str* out) {
    return Option(ctx, out, [&](const Options& options) { return options.Key(View(pointer), n); });
}

fanfare_status Secret(fanfare_ctx* ctx, fanfare_str pointer, char* buffer, size_t capacity, size_t* length) {
    return Serve<fanfare_status>(ctx, FANFARE_EFAILED, [&](Instance& instance) -> fanfare_status {
        const base::Secret* secret = instance.options().Secret(View(pointer));
        if (secret == nullptr) return FANFARE_EFAILED;
        const std::string& value = secret->Reveal();
        if (buffer != nullptr) std::memcpy(buffer, value.data(), std::min(capacity, value.size()));
        if (length != nullptr) *length = value.size();
        return FANFARE_OK;
    });
}

void HttpSend(fanfare_ctx* ctx, const fanfare_http_request* request, fanfare_http_done done, void* user) {
    Serve(ctx, [&](Instance& instance) {
        if (request != nullptr && done != nullptr) instance.SendHttp(*request, done, user);
    });
}

void CryptoSha256(fanfare_bytes data, uint8_t out[32]) {
    const base::Digest digest = base::Sha256(View(data));
    std::memcpy(out, digest.data(), digest.size());
}

void CryptoHmacSha256(fanfare_bytes key, fanfare_bytes data, uint8_t out[32]) {
    const base::Digest digest = base::HmacSha256(View(key), View(data));
    std::memcpy(out, digest.data(), digest.size());
}

const void* GetExtension(fanfare_ctx*, fanfare_str id) {
    static constexpr fanfare_http kHttp{sizeof(fanfare_http), 0, &HttpSend};
    static constexpr fanfare_crypto kCrypto{sizeof(fanfare_crypto), 0, &CryptoSha256, &CryptoHmacSha256};
    if (View(id) == FANFARE_EXT_HTTP) return &kHttp;
    if (View(id) == FANFARE_EXT_CRYPTO) return &kCrypto;
    return nullptr;
}

}  // namespace

const fanfare_host& HostTable() {
    static const fanfare_host table{
        sizeof(fanfare_host), FANFARE_ABI_MINOR, Str(FANFARE_VERSION), &Log,       &SetError,   &Complete,
        &CompleteAll,         &ConfigStr,        &ConfigI64,           &ConfigF64, &ConfigBool, &ConfigSize,
        &ConfigKey,           &Secret,           &GetExtension};
    return table;
}

}  // namespace fanfare::plugin
