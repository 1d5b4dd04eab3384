// fanfare/event.hpp: a read-only view of one event, and what became of it.
//
// An Event borrows: it is valid until its event is answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/plugin.h>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

enum class AttributeKind : std::uint8_t { string = 0, integer = 1, boolean = 2 };

struct Attribute {
    std::string_view name;
    std::string_view value;  // canonical string
    AttributeKind kind = AttributeKind::string;
};

// A header field that was rendered for an event.
struct Header {
    std::string_view name;
    std::string_view value;
};

class Event {
public:
    explicit Event(const fanfare_event& event) noexcept : event_(&event) {}

    std::uint32_t attempt() const noexcept { return event_->attempt; }
    std::string_view delivery_id() const noexcept { return view(event_->delivery_id); }
    std::string_view message_id() const noexcept { return view(event_->message_id); }
    std::string_view id() const noexcept { return view(event_->id); }
    std::string_view source() const noexcept { return view(event_->source); }
    std::string_view type() const noexcept { return view(event_->type); }
    std::string_view subject() const noexcept { return view(event_->subject); }
    std::string_view time() const noexcept { return view(event_->time); }
    std::string_view content_type() const noexcept { return view(event_->content_type); }
    std::string_view data_schema() const noexcept { return view(event_->data_schema); }
    std::string_view realm() const noexcept { return view(event_->realm); }
    std::string_view order_key() const noexcept { return view(event_->order_key); }
    std::string_view data() const noexcept { return view(event_->data); }
    std::int64_t received_unix_ns() const noexcept { return event_->received_unix_ns; }

    std::size_t extension_count() const noexcept { return event_->extension_count; }
    Attribute extension(std::size_t n) const noexcept {
        const fanfare_kv& kv = event_->extensions[n];
        return {view(kv.key), view(kv.value), kind_of(n)};
    }

    // True: data() and content_type() are what the destination's `shape` made, and all that is to be sent; the
    // attributes are not sent beside it.
    bool shaped() const noexcept { return (event_->flags & FANFARE_EVENT_SHAPED) != 0; }

    // Rendered for this event, in the order of the configuration; also if it is not shaped.
    std::size_t header_count() const noexcept { return event_->header_count; }
    Header header(std::size_t n) const noexcept {
        const fanfare_kv& kv = event_->headers[n];
        return {view(kv.key), view(kv.value)};
    }

    // The text for this event of an option that holds a template, by its JSON pointer; nullopt if it holds none: then
    // the option of Config is meant.
    std::optional<std::string_view> option(std::string_view pointer) const noexcept {
        for (std::size_t i = 0; i < event_->option_count; ++i) {
            if (view(event_->options[i].key) == pointer) return view(event_->options[i].value);
        }
        return std::nullopt;
    }

    const fanfare_event& raw() const noexcept { return *event_; }

private:
    AttributeKind kind_of(std::size_t n) const noexcept {
        const std::uint8_t* kinds = event_->extension_kinds;
        if (kinds == nullptr || kinds[n] > FANFARE_KIND_BOOLEAN) return AttributeKind::string;
        return static_cast<AttributeKind>(kinds[n]);
    }

    const fanfare_event* event_;
};

// The answer for one event. A reason is one line for the operator, without secrets.
struct Outcome {
    fanfare_outcome kind = FANFARE_UNSET;
    std::int32_t code = 0;            // the far side's own code (HTTP status, SMTP reply, ...), 0 if none
    std::int64_t retry_after_ms = 0;  // only with retry; 0 = as the policy says
    std::string reason;
    std::string response;  // first bytes of the far side's answer, UTF-8
    std::string remote{};  // address that was talked to, "192.0.2.1:443"
    bool gone = false;     // the far side wants nothing more: the destination is paused

    // The far side took responsibility: a 2xx, a broker's confirm. Not "bytes written".
    static Outcome delivered() { return {FANFARE_DELIVERED, 0, 0, {}, {}}; }
    static Outcome retry(std::string reason, std::int64_t after_ms = 0) {
        return {FANFARE_RETRY, 0, after_ms, std::move(reason), {}};
    }
    // Will never work as it is.
    static Outcome rejected(std::string reason) { return {FANFARE_REJECTED, 0, 0, std::move(reason), {}}; }
    // No contact with the far side at all.
    static Outcome unreachable(std::string reason) { return {FANFARE_UNREACHABLE, 0, 0, std::move(reason), {}}; }
    // Given back untouched; costs no attempt.
    static Outcome not_attempted(std::string reason) { return {FANFARE_NOT_ATTEMPTED, 0, 0, std::move(reason), {}}; }

    Outcome&& with_code(std::int32_t far_code) && {
        code = far_code;
        return std::move(*this);
    }
    Outcome&& with_response(std::string text) && {
        response = std::move(text);
        return std::move(*this);
    }
    Outcome&& with_remote(std::string address) && {
        remote = std::move(address);
        return std::move(*this);
    }
    Outcome&& with_gone() && {
        gone = true;
        return std::move(*this);
    }
    bool is_delivered() const noexcept { return kind == FANFARE_DELIVERED; }

    // Borrows from this outcome.
    fanfare_result border(std::uint32_t index) const noexcept {
        fanfare_result out = {};
        out.struct_size = sizeof out;
        out.index = index;
        out.outcome = kind;
        out.code = code;
        out.retry_after_ms = retry_after_ms;
        out.reason = {reason.data(), reason.size()};
        out.response = {response.data(), response.size()};
        out.remote = {remote.data(), remote.size()};
        out.flags = gone ? FANFARE_RESULT_GONE : 0u;
        return out;
    }
};

FANFARE_SDK_END
