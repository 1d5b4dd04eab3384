// fanfare/testing/event.hpp: events for tests, and a batch of them as a plugin sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fanfare/host.hpp>
#include <fanfare/plugin.h>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN
namespace testing {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct TestEvent {
    std::string id = "1";
    std::string source = "/test";
    std::string type = "test.happened";
    std::string data = "{}";
    std::string content_type = "application/json";
    std::string subject = {};
    std::string time = {};
    std::string data_schema = {};
    std::string realm = {};
    Fields extensions = {};
    std::vector<std::uint8_t> extension_kinds = {};  // FANFARE_KIND_*; empty: all strings
    std::uint32_t attempt = 1;
    std::string delivery_id = "dlv_test";
    std::string message_id = "msg_test";
    bool shaped = false;  // data and content_type are rendered
    Fields headers = {};  // rendered ones
    Fields options = {};  // JSON pointer, rendered text
};

// One batch with all the memory it points into.
class HeldBatch {
public:
    HeldBatch(std::uint64_t id, std::vector<TestEvent> events, std::uint32_t flags, Deadline deadline)
        : source_(std::move(events)),
          extensions_(source_.size()),
          headers_(source_.size()),
          options_(source_.size()),
          events_(source_.size()),
          open_(source_.size(), true) {
        for (std::size_t i = 0; i < source_.size(); ++i) {
            fill(i);
            pointers_.push_back(&events_[i]);
        }
        batch_.struct_size = sizeof batch_;
        batch_.flags = flags;
        batch_.id = id;
        batch_.events = pointers_.data();
        batch_.count = pointers_.size();
        batch_.deadline_mono_ns = mono_ns(deadline);
        left_ = open_.size();
    }
    const fanfare_batch* border() const noexcept { return &batch_; }
    std::size_t size() const noexcept { return open_.size(); }
    bool is_open(std::size_t index) const { return open_[index]; }
    // True if it was the last one.
    bool close(std::size_t index) {
        open_[index] = false;
        return --left_ == 0;
    }

private:
    void fill(std::size_t i) {
        const TestEvent& from = source_[i];
        point_to(from.extensions, extensions_[i]);
        point_to(from.headers, headers_[i]);
        point_to(from.options, options_[i]);
        fanfare_event& to = events_[i];
        to = {};
        to.struct_size = sizeof to;
        to.attempt = from.attempt;
        to.delivery_id = sdk1::border(from.delivery_id);
        to.message_id = sdk1::border(from.message_id);
        to.id = sdk1::border(from.id);
        to.source = sdk1::border(from.source);
        to.type = sdk1::border(from.type);
        to.subject = sdk1::border(from.subject);
        to.time = sdk1::border(from.time);
        to.content_type = sdk1::border(from.content_type);
        to.data_schema = sdk1::border(from.data_schema);
        to.realm = sdk1::border(from.realm);
        to.extensions = extensions_[i].data();
        to.extension_count = extensions_[i].size();
        to.data = border_bytes(from.data);
        if (!from.extension_kinds.empty()) to.extension_kinds = from.extension_kinds.data();
        to.headers = headers_[i].data();
        to.header_count = headers_[i].size();
        to.options = options_[i].data();
        to.option_count = options_[i].size();
        if (from.shaped) to.flags |= FANFARE_EVENT_SHAPED;
    }
    static void point_to(const Fields& fields, std::vector<fanfare_kv>& out) {
        for (const auto& [key, value] : fields) out.push_back({sdk1::border(key), sdk1::border(value)});
    }

    std::vector<TestEvent> source_;
    std::vector<std::vector<fanfare_kv>> extensions_;
    std::vector<std::vector<fanfare_kv>> headers_;
    std::vector<std::vector<fanfare_kv>> options_;
    std::vector<fanfare_event> events_;
    std::vector<const fanfare_event*> pointers_;
    std::vector<bool> open_;
    std::size_t left_ = 0;
    fanfare_batch batch_ = {};
};

}  // namespace testing
FANFARE_SDK_END
