// fanfare/host.hpp: the services of the host (fanfare_host) and the options of one instance, for C++.
//
// Threads: both are small values; copy them freely and use the copies on every thread, until destroy.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fanfare/plugin.h>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

// On Linux steady_clock is CLOCK_MONOTONIC, the clock of the ABI.
using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_of(std::int64_t mono_ns) noexcept {
    return Deadline(std::chrono::duration_cast<Deadline::duration>(std::chrono::nanoseconds(mono_ns)));
}
inline std::int64_t mono_ns(Deadline deadline) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
}

// The options cannot work. Thrown in a constructor, start or validate it tells the operator to change the
// configuration; any other exception there reads as a failure of the surroundings.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Host {
public:
    using Field = std::pair<std::string_view, std::string_view>;

    Host(const fanfare_host* host, fanfare_ctx* ctx) noexcept : host_(host), ctx_(ctx) {}

    // One fact, one line; fields beyond the eighth are left out.
    void log(fanfare_level level, std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
        constexpr std::size_t kMaxFields = 8;
        fanfare_kv kvs[kMaxFields];
        std::size_t count = 0;
        for (const Field& field : fields) {
            if (count == kMaxFields) break;
            kvs[count++] = {border(field.first), border(field.second)};
        }
        host_->log(ctx_, level, border(message), kvs, count);
    }
    void debug(std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
        log(FANFARE_DEBUG, message, fields);
    }
    void info(std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
        log(FANFARE_INFO, message, fields);
    }
    void warn(std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
        log(FANFARE_WARN, message, fields);
    }
    void error(std::string_view message, std::initializer_list<Field> fields = {}) const noexcept {
        log(FANFARE_ERROR, message, fields);
    }

    // The table of an optional service, or nullptr if this host does not offer it.
    template <class Table>
    const Table* extension(std::string_view id) const noexcept {
        return static_cast<const Table*>(host_->get_extension(ctx_, border(id)));
    }

    std::string_view version() const noexcept { return view(host_->version); }
    const fanfare_host* raw() const noexcept { return host_; }
    fanfare_ctx* ctx() const noexcept { return ctx_; }

private:
    const fanfare_host* host_;
    fanfare_ctx* ctx_;
};

// A secret's text. Moves only, does not print, is wiped when it goes. Keep it no longer than the work at hand.
class Secret {
public:
    explicit Secret(std::vector<char> text) noexcept : text_(std::move(text)) {}
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.text_.clear(); }
    Secret& operator=(Secret&& other) noexcept {
        text_.swap(other.text_);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(text_.data(), text_.size()); }

    std::string_view reveal() const noexcept { return {text_.data(), text_.size()}; }

    static void wipe(char* bytes, std::size_t size) noexcept {
        volatile char* end = bytes;
        while (size-- > 0) *end++ = 0;
    }

private:
    std::vector<char> text_;
};

// "/headers" and "a/b" give "/headers/a~1b" (RFC 6901, section 3).
inline std::string pointer(std::string_view parent, std::string_view member) {
    std::string out(parent);
    out += '/';
    for (const char c : member) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

// The options of one instance by JSON pointer, defaults of the schema filled in.
// Errors: a getter without a fallback throws ConfigError if the option is absent or of another type.
class Config {
public:
    explicit Config(const Host& host) noexcept : host_(host) {}

    std::string str(std::string_view at) const { return std::string(need(find_str(at), at, "a string")); }
    std::string str(std::string_view at, std::string_view fallback) const {
        return std::string(find_str(at).value_or(fallback));
    }
    std::int64_t i64(std::string_view at) const { return need(find_i64(at), at, "an integer"); }
    std::int64_t i64(std::string_view at, std::int64_t fallback) const { return find_i64(at).value_or(fallback); }
    double f64(std::string_view at) const { return need(find_f64(at), at, "a number"); }
    double f64(std::string_view at, double fallback) const { return find_f64(at).value_or(fallback); }
    bool boolean(std::string_view at) const { return need(find_bool(at), at, "true or false"); }
    bool boolean(std::string_view at, bool fallback) const { return find_bool(at).value_or(fallback); }

    // Members of the array or object; 0 if it is absent or neither.
    std::size_t size(std::string_view at) const noexcept {
        std::size_t out = 0;
        return raw().config_size(ctx(), border(at), &out) == FANFARE_OK ? out : 0;
    }
    // Name of the n-th member of the object.
    std::string key(std::string_view at, std::size_t n) const {
        return std::string(need(find_key(at, n), at, "a table with that many members"));
    }
    bool has(std::string_view at) const noexcept {
        std::size_t members = 0;
        return find_str(at) || find_i64(at) || find_f64(at) || find_bool(at) ||
               raw().config_size(ctx(), border(at), &members) == FANFARE_OK;
    }

    // nullopt if the option is absent or of another type. Texts live as long as the instance.
    std::optional<std::string_view> find_str(std::string_view at) const noexcept {
        fanfare_str out = {};
        if (raw().config_str(ctx(), border(at), &out) != FANFARE_OK) return std::nullopt;
        return view(out);
    }
    std::optional<std::int64_t> find_i64(std::string_view at) const noexcept {
        std::int64_t out = 0;
        if (raw().config_i64(ctx(), border(at), &out) != FANFARE_OK) return std::nullopt;
        return out;
    }
    std::optional<double> find_f64(std::string_view at) const noexcept {
        double out = 0;
        if (raw().config_f64(ctx(), border(at), &out) != FANFARE_OK) return std::nullopt;
        return out;
    }
    std::optional<bool> find_bool(std::string_view at) const noexcept {
        std::uint32_t out = 0;
        if (raw().config_bool(ctx(), border(at), &out) != FANFARE_OK) return std::nullopt;
        return out != 0;
    }
    // Of a list there are none.
    std::optional<std::string_view> find_key(std::string_view at, std::size_t n) const noexcept {
        fanfare_str out = {};
        if (raw().config_key(ctx(), border(at), n, &out) != FANFARE_OK) return std::nullopt;
        return view(out);
    }

    // Ask at each use: the operator may rotate it.
    std::optional<Secret> find_secret(std::string_view at) const {
        std::vector<char> text(128);
        for (;;) {
            std::size_t length = 0;
            if (raw().secret(ctx(), border(at), text.data(), text.size(), &length) != FANFARE_OK) return std::nullopt;
            const bool whole = length <= text.size();
            if (!whole) Secret::wipe(text.data(), text.size());
            text.resize(length);
            if (whole) return Secret(std::move(text));
        }
    }
    Secret secret(std::string_view at) const {
        std::optional<Secret> found = find_secret(at);
        if (!found) throw ConfigError("option " + std::string(at) + " is missing: it must be a secret");
        return std::move(*found);
    }

private:
    const fanfare_host& raw() const noexcept { return *host_.raw(); }
    fanfare_ctx* ctx() const noexcept { return host_.ctx(); }

    template <class T>
    static T need(std::optional<T> found, std::string_view at, const char* what) {
        if (!found) throw ConfigError("option " + std::string(at) + " is missing or is not " + what);
        return *found;
    }

    Host host_;
};

FANFARE_SDK_END
